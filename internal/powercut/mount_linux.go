package powercut

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// attach puts a loop device on a file without the help of a program, as this happens at every point. The device
// lives until the file that is returned is closed and the file system on it unmounted.
func attach(image string, flags uint32) (*os.File, error) {
	// Not by package os, which would ask whether the file can be polled in a way that stops the scheduler: the
	// answer may have to come from a goroutine of this process.
	fd, err := unix.Open(image, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", image, err)
	}
	defer unix.Close(fd)
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("looking for a free loop device: %w", err)
		}
		loop, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		config := &unix.LoopConfig{Fd: uint32(fd)}
		config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR | flags
		err = unix.IoctlLoopConfigure(int(loop.Fd()), config)
		if err == nil {
			return loop, nil
		}
		loop.Close()
		if err != unix.EBUSY { // else somebody was faster
			return nil, fmt.Errorf("attaching %s: %w", image, err)
		}
	}
}

// Mount attaches an image to a loop device and mounts it, replaying its journal. The function that it
// returns undoes both; it may be called again when the file system was busy.
func Mount(image, dir, fstype string, options ...string) (func() error, error) {
	loop, err := attach(image, 0)
	if err != nil {
		return nil, err
	}
	defer loop.Close()
	if err := unix.Mount(loop.Name(), dir, fstype, unix.MS_NOATIME, strings.Join(options, ",")); err != nil {
		return nil, fmt.Errorf("mounting %s: %w", image, err)
	}
	return func() error {
		if err := unix.Unmount(dir, 0); err != nil {
			return fmt.Errorf("unmounting %s: %w", dir, err)
		}
		return nil
	}, nil
}
