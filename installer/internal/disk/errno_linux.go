package disk

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// callError is the error of a system call in the words of coreos-installer, which has other
// ones for its ioctls and mounts than for files: "EBUSY: Device or resource busy".
type callError struct{ number unix.Errno }

func (e callError) Error() string { return unix.ErrnoName(e.number) + ": " + errno.Text(e.number) }

// Is compares with numbers and with the conditions of package io/fs.
func (e callError) Is(target error) bool { return errors.Is(e.number, target) }

// named words the errno in err, if there is one.
func named(err error) error {
	var number unix.Errno
	if !errors.As(err, &number) {
		return err
	}
	return callError{number}
}
