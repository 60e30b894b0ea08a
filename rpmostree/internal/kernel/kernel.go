// Package kernel brings the kernel of a tree to its place: beside its modules, with an initramfs.
package kernel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

const (
	modulesDir = "usr/lib/modules"
	bootDir    = "usr/lib/ostree-boot"
)

// ErrNone is returned by Find for a tree without kernel.
var ErrNone = errors.New("no kernel found")

// Kernel is the one kernel of a tree.
type Kernel struct {
	Version string // as uname -r prints it
	// Image is where the kernel lies now: in the directory of its modules or, as packages bring it, in
	// the directory that stands for /boot.
	Image string
}

// Dir is the directory of the kernel's modules.
func (k *Kernel) Dir() string { return path.Join(modulesDir, k.Version) }

// Initramfs is the path of the initramfs in a commit.
func (k *Kernel) Initramfs() string { return path.Join(k.Dir(), "initramfs.img") }

// Find looks for the kernel. A tree has one directory below usr/lib/modules with a vmlinuz, or one
// vmlinuz-VERSION in usr/lib/ostree-boot; more directories with modules only are allowed.
func Find(t *rootfs.Tree) (*Kernel, error) {
	versions, err := names(t, modulesDir)
	if err != nil {
		return nil, err
	}
	var found []*Kernel
	for _, v := range versions {
		for _, image := range []string{path.Join(modulesDir, v, "vmlinuz"), path.Join(bootDir, "vmlinuz-"+v)} {
			ok, err := t.Exists(image)
			if err != nil {
				return nil, err
			}
			if ok {
				found = append(found, &Kernel{Version: v, Image: image})
				break
			}
		}
	}
	switch {
	case len(versions) == 0:
		return nil, fmt.Errorf("%w: /usr/lib/modules is empty", ErrNone)
	case len(found) == 0:
		return nil, fmt.Errorf("%w: No vmlinuz found in: /usr/lib/modules", ErrNone)
	case len(found) > 1:
		dirs := []string{}
		for _, k := range found {
			dirs = append(dirs, "/"+k.Dir())
		}
		return nil, fmt.Errorf("Multiple kernels (vmlinuz) found in: %s", strings.Join(dirs, ", "))
	}
	return found[0], nil
}

// names lists the directories below dir; a directory that is not there has none.
func names(t *rootfs.Tree, dir string) ([]string, error) {
	list, err := t.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var dirs []string
	for _, i := range list {
		if i.IsDir() {
			dirs = append(dirs, i.Name)
		}
	}
	return dirs, err
}

// Place moves the kernel, and the checksum file beside it, into the directory of its modules.
func (k *Kernel) Place(ctx context.Context, t *rootfs.Tree) error {
	if to := path.Join(k.Dir(), "vmlinuz"); k.Image != to {
		if err := t.Rename(k.Image, to); err != nil {
			return fmt.Errorf("moving the kernel: %w", err)
		}
		k.Image = to
		if err := t.Relabel(ctx, to); err != nil {
			return err
		}
	}
	return k.placeHMAC(ctx, t)
}

// placeHMAC moves the file with the kernel's keyed checksum, unless the package has one in the directory of the
// modules too, and makes the path in it relative: kernel and file lie beside each other wherever they are copied to.
func (k *Kernel) placeHMAC(ctx context.Context, t *rootfs.Tree) error {
	from, to := path.Join(bootDir, ".vmlinuz-"+k.Version+".hmac"), path.Join(k.Dir(), ".vmlinuz.hmac")
	there, err := t.Exists(to)
	if err != nil {
		return err
	}
	if !there {
		if there, err = t.Exists(from); err != nil || !there {
			return err
		}
		if err := t.Rename(from, to); err != nil {
			return err
		}
		if err := t.Relabel(ctx, to); err != nil {
			return err
		}
	}
	return relativeHMAC(ctx, t, to)
}

