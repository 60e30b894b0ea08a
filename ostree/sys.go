package ostree

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// fdFile is a plain file descriptor as reader and writer. Hot paths open one file per object:
// an *os.File would cost an allocation, a finalizer and a refused epoll registration each.
type fdFile int

func (f fdFile) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), p)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, errno.Wrap("read", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (f fdFile) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Write(int(f), p[done:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, errno.Wrap("write", err)
		}
		done += n
	}
	return done, nil
}

func (f fdFile) Close() error { return unix.Close(int(f)) }

func openat(dirfd int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dirfd, name, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func openDirAt(dirfd int, name string) (int, error) {
	return openat(dirfd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
}

// renameNoReplaceFallback is link and unlink, which works for files only; a directory is renamed
// onto a name that was seen to be free.
func renameNoReplaceFallback(olddir int, oldname string, newdir int, newname string) error {
	err := unix.Linkat(olddir, oldname, newdir, newname, 0)
	switch err {
	case nil:
		return unix.Unlinkat(olddir, oldname, 0)
	case unix.EPERM, unix.EISDIR:
		var st unix.Stat_t
		if unix.Fstatat(newdir, newname, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			return unix.EEXIST
		}
		return unix.Renameat(olddir, oldname, newdir, newname)
	}
	return err
}

func randomSuffix() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b [6]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}

// tmpPrefix begins the names of what is built in tmp/ and is not an object. The owner holds a lock
// (flock) on it for as long as it has that name: what can be locked is a leftover of a killed process.
const tmpPrefix = "part-"

// tmpFile is a file under construction: unnamed where the file system can do that, so that a kill
// leaves nothing, else with a temporary name in the directory it was made in.
type tmpFile struct {
	fd    int
	dirfd int
	name  string // "" for an unnamed file
}

func newTmpFile(dirfd int, mode uint32) (*tmpFile, error) {
	fd, ok, err := openAnonymous(dirfd, mode)
	if err != nil {
		return nil, errno.Wrap("open(O_TMPFILE)", err)
	}
	if ok {
		return &tmpFile{fd: fd, dirfd: dirfd}, nil
	}
	return newNamedTmpFile(dirfd, mode)
}

func newNamedTmpFile(dirfd int, mode uint32) (*tmpFile, error) {
	for range 100 {
		name := tmpPrefix + randomSuffix()
		fd, err := openat(dirfd, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, mode)
		if err == unix.EEXIST {
			continue
		}
		if err != nil {
			return nil, errno.New("openat", name, err)
		}
		if !ownTmp(fd) {
			unix.Close(fd)
			continue
		}
		return &tmpFile{fd: fd, dirfd: dirfd, name: name}, nil
	}
	return nil, errors.New("no free temporary file name")
}

// ownTmp locks a new temporary file or directory; false if it was taken for a leftover before that.
func ownTmp(fd int) bool {
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK {
		return false
	}
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Nlink > 0
}

// tmpOr returns tmp/, or another directory if the repository cannot be written to.
func (r *Repo) tmpOr(fd int) int {
	if r.tmpFD >= 0 {
		return r.tmpFD
	}
	return fd
}

// newTmpDir makes a directory in tmp/ to build files in. The caller closes fd and removes the directory.
func (r *Repo) newTmpDir() (name string, fd int, err error) {
	for range 100 {
		name = tmpPrefix + randomSuffix()
		if err := unix.Mkdirat(r.tmpFD, name, 0o777); err != nil && err != unix.EEXIST {
			return "", -1, errno.New("mkdirat", "tmp/"+name, err)
		} else if err != nil {
			continue
		}
		fd, err := openDirAt(r.tmpFD, name)
		if err == nil && ownTmp(fd) {
			return name, fd, nil
		}
		if err == nil {
			unix.Close(fd)
		} else if err != unix.ENOENT {
			return "", -1, errno.New("openat", "tmp/"+name, err)
		}
	}
	return "", -1, errors.New("no free temporary directory name")
}

// link makes the file visible as dirfd/path unless that exists, which is reported as EEXIST.
func (t *tmpFile) link(dirfd int, path string) error {
	if t.name == "" {
		return linkAnonymous(t.fd, dirfd, path)
	}
	err := renameNoReplace(t.dirfd, t.name, dirfd, path)
	if err == nil {
		t.name = ""
	}
	return err
}

// replace makes the file visible as dirfd/path, whatever was there before. An unnamed file has a name
// beside the place it was made in for a moment.
func (t *tmpFile) replace(dirfd int, path string) error { return t.replaceVia(t.dirfd, dirfd, path) }

// replaceVia is replace with another directory for that moment, preferably tmp/ of a repository, where
// the leftovers of killed processes are found. If that cannot be, the file's own directory serves.
func (t *tmpFile) replaceVia(aside, dirfd int, path string) error {
	if t.name == "" {
		_ = unix.Flock(t.fd, unix.LOCK_EX|unix.LOCK_NB) // nobody else has it; where there are no locks, age decides
		for range 100 {
			name := tmpPrefix + randomSuffix()
			err := linkAnonymous(t.fd, aside, name)
			if err == unix.EEXIST {
				continue
			}
			if err != nil && aside != t.dirfd {
				aside = t.dirfd
				continue
			}
			if err != nil {
				return err
			}
			t.dirfd, t.name = aside, name
			break
		}
	}
	if err := unix.Renameat(t.dirfd, t.name, dirfd, path); err != nil {
		return err
	}
	t.name = ""
	return nil
}

// close releases the descriptor and removes the temporary name if there still is one.
func (t *tmpFile) close() {
	unix.Close(t.fd)
	if t.name != "" {
		unix.Unlinkat(t.dirfd, t.name, 0)
	}
}

// readXattrs lists and reads all extended attributes through the given calls, sorted.
func readXattrs(list func([]byte) (int, error), get func(string, []byte) (int, error)) (object.Xattrs, error) {
	var small [512]byte
	names := small[:]
	for {
		n, err := list(names)
		if err == unix.ERANGE {
			if n, err = list(nil); err == nil {
				names = make([]byte, n+256)
				continue
			}
		}
		if err == unix.ENOTSUP || err == unix.EOPNOTSUPP {
			return nil, nil
		}
		if err != nil {
			return nil, errno.Wrap("listxattr", err)
		}
		names = names[:n]
		break
	}
	if len(names) == 0 {
		return nil, nil
	}
	var out object.Xattrs
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		value, err := readXattr(name, get)
		if err == unix.ENODATA {
			continue // removed between the two calls
		}
		if err != nil {
			return nil, errno.New("getxattr", name, err)
		}
		if len(value) == 0 {
			continue // the reference implementation does not see empty attributes, and they are hashed
		}
		out = append(out, object.Xattr{Name: name, Value: value})
	}
	out.Sort()
	return out, nil
}

