package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

const (
	unmountTries = 20
	unmountPause = 100 * time.Millisecond
)

// WithBoot mounts the file system of the disk that has a label, of which there must be
// exactly one, and calls f with the directory. See [Disk.Mount].
func (d *Disk) WithBoot(ctx context.Context, label string, readOnly bool, f func(root string) error) error {
	parts, err := d.Partitions()
	if err != nil {
		return err
	}
	return d.withLabel(ctx, parts, label, readOnly, f)
}

// WithBootIn is WithBoot for a partition table that is not on the disk yet, such as that
// of [Saved.Merged]: what is changed then is complete before the disk can be booted.
func (d *Disk) WithBootIn(ctx context.Context, t *gpt.Table, label string, readOnly bool, f func(root string) error) error {
	parts, err := d.PartitionsOf(t)
	if err != nil {
		return err
	}
	return d.withLabel(ctx, parts, label, readOnly, f)
}

func (d *Disk) withLabel(ctx context.Context, parts []Partition, label string, readOnly bool, f func(root string) error) error {
	p, err := choose(parts, d.canonical, label)
	if err != nil {
		return err
	}
	return d.Mount(ctx, p, readOnly, f)
}

// Mount mounts a partition on a new directory in a mount namespace of its own, calls f
// with the directory, and unmounts it. Only f's goroutine sees the mount: f must open the root
// there, and may use what it opened elsewhere, but must close it all before it returns.
//
// Errors of f are returned as they are. A read-only mount may still write what its journal
// holds. What f wrote is in the page cache of the disk: sync
// [Disk.File] to make it durable.
func (d *Disk) Mount(ctx context.Context, p *Partition, readOnly bool, f func(root string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.FSUsage != blockdev.Filesystem || p.FSType == "" {
		return fmt.Errorf("couldn't get filesystem type of %s", d.partitionPath(p))
	}
	source, err := d.attach(ctx, p)
	if err != nil {
		return fmt.Errorf("attaching %s: %w", d.partitionPath(p), err)
	}
	defer source.detach()
	m := mounting{&d.opts, d.partitionPath(p), source.node, p.FSType, readOnly}
	return m.run(f)
}

// MountDevice is [Disk.Mount] for a device that holds a file system, such as a partition.
func MountDevice(ctx context.Context, path string, readOnly bool, o *Options, f func(root string) error) error {
	d := scanner(&ScanOptions{Disk: o})
	if err := ctx.Err(); err != nil {
		return err
	}
	dev, err := blockdev.Open(path)
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, errno.Bare(err))
	}
	res, err := dev.Probe()
	dev.Close()
	if err != nil {
		return fmt.Errorf("probing %s: %w", path, errno.Bare(err))
	}
	if res.Usage != blockdev.Filesystem {
		return fmt.Errorf("couldn't get filesystem type of %s", path)
	}
	m := mounting{&d.opts, path, path, res.Type, readOnly}
	return m.run(f)
}

// mounting is a file system that is to be mounted.
type mounting struct {
	opts     *Options
	name     string // in messages
	node     string
	fsType   string
	readOnly bool
}

func (m *mounting) run(f func(root string) error) error {
	dir, err := os.MkdirTemp(m.opts.TempDir, m.opts.Name+"-")
	if err != nil {
		return fmt.Errorf("creating temporary directory: %w", errno.Bare(err))
	}
	defer m.removeDir(dir)
	entered := false
	err = mountapi.InPrivate(func() error {
		entered = true
		return m.mounted(dir, f)
	})
	if err != nil && !entered {
		return fmt.Errorf("unsharing mount namespace: %w", named(err))
	}
	return err
}

// removeDir leaves the directory if there is something in it: it might be the disk's.
func (m *mounting) removeDir(dir string) {
	if err := unix.Rmdir(dir); err != nil {
		m.opts.Message(fmt.Sprintf("removing %s: %v", dir, named(err)))
	}
}

func (m *mounting) mounted(dir string, f func(root string) error) (err error) {
	var flags uintptr = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if m.readOnly {
		flags |= unix.MS_RDONLY
	}
	data := ""
	if m.fsType == "xfs" {
		data = "nouuid" // another disk with the same image may be mounted
	}
	if err := unix.Mount(m.node, dir, m.fsType, flags, data); err != nil {
		return fmt.Errorf("mounting device %s on %s: %w", m.name, dir, named(err))
	}
	defer func() {
		unmountErr := unmount(dir)
		if unmountErr == nil {
			return
		}
		unmountErr = fmt.Errorf("umounting %s: %w", m.name, named(unmountErr))
		if err == nil {
			err = unmountErr
		} else {
			m.opts.Message(unmountErr.Error())
		}
	}()
	return f(dir)
}

// unmount tries for a while: it may fail right after the last file was closed.
func unmount(dir string) error {
	// Not to be interrupted, lest what was written stay in memory.
	return retry(context.Background(), unmountTries, unmountPause, nil, func() error {
		err := unix.Unmount(dir, 0)
		if errors.Is(err, unix.EINVAL) {
			return nil // f has unmounted it
		}
		return err
	})
}

// partitionPath is how messages name a partition.
func (d *Disk) partitionPath(p *Partition) string {
	if d.mapper {
		return fmt.Sprintf("%s partition %d", d.canonical, p.Number)
	}
	return blockdev.PartitionPath(d.canonical, p.Number)
}
