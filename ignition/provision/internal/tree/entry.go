//go:build unix

package tree

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// Mkdir makes the directory at a resolved name, and those above it, mode 0755,
// and opens it. One that is there is opened as it is.
func (t *Tree) Mkdir(p string) (*os.File, error) {
	d, base, err := t.writable(p)
	if err != nil {
		return nil, err
	}
	clear(t.absent)
	err = unix.Mkdirat(d.fd(), base, 0o755)
	made := err == nil
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, t.pathError("mkdir", p, err)
	}
	fd, err := unix.Openat(d.fd(), base, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, t.pathError("open", p, err)
	}
	f := os.NewFile(uintptr(fd), t.Path(p))
	if made { // whatever the umask
		if err := unix.Fchmod(fd, 0o755|setgid(f)); err != nil {
			f.Close()
			return nil, t.pathError("chmod", p, err)
		}
	}
	return f, nil
}

// setgid is the bit that a new directory inherits.
func setgid(f *os.File) uint32 {
	st, err := FStat(f)
	if err != nil {
		return 0
	}
	return st.Mode & unix.S_ISGID
}

// Remove removes what is at a resolved name with everything below it; links are
// not followed, file systems mounted below are an error.
func (t *Tree) Remove(p string) error {
	d, base, err := t.at(p)
	if Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	d.hold()
	defer d.release()
	st, err := d.stat(base)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil && !st.Directory() {
		t.losing(d, base)
		return t.pathError("unlink", p, unix.Unlinkat(d.fd(), base, 0))
	}
	if err != nil {
		return t.pathError("remove", p, err)
	}
	r, err := confine.FromFile(d.f)
	if err != nil {
		return t.outside(err)
	}
	defer r.Close()
	t.changed()
	if err := r.RemoveAll(base); err != nil {
		return t.pathError("remove", p, unwrapErrno(err))
	}
	return nil
}

func unwrapErrno(err error) error {
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return e
	}
	return err
}

// Symlink makes a link at a resolved name. With replace it takes the place of
// anything but a directory in one step.
func (t *Tree) Symlink(target, p string, own Owner, replace bool) error {
	return t.link("symlink", p, replace, func(d *Dir, name string) error {
		if err := unix.Symlinkat(target, d.fd(), name); err != nil {
			return err
		}
		st, err := d.stat(name)
		if err != nil || !own.changes(st) {
			return err
		}
		return unix.Fchownat(d.fd(), name, own.UID, own.GID, unix.AT_SYMLINK_NOFOLLOW)
	})
}

// Link makes the resolved name p another name of what is at the resolved name
// target, which may be a symbolic link itself.
func (t *Tree) Link(target, p string, replace bool) error {
	from, fromBase, err := t.at(target)
	if err == nil {
		from.hold()
		defer from.release()
		err = t.link("link", p, replace, func(d *Dir, name string) error {
			return unix.Linkat(from.fd(), fromBase, d.fd(), name, 0)
		})
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &os.LinkError{Op: "link", Old: t.Path(target), New: t.Path(p), Err: e.Err}
	}
	return err
}

func (t *Tree) link(op, p string, replace bool, make func(d *Dir, name string) error) error {
	d, base, err := t.writable(p)
	if err != nil {
		return err
	}
	clear(t.absent) // a link may lead to a directory
	d.hold()
	defer d.release()
	if !replace {
		return t.pathError(op, p, make(d, base))
	}
	temp, err := t.withTemp(func(name string) error { return make(d, name) })
	if err == nil {
		t.losing(d, base)
		err = unix.Renameat(d.fd(), temp, d.fd(), base)
		// Also after success: renaming to another name of the same file does nothing.
		_ = unix.Unlinkat(d.fd(), temp, 0)
	}
	return t.pathError(op, p, err)
}
