package disk

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// CheckExclusive fails if the disk, or one of its partitions, is in use: mounted, as swap, or
// by another block device. The partitions in use are noted. From now on the disk is
// held (see the package comment).
func (d *Disk) CheckExclusive() error {
	if d.regular {
		return nil
	}
	if err := d.checkExclusive(); err != nil {
		return fmt.Errorf("checking for exclusive access to %s: %w", d.path, err)
	}
	return nil
}

func (d *Disk) checkExclusive() error {
	if err := d.checkLoops(); err != nil {
		return err
	}
	err := rereadTable(d.file)
	if err == nil && !d.mapper {
		// Old kernels read the table of a disk that is mounted itself.
		if err = d.hold(); err == nil {
			return nil
		}
	}
	if err == nil {
		return nil
	}
	uses, usesErr := d.partitionUses()
	if usesErr != nil {
		return usesErr
	}
	if len(uses) > 0 {
		d.opts.Message("Partitions in use on " + d.path + ":\n" + strings.Join(uses, "\n"))
		return errors.New("found busy partitions")
	}
	if d.mapper {
		return nil
	}
	// A loop device whose partitions the kernel does not look for can be used all the same.
	if errors.Is(err, unix.EINVAL) && d.isUnpartitionable() {
		if err = d.hold(); err == nil {
			return nil
		}
	}
	if uses, _ := d.ownUses(); len(uses) > 0 {
		d.opts.Message("Device in use:\n" + strings.Join(uses, "\n"))
	}
	return rereadError(err)
}

// checkLoops finds loop devices on the disk or on its partitions. Whatever they are for, it
// would be overwritten, and the kernel does not mind.
func (d *Disk) checkLoops() error {
	devices := map[uint64]bool{d.rdev: true}
	parts, err := d.opts.host.partitions(d.rdev)
	if err != nil {
		return fmt.Errorf("listing partitions of %s: %w", d.canonical, errno.Bare(err))
	}
	for _, p := range parts {
		devices[p.rdev] = true
	}
	loops := d.opts.host.loops(devices)
	if len(loops) == 0 {
		return nil
	}
	text := "Device in use:"
	for _, l := range loops {
		text += fmt.Sprintf("\n    %s in use by %s", d.path, l)
	}
	d.opts.Message(text)
	return errors.New("found loop devices on it")
}

// rereadTable lets the kernel read the partition table. It fails if a partition is open.
func rereadTable(f *os.File) error {
	return unix.IoctlSetInt(int(f.Fd()), unix.BLKRRPART, 0)
}

func rereadError(err error) error {
	const text = "couldn't reread partition table"
	switch {
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf(text+": device may not support partitions: %w", named(err))
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf(text+": device is in use: %w", named(err))
	}
	return fmt.Errorf(text+": %w", named(err))
}

// isUnpartitionable tells a whole loop device from others that do not support partitions,
// such as partitions.
func (d *Disk) isUnpartitionable() bool {
	dir := d.opts.host.block(d.rdev)
	_, err := os.Stat(filepath.Join(dir, "loop"))
	return err == nil && attribute(dir, "partition") == ""
}

// partitionUses describes what partitions are used for, sorted by their paths.
func (d *Disk) partitionUses() ([]string, error) {
	parts, err := d.opts.host.partitions(d.rdev)
	if err != nil {
		return nil, fmt.Errorf("listing partitions of %s: %w", d.canonical, errno.Bare(err))
	}
	slices.SortStableFunc(parts, func(a, b kernelPartition) int { return cmp.Compare(a.path, b.path) })
	var out []string
	for _, p := range parts {
		uses, err := d.uses(p.path, p.dir, p.rdev)
		if err != nil {
			return nil, err
		}
		out = append(out, uses...)
	}
	return out, nil
}

// ownUses describes what the whole disk is used for.
func (d *Disk) ownUses() ([]string, error) {
	return d.uses(d.canonical, d.opts.host.block(d.rdev), d.rdev)
}

func (d *Disk) uses(path, dir string, rdev uint64) ([]string, error) {
	h := &d.opts.host
	mounts, err := h.mounts(rdev)
	if err != nil {
		return nil, fmt.Errorf("reading mount table: %w", errno.Bare(err))
	}
	var out []string
	for _, m := range mounts {
		out = append(out, fmt.Sprintf("    %s mounted on %s", path, m))
	}
	swap, err := h.isSwap(rdev)
	if err != nil {
		return nil, fmt.Errorf("reading swap devices: %w", errno.Bare(err))
	}
	if swap {
		out = append(out, fmt.Sprintf("    %s is swap device", path))
	}
	for _, holder := range h.holders(dir) {
		out = append(out, fmt.Sprintf("    %s in use by %s", path, holder))
	}
	return out, nil
}
