//go:build unix

package tree

import (
	"errors"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// Info is what lstat(2) tells.
type Info struct {
	Mode     uint32 // type and permission bits of the kernel
	UID, GID int
	Dev, Ino uint64
}

// Type returns the type bits, such as unix.S_IFREG.
func (i Info) Type() uint32 { return i.Mode & unix.S_IFMT }

// Regular reports whether it is a regular file.
func (i Info) Regular() bool { return i.Type() == unix.S_IFREG }

// Directory reports whether it is a directory.
func (i Info) Directory() bool { return i.Type() == unix.S_IFDIR }

// Symlink reports whether it is a symbolic link.
func (i Info) Symlink() bool { return i.Type() == unix.S_IFLNK }

// Same reports whether both are one file.
func (i Info) Same(o Info) bool { return i.Dev == o.Dev && i.Ino == o.Ino }

func info(st *unix.Stat_t) Info {
	return Info{
		Mode: uint32(st.Mode), UID: int(st.Uid), GID: int(st.Gid),
		Dev: uint64(st.Dev), Ino: uint64(st.Ino),
	}
}

// Dir is an open directory. The tree keeps it until the directory changes, users
// keep it with hold and release.
type Dir struct {
	f       *os.File
	refs    int
	touched bool // see Tree.touch
}

func (d *Dir) fd() int { return int(d.f.Fd()) }

func (d *Dir) hold() *Dir { d.refs++; return d }

func (d *Dir) release() {
	if d.refs--; d.refs == 0 {
		d.f.Close()
	}
}

func (d *Dir) stat(name string) (Info, error) {
	var st unix.Stat_t
	err := unix.Fstatat(d.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return info(&st), err
}

// FStat describes an open file.
func FStat(f *os.File) (Info, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(f.Fd()), &st)
	return info(&st), err
}

// drop lets go of an open directory.
func (t *Tree) drop(p string) {
	if d := t.dirs[p]; d != nil {
		delete(t.dirs, p)
		d.release()
	}
}

// open opens a directory by its resolved name. Links that came into it since lead
// to somewhere else in the root at most.
func (t *Tree) open(p string) (*Dir, error) {
	if d := t.dirs[p]; d != nil {
		return d, nil
	}
	if t.absent[p] {
		return nil, t.pathError("open", p, unix.ENOENT)
	}
	f, err := t.root.OpenFile(p, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if Missing(err) {
		t.absent[p] = true
	}
	if err != nil {
		return nil, t.outside(err)
	}
	if len(t.dirs) >= maxDirs {
		for old := range t.dirs {
			t.drop(old)
		}
	}
	d := &Dir{f: f, refs: 1}
	t.dirs[p], t.exists[p] = d, true
	return d, nil
}

// at returns the directory that holds a resolved name, and the name in it.
func (t *Tree) at(p string) (*Dir, string, error) {
	dir, base := path.Dir(p), path.Base(p)
	if p == "/" {
		base = "."
	}
	d, err := t.open(dir)
	return d, base, err
}

// writable is at for changes: directories that are missing are made, mode 0755.
func (t *Tree) writable(p string) (*Dir, string, error) {
	d, base, err := t.at(p)
	if Missing(err) {
		if err := t.MkdirAll(path.Dir(p)); err != nil {
			return nil, "", err
		}
		d, base, err = t.at(p)
	}
	if err != nil {
		// What is in the way of a directory is worded as mkdir(2) does.
		if notDirectory(err) {
			return nil, "", t.MkdirAll(path.Dir(p))
		}
		return nil, "", err
	}
	return d, base, t.touch(d, path.Dir(p))
}

// touch prepares a directory for its first change. One directory may have many names,
// by links and mounts, so it is known by its inode.
func (t *Tree) touch(d *Dir, name string) error {
	if d.touched {
		return nil
	}
	st, err := FStat(d.f)
	if err != nil {
		return err
	}
	if err := t.remember(d.f); err != nil {
		return err
	}
	d.touched = true
	id := inode{st.Dev, st.Ino}
	if t.cleaned[id] || !t.opt.RemoveStale {
		return nil
	}
	t.cleaned[id] = true
	return t.removeStale(d, name)
}

// inode identifies a directory that is there.
type inode struct{ dev, ino uint64 }

// remember has [Tree.Sync] write the file system of an open file or directory.
func (t *Tree) remember(f *os.File) error {
	st, err := FStat(f)
	if err != nil || t.devices[st.Dev] != nil {
		return err
	}
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		t.devices[st.Dev] = os.NewFile(uintptr(fd), f.Name())
	}
	return err
}

// Changed tells that somebody else wrote to the directory at a resolved name, so that
// [Tree.Sync] includes its file system.
func (t *Tree) Changed(p string) error {
	f, err := t.root.OpenFile(p, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return t.outside(err)
	}
	defer f.Close()
	return t.remember(f)
}

// MkdirAll makes a directory, by its resolved name, and those above it, mode 0755 and
// what they inherit from a set-group-id directory.
func (t *Tree) MkdirAll(p string) error {
	clear(t.absent)
	d, err := t.open(p)
	if err == nil {
		return t.touch(d, p)
	}
	if p == "/" || !Missing(err) {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return t.pathError("mkdir", p, err)
	}
	f, err := t.Mkdir(p)
	if err != nil {
		return err
	}
	return f.Close()
}

// Lstat describes what is at a resolved name.
func (t *Tree) Lstat(p string) (Info, error) {
	d, base, err := t.at(p)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return Info{}, t.pathError("lstat", p, err)
	}
	st, err := d.stat(base)
	return st, t.pathError("lstat", p, err)
}

// Readlink returns the target of the link at a resolved name.
func (t *Tree) Readlink(p string) (string, error) {
	target, err := t.root.Readlink(p)
	return target, t.outside(err)
}
