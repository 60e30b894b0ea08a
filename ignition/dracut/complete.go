package dracut

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/nestos-dev/nestos/internal/fsfreeze"
	"github.com/nestos-dev/nestos/internal/run"
)

// FirstBootCompleteName is the name under which the unit of the same name calls
// the program that calls [CompleteFirstBoot].
const FirstBootCompleteName = "ignition-firstboot-complete"

// CompleteOptions are what [CompleteFirstBoot] works with. The zero value, and
// nil, are right in a booted system.
type CompleteOptions struct {
	// BootDir is where the boot file system is mounted; empty means /boot.
	BootDir string
	// Remount makes it writable. Nil calls mount -o remount,rw, which the caller's
	// mount namespace should keep to itself.
	Remount func(ctx context.Context, dir string) error
}

// CompleteFirstBoot removes what makes the boot loader announce a first boot,
// the stamp file ignition.firstboot, and the directory ignition with a config
// that an installer left. When it returns a boot loader that reads the bare
// blocks of the file system sees that as well, so that not even a power failure
// brings Ignition back, which might format disks again.
//
// That the stamp file is absent is no error.
func CompleteFirstBoot(ctx context.Context, opts *CompleteOptions) error {
	o := CompleteOptions{}
	if opts != nil {
		o = *opts
	}
	if o.BootDir == "" {
		o.BootDir = "/boot"
	}
	if o.Remount == nil {
		o.Remount = remount
	}
	err := removeStamp(o.BootDir)
	if errors.Is(err, syscall.EROFS) {
		if err := o.Remount(ctx, o.BootDir); err != nil {
			return fmt.Errorf("making %s writable: %w", o.BootDir, err)
		}
		err = removeStamp(o.BootDir)
	}
	return err
}

func removeStamp(bootDir string) error {
	root, err := os.OpenRoot(bootDir)
	if err != nil {
		return err
	}
	defer root.Close()
	// The stamp file goes first: without the config it would announce a first boot
	// that makes another machine.
	if err := root.Remove("ignition.firstboot"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := root.RemoveAll("ignition"); err != nil {
		return err
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return fsfreeze.Flush(dir, nil)
}

func remount(ctx context.Context, dir string) error {
	_, err := run.Output(ctx, &run.Exec{}, "mount", "-o", "remount,rw", dir)
	return err
}
