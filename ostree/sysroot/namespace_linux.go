package sysroot

import (
	"os"
	"runtime"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// reexecUnshared starts the program anew in a mount namespace of its own. A process with several threads
// cannot change its namespace, but one thread can leave what it shares with the others, and the
// program that it executes replaces them all.
func reexecUnshared() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return errno.Wrap("unshare(CLONE_NEWNS)", err)
	}
	// The mounts stay shared with the namespace that was left: what is mounted or unmounted, an overlay on
	// /usr for instance, happens there too. A remount changes flags of this namespace's mounts only.
	err := unix.Exec("/proc/self/exe", os.Args, os.Environ())
	return errno.New("execve", "/proc/self/exe", err)
}
