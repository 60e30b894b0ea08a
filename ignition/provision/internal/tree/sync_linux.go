package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

func syncfs(f *os.File) error { return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd()))) }
