package sysroot

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

const oDirectory = unix.O_DIRECTORY

// idOf returns what identifies a directory.
func idOf(st fs.FileInfo) devIno {
	s := st.Sys().(*syscall.Stat_t)
	return devIno{uint64(s.Dev), uint64(s.Ino)}
}

func fsMagic(dir *os.File) (int64, error) {
	var st unix.Statfs_t
	err := unix.Fstatfs(int(dir.Fd()), &st)
	return int64(st.Type), err
}

// fsReadOnly tells whether a directory lies on a read-only mount.
func fsReadOnly(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.ST_RDONLY != 0
}

// fsSpace returns the block size of the directory's file system.
func fsSpace(dir *os.File) (blockSize int64, err error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &st); err != nil {
		return 0, err
	}
	if st.Frsize > 0 {
		return int64(st.Frsize), nil
	}
	return int64(st.Bsize), nil
}

// spaceFor tells whether a file of so many bytes fits into the directory's file system.
func spaceFor(dir *os.File, size int64) (bool, error) {
	fd, err := unix.Openat(int(dir.Fd()), ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return false, errno.New("openat", "O_TMPFILE", err)
	}
	defer unix.Close(fd)
	switch err := unix.Fallocate(fd, 0, 0, size); err {
	case nil, unix.ENOSYS, unix.EOPNOTSUPP:
		return true, nil
	case unix.ENOSPC:
		return false, nil
	default:
		return false, errno.Wrap("fallocate", err)
	}
}

func syncFS(dir *os.File) error { return unix.Syncfs(int(dir.Fd())) }

// fdPath names an open directory.
func fdPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// umask returns the process's umask without changing it.
func umask() fs.FileMode {
	b, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, "Umask:"); ok {
				if n, err := strconv.ParseUint(strings.TrimSpace(v), 8, 32); err == nil {
					return fs.FileMode(n)
				}
			}
		}
	}
	return 0o022
}

// ensureWritable deals with /sysroot and /boot of the running system being mounted read-only: if the
// process is in a mount namespace of its own ([EnterNamespace]) they are mounted read-write there. What
// the rest of the system sees stays as it is.
func (s *Sysroot) ensureWritable() error {
	if s.writable || !s.bootedRoot || os.Geteuid() != 0 || inFirstMountNamespace() {
		return nil
	}
	changed := false
	for _, dir := range []string{"/sysroot", "/boot"} {
		if !fsReadOnly(dir) {
			continue
		}
		if err := unix.Mount(dir, dir, "", unix.MS_REMOUNT|unix.MS_RELATIME, ""); err != nil {
			if err == unix.EINVAL {
				continue // no mount of its own
			}
			return errno.New("remount", dir, err)
		}
		changed = true
	}
	s.writable = true
	if !changed || s.repo == nil {
		return nil
	}
	// What was opened before the remount may not be written.
	s.repo.Close()
	s.repo = nil
	if s.repoDir != nil {
		s.repoDir.Close()
		s.repoDir = nil
	}
	return s.openRepo()
}

// EnterNamespace gives the process a mount namespace of its own, in which [Sysroot] can remount /sysroot
// and /boot of the running system read-write. It has an effect only for root, on a system that
// OSTree booted, in the mount namespace of PID 1. Then it does not return: the program
// starts anew in the new namespace, with the same arguments, environment and descriptors.
func EnterNamespace() error {
	if os.Geteuid() != 0 {
		return nil
	}
	if _, err := os.Stat("/run/ostree-booted"); err != nil {
		return nil
	}
	if !inFirstMountNamespace() {
		return nil
	}
	return reexecUnshared()
}

// inFirstMountNamespace tells whether the process has the mount namespace of PID 1. Without /proc nobody can
// tell, and nothing is done that needs to know.
func inFirstMountNamespace() bool {
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return false
	}
	first, err := os.Readlink("/proc/1/ns/mnt")
	return err == nil && first == own
}

// isRunningRoot tells whether the directory is what the process sees as "/".
func isRunningRoot(id devIno) bool {
	st, err := os.Stat("/")
	return err == nil && idOf(st) == id
}

// modeOf returns the type and permissions as in st_mode.
func modeOf(st fs.FileInfo) uint32 { return st.Sys().(*syscall.Stat_t).Mode }

// errReadOnly is the error of a change on a read-only mount.
const errReadOnly = unix.EROFS

// errNotDir is the error of a path whose parent is no directory.
const errNotDir = unix.ENOTDIR
