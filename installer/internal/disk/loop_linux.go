package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// source is a device node that can be mounted.
type source struct {
	node   string
	detach func()
}

// attach makes a partition a device: with a loop device, which works whatever the kernel
// thinks of the partition table, else through the kernel's own partition.
func (d *Disk) attach(ctx context.Context, p *Partition) (*source, error) {
	loopErr := errors.New("loop devices are switched off")
	if !d.noLoop {
		var s *source
		if s, loopErr = d.attachLoop(p); loopErr == nil {
			return s, nil
		}
		d.opts.Logger.Info("no loop device", "error", loopErr)
	}
	if d.regular {
		return nil, loopErr
	}
	s, err := d.attachNode(ctx, p)
	if err != nil {
		return nil, errors.Join(err, loopErr)
	}
	return s, nil
}

// loopTries bounds how often somebody else may take the device that the kernel said was
// free.
const loopTries = 64

func (d *Disk) attachLoop(p *Partition) (*source, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for range loopTries {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, os.NewSyscallError("LOOP_CTL_GET_FREE", err)
		}
		s, err := d.configureLoop(fmt.Sprintf("loop%d", n), p)
		if !errors.Is(err, unix.EBUSY) {
			return s, err
		}
	}
	return nil, os.NewSyscallError("LOOP_CONFIGURE", unix.EBUSY)
}

// configureLoop gives a free loop device the partition. It vanishes with its last user.
func (d *Disk) configureLoop(name string, p *Partition) (*source, error) {
	node, cleanup, err := d.deviceNode(name)
	if err != nil {
		return nil, err
	}
	loop, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		cleanup()
		return nil, err
	}
	// A file system cannot be mounted, on some kernels, from a device that somebody has open for
	// writing; but somebody must have it open.
	user, err := os.Open(node)
	if err == nil {
		if err = setLoop(loop, d.file, p, d.sectorSize); err != nil {
			user.Close()
		}
	}
	loop.Close()
	if err != nil {
		cleanup()
		return nil, err
	}
	return &source{node: node, detach: func() { user.Close(); cleanup() }}, nil
}

func setLoop(loop, file *os.File, p *Partition, sectorSize int) error {
	config := unix.LoopConfig{Fd: uint32(file.Fd()), Size: uint32(sectorSize)}
	config.Info = unix.LoopInfo64{Offset: uint64(p.Offset), Sizelimit: uint64(p.Size), Flags: unix.LO_FLAGS_AUTOCLEAR}
	copy(config.Info.File_name[:len(config.Info.File_name)-1], file.Name())
	err := unix.IoctlLoopConfigure(int(loop.Fd()), &config)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTTY) {
		return os.NewSyscallError("LOOP_CONFIGURE", err)
	}
	return setLoopLegacy(loop, file, &config)
}

const loopSetBlockSize = 0x4c09

// setLoopLegacy is for kernels before 5.8.
func setLoopLegacy(loop, file *os.File, config *unix.LoopConfig) error {
	fd := int(loop.Fd())
	if err := unix.IoctlSetInt(fd, unix.LOOP_SET_FD, int(file.Fd())); err != nil {
		return os.NewSyscallError("LOOP_SET_FD", err)
	}
	err := os.NewSyscallError("LOOP_SET_STATUS64", unix.IoctlLoopSetStatus64(fd, &config.Info))
	if err == nil && config.Size != 512 {
		err = os.NewSyscallError("LOOP_SET_BLOCK_SIZE", unix.IoctlSetInt(fd, loopSetBlockSize, int(config.Size)))
	}
	if err != nil {
		_ = unix.IoctlSetInt(fd, unix.LOOP_CLR_FD, 0)
	}
	return err
}

// nodeTries is how often to look for a device node that udev has yet to make, every 10 ms.
const nodeTries = 20

// deviceNode is a node for the device that the kernel calls name: that in /dev, or if there is
// none, as in a container, a temporary one, which cleanup removes.
func (d *Disk) deviceNode(name string) (node string, cleanup func(), err error) {
	h := &d.opts.host
	node = h.node(name)
	rdev, ok := parseDev(attribute(filepath.Join(h.sys, "class/block", name), "dev"))
	for i := 0; i < nodeTries; i++ {
		if _, err := os.Stat(node); err == nil && (!ok || isDevice(node, rdev)) {
			return node, func() {}, nil
		}
		if !ok {
			rdev, ok = parseDev(attribute(filepath.Join(h.sys, "class/block", name), "dev"))
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !ok {
		return "", nil, &os.PathError{Op: "open", Path: node, Err: unix.ENOENT}
	}
	return d.makeNode(rdev)
}

func (d *Disk) makeNode(rdev uint64) (node string, cleanup func(), err error) {
	dir, err := os.MkdirTemp(d.opts.TempDir, d.opts.Name+"-")
	if err != nil {
		return "", nil, err
	}
	node = filepath.Join(dir, "device")
	cleanup = func() {
		_ = os.Remove(node)
		_ = os.Remove(dir)
	}
	if err := unix.Mknod(node, unix.S_IFBLK|0o600, int(rdev)); err != nil {
		cleanup()
		return "", nil, os.NewSyscallError("mknod", err)
	}
	// On a file system without devices the node is of no use.
	f, err := os.Open(node)
	if err != nil {
		cleanup()
		return "", nil, err
	}
	f.Close()
	return node, cleanup, nil
}
