//go:build unix && !linux

package kernel

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// linkOpen says that a copy is needed: files cannot be linked by descriptor.
func linkOpen(*os.File, *confine.Root, string) error { return unix.EPERM }

func openUnnamed(*confine.Root) (*os.File, error) { return nil, errors.ErrUnsupported }

func reopenUnnamed(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

func setXattr(f *os.File, name string, value []byte) error {
	return unix.Fsetxattr(int(f.Fd()), name, value, 0)
}

func fdatasync(f *os.File) error { return f.Sync() }

func setTimes(f *os.File, info fs.FileInfo) error {
	tv := unix.NsecToTimeval(info.ModTime().Truncate(time.Microsecond).UnixNano())
	return unix.Futimes(int(f.Fd()), []unix.Timeval{tv, tv})
}
