package filelock

import "golang.org/x/sys/unix"

// lockFD locks without waiting.
func lockFD(fd int) error {
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: unix.SEEK_SET}
	err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &l)
	if err == unix.EINVAL { // before Linux 3.15
		return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	return err
}
