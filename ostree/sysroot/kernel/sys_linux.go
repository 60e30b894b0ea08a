package kernel

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

func procPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// linkOpen gives an open file, which may have no name so far, a name.
func linkOpen(f *os.File, to *confine.Root, base string) error {
	err := unix.Linkat(unix.AT_FDCWD, procPath(f), int(to.Dir().Fd()), base, unix.AT_SYMLINK_FOLLOW)
	if errors.Is(err, unix.ENOENT) { // no /proc
		return unix.EXDEV
	}
	return err
}

// openUnnamed opens a new file without a name in a directory. The error is
// errors.ErrUnsupported where there are none, or they could not get a name.
func openUnnamed(to *confine.Root) (*os.File, error) {
	f, err := to.OpenFile(".", os.O_RDWR|unix.O_TMPFILE, 0o600)
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return nil, errors.ErrUnsupported
	} else if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(procPath(f)); err != nil {
		f.Close()
		return nil, errors.ErrUnsupported
	}
	return f, nil
}

func reopenUnnamed(f *os.File) (*os.File, error) { return os.Open(procPath(f)) }

func setXattr(f *os.File, name string, value []byte) error {
	return unix.Fsetxattr(int(f.Fd()), name, value, 0)
}

func fdatasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

func setTimes(f *os.File, info fs.FileInfo) error {
	st := info.Sys().(*syscall.Stat_t)
	ts := []unix.Timespec{unix.Timespec(st.Atim), unix.Timespec(st.Mtim)}
	return unix.UtimesNanoAt(int(f.Fd()), "", ts, unix.AT_EMPTY_PATH)
}
