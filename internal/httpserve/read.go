package httpserve

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
)

// maxFile bounds each file of passwords, certificates, keys and authorities.
const maxFile = 4 << 20

// readFile reads a file that protects an address. It never waits: the first request after a change and the end of the
// server wait for it, and a FIFO without a writer would hold them for ever. So only regular files will do, also by way
// of symbolic links.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, maxFile)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return data, nil
}
