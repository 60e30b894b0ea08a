package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// Dir is a directory in which files are written.
type Dir struct {
	w    *walker
	path string
}

// Open opens a directory. With make, it and those above are made when they are missing, with the mode that the umask
// leaves of 0777.
func Open(path string, make bool) (*Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	w, err := walk(abs, make)
	if err != nil {
		return nil, fmt.Errorf("failed to create directory %q: %w", path, err)
	}
	// The walk needs no right to read directories; flushing this one does.
	fd, err := unix.Openat(int(w.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		w.dir.Close()
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	w.dir.Close()
	w.dir = os.NewFile(uintptr(fd), path)
	return &Dir{w, path}, nil
}

// Close closes the directory.
func (d *Dir) Close() error { return d.w.dir.Close() }

// Write replaces a file of the directory, see [Write].
func (d *Dir) Write(name string, data []byte, mode fs.FileMode) error {
	if err := d.write(name, data, mode); err != nil {
		return fmt.Errorf("failed to create file %q: %w", filepath.Join(d.path, name), err)
	}
	return nil
}

func (d *Dir) write(name string, data []byte, mode fs.FileMode) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("%q is no name of a file", name)
	}
	path := filepath.Join(d.path, name)
	var st unix.Stat_t
	err := unix.Fstatat(int(d.w.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	kind := st.Mode & unix.S_IFMT
	switch {
	case err == nil && kind == unix.S_IFDIR:
		return unix.EISDIR
	case err == nil && kind == unix.S_IFLNK && d.w.ours():
		return d.through(name, path, data, mode)
	case err == nil && kind != unix.S_IFREG && kind != unix.S_IFLNK && d.w.ours():
		return d.writeTo(name, data, 0)
	}
	var old *unix.Stat_t
	if err == nil && kind == unix.S_IFREG && d.w.ours() { // nobody else has put it there
		old = &st
	}
	err = d.replace(name, data, mode, old)
	if errors.Is(err, unix.EBUSY) && kind == unix.S_IFREG { // something is mounted on it, as in containers on /etc/hostname
		return d.writeTo(name, data, unix.O_NOFOLLOW)
	}
	return err
}

// replace puts a new file in the place of name. It has the owner, the label and, unless mode is for the owner's eyes
// only, the mode of the old one, if there is one: who has set these meant the file, not the inode.
func (d *Dir) replace(name string, data []byte, mode fs.FileMode, old *unix.Stat_t) error {
	opt := &atomicfile.Options{Dir: d.w.dir}
	if old != nil {
		if mode&0o077 != 0 {
			mode = fs.FileMode(old.Mode & 0o777)
		}
		if old.Uid != d.w.me || old.Gid != uint32(os.Getegid()) {
			opt.Owner = &atomicfile.Owner{UID: int(old.Uid), GID: int(old.Gid)}
		}
	}
	f, err := atomicfile.Create(name, mode, opt)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if old != nil {
		d.copyLabel(name, f.File)
	}
	err = f.Commit()
	if opt.Owner != nil && errors.Is(err, unix.EPERM) { // not root: the file becomes ours, as it would be new
		return d.replace(name, data, mode, &unix.Stat_t{Uid: d.w.me, Gid: uint32(os.Getegid()), Mode: uint32(mode)})
	}
	return err
}

// selinuxLabel is the attribute that the security policy goes by.
const selinuxLabel = "security.selinux"

// copyLabel gives f the label of name, if there are labels.
func (d *Dir) copyLabel(name string, f *os.File) {
	fd, err := unix.Openat(int(d.w.dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	label := make([]byte, 4096)
	if n, err := unix.Fgetxattr(fd, selinuxLabel, label); err == nil {
		_ = unix.Fsetxattr(int(f.Fd()), selinuxLabel, label[:n], 0)
	}
}

// through writes where a link of root's leads to.
func (d *Dir) through(name, path string, data []byte, mode fs.FileMode) error {
	target, err := d.w.readlink(name, path)
	if err != nil {
		return err
	}
	if strings.HasPrefix(target, "/proc/") || strings.HasPrefix(d.w.at, "/proc/") { // what such a link leads to is not what it says
		return d.writeTo(name, data, 0)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	next, err := Open(filepath.Dir(target), false)
	if err != nil {
		return err
	}
	defer next.Close()
	next.w.links = d.w.links
	return next.write(filepath.Base(target), data, mode)
}

// writeTo writes to what is there: a device, a pipe that somebody reads from, a file that cannot be replaced. The last
// is the one case in which a reader, or who comes after a crash, may see a part.
func (d *Dir) writeTo(name string, data []byte, flags int) error {
	fd, err := unix.Openat(int(d.w.dir.Fd()), name, flags|unix.O_WRONLY|unix.O_TRUNC|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Write replaces the file at path by one with the given content; directories above it are made. A reader sees the old
// content or the new one. The mode is that of a new file; a file that is there keeps its owner and, unless the new one is
// for its owner's eyes only, its mode, if nobody else can change the directory.
func Write(path string, data []byte, mode fs.FileMode) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, "/") {
		return fmt.Errorf("failed to create file %q: %w", path, unix.EISDIR)
	}
	d, err := Open(filepath.Dir(abs), true)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Write(filepath.Base(abs), data, mode)
}