func readXattr(name string, get func(string, []byte) (int, error)) ([]byte, error) {
	buf := make([]byte, 256)
	for {
		n, err := get(name, buf)
		if err == unix.ERANGE {
			if n, err = get(name, nil); err == nil {
				buf = make([]byte, n+64)
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		return buf[:n:n], nil
	}
}

func fdXattrs(fd int) (object.Xattrs, error) {
	return readXattrs(
		func(b []byte) (int, error) { return unix.Flistxattr(fd, b) },
		func(n string, b []byte) (int, error) { return unix.Fgetxattr(fd, n, b) })
}

// entryXattrs reads the attributes of a directory entry that cannot be opened, such as a symlink.
func entryXattrs(dirfd int, name string) (object.Xattrs, error) {
	path := linkXattrPath(dirfd, name)
	return readXattrs(
		func(b []byte) (int, error) { return unix.Llistxattr(path, b) },
		func(n string, b []byte) (int, error) { return unix.Lgetxattr(path, n, b) })
}

func readlinkat(dirfd int, name string) (string, error) {
	for size := 256; size <= 1<<16; size *= 4 {
		b := make([]byte, size)
		n, err := unix.Readlinkat(dirfd, name, b)
		if err != nil {
			return "", errno.New("readlinkat", name, err)
		}
		if n < size {
			return string(b[:n]), nil
		}
	}
	return "", fmt.Errorf("symlink target of %s is too long", name)
}
