package ostree

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openAnonymous opens an unnamed file in the directory; ok is false where the file system cannot.
func openAnonymous(dirfd int, mode uint32) (fd int, ok bool, err error) {
	for {
		fd, err = unix.Openat(dirfd, ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, mode)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EOPNOTSUPP, err == unix.EISDIR, err == unix.ENOENT:
			return -1, false, nil
		}
		return fd, err == nil, err
	}
}

// emptyPathRefused remembers that linkat(AT_EMPTY_PATH) needs a capability that we lack.
var emptyPathRefused atomic.Bool

// linkAnonymous gives an unnamed file its name; it fails with EEXIST when the name is taken.
func linkAnonymous(fd, dirfd int, name string) error {
	if !emptyPathRefused.Load() {
		err := unix.Linkat(fd, "", dirfd, name, unix.AT_EMPTY_PATH)
		if err != unix.ENOENT && err != unix.EPERM {
			return err
		}
		// ENOENT is either a missing directory or the missing capability: the second way tells.
		err = unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), dirfd, name, unix.AT_SYMLINK_FOLLOW)
		if err == nil || err == unix.EEXIST {
			emptyPathRefused.Store(true)
		}
		return err
	}
	return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), dirfd, name, unix.AT_SYMLINK_FOLLOW)
}

func renameNoReplace(olddir int, oldname string, newdir int, newname string) error {
	err := unix.Renameat2(olddir, oldname, newdir, newname, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS {
		return renameNoReplaceFallback(olddir, oldname, newdir, newname)
	}
	return err
}

func syncFilesystem(fd int) error { return unix.Syncfs(fd) }

func fdatasync(fd int) error { return unix.Fdatasync(fd) }

// cloneFile shares the source's blocks with the destination; ok is false where that is not possible.
func cloneFile(dst, src int) (ok bool, err error) {
	switch err := unix.IoctlFileClone(dst, src); err {
	case nil:
		return true, nil
	case unix.EOPNOTSUPP, unix.EXDEV, unix.EINVAL, unix.ENOTTY, unix.ENOSYS, unix.EPERM, unix.ETXTBSY, unix.EBADF:
		return false, nil
	default:
		return false, err
	}
}

// copyRange copies inside the kernel; ok is false when nothing was copied and read and write must do it.
func copyRange(dst, src int, size int64) (ok bool, err error) {
	var done int64
	for done < size {
		n, err := unix.CopyFileRange(src, nil, dst, nil, int(min(size-done, 1<<30)), 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil && done == 0 && (err == unix.ENOSYS || err == unix.EXDEV || err == unix.EINVAL || err == unix.EOPNOTSUPP || err == unix.EPERM):
			return false, nil
		case err != nil:
			return true, err
		case n == 0:
			if done == 0 {
				return false, nil
			}
			return true, errShortSource
		}
		done += int64(n)
	}
	return true, nil
}

var errShortSource = errors.New("file shrank while it was read")

// lockFile takes an open-file-description lock on the whole file without waiting.
// Such locks belong to the handle, so two handles in one process exclude each other as two processes do.
func lockFile(fd int, exclusive bool) error {
	l := unix.Flock_t{Type: unix.F_RDLCK, Whence: unix.SEEK_SET}
	if exclusive {
		l.Type = unix.F_WRLCK
	}
	err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &l)
	if err == unix.EINVAL {
		how := unix.LOCK_SH
		if exclusive {
			how = unix.LOCK_EX
		}
		return unix.Flock(fd, how|unix.LOCK_NB)
	}
	if err == unix.EACCES {
		return unix.EAGAIN
	}
	return err
}

func unlockFile(fd int) error {
	l := unix.Flock_t{Type: unix.F_UNLCK, Whence: unix.SEEK_SET}
	err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &l)
	if err == unix.EINVAL {
		return unix.Flock(fd, unix.LOCK_UN)
	}
	return err
}

// diskSpace returns the block size and the counts of all blocks and of those that we may still use.
func diskSpace(fd int) (blockSize, total, free uint64, err error) {
	var s unix.Statfs_t
	for {
		if err = unix.Fstatfs(fd, &s); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return 0, 0, 0, err
	}
	free = s.Bavail
	if os.Geteuid() == 0 {
		free = s.Bfree
	}
	size := uint64(s.Frsize)
	if size == 0 {
		size = uint64(s.Bsize)
	}
	return size, s.Blocks, free, nil
}

// bootID names the running boot; staging directories carry it.
func bootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("reading the boot id: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// linkXattrPath names a directory entry so that the l*xattr calls work on it without following links.
func linkXattrPath(dirfd int, name string) string {
	if dirfd == atCWD || strings.HasPrefix(name, "/") {
		return name
	}
	return "/proc/self/fd/" + strconv.Itoa(dirfd) + "/" + name
}

// setZeroTimes gives the open file the times that objects have.
func setZeroTimes(fd int) error {
	var times [2]unix.Timespec
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func statMtime(st *unix.Stat_t) unix.Timespec { return st.Mtim }
