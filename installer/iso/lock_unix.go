//go:build unix

package iso

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock waits until no other program changes the file, so that two changes in place are made
// one after the other: each reads what the other wrote. The lock goes with the file. File
// systems without locks do without.
func lock(file *os.File, exclusive bool) {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	for errors.Is(unix.Flock(int(file.Fd()), how), unix.EINTR) {
	}
}
