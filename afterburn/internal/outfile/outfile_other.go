//go:build unix && !linux

package outfile

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// Dir is a directory in which files are written. On this system the way to it is that of the kernel.
type Dir struct{ path string }

// Open opens a directory. With make, it and those above are made when they are missing.
func Open(path string, make bool) (*Dir, error) {
	if make {
		if err := os.MkdirAll(path, 0o777); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return &Dir{path}, nil
}

// Close does nothing.
func (d *Dir) Close() error { return nil }

// Write replaces a file of the directory.
func (d *Dir) Write(name string, data []byte, mode fs.FileMode) error {
	return atomicfile.WriteFile(filepath.Join(d.path, name), data, mode, nil)
}

// Write replaces the file at path; directories above it are made.
func Write(path string, data []byte, mode fs.FileMode) error {
	d, err := Open(filepath.Dir(path), true)
	if err != nil {
		return err
	}
	return d.Write(filepath.Base(path), data, mode)
}
