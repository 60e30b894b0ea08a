package ostree

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setZeroMtime gives an open directory the modification time 0 and leaves its access time alone.
func setZeroMtime(fd int) error {
	times := [2]unix.Timespec{{Nsec: unix.UTIME_OMIT}, {}}
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// getxattratMissing remembers that the kernel (before 6.13) lacks the call.
var getxattratMissing atomic.Bool

// getxattrat reads an attribute of a directory entry, which is not followed, without opening it.
func getxattrat(dirfd int, name, attr string, buf []byte) (int, error) {
	if !getxattratMissing.Load() {
		n, err := rawGetxattrat(dirfd, name, attr, buf)
		if err != unix.ENOSYS && err != unix.EPERM {
			return n, err
		}
		getxattratMissing.Store(true)
	}
	return unix.Lgetxattr(linkXattrPath(dirfd, name), attr, buf)
}

func rawGetxattrat(dirfd int, name, attr string, buf []byte) (int, error) {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return 0, err
	}
	a, err := unix.BytePtrFromString(attr)
	if err != nil {
		return 0, err
	}
	args := struct {
		value unsafe.Pointer
		size  uint32
		flags uint32
	}{unsafe.Pointer(&buf[0]), uint32(len(buf)), 0}
	n, _, e := unix.Syscall6(unix.SYS_GETXATTRAT, uintptr(dirfd), uintptr(unsafe.Pointer(p)), unix.AT_SYMLINK_NOFOLLOW,
		uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// makeWhiteoutDevice makes the character device 0:0 by which overlayfs hides a file.
func makeWhiteoutDevice(dirfd int, name string, perm uint32) error {
	return unix.Mknodat(dirfd, name, perm|unix.S_IFCHR, 0)
}

func chmodEntry(dirfd int, name string, perm uint32) error {
	err := unix.Fchmodat(dirfd, name, perm, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		err = unix.Fchmodat(dirfd, name, perm, 0)
	}
	return err
}

func statMode(st *unix.Stat_t) uint32 { return st.Mode }
