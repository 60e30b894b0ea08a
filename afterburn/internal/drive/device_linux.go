package drive

import (
	"os"

	"golang.org/x/sys/unix"
)

// noMedium asks an optical drive. Other devices do not know the question.
func noMedium(f *os.File) bool {
	const (
		driveStatus = 0x5326 // CDROM_DRIVE_STATUS
		current     = 0x7fffffff
		noDisc      = 1
		trayOpen    = 2
		notReady    = 3
	)
	status, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), driveStatus, current)
	return errno == 0 && (status == noDisc || status == trayOpen || status == notReady)
}

func mountReadOnly(source, target, fstype string) error {
	return unix.Mount(source, target, fstype, unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

func unmount(target string, lazy bool) error {
	flags := unix.UMOUNT_NOFOLLOW
	if lazy {
		flags |= unix.MNT_DETACH
	}
	return unix.Unmount(target, flags)
}
