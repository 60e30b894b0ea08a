//go:build !linux

package ostree

import "golang.org/x/sys/unix"

func setZeroMtime(fd int) error { return unix.Futimes(fd, make([]unix.Timeval, 2)) }

func getxattrat(dirfd int, name, attr string, buf []byte) (int, error) {
	return unix.Lgetxattr(linkXattrPath(dirfd, name), attr, buf)
}

func makeWhiteoutDevice(int, string, uint32) error { return unix.ENOTSUP }

func chmodEntry(dirfd int, name string, perm uint32) error {
	return unix.Fchmodat(dirfd, name, perm, unix.AT_SYMLINK_NOFOLLOW)
}

func statMode(st *unix.Stat_t) uint32 { return uint32(st.Mode) }
