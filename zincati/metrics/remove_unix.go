//go:build unix

package metrics

import (
	"io/fs"
	"syscall"
)

// removeFile removes anything but a directory, which os.Remove would remove too if it is empty.
func removeFile(path string) error {
	if err := syscall.Unlink(path); err != nil {
		return &fs.PathError{Op: "unlink", Path: path, Err: err}
	}
	return nil
}
