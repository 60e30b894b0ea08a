package blockdev

import (
	"os"

	"golang.org/x/sys/unix"
)

func sectorSize(f *os.File) (int, error) { return unix.IoctlGetInt(int(f.Fd()), unix.BLKSSZGET) }
