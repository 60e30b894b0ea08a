package confine

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func fdChmod(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

func fdChown(fd, uid, gid int) error { return unix.Fchown(fd, uid, gid) }

// fdTimes has the resolution of microseconds.
func fdTimes(fd int, atime, mtime time.Time) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	tv := []unix.Timeval{unix.NsecToTimeval(st.Atim.Nano()), unix.NsecToTimeval(st.Mtim.Nano())}
	for i, t := range []time.Time{atime, mtime} {
		if !t.IsZero() {
			tv[i] = unix.NsecToTimeval(t.UnixNano())
		}
	}
	return unix.Futimes(fd, tv)
}

func fdGetXattr(fd int, attr string) ([]byte, error) {
	return grow(func(buf []byte) (int, error) { return unix.Fgetxattr(fd, attr, buf) })
}

func fdSetXattr(fd int, attr string, value []byte) error {
	return unix.Fsetxattr(fd, attr, value, 0)
}

func fdRemoveXattr(fd int, attr string) error { return unix.Fremovexattr(fd, attr) }

func fdListXattr(fd int) ([]string, error) {
	buf, err := grow(func(buf []byte) (int, error) { return unix.Flistxattr(fd, buf) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	return splitNames(buf), err
}

// Mknod is not supported on this system.
func (r *Root) Mknod(name string, _ fs.FileMode, _ uint64) error {
	return pathError("mknod", name, errors.ErrUnsupported)
}

// Exchange is not supported on this system.
func (r *Root) Exchange(a, _ string) error {
	return pathError("exchange", a, errors.ErrUnsupported)
}

func reflink(_, _ *os.File) error { return errors.ErrUnsupported }
