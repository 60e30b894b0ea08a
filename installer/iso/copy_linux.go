package iso

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// copyStep is how much the kernel copies before the context is looked at.
const copyStep = 64 << 20

// clone makes dst share the content of src, if the file system can.
func clone(dst, src *os.File) bool {
	return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) == nil
}

// copyInKernel appends a part of src to dst without passing it through memory of the
// program. It returns how much was copied, which is less than length, without an error, if
// the files do not allow it.
func copyInKernel(ctx context.Context, dst, src *os.File, offset, length int64) (int64, error) {
	var done int64
	for done < length {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		from := offset + done
		n, err := unix.CopyFileRange(int(src.Fd()), &from, int(dst.Fd()), nil, int(min(length-done, copyStep)), 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT), errors.Is(err, unix.EFBIG), errors.Is(err, unix.EIO):
			return done, err
		case err != nil, n == 0: // other file systems, devices, old kernels
			return done, nil
		}
		done += int64(n)
	}
	return done, nil
}

func renameNoReplace(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkNoReplace(from, to)
	}
	return err
}
