//go:build unix

package deadend

import (
	"io/fs"
	"os"
	"syscall"
)

// unlink removes anything but a directory, which os.Remove would remove too if it is empty.
func unlink(path string) error {
	if err := syscall.Unlink(path); err != nil {
		return &fs.PathError{Op: "unlink", Path: path, Err: err}
	}
	return nil
}

// rename has the errors of the system, where os.Rename looks for directories itself.
func rename(from, to string) error {
	if err := syscall.Rename(from, to); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
