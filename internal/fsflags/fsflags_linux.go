package fsflags

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const (
	immutable  = 0x10 // FS_IMMUTABLE_FL
	appendOnly = 0x20 // FS_APPEND_FL
)

// Immutable tells whether the open file or directory has the flag. The file must not be open with O_PATH only.
func Immutable(f *os.File) (bool, error) {
	flags, err := get(f)
	return flags&immutable != 0, err
}

// SetImmutable sets or clears the flag of the open file or directory, which must not be open with O_PATH only.
// Other flags stay. Nothing is written if the flag is as wanted, so no capability is needed then.
func SetImmutable(f *os.File, on bool) error {
	if on {
		return change(f, func(flags uint32) uint32 { return flags | immutable })
	}
	return change(f, func(flags uint32) uint32 { return flags &^ immutable })
}

// SetRemovable clears the flags that keep the open file or directory from being removed or emptied: immutable and
// append-only.
func SetRemovable(f *os.File) error {
	return change(f, func(flags uint32) uint32 { return flags &^ (immutable | appendOnly) })
}

func change(f *os.File, edit func(uint32) uint32) error {
	flags, err := get(f)
	if err != nil {
		return err
	}
	want := edit(flags)
	if want == flags {
		return nil
	}
	// The kernel reads an int, whatever the long in the ioctl's number says.
	return wrap(f, "FS_IOC_SETFLAGS", retry(func() error {
		return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, int(want))
	}))
}

func get(f *os.File) (flags uint32, err error) {
	err = retry(func() (err error) {
		flags, err = unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
		return err
	})
	runtime.KeepAlive(f)
	return flags, wrap(f, "FS_IOC_GETFLAGS", err)
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func wrap(f *os.File, op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, unix.ENOTTY) {
		err = noFlags{unix.ENOTTY}
	}
	return &os.PathError{Op: op, Path: f.Name(), Err: err}
}

// noFlags makes ENOTTY, the answer of file systems without ioctls, errors.ErrUnsupported.
type noFlags struct{ unix.Errno }

func (e noFlags) Is(target error) bool { return target == errors.ErrUnsupported || e.Errno.Is(target) }
func (e noFlags) Unwrap() error        { return e.Errno }
