package drive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// errAbandoned reports that the context has ended while the kernel was mounting. The device is closed when it is done.
var errAbandoned = errors.New("gave up mounting")

// mounted is a drive that the kernel reads.
type mounted struct {
	tree
	finder *Finder
	device *device
	dir    string
	close  func() error
}

// mount mounts a device on a fresh directory. The directory is not left behind, also if the context
// ends while the kernel is mounting.
func (f *Finder) mount(ctx context.Context, dev *device, fstype string) (Drive, error) {
	dir, err := os.MkdirTemp(or(f.TempDir, "/tmp"), "afterburn-")
	if err != nil {
		return nil, fmt.Errorf("creating a mount point: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- f.mountOn(dev.source, dir, fstype) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		// A drive that does not answer holds the system call up, not us.
		go func() {
			if <-done == nil {
				_ = f.unmount(ctx, dir)
			}
			_ = f.remove(dir)
			_ = dev.Close()
		}()
		return nil, fmt.Errorf("%w: %w", errAbandoned, ctx.Err())
	}
	if err != nil {
		_ = f.remove(dir)
		return nil, fmt.Errorf("failed to mount (read-only) source '%s' to target '%s', with type '%s': %w", dev.name, dir, fstype, err)
	}
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, f.unmount(ctx, dir), f.remove(dir))
	}
	m := &mounted{tree: tree{root}, finder: f, device: dev, dir: dir}
	m.close = sync.OnceValue(m.release)
	return m, nil
}

func (f *Finder) mountOn(source, dir, fstype string) error {
	if f.Mount != nil {
		return f.Mount(source, dir, fstype)
	}
	return mountReadOnly(source, dir, fstype)
}

// Close unmounts the drive and removes the directory.
func (m *mounted) Close() error { return m.close() }

func (m *mounted) release() error {
	err := m.tree.Close()
	return errors.Join(err, m.finder.unmount(context.Background(), m.dir), m.finder.remove(m.dir), m.device.Close())
}

// unmount tries several times, since others (udev, for one) may be looking at the drive.
// It goes on when the context has ended. At last the mount is only taken out of sight.
func (f *Finder) unmount(ctx context.Context, dir string) error {
	call := f.Unmount
	if call == nil {
		call = unmount
	}
	ctx = context.WithoutCancel(ctx)
	delay := firstDelay
	for n := 0; ; n++ {
		err := call(dir, false)
		if err == nil || errors.Is(err, unix.EINVAL) { // not mounted any more
			return nil
		}
		if n == retries || f.sleep(ctx, delay) != nil {
			f.log().Warn("drive is in use, unmounting it later", "directory", dir, "error", err)
			if err := call(dir, true); err != nil {
				return fmt.Errorf("failed to unmount '%s': %w", dir, err)
			}
			return nil
		}
		delay = min(2*delay, maxDelay)
	}
}

func (f *Finder) remove(dir string) error {
	err := os.Remove(dir)
	if err != nil {
		f.log().Warn("cannot remove mount point", "directory", dir, "error", err)
	}
	return err
}
