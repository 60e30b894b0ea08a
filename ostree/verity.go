package ostree

import (
	"errors"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"golang.org/x/sys/unix"
)

// Tristate is a setting that may be required, tried, or off.
type Tristate uint8

// The values of a [Tristate], written "no", "maybe" and "yes" in a config.
const (
	TristateNo Tristate = iota
	TristateMaybe
	TristateYes
)

// verityState is whether fs-verity is still worth trying in this transaction.
type verityState struct{ off, required atomic.Bool }

func (v *verityState) init(c *Config) {
	v.off.Store(c.FsVerity == TristateNo)
	v.required.Store(c.FsVerity == TristateYes)
}

// enableVerity seals a finished file before it gets its name. The kernel demands that nobody has it
// open for writing, so it is opened again read-only and the writing descriptor closed.
func (t *Txn) enableVerity(f *tmpFile) error {
	if t.verity.off.Load() {
		return nil
	}
	fd, err := openat(unix.AT_FDCWD, fdPath(f.fd), unix.O_RDONLY, 0)
	if err != nil {
		return errno.Wrap("open(/proc/self/fd)", err)
	}
	unix.Close(f.fd)
	f.fd = fd
	err = fsverity.Enable(fd)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fsverity.ErrNotSupported):
		return errno.Wrap("ioctl(FS_IOC_ENABLE_VERITY)", err)
	case t.verity.required.Load():
		return errors.New("fsverity required but filesystem does not support it")
	}
	t.verity.off.Store(true)
	return nil
}
