package ostree

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// readDirNames lists a directory by its descriptor, sorted.
func readDirNames(fd int) ([]string, error) {
	dup, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, errno.Wrap("opendir", err)
	}
	f := os.NewFile(uintptr(dup), "directory")
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, errno.Wrap("readdir", err)
	}
	slices.Sort(names)
	return names, nil
}

// removeTree deletes dirfd/name with everything below it and never follows a symlink. A missing name is fine.
func removeTree(dirfd int, name string) error {
	err := unix.Unlinkat(dirfd, name, 0)
	if err == nil || err == unix.ENOENT {
		return nil
	}
	if err != unix.EISDIR && err != unix.EPERM {
		return errno.New("unlinkat", name, err)
	}
	fd, err := openDirAt(dirfd, name)
	if err != nil {
		return errno.New("openat", name, err)
	}
	names, err := readDirNames(fd)
	for i := 0; err == nil && i < len(names); i++ {
		err = removeTree(fd, names[i])
	}
	unix.Close(fd)
	if err != nil {
		return err
	}
	if err := unix.Unlinkat(dirfd, name, unix.AT_REMOVEDIR); err != nil && err != unix.ENOENT {
		return errno.New("unlinkat", name, err)
	}
	return nil
}

// mkdirAllAt makes dirfd/path and its parents, with the umask applied to 0777.
func mkdirAllAt(dirfd int, path string) error {
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' || i == 0 {
			continue
		}
		if err := unix.Mkdirat(dirfd, path[:i], 0o777); err != nil && err != unix.EEXIST {
			return errno.New("mkdirat", path[:i], err)
		}
	}
	return nil
}

// replaceFile writes a file of the repository aside, in tmp/, and renames it over; durable unless fsync
// is false. Ref, summary and config files are written by it. A kill leaves the old file or the new one.
func (r *Repo) replaceFile(name string, data []byte, mode uint32, fsync bool) error {
	return replaceFileVia(r.tmpFD, r.dirFD, name, data, mode, fsync)
}

// replaceFileAt is replaceFile outside of repositories: the file is built beside the one it replaces.
func replaceFileAt(dirfd int, name string, data []byte, mode uint32, fsync bool) error {
	return replaceFileVia(-1, dirfd, name, data, mode, fsync)
}

// replaceFileVia builds the file in the directory aside, or where it is going to be if that is -1.
func replaceFileVia(aside, dirfd int, name string, data []byte, mode uint32, fsync bool) error {
	dir, base := dirfd, name
	if i := lastSlash(name); i >= 0 {
		fd, err := openat(dirfd, name[:i], unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return errno.New("openat", name[:i], err)
		}
		defer unix.Close(fd)
		dir, base = fd, name[i+1:]
	}
	if aside < 0 {
		aside = dir
	}
	f, err := newTmpFile(aside, mode)
	if err != nil {
		return err
	}
	defer f.close()
	if err := unix.Fchmod(f.fd, mode); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if _, err := fdFile(f.fd).Write(data); err != nil {
		return err
	}
	if fsync {
		if err := fdatasync(f.fd); err != nil {
			return errno.Wrap("fdatasync", err)
		}
	}
	if err := f.replace(dir, base); err != nil {
		return errno.New("renameat", base, err)
	}
	if fsync {
		if err := unix.Fsync(dir); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	return nil
}

func lastSlash(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return i
		}
	}
	return -1
}

// readFileAt reads dirfd/name, a regular file of at most limit bytes.
func readFileAt(dirfd int, name string, limit int64) ([]byte, error) {
	fd, err := openat(dirfd, name, unix.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO would wait for a writer
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	if err := requireRegular(fd, name); err != nil {
		return nil, err
	}
	return readAllFD(fd, name, limit)
}

// requireRegular refuses what is open but no regular file.
func requireRegular(fd int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return errno.New("fstat", name, err)
	}
	switch uint32(st.Mode) & object.ModeTypeMask {
	case object.ModeRegular:
		return nil
	case object.ModeDir:
		return fmt.Errorf("reading %s: %w", name, errno.Wrap("read", unix.EISDIR))
	}
	return fmt.Errorf("%s: not a regular file", name)
}

// fdPath names an open directory for the calls that only take paths.
func fdPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func errMissing(err error) bool { return os.IsNotExist(err) || isErrno(err, unix.ENOENT) }

func isErrno(err error, want unix.Errno) bool {
	for err != nil {
		if e, ok := err.(unix.Errno); ok {
			return e == want
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = u.Unwrap()
	}
	return false
}

// atCWD makes the *at calls take ordinary paths.
const atCWD = unix.AT_FDCWD
