//go:build unix

package kernel

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

const (
	// copyBuffer is the size of single reads: kernels and initramfs have tens
	// of megabytes.
	copyBuffer = 1 << 20
	// maxDepth bounds directories of device trees; real ones have two levels.
	maxDepth = 32
)

type hasher struct {
	ctx  context.Context
	root *confine.Root
	sum  hash.Hash
	buf  []byte
}

func (h *hasher) file(name string) error {
	f, _, err := openRegular(h.root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := copyBytes(h.ctx, h.sum, f, h.buf); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// dir hashes all that is not a directory, each directory in bytewise order of
// its names. What a link refers to counts, a dangling one does not.
func (h *hasher) dir(name string, depth int) error {
	entries, err := readDir(h.root, name, depth)
	if err != nil {
		return err
	}
	for _, e := range entries {
		sub := path.Join(name, e.Name())
		if e.IsDir() {
			err = h.dir(sub, depth+1)
		} else if err = h.file(sub); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readDir(root *confine.Root, name string, depth int) ([]fs.DirEntry, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: more than %d levels of directories", name, maxDepth)
	}
	entries, err := root.ReadDir(name)
	if err != nil {
		return nil, errno.New("opendir", name, err)
	}
	return entries, nil
}

// openRegular opens a regular file, following links, without ever waiting for
// the other end of a FIFO.
func openRegular(root *confine.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, errno.New("openat", name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", name, confine.ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func copyBytes(ctx context.Context, dst io.Writer, src io.Reader, buf []byte) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := src.Read(buf)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
