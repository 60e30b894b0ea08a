//go:build unix

package confine

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Mkdir creates a directory with exactly the given mode.
func (r *Root) Mkdir(name string, mode fs.FileMode) error {
	a, err := r.entry(name)
	if err == nil {
		err = mkdirat(a.dir, a.name, unixMode(mode))
		a.close()
	}
	return pathError("mkdir", name, err)
}

// MkdirAll creates a directory and those above it that are missing, each with
// exactly the given mode. Directories that exist keep theirs. Where a link on
// the way dangles, the directory that it refers to is created, inside the root.
func (r *Root) MkdirAll(name string, mode fs.FileMode) error {
	if fd, err := r.open(name, dirFlags, 0); err == nil {
		unix.Close(fd)
		return nil
	}
	w, err := r.walker(name + "/")
	if err == nil {
		defer w.close()
		w.mkdir = func(dir int, name string) error { return mkdirat(dir, name, unixMode(mode)) }
		_, err = w.run(true)
	}
	return pathError("mkdir", name, err)
}

func mkdirat(dir int, name string, mode uint32) error {
	if err := unix.Mkdirat(dir, name, mode); err != nil {
		return err
	}
	return exactMode(dir, name, unix.S_IFDIR, mode)
}

// exactMode gives a new entry the mode that the umask took away.
func exactMode(dir int, name string, kind, mode uint32) error {
	fd, err := openRetry(dir, name, handleFlags(false), 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	got, err := fdMode(fd)
	if err != nil {
		return err
	}
	if got&unix.S_IFMT != kind {
		return unix.EBUSY // replaced by somebody else since
	}
	if got&0o7777 == mode {
		return nil
	}
	return fdChmod(fd, mode)
}

// Remove removes a file, a link or an empty directory.
func (r *Root) Remove(name string) error {
	a, err := r.entry(name)
	if err == nil {
		err = removeat(a.dir, a.name)
		a.close()
	}
	return pathError("remove", name, err)
}

func removeat(dir int, name string) error {
	err := unix.Unlinkat(dir, name, 0)
	if err == nil {
		return nil
	}
	errDir := unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
	if errDir == nil || !errors.Is(errDir, unix.ENOTDIR) {
		return errDir
	}
	return err
}

// Rename moves an entry, replacing what newname refers to as rename(2) does.
func (r *Root) Rename(oldname, newname string) error {
	return r.two("rename", oldname, newname, func(from, to at) error {
		return unix.Renameat(from.dir, from.name, to.dir, to.name)
	})
}

// Link makes newname a hard link to the entry oldname, which may be a
// symbolic link itself.
func (r *Root) Link(oldname, newname string) error {
	return r.two("link", oldname, newname, func(from, to at) error {
		return unix.Linkat(from.dir, from.name, to.dir, to.name, 0)
	})
}

func (r *Root) two(op, oldname, newname string, do func(from, to at) error) error {
	wrap := func(err error) error {
		if err == nil {
			return nil
		}
		return &os.LinkError{Op: op, Old: oldname, New: newname, Err: err}
	}
	from, err := r.entry(oldname)
	if err != nil {
		return wrap(err)
	}
	defer from.close()
	to, err := r.entry(newname)
	if err != nil {
		return wrap(err)
	}
	defer to.close()
	return wrap(do(from, to))
}

// Symlink creates a link with the given target, which is stored as it is.
func (r *Root) Symlink(target, name string) error {
	a, err := r.entry(name)
	if err == nil {
		err = unix.Symlinkat(target, a.dir, a.name)
		a.close()
	}
	if err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: name, Err: err}
	}
	return nil
}

// Readlink returns the target of a link as it is stored.
func (r *Root) Readlink(name string) (string, error) {
	a, err := r.entry(name)
	if err != nil {
		return "", pathError("readlink", name, err)
	}
	defer a.close()
	target, err := readlinkat(a.dir, a.name)
	return target, pathError("readlink", name, err)
}

// parentOf returns name without its last component, ending in a slash unless empty.
func parentOf(name string) string {
	name = strings.TrimRight(name, "/")
	return name[:strings.LastIndexByte(name, '/')+1]
}

// unixMode converts permission and special bits to those of chmod(2).
func unixMode(m fs.FileMode) uint32 {
	mode := uint32(m.Perm())
	if m&fs.ModeSetuid != 0 {
		mode |= unix.S_ISUID
	}
	if m&fs.ModeSetgid != 0 {
		mode |= unix.S_ISGID
	}
	if m&fs.ModeSticky != 0 {
		mode |= unix.S_ISVTX
	}
	return mode
}
