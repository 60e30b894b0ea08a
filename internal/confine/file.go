//go:build unix

package confine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// ErrNotRegular is returned by [Root.ReadFile], [ReadRegular] and [Root.CopyFile] for devices,
// FIFOs and sockets, which could block or never end.
var ErrNotRegular = errors.New("not a regular file")

// Open opens the named file for reading.
//
// Entries read from an open directory find their FileInfo through the
// directory's name, outside of the root's protection: list directories with
// [Root.ReadDir] where FileInfos are wanted. Opening a FIFO waits for a
// writer, use [Root.OpenFile] with unix.O_NONBLOCK for names that anybody may
// have made.
func (r *Root) Open(name string) (*os.File, error) { return r.OpenFile(name, os.O_RDONLY, 0) }

// Create creates or truncates the named file with mode 0666 (exactly).
func (r *Root) Create(name string) (*os.File, error) {
	return r.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile opens the named file with the flags of os.OpenFile, to which those
// of open(2) may be added. A file that it creates has exactly the given mode;
// the target of a dangling link is created inside the root.
func (r *Root) OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	fd, err := r.openFile(name, flag, unixMode(mode))
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return os.NewFile(uintptr(fd), r.display(name)), nil
}

// openFile learns whether it creates the file by trying O_EXCL first, as only
// a new file gets its mode.
func (r *Root) openFile(name string, flag int, mode uint32) (int, error) {
	if flag&os.O_CREATE == 0 {
		return r.open(name, flag, 0)
	}
	for range maxRetries {
		fd, err := r.open(name, flag|os.O_EXCL, mode&0o777)
		if err == nil {
			return r.fixNewFile(fd, mode)
		}
		if flag&os.O_EXCL != 0 || !errors.Is(err, unix.EEXIST) {
			return -1, err
		}
		fd, err = r.open(name, flag&^os.O_CREATE, 0)
		if !errors.Is(err, unix.ENOENT) {
			return fd, err
		}
		if target, err := r.linkTarget(name); err == nil {
			name = target
		}
	}
	return -1, unix.ELOOP
}

// linkTarget rewrites a name whose last component is a link to the name that
// the link refers to, still relative to the root.
func (r *Root) linkTarget(name string) (string, error) {
	a, err := r.entry(name)
	if err != nil {
		return "", err
	}
	defer a.close()
	target, err := readlinkat(a.dir, a.name)
	if err != nil || target == "" {
		return "", unix.EINVAL
	}
	if target[0] == '/' {
		return target, nil
	}
	return parentOf(name) + target, nil
}

func (r *Root) fixNewFile(fd int, mode uint32) (int, error) {
	if err := unix.Fchmod(fd, mode); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// ReadFile reads the named regular file whole.
func (r *Root) ReadFile(name string) ([]byte, error) {
	f, err := r.openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (r *Root) openRegular(name string) (*os.File, error) {
	f, err := r.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = pathError("read", name, unix.EISDIR)
	} else if err == nil && !info.Mode().IsRegular() {
		err = pathError("read", name, ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadRegular reads an open file to its end, if it is a regular one of at most limit bytes: others are [ErrNotRegular],
// and an error that tells the limit. It is for names that anybody may have made, which are opened with unix.O_NONBLOCK.
func ReadRegular(f fs.File, limit int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	// The size may change, and in /proc it says nothing.
	data, err := io.ReadAll(io.LimitReader(f, min(limit, math.MaxInt64-1)+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, nil
}

// WriteFile replaces the named file atomically and durably by one with the
// given content and mode (see package atomicfile for the order). Unlike
// os.Root.WriteFile it replaces a link instead of writing through it.
func (r *Root) WriteFile(name string, data []byte, mode fs.FileMode) error {
	f, err := r.CreateAtomic(name, mode, nil)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// CreateAtomic begins the replacement of the named file; its content appears
// with Commit. opts.Dir is not used.
func (r *Root) CreateAtomic(name string, mode fs.FileMode, opts *atomicfile.Options) (*atomicfile.File, error) {
	var f *atomicfile.File
	err := r.atomically(name, opts, func(base string, opts *atomicfile.Options) (err error) {
		f, err = atomicfile.Create(base, mode, opts)
		return err
	})
	return f, err
}

// SymlinkAtomic replaces the named entry, which must not be a directory, by a
// link to target. opts.Dir is not used.
func (r *Root) SymlinkAtomic(target, name string, opts *atomicfile.Options) error {
	return r.atomically(name, opts, func(base string, opts *atomicfile.Options) error {
		return atomicfile.Symlink(target, base, opts)
	})
}

func (r *Root) atomically(name string, opts *atomicfile.Options, do func(string, *atomicfile.Options) error) error {
	a, err := r.entry(name)
	if err != nil {
		return pathError("create", name, err)
	}
	var o atomicfile.Options
	if opts != nil {
		o = *opts
	}
	if a.root != nil {
		o.Dir = a.root.dir
	} else {
		o.Dir = os.NewFile(uintptr(a.dir), r.display(parentOf(name)))
		defer o.Dir.Close()
	}
	return do(a.name, &o)
}

// CopyFile copies the content of the regular file oldname to the new file
// newname, which must not exist, sharing blocks where the file system can. It
// removes newname again if it fails.
func (r *Root) CopyFile(ctx context.Context, oldname, newname string, mode fs.FileMode) error {
	src, err := r.openRegular(oldname)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := r.OpenFile(newname, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = CopyData(ctx, dst, src)
	if err2 := dst.Close(); err == nil {
		err = err2
	}
	if err != nil {
		_ = r.Remove(newname)
	}
	return err
}

// CopyData copies the content of src to the empty file dst: by a reflink
// (FICLONE) where the file system has them, else inside the kernel, else
// through memory. Both must be at their beginning.
func CopyData(ctx context.Context, dst, src *os.File) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if reflink(dst, src) == nil {
		return nil
	}
	const step = 64 << 20
	for {
		switch _, err := io.CopyN(dst, src, step); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// SyncDir forces the entries of the named directory to the disk.
func (r *Root) SyncDir(name string) error {
	f, err := r.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
