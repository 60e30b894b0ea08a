package powercut

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// attachNow puts a loop device on a file without the help of a program, as this happens at every point.
func attachNow(image string) (string, error) {
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer control.Close()
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", fmt.Errorf("looking for a free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", n)
		loop, err := os.OpenFile(device, os.O_RDWR, 0)
		if err != nil {
			return "", err
		}
		err = unix.IoctlLoopConfigure(int(loop.Fd()), &unix.LoopConfig{Fd: uint32(f.Fd())})
		loop.Close()
		if err == unix.EBUSY { // somebody else was faster
			continue
		}
		if err != nil {
			return "", fmt.Errorf("attaching %s: %w", image, err)
		}
		return device, nil
	}
}

func mountDevice(device, dir, fstype string, options ...string) error {
	if err := unix.Mount(device, dir, fstype, unix.MS_NOATIME, strings.Join(options, ",")); err != nil {
		return fmt.Errorf("mounting %s: %w", device, err)
	}
	return nil
}
