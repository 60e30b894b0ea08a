//go:build unix

package confine

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stat describes what name refers to. Sys of the result is a *syscall.Stat_t.
func (r *Root) Stat(name string) (fs.FileInfo, error) { return r.stat("stat", name, true) }

// Lstat describes the named entry, which may be a link.
func (r *Root) Lstat(name string) (fs.FileInfo, error) { return r.stat("lstat", name, false) }

func (r *Root) stat(op, name string, follow bool) (fs.FileInfo, error) {
	fd, err := r.handle(name, follow)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	return f.Stat()
}

// ReadDir lists the named directory, sorted by name. Info of an entry is an
// [Root.Lstat] of the moment it is called.
func (r *Root) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := r.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.ReadDir(-1)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for i, e := range list {
		list[i] = dirEntry{e, r, strings.TrimRight(name, "/") + "/" + e.Name()}
	}
	return list, err
}

// dirEntry replaces Info, which would look outside of the root.
type dirEntry struct {
	fs.DirEntry
	root *Root
	path string
}

func (e dirEntry) Info() (fs.FileInfo, error) { return e.root.Lstat(e.path) }

// Chmod sets the permission and special bits of what name refers to.
func (r *Root) Chmod(name string, mode fs.FileMode) error {
	return r.with("chmod", name, true, func(fd int) error { return fdChmod(fd, unixMode(mode)) })
}

// Chown sets the owner and group of what name refers to; -1 keeps one. The
// kernel clears set-user-id bits of files thereby.
func (r *Root) Chown(name string, uid, gid int) error {
	return r.with("chown", name, true, func(fd int) error { return fdChown(fd, uid, gid) })
}

// Lchown is [Root.Chown] for the entry itself, which may be a link.
func (r *Root) Lchown(name string, uid, gid int) error {
	return r.with("lchown", name, false, func(fd int) error { return fdChown(fd, uid, gid) })
}

// Chtimes sets the access and modification times of what name refers to; a
// zero time keeps one.
func (r *Root) Chtimes(name string, atime, mtime time.Time) error {
	return r.with("chtimes", name, true, func(fd int) error { return fdTimes(fd, atime, mtime) })
}

// Lchtimes is [Root.Chtimes] for the entry itself, which may be a link.
func (r *Root) Lchtimes(name string, atime, mtime time.Time) error {
	return r.with("lchtimes", name, false, func(fd int) error { return fdTimes(fd, atime, mtime) })
}

// GetXattr returns an extended attribute of what name refers to. A missing one
// is unix.ENODATA.
func (r *Root) GetXattr(name, attr string) (value []byte, err error) {
	err = r.with("getxattr", name, true, func(fd int) error { value, err = fdGetXattr(fd, attr); return err })
	return value, err
}

// LGetXattr is [Root.GetXattr] for the entry itself, which may be a link.
func (r *Root) LGetXattr(name, attr string) (value []byte, err error) {
	err = r.with("lgetxattr", name, false, func(fd int) error { value, err = fdGetXattr(fd, attr); return err })
	return value, err
}

// SetXattr creates or replaces an extended attribute of what name refers to.
func (r *Root) SetXattr(name, attr string, value []byte) error {
	return r.with("setxattr", name, true, func(fd int) error { return fdSetXattr(fd, attr, value) })
}

// LSetXattr is [Root.SetXattr] for the entry itself. The kernel allows links
// the trusted and security name spaces only.
func (r *Root) LSetXattr(name, attr string, value []byte) error {
	return r.with("lsetxattr", name, false, func(fd int) error { return fdSetXattr(fd, attr, value) })
}

// RemoveXattr removes an extended attribute of what name refers to.
func (r *Root) RemoveXattr(name, attr string) error {
	return r.with("removexattr", name, true, func(fd int) error { return fdRemoveXattr(fd, attr) })
}

// LRemoveXattr is [Root.RemoveXattr] for the entry itself.
func (r *Root) LRemoveXattr(name, attr string) error {
	return r.with("lremovexattr", name, false, func(fd int) error { return fdRemoveXattr(fd, attr) })
}

// ListXattr returns the sorted names of the extended attributes of what name
// refers to; none where the file system has no attributes.
func (r *Root) ListXattr(name string) (attrs []string, err error) {
	err = r.with("listxattr", name, true, func(fd int) error { attrs, err = fdListXattr(fd); return err })
	return attrs, err
}

// LListXattr is [Root.ListXattr] for the entry itself, which may be a link.
func (r *Root) LListXattr(name string) (attrs []string, err error) {
	err = r.with("llistxattr", name, false, func(fd int) error { attrs, err = fdListXattr(fd); return err })
	return attrs, err
}

func (r *Root) with(op, name string, follow bool, do func(fd int) error) error {
	fd, err := r.handle(name, follow)
	if err == nil {
		err = do(fd)
		unix.Close(fd)
	}
	return pathError(op, name, err)
}

func fdMode(fd int) (uint32, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return uint32(st.Mode), err
}

// splitNames parses the NUL-terminated names of a listxattr buffer.
func splitNames(buf []byte) []string {
	var names []string
	for name := range strings.SplitSeq(string(buf), "\x00") {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// grow calls read with larger buffers until the answer fits.
func grow(read func(buf []byte) (int, error)) ([]byte, error) {
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := read(buf)
		if err == unix.ERANGE && size < 1<<20 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return buf[:n], nil
	}
}
