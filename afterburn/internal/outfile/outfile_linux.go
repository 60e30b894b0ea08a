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
		return d.writeTo(name, data)
	}
	return atomicfile.WriteFile(name, data, mode, &atomicfile.Options{Dir: d.w.dir})
}

// through writes where a link of root's leads to.
func (d *Dir) through(name, path string, data []byte, mode fs.FileMode) error {
	target, err := d.w.readlink(name, path)
	if err != nil {
		return err
	}
	if strings.HasPrefix(target, "/proc/") { // what such a link leads to is not what it says
		return d.writeTo(name, data)
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

// writeTo writes to a device or a pipe.
func (d *Dir) writeTo(name string, data []byte) error {
	fd, err := unix.Openat(int(d.w.dir.Fd()), name, unix.O_WRONLY|unix.O_TRUNC|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Write replaces the file at path by one with the given content and mode; directories above it are made. A reader sees
// the old content or the new one.
func Write(path string, data []byte, mode fs.FileMode) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	d, err := Open(filepath.Dir(abs), true)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Write(filepath.Base(abs), data, mode)
}
