package rdcore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// mountAt finds what is mounted at a path. Of several mounts the last one is visible.
func (s *System) mountAt(path string) (*mountapi.Entry, error) {
	f, err := os.Open(s.path("/proc/thread-self/mountinfo"))
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.Open(s.path("/proc/self/mountinfo"))
	}
	if err != nil {
		return nil, fmt.Errorf("reading mount table: %w", errno.Bare(err))
	}
	defer f.Close()
	e, err := findMount(f, path)
	if err != nil {
		return nil, fmt.Errorf("reading mount table: %w", errno.Bare(err))
	}
	if e == nil {
		return nil, fmt.Errorf("mountpoint %s not found", path)
	}
	return e, nil
}

// findMount returns nil if there is no mount at the path in a table.
func findMount(table io.Reader, path string) (*mountapi.Entry, error) {
	entries, err := mountapi.ReadTable(table)
	if err != nil {
		return nil, err
	}
	path = plainPath(path)
	for i := len(entries) - 1; i >= 0; i-- {
		if plainPath(entries[i].Target) == path {
			return &entries[i], nil
		}
	}
	return nil, nil
}

// plainPath leaves out what does not change the meaning of a path. ".." stays: what is before
// it may be a link.
func plainPath(path string) string {
	var b strings.Builder
	if strings.HasPrefix(path, "/") {
		b.WriteByte('/')
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." {
			continue
		}
		if b.Len() > 1 || b.Len() == 1 && b.String() != "/" {
			b.WriteByte('/')
		}
		b.WriteString(part)
	}
	return b.String()
}

// withBoot calls f with the root of a boot file system.
func (s *System) withBoot(ctx context.Context, b Boot, f func(*os.Root) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Mount != "" {
		m, err := s.mountAt(b.Mount)
		if err != nil {
			return err
		}
		return withRoot(m.Target, f)
	}
	fs, err := filesystemOf(b.Device)
	if err != nil {
		return err
	}
	return s.mounted(ctx, b.Device, fs, f)
}

// withRoot confines f to a directory.
func withRoot(dir string, f func(*os.Root) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening %s: %w", dir, errno.Bare(err))
	}
	defer root.Close()
	return f(root)
}

// filesystemOf is the type of the file system on a block device.
func filesystemOf(device string) (string, error) {
	info, err := os.Stat(device)
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", device, errno.Bare(err))
	}
	if info.Mode()&(os.ModeDevice|os.ModeCharDevice) != os.ModeDevice {
		return "", fmt.Errorf("%s: not a block device", device)
	}
	sig, err := probe(device)
	if err != nil {
		return "", err
	}
	if sig.Usage != blockdev.Filesystem {
		return "", fmt.Errorf("failed to query filesystem for %s", device)
	}
	return sig.Type, nil
}

// probe tells what is on a device.
func probe(node string) (blockdev.Signature, error) {
	var none blockdev.Signature
	dev, err := blockdev.Open(node)
	if err != nil {
		return none, fmt.Errorf("opening %s: %w", node, errno.Bare(err))
	}
	defer dev.Close()
	res, err := dev.Probe()
	if err != nil {
		return none, fmt.Errorf("reading %s: %w", node, errno.Bare(err))
	}
	return res.Signature, nil
}

// mounted mounts a device on a new directory that nobody else sees, and calls f with it.
func (s *System) mounted(ctx context.Context, device, fstype string, f func(*os.Root) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.TempDir, s.Flavour.Program+"-")
	if err != nil {
		return fmt.Errorf("creating temporary directory: %w", errno.Bare(err))
	}
	// Never with what is in it, which might be the device's.
	defer func() {
		if err := unix.Rmdir(dir); err != nil {
			s.Message(fmt.Sprintf("removing %s: %v", dir, err))
		}
	}()
	entered := false
	err = mountapi.InPrivate(func() error {
		entered = true
		return s.mountedOn(device, fstype, dir, f)
	})
	if err != nil && !entered {
		return fmt.Errorf("unsharing mount namespace: %w", err)
	}
	return err
}

// What is on a boot file system is read and written, not used otherwise.
const mountFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func (s *System) mountedOn(device, fstype, dir string, f func(*os.Root) error) (err error) {
	if err := unix.Mount(device, dir, fstype, mountFlags, ""); err != nil {
		return fmt.Errorf("mounting device %s on %s: %w", device, dir, err)
	}
	defer func() {
		unmountErr := unmount(dir)
		switch {
		case unmountErr == nil:
		case err == nil:
			err = fmt.Errorf("umounting %s: %w", device, unmountErr)
		default:
			s.Message(fmt.Sprintf("umounting %s: %v", device, unmountErr))
		}
	}()
	return withRoot(dir, f)
}

// unmount tries for two seconds: it may fail right after the last file was closed.
func unmount(dir string) error {
	const tries, pause = 20, 100 * time.Millisecond
	err := unix.Unmount(dir, 0)
	for range tries - 1 {
		if err == nil {
			break
		}
		time.Sleep(pause)
		err = unix.Unmount(dir, 0)
	}
	return err
}
