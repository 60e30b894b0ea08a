//go:build unix

package bootloader

import (
	"errors"
	"io/fs"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
)

// stamp exists from before the switch until the boot loader's tool has run, so
// that a run that was killed in between can be noticed.
const stamp = "boot/ostree-bootloader-update.stamp"

func writeStamp(req *Request) error {
	root, err := req.root()
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.CreateAtomic(stamp, 0o644, &atomicfile.Options{Sync: atomicfile.SyncNone})
	if err != nil {
		return err
	}
	return f.Commit()
}

// withStamp calls run if there is a stamp, and removes it if that succeeds.
func withStamp(req *Request, run func() error) error {
	root, err := req.root()
	if err != nil {
		return err
	}
	defer root.Close()
	if ok, err := exists(root.Stat, stamp); !ok {
		return err
	}
	if err := run(); err != nil {
		return err
	}
	if err := root.Remove(stamp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", stamp, err)
	}
	return nil
}
