package disks

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// unmount takes a path that is no mount point as unmounted: on the way to an
// emergency shell systemd may be faster. The error alone does not tell: it is the
// same for a mount that this process may not undo.
func unmount(path string) error {
	err := unix.Unmount(path, 0)
	if errors.Is(err, unix.EINVAL) && !mountPoint(path) {
		return nil
	}
	return os.NewSyscallError("umount", err)
}

// mountPoint reports whether a file system is mounted at a path, and says yes where
// the kernel (before Linux 5.8) does not tell.
func mountPoint(path string) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE, &st)
	if err != nil || st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT == 0 {
		return true
	}
	return st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
