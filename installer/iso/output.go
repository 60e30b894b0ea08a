package iso

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/installer/flavour"
)

// SaveAs writes the image with its changes to a new file, which appears complete. An
// existing one is never replaced: that is fs.ErrExist. File systems that can share the
// unchanged parts of both files do. The new file has mode 0600, as it may hold secrets.
func (i *Image) SaveAs(ctx context.Context, path string) error {
	list, err := i.regions()
	if err != nil {
		return err
	}
	out, err := newOutput(path, i.flavour)
	if err != nil {
		return err
	}
	defer out.abort()
	if err := i.copyWhole(ctx, out.File); err != nil {
		return at(err, "copying input to temporary file")
	}
	for _, r := range list {
		if _, err := out.WriteAt(r.data, r.offset); err != nil {
			return at(err, "writing %d bytes at %d", len(r.data), r.offset)
		}
	}
	if err := out.commit(); err != nil {
		return at(err, "persisting output file to %s", path)
	}
	return nil
}

func (i *Image) copyWhole(ctx context.Context, dst *os.File) error {
	if i.file != nil && clone(dst, i.file) {
		return nil
	}
	return i.copyRange(ctx, dst, 0, i.size)
}

// copyRange appends a part of the image to dst.
func (i *Image) copyRange(ctx context.Context, dst *os.File, offset, length int64) error {
	if i.file != nil {
		n, err := copyInKernel(ctx, dst, i.file, offset, length)
		if err != nil || n == length {
			return err
		}
		offset += n
		length -= n
	}
	r := io.NewSectionReader(i.r, offset, length)
	buf := make([]byte, min(bufferSize, length))
	for length > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf[:min(int64(len(buf)), length)])
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if _, err := dst.Write(buf[:n]); err != nil {
			return err
		}
		length -= int64(n)
	}
	return nil
}

// output is a file beside its future place.
type output struct {
	*os.File
	path string // where it will be
	temp string
}

// newOutput creates the temporary file for path.
func newOutput(path string, f *flavour.Flavour) (*output, error) {
	if path == "" {
		return nil, fmt.Errorf("no parent directory of %s", path)
	}
	// Found out early; it is commit that makes sure.
	if _, err := os.Lstat(path); err == nil {
		return nil, at(syscall.EEXIST, "persisting output file to %s", path)
	}
	file, err := os.CreateTemp(parent(path), f.TempPrefix+"*")
	if err != nil {
		return nil, at(err, "creating temporary file")
	}
	return &output{File: file, path: path, temp: file.Name()}, nil
}

// parent returns the directory that a path is in. CreateTemp would take "" for another one.
func parent(path string) string { return filepath.Dir(strings.TrimRight(path, "/")) }

// abort removes the file unless it was committed.
func (o *output) abort() {
	if o.temp != "" {
		o.Close()
		os.Remove(o.temp)
	}
}

// commit makes the file durable and gives it its name.
func (o *output) commit() error {
	if err := o.Sync(); err != nil {
		return err
	}
	if err := o.Close(); err != nil {
		return err
	}
	if err := renameNoReplace(o.temp, o.path); err != nil {
		return err
	}
	o.temp = ""
	return syncDir(parent(o.path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// linkNoReplace renames a file in two steps.
func linkNoReplace(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}
