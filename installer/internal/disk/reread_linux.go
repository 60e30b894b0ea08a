package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/run"
)

const (
	rereadTries = 20
	rereadPause = 100 * time.Millisecond
	settlePause = 200 * time.Millisecond
	kpartxTries = 5
	kpartxPause = time.Second
)

// Reread makes the partition table on the disk known to the machine: to the kernel, or with
// kpartx to device-mapper, and waits for udev if it runs. What is mounted later by this package
// does not depend on it.
func (d *Disk) Reread(ctx context.Context) error {
	switch {
	case d.regular || d.isUnpartitionable() && !d.partscan():
		return nil
	case d.mapper:
		return d.rereadMapped(ctx)
	}
	f := d.file
	if d.claim != nil {
		f = d.claim // it may do so while the disk is held, others may not
	}
	err := retry(ctx, rereadTries, rereadPause, nil, func() error { return rereadTable(f) })
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return rereadError(err)
	}
	return d.settle(ctx)
}

// partscan tells whether the kernel looks for partitions on this loop device.
func (d *Disk) partscan() bool {
	return attribute(d.opts.host.block(d.rdev), "loop/partscan") == "1"
}

// retry calls f until it succeeds, n times at most. failed is called before each pause.
func retry(ctx context.Context, n int, pause time.Duration, failed func(error), f func() error) error {
	for i := 1; ; i++ {
		err := f()
		if err == nil || i == n {
			return err
		}
		if failed != nil {
			failed(err)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// settle waits until udev has dealt with the new partitions. Without udev, or if it fails,
// nobody waits.
func (d *Disk) settle(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(d.opts.host.run, "udev/control")); err != nil {
		return nil
	}
	// It may not have heard of them yet.
	if err := sleep(ctx, settlePause); err != nil {
		return err
	}
	if _, err := d.opts.Runner.Run(ctx, run.Command("udevadm", "settle")); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.opts.Logger.Info("udevadm settle failed", "error", err)
	}
	return nil
}

// rereadMapped brings the partitions of a device-mapper device in step with its table.
func (d *Disk) rereadMapped(ctx context.Context) error {
	old, err := d.opts.host.partitions(d.rdev)
	if err != nil {
		return fmt.Errorf("listing partitions of %s: %w", d.canonical, errno.Bare(err))
	}
	missing := false
	err = retry(ctx, kpartxTries, kpartxPause, func(err error) {
		d.opts.Message(fmt.Sprintf("Error: %v", err))
		d.opts.Message("Retrying in 1 second")
	}, func() error {
		err := d.kpartx(ctx, "-u")
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, unix.ENOENT) {
			missing = true
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if missing {
		d.opts.Logger.Info("kpartx is missing, partition devices are not updated", "disk", d.canonical)
		return nil
	}
	// Those that were there before are left to whoever made them.
	if len(old) == 0 {
		d.kpartxUsed = true
	}
	return d.settle(ctx)
}

func (d *Disk) kpartx(ctx context.Context, option string) error {
	// -n: in a container it would wait for udev for ever.
	_, err := d.opts.Runner.Run(ctx, run.Command("kpartx", option, "-n", d.canonical))
	return err
}

func (d *Disk) removeMapped() error {
	if !d.kpartxUsed {
		return nil
	}
	d.kpartxUsed = false
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return d.kpartx(ctx, "-d")
}
