//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// place is an open directory with the name of the destination in it.
type place struct {
	dir     *os.File
	base    string
	path    string // as the caller gave it, for messages
	display string // the directory, for messages
}

func openPlace(name string, at *os.File) (place, error) {
	dir, base := path.Split(name)
	if base == "" || base == "." || base == ".." {
		return place{}, &fs.PathError{Op: "create", Path: name, Err: unix.EISDIR}
	}
	if strings.ContainsRune(name, 0) {
		return place{}, &fs.PathError{Op: "create", Path: name, Err: unix.EINVAL}
	}
	if dir == "" {
		dir = "."
	}
	from := unix.AT_FDCWD
	if at != nil {
		from = int(at.Fd())
	}
	fd, err := retry(func() (int, error) {
		return unix.Openat(from, dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return place{}, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	display := dir
	if at != nil && !path.IsAbs(dir) {
		display = path.Join(at.Name(), dir)
	}
	return place{dir: os.NewFile(uintptr(fd), display), base: base, path: name, display: display}, nil
}

func (p place) fd() int { return int(p.dir.Fd()) }

func (p place) close() { p.dir.Close() }

func (p place) openat(name string, flags int, mode uint32) (int, error) {
	return retry(func() (int, error) { return unix.Openat(p.fd(), name, flags, mode) })
}

// unique calls create with new random names until one does not exist yet.
func (p place) unique(create func(name string) error) (string, error) {
	var err error
	for range 100 {
		name := tempName(p.base)
		if err = create(name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
	return "", err
}

func (p place) rename(temp string, noReplace bool) error {
	var err error
	if noReplace {
		err = renameNoReplace(p.fd(), temp, p.base)
	} else {
		err = unix.Renameat(p.fd(), temp, p.fd(), p.base)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: joinName(p.display, temp), New: p.path, Err: err}
	}
	return nil
}

// linkNoReplace gives temp its name where the kernel has no rename that
// refuses to replace: a moment with both names is not visible as a partial file.
func linkNoReplace(dir int, temp, base string) error {
	if err := unix.Linkat(dir, temp, dir, base, 0); err != nil {
		return err
	}
	return unix.Unlinkat(dir, temp, 0)
}

func (p place) chtimes(name string, when time.Time) error {
	if when.IsZero() {
		return nil
	}
	ts, err := unix.TimeToTimespec(when)
	if err == nil {
		err = unix.UtimesNanoAt(p.fd(), name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return &fs.PathError{Op: "chtimes", Path: p.path, Err: err}
	}
	return nil
}

func (p place) sync(how Sync) error {
	if how == SyncNone {
		return nil
	}
	if err := p.dir.Sync(); err != nil {
		return fmt.Errorf("%s is written, but not yet durable: %w", p.path, err)
	}
	return nil
}

func syncFile(f *os.File, how Sync) error {
	switch how {
	case SyncNone:
		return nil
	case SyncData:
		return fdatasync(f)
	default:
		return f.Sync()
	}
}

func joinName(dir, name string) string {
	if dir == "." {
		return name
	}
	return path.Join(dir, name)
}

func retry(call func() (int, error)) (int, error) {
	for {
		fd, err := call()
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
