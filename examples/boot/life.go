package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// life is the machine and all that it is made of.
type life struct {
	*options
	ctx     context.Context
	out     io.Writer
	dir     string
	started time.Time

	programs map[string]string // paths of this repository's programs by name
	debFiles []string
	kernel   string // version of the kernel
	releases []release
	site     *site
	disk     *boottest.Disk
	drive    string // image of the config drive

	vm      *boottest.VM
	boots   int
	console string
	before  int // requests to the servers before the present boot
	// problems are what was found to be wrong in the present step; servers add to them.
	problems   []string
	problemsMu sync.Mutex
}

// release is a composed commit.
type release struct {
	version, checksum string
	packages          int
}

// run goes through all steps, up to the first that fails.
func run(ctx context.Context, o *options, out io.Writer) (err error) {
	l := &life{options: o, ctx: ctx, out: out, started: time.Now()}
	if err := l.prepare(); err != nil {
		return err
	}
	defer func() { err = l.finish(err) }()
	fmt.Fprintf(out, "One machine's life, in %s\n\n", l.dir)
	booting := func(version string) func() (string, error) {
		return func() (string, error) { return l.boot(version) }
	}
	for _, s := range []struct {
		name string
		do   func() (string, error)
	}{
		{"programs of this repository", l.buildPrograms},
		{"Debian packages", l.download},
		{"servers on this host", l.serve},
		{"RPM packages and repositories", l.makePackages},
		{"initramfs", l.makeInitramfs},
		{"rpm-ostree compose: " + versionOne, func() (string, error) { return l.compose(versionOne) }},
		{"sysroot on a disk", l.makeDisk},
		{"rpm-ostree compose: " + versionTwo, func() (string, error) { return l.compose(versionTwo) }},
		{"config drive: Butane, cloud metadata", l.makeDrive},
		{"boot 1: initramfs, systemd", booting(versionOne)},
		{"  Afterburn, Ignition", l.provisioned},
		{"  a unit layers packages", l.layering},
		{"  shutdown", l.reboot},
		{"boot 2: with layers", booting(versionOne)},
		{"  layered packages", l.layered},
		{"  zincati takes " + versionTwo + ", reboots", l.update},
		{"boot 3: " + versionTwo, booting(versionTwo)},
		{"  updated, slot given back", l.updated},
		{"  rpm-ostree rollback", l.rollback},
		{"  shutdown", l.reboot},
		{"boot 4: " + versionOne + " again", booting(versionOne)},
		{"  rolled back, stays so", l.rolledBack},
		{"  shutdown", l.reboot},
		{"repositories and locks", l.atEnd},
	} {
		if err := l.step(s.name, s.do); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(s.name), err)
		}
	}
	return nil
}

// step carries a step out and prints its line.
func (l *life) step(name string, do func() (string, error)) error {
	start := time.Now()
	const column = "%-38s"
	if l.verbose { // commands and their output come between
		fmt.Fprintf(l.out, "\n%s …\n", strings.TrimSpace(name))
	} else {
		fmt.Fprintf(l.out, column, name)
	}
	text, err := do()
	if l.verbose {
		fmt.Fprintf(l.out, column, name)
	}
	if problems := l.found(); len(problems) > 0 {
		err = errors.Join(err, errors.New(strings.Join(problems, "\n")))
	}
	if err == nil {
		err = l.ctx.Err()
	}
	verdict := "ok"
	if err != nil {
		verdict, text = "FAILED", ""
	}
	fmt.Fprintf(l.out, "%7.1f s  %-6s %s\n", time.Since(start).Seconds(), verdict, text)
	return err
}

// problem takes note of something that is not as it should be.
func (l *life) problem(format string, args ...any) {
	l.problemsMu.Lock()
	defer l.problemsMu.Unlock()
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// found returns the problems so far.
func (l *life) found() []string {
	l.problemsMu.Lock()
	defer l.problemsMu.Unlock()
	return l.problems
}

func (l *life) want(what, got, want string) {
	if got != want {
		l.problem("%s: %q instead of %q", what, got, want)
	}
}

func (l *life) wantPart(what, got, part string) {
	if !strings.Contains(got, part) {
		l.problem("%s lacks %q: %.2000s", what, part, got)
	}
}

func (l *life) path(name string) string { return filepath.Join(l.dir, name) }

// prepare looks for what is needed and makes the working directory.
func (l *life) prepare() error {
	if os.Geteuid() != 0 {
		return errors.New("needs root, to mount the disk image")
	}
	for _, tool := range []string{"apt-get", "depmod", "go", "mkfs.ext4", "mount", "qemu-system-x86_64"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	var err error
	if l.options.dir == "" {
		l.dir, err = os.MkdirTemp("", "boot")
	} else if l.dir, err = filepath.Abs(l.options.dir); err == nil {
		if err = os.MkdirAll(l.dir, 0o755); err == nil {
			var entries []os.DirEntry
			if entries, err = os.ReadDir(l.dir); err == nil && len(entries) > 0 {
				err = fmt.Errorf("%s is not empty", l.dir)
			}
		}
	}
	if err == nil {
		err = os.Mkdir(l.path("consoles"), 0o755)
	}
	return err
}

// finish ends what still runs, and keeps the consoles of a failure.
func (l *life) finish(err error) error {
	if l.vm != nil {
		l.vm.Kill()
	}
	if l.site != nil {
		err = errors.Join(err, l.site.close())
	}
	fmt.Fprintf(l.out, "%-38s%7.1f s\n", "in all", time.Since(l.started).Seconds())
	switch {
	case l.keep:
		fmt.Fprintf(l.out, "\nkept: disk, repo, base and layers (RPM repositories), cidata.iso, consoles in %s\n", l.dir)
		return err
	case err != nil && l.boots > 0:
		err = l.keepConsoles(err)
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

func (l *life) keepConsoles(err error) error {
	keep, keepErr := os.MkdirTemp("", "boot-consoles-")
	if keepErr == nil {
		keepErr = os.CopyFS(keep, os.DirFS(l.path("consoles")))
	}
	if keepErr != nil {
		return errors.Join(err, keepErr)
	}
	return fmt.Errorf("%w\n\nthe console of boot %d ends:\n%s\n\nall consoles are in %s", err, l.boots, last(l.consoleText(), 40), keep)
}

// last returns the last n lines.
func last(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// command runs a program of this machine and returns its output.
func (l *life) command(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(l.ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	line := filepath.Base(name) + " " + strings.Join(args, " ")
	if err != nil {
		return "", fmt.Errorf("%s: %w:\n%s", line, err, last(string(out), 30))
	}
	l.log("$ %s\n%s", line, out)
	return strings.TrimSpace(string(out)), nil
}

// log prints with -v.
func (l *life) log(format string, args ...any) {
	if l.verbose {
		text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
		fmt.Fprintf(l.out, "\n    %s\n", strings.ReplaceAll(text, "\n", "\n    "))
	}
}
