package blockdev

import (
	"os"

	"golang.org/x/sys/unix"
)

func sectorSize(f *os.File) (int, error) {
	// The kernel writes a C int, whatever the size of Go's is.
	n, err := unix.IoctlGetUint32(int(f.Fd()), unix.BLKSSZGET)
	return int(n), err
}
