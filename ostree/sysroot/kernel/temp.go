//go:build unix

package kernel

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// temp is a file that is not visible under its name yet. It has no name at all
// where the system can do that, else one that removeStale recognizes.
type temp struct {
	file  *os.File
	to    *confine.Root
	base  string
	named string // the temporary name

	replace bool // a file that exists
}

// newTemp begins the file base in the directory to. Only what has a name can
// replace another file in one step.
func newTemp(to *confine.Root, base string, named, replace bool) (*temp, error) {
	if !replace && !named {
		f, err := openUnnamed(to)
		if err == nil {
			return &temp{file: f, to: to, base: base}, nil
		} else if !errors.Is(err, errors.ErrUnsupported) {
			return nil, errno.Wrap("open(O_TMPFILE)", err)
		}
	}
	name := atomicfile.TempPrefix + base
	// The caller holds the lock, so what has the name is from a killed run.
	if err := to.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errno.New("unlinkat", name, err)
	}
	f, err := to.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	return &temp{file: f, to: to, base: base, named: name, replace: replace}, nil
}

func (t *temp) abort() {
	if t.file == nil {
		return
	}
	t.file.Close()
	if t.named != "" {
		_ = t.to.Remove(t.named)
	}
}

// attributes sets owner and mode, in this order as setting the owner clears
// set-user-id bits, and the times if wanted.
func (t *temp) attributes(info fs.FileInfo, times bool) error {
	uid, gid := owner(info)
	if err := t.file.Chown(uid, gid); err != nil {
		return errno.Wrap("fchown", err)
	}
	if err := t.file.Chmod(info.Mode()); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if times {
		if err := setTimes(t.file, info); err != nil {
			return errno.Wrap("futimens", err)
		}
	}
	return nil
}

// commit makes the content durable, seals it and gives the file its name.
func (t *temp) commit(seal func(*os.File) error) error {
	if err := fdatasync(t.file); err != nil {
		return errno.Wrap("fdatasync", err)
	}
	if seal != nil {
		if err := t.reopen(); err != nil {
			return err
		}
		if err := seal(t.file); err != nil {
			return err
		}
	}
	if err := t.place(); err != nil {
		return errno.New("linkat", t.base, err)
	}
	t.file.Close()
	t.file = nil
	return nil
}

func (t *temp) place() error {
	if t.named == "" {
		return linkOpen(t.file, t.to, t.base)
	}
	dir := int(t.to.Dir().Fd())
	if t.replace {
		return unix.Renameat(dir, t.named, dir, t.base)
	}
	err := unix.Linkat(dir, t.named, dir, t.base, 0)
	if err == nil {
		return unix.Unlinkat(dir, t.named, 0)
	}
	if !mustCopy(err) {
		return err
	}
	// No hard links, as on FAT.
	if _, err := t.to.Lstat(t.base); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(dir, t.named, dir, t.base)
}

// reopen exchanges the descriptor for one that only reads: the kernel seals no
// file that is open for writing.
func (t *temp) reopen() error {
	var f *os.File
	var err error
	if t.named == "" {
		f, err = reopenUnnamed(t.file)
	} else {
		f, err = t.to.OpenFile(t.named, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	}
	if err != nil {
		return errno.Wrap("open", err)
	}
	t.file.Close()
	t.file = f
	return nil
}
