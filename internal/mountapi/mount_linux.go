package mountapi

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Mounter makes mounts. The zero value uses the best calls that the kernel has.
type Mounter struct {
	// Legacy uses mount(2) only.
	Legacy bool
}

// missing tells whether an error can mean that the kernel lacks a call or a
// parameter of it.
func missing(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPERM)
}

// BindOptions say how [Mounter.Bind] mounts. The zero value, and nil, mean
// with the flags of the mount that the source is on, and without what is mounted
// below it.
type BindOptions struct {
	Recursive bool // with the mounts below the source
	ReadOnly  bool // the new mount is read-only
	Writable  bool // the new mount is not read-only, even if the source's is
}

// Bind makes source, a directory or file, visible at target.
func (m Mounter) Bind(source, target string, opts *BindOptions) error {
	if opts == nil {
		opts = &BindOptions{}
	}
	if !m.Legacy {
		if err := bindTree(source, target, opts); err == nil || !missing(err) {
			return errno.New("mount", target, err)
		}
	}
	flags := uintptr(unix.MS_BIND | unix.MS_SILENT)
	if opts.Recursive {
		flags |= unix.MS_REC
	}
	if err := unix.Mount(source, target, "", flags, ""); err != nil {
		return errno.New("mount", target, err)
	}
	if !opts.ReadOnly && !opts.Writable {
		return nil
	}
	if err := remountBind(target, opts.ReadOnly); err != nil {
		unix.Unmount(target, unix.MNT_DETACH)
		return err
	}
	return nil
}

func bindTree(source, target string, opts *BindOptions) error {
	flags := uint(unix.OPEN_TREE_CLONE | unix.O_CLOEXEC)
	if opts.Recursive {
		flags |= unix.AT_RECURSIVE
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, source, flags)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if opts.ReadOnly || opts.Writable {
		if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, readOnlyAttr(opts.ReadOnly)); err != nil {
			return err
		}
	}
	return unix.MoveMount(fd, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

func readOnlyAttr(readOnly bool) *unix.MountAttr {
	if readOnly {
		return &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	}
	return &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
}

// SetReadOnly sets or clears the read-only flag of the mount at target; the file
// system itself, and other mounts of it, stay as they are.
func (m Mounter) SetReadOnly(target string, readOnly bool) error {
	if !m.Legacy {
		if err := unix.MountSetattr(unix.AT_FDCWD, target, 0, readOnlyAttr(readOnly)); err == nil || !missing(err) {
			return errno.New("mount_setattr", target, err)
		}
	}
	return remountBind(target, readOnly)
}

// keptFlags are the flags of a mount that a remount with mount(2) would clear
// unless it repeats them. statfs has them with the same values.
const keptFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func remountBind(target string, readOnly bool) error {
	return remount(target, unix.MS_BIND, readOnly)
}

// Remount makes the whole file system that is mounted at target writable or
// read-only, together with the mount's own flag.
func Remount(target string, readOnly bool) error { return remount(target, 0, readOnly) }

func remount(target string, flags uintptr, readOnly bool) error {
	var s unix.Statfs_t
	if err := unix.Statfs(target, &s); err != nil {
		return errno.New("statfs", target, err)
	}
	flags |= unix.MS_REMOUNT | unix.MS_SILENT | uintptr(s.Flags)&keptFlags
	if readOnly {
		flags |= unix.MS_RDONLY
	}
	return errno.New("mount", target, unix.Mount(target, target, "", flags, ""))
}

// Move moves the mount at source, with everything below it, to target.
func (m Mounter) Move(source, target string) error {
	if !m.Legacy {
		err := unix.MoveMount(unix.AT_FDCWD, source, unix.AT_FDCWD, target, 0)
		if err == nil || !missing(err) {
			return errno.New("mount", target, err)
		}
	}
	return errno.New("mount", target, unix.Mount(source, target, "", unix.MS_MOVE|unix.MS_SILENT, ""))
}

// Propagate sets how the mount at target shares events: kind is one of
// unix.MS_PRIVATE, MS_SLAVE, MS_SHARED and MS_UNBINDABLE, with MS_REC for all
// mounts below it too.
func Propagate(target string, kind uintptr) error {
	return errno.New("mount", target, unix.Mount("", target, "", kind|unix.MS_SILENT, ""))
}

// Detach unmounts target with everything below it at once for new users of the
// path, and for present ones when they are done.
func Detach(target string) error {
	return errno.New("umount", target, unix.Unmount(target, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW))
}

// IsReadOnly tells whether path is on a file system, or a mount, that is
// read-only.
func IsReadOnly(path string) (bool, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return false, errno.New("statvfs", path, err)
	}
	return s.Flags&unix.ST_RDONLY != 0, nil
}

// fdPath is the name of an open file for calls that want a path.
func fdPath(f *os.File) string { return "/proc/self/fd/" + itoa(int(f.Fd())) }
