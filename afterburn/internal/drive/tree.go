package drive

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// tree is a drive that is mounted.
type tree struct{ root *confine.Root }

// Mounted returns the drive that is mounted at a directory of a root already. Names in it do not lead out of it.
func Mounted(root *confine.Root, dir string) (Drive, error) {
	sub, err := root.Sub(dir)
	if err != nil {
		return nil, err
	}
	return tree{sub}, nil
}

// ReadFile implements Drive.
func (t tree) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := t.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ENOTDIR) {
		err = notExist(name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, limit)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// Close implements Drive.
func (t tree) Close() error { return t.root.Close() }

// notExist is what a name below a file is, too.
func notExist(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
