//go:build unix

package bootloader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/bls"
)

// ErrNotSupported is the end of errors about what a boot loader could do but
// this package cannot.
var ErrNotSupported = errors.New("not supported")

// Kind is the configuration of the boot loader, the value of the key bootloader
// in the group sysroot of a repository's configuration.
type Kind string

// The kinds of boot loaders.
const (
	Auto     Kind = "auto"
	None     Kind = "none" // it reads the entries, or nobody does
	Grub2    Kind = "grub2"
	Syslinux Kind = "syslinux"
	UBoot    Kind = "uboot"
	Zipl     Kind = "zipl"
	Aboot    Kind = "aboot"
)

// ParseKind reads a configured value.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case Auto, None, Grub2, Syslinux, UBoot, Zipl, Aboot:
		return k, nil
	}
	return "", fmt.Errorf("Invalid bootloader configuration: '%s'", s)
}

// Backend writes the configuration of one boot loader.
type Backend interface {
	// Name returns the name that logs show.
	Name() string
	// Atomic tells whether the configuration switches together with
	// boot/loader.
	Atomic() bool
	// Write writes the configuration for the boot version of the request, whose
	// directory exists. Errors begin with "Bootloader write config: ".
	Write(ctx context.Context, req *Request) error
	// PostSync does what can only be done after boot/loader has been switched
	// and everything is on the disk.
	PostSync(ctx context.Context, req *Request) error
}

// Entry is a boot entry of the new list.
type Entry struct {
	// Config is the entry as it was written.
	Config *bls.Entry
	// Deployment is the directory of the deployment relative to the physical
	// root, such as "ostree/deploy/demo/deploy/26be….0".
	Deployment string
}

// Request says what to write.
type Request struct {
	// Sysroot is the open physical root.
	Sysroot *os.File
	// Path is the absolute path of the physical root, which programs get. It is
	// "/" on a running system.
	Path string
	// BootVersion is that of the new list, 0 or 1.
	BootVersion int
	// Entries are the new list, the default first.
	Entries []Entry
	// BootPrefix says that the paths in entries begin with /boot already.
	BootPrefix bool
	// Booted says that the system runs one of its deployments. Else tools may
	// be run from the deployment of the first entry.
	Booted bool

	// Grub2Exec is the generator for GRUB, the variable OSTREE_GRUB2_EXEC. Empty
	// is grub2-mkconfig, or grub-mkconfig where that is missing.
	Grub2Exec string
	// Grub2Verbose shows the generator's output, which is discarded otherwise.
	// Programs set it if there is a variable OSTREE_DEBUG_GRUB2 or INVOCATION_ID.
	Grub2Verbose bool

	// Stdout and Stderr receive the output of programs; nil discards it.
	Stdout, Stderr io.Writer
	// Runner runs programs; nil is [Exec].
	Runner Runner
	// Log gets a line for each program; nil discards it.
	Logger *slog.Logger
}

func (r *Request) runner() Runner {
	if r.Runner != nil {
		return r.Runner
	}
	return &Exec{Logger: r.Logger}
}

// run runs a program with its output going where the request says.
func (r *Request) run(ctx context.Context, c Command) error {
	c.Stdout, c.Stderr = r.Stdout, r.Stderr
	return r.runner().Run(ctx, c)
}

// boot returns what has to stand before a path of an entry to make it one of
// the system.
func (r *Request) boot() string {
	if r.BootPrefix {
		return ""
	}
	return "/boot"
}

func (r *Request) loader(name string) string {
	return fmt.Sprintf("boot/loader.%d/%s", r.BootVersion, name)
}

// root opens the physical root; the caller closes it.
func (r *Request) root() (*confine.Root, error) { return confine.FromFile(r.Sysroot) }

// writing words the errors of Backend.Write.
func writing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("Bootloader write config: %w", err)
}

func linuxOf(e *bls.Entry) (string, error) {
	if v, ok := e.Get(bls.KeyLinux); ok {
		return v, nil
	}
	return "", errors.New(`No "linux" key in bootloader config`)
}

func titleOf(e *bls.Entry) string {
	if v, ok := e.Get(bls.KeyTitle); ok {
		return v
	}
	return "(Untitled)"
}

// maxConfig bounds the files that are read; real ones have a few kilobytes.
const maxConfig = 1 << 20

func readConfig(root *confine.Root, name string) (string, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return "", errno.New("openat", name, err)
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, maxConfig)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return string(data), nil
}

func writeConfig(root *confine.Root, name, text string) error {
	f, err := root.CreateAtomic(name, 0o644, &atomicfile.Options{Sync: atomicfile.SyncData})
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Commit()
}
