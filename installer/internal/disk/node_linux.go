package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

const (
	// How long the kernel and udev may take to show a partition.
	partitionTries = 10
	partitionPause = 100 * time.Millisecond
	// maxKernelPartitions is the highest number that BLKPG accepts.
	maxKernelPartitions = 255
)

// attachNode uses the kernel's partition, or adds one. The disk is let go meanwhile, because
// holding it keeps its partitions from being mounted.
func (d *Disk) attachNode(ctx context.Context, p *Partition) (*source, error) {
	held := d.claim != nil
	d.letGo()
	again := func() {
		if err := d.flush(); err != nil {
			d.opts.Logger.Info("cached data were not forgotten", "disk", d.canonical, "error", err)
		}
		if !held {
			return
		}
		if err := d.hold(); err != nil {
			d.opts.Logger.Info("disk is not held any more", "disk", d.canonical, "error", err)
		}
	}
	// The kernel caches a partition and the disk it is on separately: what was written to one must
	// get to the disk, and what was read from the other be forgotten, before and after.
	if err := errors.Join(d.file.Sync(), d.flush()); err != nil {
		again()
		return nil, err
	}
	part, remove, err := d.kernelPartition(ctx, p)
	if err != nil {
		again()
		return nil, err
	}
	node, cleanup, err := d.partitionNode(part)
	if err != nil {
		remove()
		again()
		return nil, err
	}
	return &source{node: node, detach: func() { cleanup(); remove(); again() }}, nil
}

func (d *Disk) flush() error {
	return os.NewSyscallError("BLKFLSBUF", unix.IoctlSetInt(int(d.file.Fd()), unix.BLKFLSBUF, 0))
}

// kernelPartition finds a partition of the kernel at the place of p, or else makes one
// which remove takes away again.
func (d *Disk) kernelPartition(ctx context.Context, p *Partition) (*kernelPartition, func(), error) {
	nothing := func() {}
	if part, err := d.findPartition(p); err != nil || part != nil {
		return part, nothing, err
	}
	if d.mapper {
		return nil, nil, errors.New("no device for the partition")
	}
	number, err := d.freeNumber(p)
	if err != nil {
		return nil, nil, err
	}
	if err := d.blkpg(unix.BLKPG_ADD_PARTITION, number, p.Offset, p.Size); err != nil {
		return nil, nil, os.NewSyscallError("BLKPG_ADD_PARTITION", err)
	}
	remove := func() {
		// It may be busy for a moment after the file system was unmounted.
		err := retry(context.Background(), partitionTries, partitionPause, nil, func() error {
			return d.blkpg(unix.BLKPG_DEL_PARTITION, number, 0, 0)
		})
		if err != nil {
			d.opts.Logger.Info("partition was not removed", "disk", d.canonical, "number", number, "error", err)
		}
	}
	var part *kernelPartition
	err = retry(ctx, partitionTries, partitionPause, nil, func() (err error) {
		if part, err = d.findPartition(p); err == nil && part == nil {
			err = errors.New("the kernel does not show the partition")
		}
		return err
	})
	if err != nil {
		remove()
		return nil, nil, err
	}
	return part, remove, nil
}

// findPartition returns nil if there is none at the very place.
func (d *Disk) findPartition(p *Partition) (*kernelPartition, error) {
	parts, err := d.opts.host.partitions(d.rdev)
	if err != nil {
		return nil, fmt.Errorf("listing partitions of %s: %w", d.canonical, errno.Bare(err))
	}
	for i := range parts {
		part := &parts[i]
		if d.mapper && part.number == p.Number {
			return part, nil
		}
		// In /sys sectors have 512 bytes, always.
		if !d.mapper && number(part.dir, "start")*512 == p.Offset && number(part.dir, "size")*512 == p.Size {
			return part, nil
		}
	}
	return nil, nil
}

// freeNumber is the partition's own number if the kernel does not use it for another one.
func (d *Disk) freeNumber(p *Partition) (int, error) {
	parts, err := d.opts.host.partitions(d.rdev)
	if err != nil {
		return 0, fmt.Errorf("listing partitions of %s: %w", d.canonical, errno.Bare(err))
	}
	taken := make(map[int]bool)
	for _, part := range parts {
		taken[part.number] = true
	}
	for n := p.Number; n <= maxKernelPartitions; n++ {
		if !taken[n] {
			return n, nil
		}
	}
	return 0, errors.New("the kernel has no number left for the partition")
}

// blkpgArg and blkpgPartition are the kernel's structures.
type blkpgArg struct {
	op, flags, datalen int32
	data               unsafe.Pointer
}

type blkpgPartition struct {
	start, length int64 // in bytes
	number        int32
	names         [128]byte
}

func (d *Disk) blkpg(op int32, number int, offset, size int64) error {
	part := blkpgPartition{start: offset, length: size, number: int32(number)}
	arg := blkpgArg{op: op, datalen: int32(unsafe.Sizeof(part)), data: unsafe.Pointer(&part)}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, d.file.Fd(), unix.BLKPG, uintptr(unsafe.Pointer(&arg)))
	if errno != 0 {
		return errno
	}
	return nil
}

func (d *Disk) partitionNode(p *kernelPartition) (string, func(), error) {
	if isDevice(p.path, p.rdev) {
		return p.path, func() {}, nil
	}
	if d.mapper {
		return d.makeNode(p.rdev)
	}
	return d.deviceNode(filepath.Base(p.dir))
}
