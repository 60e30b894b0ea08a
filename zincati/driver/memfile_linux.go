package driver

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile makes a file without a name.
func memoryFile(label string) (*os.File, error) {
	fd, err := unix.MemfdCreate(label, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return os.NewFile(uintptr(fd), label), nil
}
