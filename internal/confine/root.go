//go:build unix

package confine

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// maxRetries bounds the attempts to resolve a name in a tree that keeps changing.
const maxRetries = 128

// Root is a directory that names are confined to. It stays valid when the
// directory is renamed.
type Root struct {
	dir     *os.File
	name    string
	openat2 bool // the kernel resolves names
}

// OpenRoot opens the directory at path, which is resolved in the ordinary way.
func OpenRoot(path string) (*Root, error) {
	dir, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &Root{dir: dir, name: path, openat2: probeOpenat2(int(dir.Fd()))}, nil
}

// FromFile makes a Root of an open directory, which stays the caller's.
func FromFile(dir *os.File) (*Root, error) {
	fd, err := openRetry(int(dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, pathError("open", dir.Name(), err)
	}
	own := os.NewFile(uintptr(fd), dir.Name())
	return &Root{dir: own, name: dir.Name(), openat2: probeOpenat2(fd)}, nil
}

// Sub opens a directory of the tree as a root of its own, from which ".." does
// not lead back.
func (r *Root) Sub(name string) (*Root, error) {
	fd, err := r.open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	display := r.display(name)
	return &Root{dir: os.NewFile(uintptr(fd), display), name: display, openat2: r.openat2}, nil
}

// Close releases the root. Files opened through it stay open.
func (r *Root) Close() error { return r.dir.Close() }

// Name returns the path that the root was opened with, for messages.
func (r *Root) Name() string { return r.name }

// Dir returns the open root directory, for system calls that this package
// does not have. It belongs to r: do not close it.
func (r *Root) Dir() *os.File { return r.dir }

// display names an entry for messages and os.File.Name.
func (r *Root) display(name string) string { return path.Join(r.name, "/"+name) }

// fd returns the root's descriptor, or fs.ErrClosed.
func (r *Root) fd() (int, error) {
	fd := int(r.dir.Fd())
	if fd < 0 {
		return -1, fs.ErrClosed
	}
	return fd, nil
}

// at is an open directory with a name in it: what the …at system calls take.
// The name is "." when the path ended in "/", "." or "..".
type at struct {
	dir  int
	name string
	root *Root // set when dir is the root's own descriptor
}

func (a at) close() {
	if a.root == nil {
		unix.Close(a.dir)
	}
	runtime.KeepAlive(a.root)
}

// entry returns the directory that holds name, and its last component, which
// is not looked at. Trailing slashes are ignored.
func (r *Root) entry(name string) (at, error) {
	trimmed := strings.TrimRight(name, "/")
	if trimmed == "" && name != "" {
		trimmed = "/"
	}
	dir, base := path.Split(trimmed)
	switch base {
	case "", ".", "..":
		dir, base = trimmed, "."
	}
	if dir == "" && base != "." {
		fd, err := r.fd()
		return at{fd, base, r}, err
	}
	fd, err := r.open(dir, dirFlags, 0)
	if err != nil {
		return at{}, err
	}
	return at{dir: fd, name: base}, nil
}

// handle opens what name refers to, only for use with the functions of this
// package that begin with fd. A last link is opened itself unless follow is set.
func (r *Root) handle(name string, follow bool) (int, error) {
	if r.openat2 {
		fd, err := r.openKernel(name, handleFlags(follow), 0)
		if !errors.Is(err, errUnstable) {
			return fd, err
		}
	}
	for range maxRetries {
		a, err := r.walk(name, follow)
		if err != nil {
			return -1, err
		}
		fd, err := openRetry(a.dir, a.name, handleFlags(false), 0)
		a.close()
		if err != nil || !follow {
			return fd, err
		}
		if mode, err := fdMode(fd); err != nil || mode&unix.S_IFMT != unix.S_IFLNK {
			return fd, err
		}
		unix.Close(fd) // became a link between the two calls
	}
	return -1, unix.ELOOP
}

// open opens name for input and output.
func (r *Root) open(name string, flags int, mode uint32) (int, error) {
	flags |= unix.O_CLOEXEC
	if r.openat2 {
		fd, err := r.openKernel(name, flags, mode)
		if !errors.Is(err, errUnstable) {
			return fd, err
		}
	}
	const exclusive = unix.O_CREAT | unix.O_EXCL
	follow := flags&unix.O_NOFOLLOW == 0 && flags&exclusive != exclusive
	var last error
	for range maxRetries {
		a, err := r.walk(name, follow)
		if err != nil {
			return -1, err
		}
		fd, err := openRetry(a.dir, a.name, flags|unix.O_NOFOLLOW, mode)
		a.close()
		if err == nil || !follow || !isLinkError(err, flags) {
			return fd, err
		}
		last = err // perhaps became a link between the two calls
	}
	return -1, last
}

// isLinkError reports whether a non-following open failed as it does for links.
func isLinkError(err error, flags int) bool {
	return errors.Is(err, unix.ELOOP) || flags&unix.O_DIRECTORY != 0 && errors.Is(err, unix.ENOTDIR)
}

// errUnstable is returned when the kernel could not resolve a name because the
// tree kept changing.
var errUnstable = errors.New("tree keeps changing")

func openRetry(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
