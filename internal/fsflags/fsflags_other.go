//go:build !linux

package fsflags

import (
	"errors"
	"os"
)

// Immutable fails with [errors.ErrUnsupported].
func Immutable(f *os.File) (bool, error) {
	return false, &os.PathError{Op: "FS_IOC_GETFLAGS", Path: f.Name(), Err: errors.ErrUnsupported}
}

// SetImmutable fails with [errors.ErrUnsupported].
func SetImmutable(f *os.File, on bool) error {
	return &os.PathError{Op: "FS_IOC_SETFLAGS", Path: f.Name(), Err: errors.ErrUnsupported}
}

// SetRemovable fails with [errors.ErrUnsupported].
func SetRemovable(f *os.File) error {
	return &os.PathError{Op: "FS_IOC_SETFLAGS", Path: f.Name(), Err: errors.ErrUnsupported}
}
