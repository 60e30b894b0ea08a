package optical

import (
	"os"

	"golang.org/x/sys/unix"
)

// DriveStatus asks a drive for its state, one of the constants of this package
// (CDROM_DRIVE_STATUS of linux/cdrom.h). A device that is no drive for discs
// gives an error.
func DriveStatus(path string) (int, error) {
	// Without O_NONBLOCK the kernel would close the tray and refuse to open a
	// drive without disc.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	const driveStatus, currentSlot = 0x5326, 0x7fffffff
	status, _, e := unix.Syscall(unix.SYS_IOCTL, f.Fd(), driveStatus, currentSlot)
	if e != 0 {
		return 0, e
	}
	return int(status), nil
}
