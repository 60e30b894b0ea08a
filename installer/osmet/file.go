package osmet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/bincode"
)

// File is an osmet file that was read up to the packed image.
type File struct {
	Header
	Layout

	data   io.ReaderAt
	packed int64 // where the packed image begins
	size   int64 // of the file
	closer io.Closer
}

const bufferSize = 256 << 10

// NewFile reads an osmet file of size bytes.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	br := bincode.NewReader(bufio.NewReaderSize(io.NewSectionReader(r, 0, size), bufferSize))
	h, err := readHeader(br)
	if err != nil {
		return nil, err
	}
	l, err := readLayout(br)
	if err != nil {
		return nil, err
	}
	return &File{Header: *h, Layout: *l, data: r, packed: br.Offset(), size: size}, nil
}

// Open opens the osmet file at path. It must be closed.
func Open(path string) (*File, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	file, err := NewFile(f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	file.closer = f
	return file, nil
}

// Close closes the file, if [Open] or [Find] opened it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// errNotRegular reports what is no file with content.
var errNotRegular = errors.New("not a regular file")

// openRegular opens a file, if it is a regular one, which has a size.
func openRegular(path string) (*os.File, int64, error) {
	f, err := openNonblocking(path)
	if err != nil {
		return nil, 0, opening(path, err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		f.Close()
		return nil, 0, opening(path, err)
	}
	return f, st.Size(), nil
}

// opening has the text that coreos-installer has for it, before the bare errno.
func opening(path string, err error) error { return about("opening", path, err) }

func about(what, path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s %q: %w", what, path, err)
}

// Find opens the first of the regular files in dir, by name, whose image is for an architecture, as uname -m tells it, and a
// sector size; nil if there is none. A file that is no osmet file is an error, as is a directory that cannot be read.
func Find(dir, architecture string, sectorSize int) (*File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, about("walking", dir, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		h, err := headerOf(path)
		if err != nil {
			return nil, err
		}
		if h.Architecture == architecture && h.SectorSize == sectorSize {
			return Open(path)
		}
	}
	return nil, nil
}

func headerOf(path string) (*Header, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadHeader(bufio.NewReader(f))
}
