package platform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/internal/confine"
)

// pollDrive is the time between looking for a drive and looking again.
const pollDrive = time.Second

// volume is a mounted file system.
type volume struct {
	root *confine.Root
	dir  string // where it is mounted
}

// read returns a file of the volume, and whether there is one. Links are resolved
// inside the volume.
func (v *volume) read(name string) ([]byte, bool, error) {
	f, err := v.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	defer f.Close()
	if err := regular(f); err != nil {
		return nil, false, err
	}
	raw, err := readBounded(f)
	return raw, err == nil, err
}

// optional is a volume's reader of one file, whose absence means no config.
func optional(name string) func(*volume) ([]byte, error) {
	return func(v *volume) ([]byte, error) {
		raw, _, err := v.read(name)
		return raw, err
	}
}

// awaitDrive waits until a device is there.
func (e *env) awaitDrive(ctx context.Context, device string) error {
	for !exists(device) {
		e.log.Debug("config drive (%q) not found. Waiting...", device)
		if err := pause(ctx, pollDrive); err != nil {
			return err
		}
	}
	return nil
}

// readDrive mounts a device with mount(8) and reads from it.
func (e *env) readDrive(ctx context.Context, device string, read func(*volume) ([]byte, error)) ([]byte, error) {
	mount := func(dir string) error {
		return e.cmd(ctx, "mounting config drive", "mount", "-o", "ro", "-t", "auto", device, dir)
	}
	umount := func(dir string) error { return e.unmountPatiently(ctx, dir) }
	return e.readVolume(device, "ignition-configdrive", mount, umount, read)
}

// readVolume reads from a device that it mounts on a directory of its own.
func (e *env) readVolume(device, prefix string, mount, umount func(dir string) error,
	read func(*volume) ([]byte, error)) ([]byte, error) {
	e.log.Debug("creating temporary mount point")
	dir, err := os.MkdirTemp(e.TempDir, prefix)
	if err != nil {
		return nil, fmt.Errorf("failed to create temp directory: %w", err)
	}
	defer func() {
		if err := os.Remove(dir); err != nil {
			e.log.Warning("failed to remove temp directory %q: %v", dir, err)
		}
	}()
	if err := mount(dir); err != nil {
		_ = e.unmount(dir) // a program that was killed may have mounted before
		return nil, err
	}
	// What was read is complete; a mount that stays is in nobody's way.
	defer e.log.Op(fmt.Sprintf("unmounting %q at %q", device, dir), func(*oplog.Logger) error { return umount(dir) })
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return read(&volume{root, dir})
}

// unmountPatiently tries three times, since something (udev, for one) may be looking
// at the drive. It goes on when ctx has ended.
func (e *env) unmountPatiently(ctx context.Context, dir string) (err error) {
	ctx = context.WithoutCancel(ctx)
	for range 3 {
		err = e.unmount(dir)
		if err == nil || errors.Is(err, unix.EINVAL) { // not a mount point any more
			return nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	return fmt.Errorf("umount failed after 3 tries for %s: %w", dir, err)
}

// label returns the device with a label.
func (e *env) label(name string) string { return filepath.Join(e.ByLabel, name) }
