package fsverity

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

const algSHA256 = 1 // FS_VERITY_HASH_ALG_SHA256

// Enable makes the file behind fd a verity file: from then on its content
// cannot change and the kernel checks what is read. fd must be open for reading
// only, and nobody may have the file open for writing. The errors for which
// [errors.Is] can be asked are [ErrNotSupported], [ErrEnabled] and the errno of
// FS_IOC_ENABLE_VERITY (ETXTBSY: open for writing somewhere).
func Enable(fd int) error {
	arg := unix.FsverityEnableArg{Version: 1, Hash_algorithm: algSHA256, Block_size: BlockSize}
	e := ioctl(fd, unix.FS_IOC_ENABLE_VERITY, unsafe.Pointer(&arg))
	if e == unix.EEXIST {
		return &ioctlError{"ioctl(FS_IOC_ENABLE_VERITY)", ErrEnabled, e}
	}
	return wrap("ioctl(FS_IOC_ENABLE_VERITY)", e)
}

// Measure returns the digest the kernel has for the verity file behind fd. The
// errors for which [errors.Is] can be asked are [ErrNotSupported],
// [ErrNotEnabled] and the errno of FS_IOC_MEASURE_VERITY. A file whose digest
// is not SHA-256 is an error as well.
func Measure(fd int) ([Size]byte, error) {
	var arg struct {
		unix.FsverityDigest
		digest [64]byte // SHA-512 is the largest there is
	}
	arg.Size = uint16(len(arg.digest))
	e := ioctl(fd, unix.FS_IOC_MEASURE_VERITY, unsafe.Pointer(&arg))
	if e == unix.ENODATA {
		return [Size]byte{}, &ioctlError{"ioctl(FS_IOC_MEASURE_VERITY)", ErrNotEnabled, e}
	}
	if e != 0 {
		return [Size]byte{}, wrap("ioctl(FS_IOC_MEASURE_VERITY)", e)
	}
	if arg.Algorithm != algSHA256 || arg.Size != Size {
		return [Size]byte{}, fmt.Errorf("fs-verity digest has algorithm %d, size %d; want SHA-256", arg.Algorithm, arg.Size)
	}
	return [Size]byte(arg.digest[:]), nil
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) unix.Errno {
	for {
		_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if e != unix.EINTR {
			return e
		}
	}
}

func wrap(op string, e unix.Errno) error {
	switch e {
	case 0:
		return nil
	case unix.ENOTTY, unix.EOPNOTSUPP, unix.ENOSYS:
		return &ioctlError{op, ErrNotSupported, e}
	}
	return errno.Wrap(op, e)
}

// ioctlError is an errno with a meaning of its own; it unwraps to both.
type ioctlError struct {
	op    string
	kind  error
	errno unix.Errno
}

func (e *ioctlError) Error() string   { return errno.Wrap(e.op, e.errno).Error() }
func (e *ioctlError) Unwrap() []error { return []error{e.kind, e.errno} }
