package disks

import (
	"os"

	"golang.org/x/sys/unix"
)

func unmount(path string) error { return os.NewSyscallError("umount", unix.Unmount(path, 0)) }
