//go:build unix

package osmet

import (
	"os"
	"syscall"
)

// openNonblocking opens a file for reading; a FIFO does not make it wait.
func openNonblocking(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
