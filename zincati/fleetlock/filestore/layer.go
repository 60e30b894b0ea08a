package filestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// layer is the part of a file system that a log needs: one directory. Tests
// put a recorder in its place.
type layer interface {
	// read returns the whole file, or fs.ErrNotExist.
	read(name string) ([]byte, error)
	// create makes an empty file, or empties it.
	create(name string) (logFile, error)
	rename(from, to string) error
	remove(name string) error
	// syncDir makes renames durable.
	syncDir() error
	// inPlace is an error unless name, where the next start will look for it,
	// is the file f.
	inPlace(name string, f logFile) error
}

type logFile interface {
	io.WriterAt
	// sync makes the data durable, and as much metadata as is needed to read
	// it.
	sync() error
	Close() error
}

// osLayer is a directory of the real file system.
type osLayer struct {
	path string // of the directory, absolute
	root *os.Root
	dir  *os.File
	hook func(*os.File) error
}

func (l *osLayer) read(name string) (_ []byte, err error) {
	f, err := l.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > maxFile:
		return nil, errors.New("the file is too large")
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, err
	}
	return data, nil
}

func (l *osLayer) create(name string) (logFile, error) {
	// Whatever has the name, it is not written through.
	if err := l.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := l.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := followOwner(f, l.dir); err != nil {
		f.Close()
		return nil, err
	}
	return &osFile{File: f, hook: l.hook}, nil
}

func (l *osLayer) rename(from, to string) error { return l.root.Rename(from, to) }
func (l *osLayer) remove(name string) error     { return l.root.Remove(name) }
func (l *osLayer) syncDir() error               { return l.dir.Sync() }

func (l *osLayer) inPlace(name string, f logFile) error {
	path := filepath.Join(l.path, name)
	there, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mine, err2 := f.(*osFile).Stat()
	if err2 != nil {
		return err2
	}
	if err != nil || !os.SameFile(there, mine) {
		return fmt.Errorf("%s has been removed or replaced while in use", path)
	}
	return nil
}

type osFile struct {
	*os.File
	hook func(*os.File) error
}

func (f *osFile) sync() error {
	if f.hook != nil {
		return f.hook(f.File)
	}
	return datasync(f.File)
}