// relativeHMAC leaves of the path in a checksum file, the text behind the sum and two blanks, the last element.
func relativeHMAC(ctx context.Context, t *rootfs.Tree, name string) error {
	text, err := t.ReadFile(name)
	if err != nil || !bytes.ContainsRune(text, '/') {
		return err
	}
	sum, file, ok := strings.Cut(string(text), "  ")
	if !ok {
		return fmt.Errorf("Missing path in .vmlinuz.hmac: %.200q", text)
	}
	base := path.Base(strings.TrimRight(file, "\n"))
	i, err := t.Stat(name)
	if err != nil {
		return err
	}
	attr := rootfs.Attr{UID: i.Header.UID, GID: i.Header.GID, Mode: i.Header.Mode & 0o7777, Xattrs: i.Header.Xattrs}
	return t.WriteFile(ctx, name, attr, []byte(sum+"  "+base+"\n"))
}

// generated are the files that depmod writes.
var generated = []string{
	"modules.alias", "modules.alias.bin", "modules.builtin.alias.bin", "modules.builtin.bin", "modules.dep", "modules.dep.bin", "modules.devname",
	"modules.softdep", "modules.symbols", "modules.symbols.bin", "modules.weakdep",
}

// Remove deletes what belongs to a kernel but to no package: kernel and initramfs in the directory of the
// modules and below /boot, and what depmod made.
func Remove(t *rootfs.Tree, version string) error {
	dir := path.Join(modulesDir, version)
	for _, name := range append([]string{"vmlinuz", ".vmlinuz.hmac", "initramfs.img"}, generated...) {
		if err := t.RemoveAll(path.Join(dir, name)); err != nil {
			return err
		}
	}
	return removeBootCopies(t, version)
}

// removeBootCopies deletes kernel and initramfs below usr/lib/ostree-boot, whose names may end in a checksum.
func removeBootCopies(t *rootfs.Tree, version string) error {
	entries, err := t.Names(bootDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range entries {
		if isBootCopy(name, version) {
			if err := t.Remove(path.Join(bootDir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func isBootCopy(name, version string) bool {
	for _, prefix := range []string{"vmlinuz-", "initramfs-"} {
		rest, ok := strings.CutPrefix(name, prefix+version)
		if !ok {
			continue
		}
		rest = strings.TrimPrefix(rest, ".img")
		if rest == "" || rest[0] == '-' && len(rest) == 65 {
			return true
		}
	}
	return false
}

// CopyToBoot gives kernel and initramfs their second name below usr/lib/ostree-boot, which tools before
// 2016 look for: it ends in the SHA-256 of both.
func (k *Kernel) CopyToBoot(t *rootfs.Tree) error {
	if err := removeBootCopies(t, k.Version); err != nil {
		return err
	}
	h := sha256.New()
	files := []string{k.Image}
	ok, err := t.Exists(k.Initramfs())
	if err != nil {
		return err
	}
	if ok {
		files = append(files, k.Initramfs())
	}
	for _, name := range files {
		if err := hashFile(h, t, name); err != nil {
			return err
		}
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if err := t.MkdirAll(bootDir, rootfs.Attr{Mode: 0o755}); err != nil {
		return err
	}
	copies := []string{"vmlinuz-" + k.Version + "-" + sum, "initramfs-" + k.Version + ".img-" + sum}
	for i, name := range files {
		if err := t.Link(name, path.Join(bootDir, copies[i])); err != nil {
			return err
		}
	}
	return nil
}

func hashFile(w io.Writer, t *rootfs.Tree, name string) error {
	f, _, err := t.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// DracutArgs returns the command that makes the initramfs at Kernel.Initramfs, for a sandbox in the tree.
// args are the distributor's or administrator's; reproducible asks for the same bytes at every run.
func (k *Kernel) DracutArgs(args []string, reproducible bool) []string {
	cmd := []string{"dracut"}
	if reproducible {
		cmd = append(cmd, "--reproducible")
	}
	cmd = append(cmd, "-v", "--add", "ostree", "--tmpdir=/tmp/dracut", "-f", "/"+k.Initramfs())
	return append(slices.Concat(cmd, args), "--kver", k.Version)
}
