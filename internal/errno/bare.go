//go:build !plan9

package errno

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Bare returns what the operating system said, without the operation and path that package
// os puts before it, for errors whose context has them in its own words: the errno in the
// chain if there is one, else the cause of an error of package os, else err itself.
func Bare(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	var linkError *os.LinkError
	if errors.As(err, &linkError) {
		return linkError.Err
	}
	var callError *os.SyscallError
	if errors.As(err, &callError) {
		return callError.Err
	}
	return err
}
