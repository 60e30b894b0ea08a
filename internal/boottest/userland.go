package boottest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Packages are the Debian packages that a guest needs to reach
// multi-user.target and to mount what units ask for.
var Packages = []string{"systemd", "systemd-sysv", "udev", "kmod", "dbus", "mount", "util-linux", "base-files"}

// unwanted are packages that others depend on only for their installation
// scripts, which are not run.
var unwanted = []string{"adduser", "debconf", "init-system-helpers", "passwd", "usr-is-merged", "gcc-12-base"}

// bulk is what holds most of the bytes and nothing in a guest reads, and one
// rule that needs a shell.
var bulk = []string{
	"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/bash-completion",
	"usr/share/zsh", "usr/share/bug", "usr/share/lintian", "usr/share/common-licenses", "usr/share/base-files",
	"usr/lib/udev/hwdb.d", "usr/lib/udev/rules.d/85-hwclock.rules",
	"usr/lib/x86_64-linux-gnu/gconv", "usr/lib/systemd/catalog", "var", "etc/grub.d", "etc/dracut.conf.d",
}

// CopyPackages copies the files of installed Debian packages, and of all
// packages they depend on, from this machine into the folder dst, which gets
// a merged /usr. Installation scripts are not run.
func CopyPackages(ctx context.Context, dst string, packages []string) error {
	closure, err := dependencies(ctx, packages)
	if err != nil {
		return err
	}
	for _, link := range []string{"bin", "lib", "lib64", "sbin"} {
		if err := os.MkdirAll(filepath.Join(dst, "usr", link), 0o755); err != nil {
			return err
		}
		if err := os.Symlink("usr/"+link, filepath.Join(dst, link)); err != nil {
			return err
		}
	}
	out, err := exec.CommandContext(ctx, "dpkg-query", append([]string{"-L"}, closure...)...).Output()
	if err != nil {
		return fmt.Errorf("dpkg-query -L: %w", err)
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		if !strings.HasPrefix(path, "/") {
			continue // remarks on diversions, empty lines between packages
		}
		if err := copyHostFile(dst, path); err != nil {
			return err
		}
	}
	return nil
}

// dependencies returns the installed packages that the given ones need, with
// them, in byte order.
func dependencies(ctx context.Context, packages []string) ([]string, error) {
	const format = "${db:Status-Abbrev}\t${Package}\t${Pre-Depends}, ${Depends}\t${Provides}\n"
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", format).Output()
	if err != nil {
		return nil, fmt.Errorf("dpkg-query: %w", err)
	}
	needs := map[string]string{}
	providers := map[string]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 || !strings.HasPrefix(fields[0], "ii") {
			continue
		}
		needs[fields[1]] = fields[2]
		for p := range strings.SplitSeq(fields[3], ",") {
			providers[packageName(p)] = fields[1]
		}
	}

	found := map[string]bool{}
	var add func(name string)
	add = func(name string) {
		if found[name] || slices.Contains(unwanted, name) {
			return
		}
		found[name] = true
		for dep := range strings.SplitSeq(needs[name], ",") {
			for alternative := range strings.SplitSeq(dep, "|") {
				n := packageName(alternative)
				if _, ok := needs[n]; !ok {
					n = providers[n]
				}
				if n != "" {
					add(n)
					break
				}
			}
		}
	}
	for _, p := range packages {
		if _, ok := needs[p]; !ok {
			return nil, fmt.Errorf("package %s is not installed", p)
		}
		add(p)
	}
	return sortedKeys(found), nil
}

// packageName strips version and architecture from one alternative of a
// dependency.
func packageName(s string) string {
	s, _, _ = strings.Cut(s, "(")
	s, _, _ = strings.Cut(s, ":")
	return strings.TrimSpace(s)
}

// copyHostFile copies a path of this machine. Its parent is resolved first, so
// that /lib/x and /bin/x arrive below usr.
func copyHostFile(dst, path string) error {
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // excluded when the package was installed, as documentation often is
	} else if err != nil {
		return err
	}
	name := strings.TrimPrefix(filepath.Join(parent, filepath.Base(path)), "/")
	for _, dir := range bulk {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return nil
		}
	}
	info, err := os.Lstat("/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	target := filepath.Join(dst, name)
	switch mode := info.Mode(); {
	case mode.IsDir():
		return os.MkdirAll(target, 0o755)
	case mode.IsRegular():
		return copyFile(target, "/"+name, mode.Perm())
	case mode&fs.ModeSymlink != 0:
		link, err := os.Readlink("/" + name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(link, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// copyFile copies a regular file, replacing a file of that name.
func copyFile(target, source string, perm fs.FileMode) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return errors.Join(out.Chmod(perm), out.Close())
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
