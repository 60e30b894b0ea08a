//go:build unix

package etcmerge

import (
	"context"
	"errors"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// The functions with At act on one name in an open directory and follow no link.

func kind(st *unix.Stat_t) uint32 { return uint32(st.Mode) & unix.S_IFMT }

func lstatAt(dir *os.File, name string) (*unix.Stat_t, error) {
	st := new(unix.Stat_t)
	err := retry(func() error { return unix.Fstatat(int(dir.Fd()), name, st, unix.AT_SYMLINK_NOFOLLOW) })
	return st, err
}

func openAt(dir *os.File, name string, flags int, mode uint32) (*os.File, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Openat(int(dir.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func openDirAt(dir *os.File, name string) (*os.File, error) {
	return openAt(dir, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

// reopen opens a directory anew, as reading it moves a position that its handles share.
func reopen(dir *os.File) (*os.File, error) {
	f, err := openDirAt(dir, ".")
	return f, opError("opendir", dir.Name(), err)
}

// openFileAt opens a regular file. Something else that took its place does not block.
func openFileAt(dir *os.File, name string) (*os.File, error) {
	f, err := openAt(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = unix.EINVAL
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func readlinkAt(dir *os.File, name string) (string, error) {
	for buf := make([]byte, 256); ; buf = make([]byte, 2*len(buf)) {
		var n int
		err := retry(func() (err error) {
			n, err = unix.Readlinkat(int(dir.Fd()), name, buf)
			return err
		})
		if err != nil {
			return "", err
		}
		if n < len(buf) {
			return string(buf[:n]), nil
		}
	}
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// opError words an error as libglnx does; nil and the end of a context stay what they are.
func opError(op, path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errno.New(op, path, err)
}

func readdirError(path string, err error) error { return opError("readdir", path, err) }
