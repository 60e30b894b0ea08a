//go:build unix

package tree

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// Owner is a numeric owner; -1 keeps what the system chose.
type Owner struct{ UID, GID int }

// NoOwner keeps what the system chose.
var noOwner = Owner{-1, -1}

// NoOwner is the owner that changes nothing.
func NoOwner() Owner { return noOwner }

// NewFile is a file that is not in its place yet.
type NewFile struct {
	*os.File // to be written

	t        *Tree
	dir      *Dir
	temp     string
	base, at string
	finished bool
}

// Create begins the file at a resolved name. Directories that are missing above
// it are made. [NewFile.Commit] or [NewFile.Abort] must follow.
func (t *Tree) Create(p string) (*NewFile, error) {
	d, base, err := t.writable(p)
	if err != nil {
		return nil, err
	}
	var fd int
	temp, err := t.withTemp(func(name string) (err error) {
		fd, err = unix.Openat(d.fd(), name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		return err
	})
	if err != nil {
		return nil, t.pathError("create", p, err)
	}
	return &NewFile{File: os.NewFile(uintptr(fd), t.Path(p)), t: t, dir: d.hold(), temp: temp, base: base, at: p}, nil
}

// Commit gives the file owner and mode, in this order as setting the owner clears
// set-user-id bits, and moves it to its place, replacing anything but a directory.
func (f *NewFile) Commit(own Owner, mode uint32) error {
	defer f.Abort()
	fd := int(f.Fd())
	if own != noOwner {
		if err := fchown(fd, own); err != nil {
			return f.t.pathError("chown", f.at, err)
		}
	}
	if err := unix.Fchmod(fd, mode&0o7777); err != nil {
		return f.t.pathError("chmod", f.at, err)
	}
	f.t.losing(f.dir, f.base)
	if err := unix.Renameat(f.dir.fd(), f.temp, f.dir.fd(), f.base); err != nil {
		return f.t.pathError("rename", f.at, err)
	}
	f.finished = true
	return nil
}

// Abort removes the file unless it was committed.
func (f *NewFile) Abort() {
	if f.dir == nil {
		return
	}
	f.Close()
	if !f.finished {
		_ = unix.Unlinkat(f.dir.fd(), f.temp, 0)
	}
	f.dir.release()
	f.dir = nil
}

// fchown changes the owner if that changes anything: without privilege a file may
// still be given to its owner.
func fchown(fd int, own Owner) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if !own.changes(info(&st)) {
		return nil
	}
	return unix.Fchown(fd, own.UID, own.GID)
}

// changes reports whether chown has an effect; it always clears special bits of files.
func (o Owner) changes(st Info) bool {
	special := st.Regular() && st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0
	return special || o.UID != -1 && o.UID != st.UID || o.GID != -1 && o.GID != st.GID
}

// Scratch returns an empty file without a name on the file system of the resolved name p.
func (t *Tree) Scratch(p string) (*os.File, error) {
	f, err := t.Create(p)
	if err != nil {
		return nil, err
	}
	defer f.dir.release()
	if err := unix.Unlinkat(f.dir.fd(), f.temp, 0); err != nil {
		f.File.Close()
		return nil, t.pathError("unlink", p, err)
	}
	return f.File, nil
}

// Existing opens the regular file at a resolved name for appending. Links, FIFOs
// and devices are [confine.ErrNotRegular].
func (t *Tree) Existing(p string) (*os.File, error) {
	d, base, err := t.at(p)
	if err == nil {
		err = t.touch(d, path.Dir(p))
	}
	if err != nil {
		return nil, err
	}
	return t.openRegular(d, base, p, unix.O_WRONLY|unix.O_APPEND)
}

func (t *Tree) openRegular(d *Dir, base, p string, flags int) (*os.File, error) {
	const safe = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	// Opening a device may have effects, so look before: who changes the entry
	// between the calls finds the second look.
	if st, err := d.stat(base); err == nil && !st.Regular() {
		return nil, t.pathError("open", p, confine.ErrNotRegular)
	}
	fd, err := unix.Openat(d.fd(), base, flags|safe, 0o600)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EISDIR) {
		err = confine.ErrNotRegular
	}
	if err != nil {
		return nil, t.pathError("open", p, err)
	}
	f := os.NewFile(uintptr(fd), t.Path(p))
	st, err := FStat(f)
	if err == nil && !st.Regular() {
		err = confine.ErrNotRegular
	}
	if err != nil {
		f.Close()
		return nil, t.pathError("open", p, err)
	}
	return f, nil
}

// SetOwnerMode changes an open file or directory; a nil mode keeps it.
func (t *Tree) SetOwnerMode(f *os.File, own Owner, mode *uint32) error {
	if err := fchown(int(f.Fd()), own); err != nil {
		return err
	}
	if err := t.remember(f); err != nil {
		return err
	}
	if mode == nil {
		return nil
	}
	return unix.Fchmod(int(f.Fd()), *mode&0o7777)
}

// WriteFile replaces the file at a resolved name, mode 0644.
func (t *Tree) WriteFile(p string, data []byte) error {
	f, err := t.Create(p)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit(noOwner, 0o644)
}

// AppendLine adds lines to the regular file at a resolved name in one write, making
// it with mode 0644 if it is missing. A last line without an end gets one before.
func (t *Tree) AppendLine(p string, data []byte) error {
	d, base, err := t.writable(p)
	if err != nil {
		return err
	}
	if _, err := d.stat(base); errors.Is(err, unix.ENOENT) {
		return t.WriteFile(p, data)
	}
	f, err := t.openRegular(d, base, p, unix.O_RDWR|unix.O_APPEND)
	if err != nil {
		return err
	}
	open, err := unfinished(f)
	if err == nil {
		if open {
			data = append([]byte{'\n'}, data...)
		}
		_, err = f.Write(data)
	}
	return errors.Join(err, f.Close())
}

// Unfinished reports whether the regular file at a resolved name has a last line
// without an end.
func (t *Tree) Unfinished(p string) (bool, error) {
	d, base, err := t.at(p)
	if err != nil {
		return false, err
	}
	f, err := t.openRegular(d, base, p, unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return unfinished(f)
}

func unfinished(f *os.File) (bool, error) {
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return false, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], st.Size()-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}
