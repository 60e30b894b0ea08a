package ostree

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/object"
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

// EnableVerity switches fs-verity on for all content objects that lack it, as the configuration wants it for
// new ones: after a copy of the repository's files, which loses it. It does nothing if the configuration does
// not want fs-verity, or only wants it where the file system can and that cannot.
func (r *Repo) EnableVerity(ctx context.Context) error {
	var v verityState
	v.init(r.Config())
	if v.off.Load() {
		return nil
	}
	if err := r.checkWritable(); err != nil {
		return err
	}
	for n, err := range r.Objects(ctx) {
		if err != nil {
			return err
		}
		if n.Type != object.TypeFile {
			continue
		}
		if err := r.sealObject(n, &v); err != nil || v.off.Load() {
			return err
		}
	}
	return nil
}

func (r *Repo) sealObject(n object.Name, v *verityState) error {
	path := n.LoosePath(false)
	fd, err := openat(r.objectsFD, path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err == unix.ELOOP {
		return nil // a symlink is an object of its own in bare repositories
	}
	if err != nil {
		return errno.New("openat", "objects/"+path, err)
	}
	defer unix.Close(fd)
	err = fsverity.Enable(fd)
	switch {
	case err == nil, errors.Is(err, fsverity.ErrEnabled):
		return nil
	case !errors.Is(err, fsverity.ErrNotSupported):
		return errno.New("ioctl(FS_IOC_ENABLE_VERITY)", "objects/"+path, err)
	case v.required.Load():
		return errors.New("fsverity required but filesystem does not support it")
	}
	v.off.Store(true)
	return nil
}
