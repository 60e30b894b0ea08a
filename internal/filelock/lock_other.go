//go:build unix && !linux

package filelock

import "golang.org/x/sys/unix"

// lockFD locks without waiting.
func lockFD(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }
