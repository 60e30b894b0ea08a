//go:build !linux

package ostree

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// These are the portable stand-ins for sys_linux.go: image pipelines run elsewhere too.

func openAnonymous(int, uint32) (fd int, ok bool, err error) { return -1, false, nil }

func linkAnonymous(int, int, string) error { return unix.ENOTSUP }

func renameNoReplace(olddir int, oldname string, newdir int, newname string) error {
	return renameNoReplaceFallback(olddir, oldname, newdir, newname)
}

func syncFilesystem(int) error {
	_ = unix.Sync()
	return nil
}

func fdatasync(fd int) error { return unix.Fsync(fd) }

func cloneFile(int, int) (bool, error) { return false, nil }

func copyRange(int, int, int64) (bool, error) { return false, nil }

var errShortSource = errors.New("file shrank while it was read")

func lockFile(fd int, exclusive bool) error {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	return unix.Flock(fd, how|unix.LOCK_NB)
}

func unlockFile(fd int) error { return unix.Flock(fd, unix.LOCK_UN) }

func diskSpace(fd int) (blockSize, total, free uint64, err error) {
	var s unix.Statfs_t
	if err = unix.Fstatfs(fd, &s); err != nil {
		return 0, 0, 0, err
	}
	return uint64(s.Bsize), uint64(s.Blocks), uint64(s.Bavail), nil
}

// bootID has no source here; a constant per user keeps staging directories resumable.
func bootID() (string, error) { return fmt.Sprintf("noboot-%d", os.Getuid()), nil }

func linkXattrPath(dirfd int, name string) string {
	if dirfd == atCWD || strings.HasPrefix(name, "/") {
		return name
	}
	return fmt.Sprintf("/dev/fd/%d/%s", dirfd, name)
}

func setZeroTimes(fd int) error { return unix.Futimes(fd, make([]unix.Timeval, 2)) }

func statMtime(st *unix.Stat_t) unix.Timespec { return st.Mtim }
