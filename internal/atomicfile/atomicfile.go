//go:build unix

package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// TempPrefix begins the name of every file that is not committed yet.
const TempPrefix = ".tmp-nestos."

// Sync says how much is forced to the disk.
type Sync int

const (
	// SyncFull calls fsync for the file, then for its directory.
	SyncFull Sync = iota
	// SyncData calls fdatasync for the file, which may leave its times behind,
	// then fsync for the directory.
	SyncData
	// SyncNone forces nothing: atomic for readers, not for power failures.
	SyncNone
)

// Owner is a numeric owner of a file; -1 keeps the one that the system chose.
type Owner struct{ UID, GID int }

// Options adjusts how a file is replaced. The zero value, and nil, mean: path
// relative to the working directory, the process's owner, the present time,
// full synchronization, replace.
type Options struct {
	// Dir is the directory that a relative path starts from; nil is the
	// working directory.
	Dir *os.File
	// Owner is set on the new file; nil keeps the process's.
	Owner *Owner
	// ModTime is the modification and access time; zero is the time of writing.
	ModTime time.Time
	// Sync says what is forced to the disk.
	Sync Sync
	// NoReplace makes an existing destination an error (fs.ErrExist).
	NoReplace bool
}

// File is a file that becomes visible under its name with [File.Commit]. The
// methods of the embedded os.File write it; do not close it by hand.
type File struct {
	*os.File
	place place
	temp  string
	mode  fs.FileMode
	opts  Options
	done  bool
}

// WriteFile replaces the file at path by one with the given content and mode
// (permission bits, fs.ModeSetuid, fs.ModeSetgid and fs.ModeSticky).
func WriteFile(path string, data []byte, mode fs.FileMode, opts *Options) error {
	f, err := Create(path, mode, opts)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// WriteReader is [WriteFile] for a stream, which is read to its end.
func WriteReader(path string, r io.Reader, mode fs.FileMode, opts *Options) error {
	f, err := Create(path, mode, opts)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := io.Copy(f, r); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Commit()
}

// Create begins the replacement of the file at path, whose directory must
// exist. The file is open for reading and writing. [File.Commit] must follow;
// `defer f.Abort()` covers the ways out before it.
func Create(path string, mode fs.FileMode, opts *Options) (*File, error) {
	o := orZero(opts)
	p, err := openPlace(path, o.Dir)
	if err != nil {
		return nil, err
	}
	var fd int
	temp, err := p.unique(func(name string) error {
		fd, err = p.openat(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		return err
	})
	if err != nil {
		p.close()
		return nil, &fs.PathError{Op: "create", Path: path, Err: err}
	}
	name := joinName(p.display, temp)
	return &File{File: os.NewFile(uintptr(fd), name), place: p, temp: temp, mode: mode, opts: o}, nil
}

// Commit makes the file durable and visible, in the order that the package
// documentation gives, and closes it. After an error before the rename the
// destination is as it was.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	if err := f.prepare(); err != nil {
		f.Abort()
		return fmt.Errorf("writing %s: %w", f.place.path, err)
	}
	if err := f.place.rename(f.temp, f.opts.NoReplace); err != nil {
		f.Abort()
		return err
	}
	f.done = true
	defer f.place.close()
	return f.place.sync(f.opts.Sync)
}

func (f *File) prepare() error {
	if o := f.opts.Owner; o != nil {
		if err := f.Chown(o.UID, o.GID); err != nil {
			return err
		}
	}
	if err := f.Chmod(f.mode); err != nil {
		return err
	}
	if err := f.place.chtimes(f.temp, f.opts.ModTime); err != nil {
		return err
	}
	if err := syncFile(f.File, f.opts.Sync); err != nil {
		return err
	}
	return f.File.Close()
}

// Abort removes the uncommitted file. It does nothing after [File.Commit].
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.File.Close()
	_ = unix.Unlinkat(f.place.fd(), f.temp, 0)
	f.place.close()
}

// Close is [File.Abort]: closing without Commit discards the file.
func (f *File) Close() error {
	f.Abort()
	return nil
}

// Symlink replaces whatever is at path, unless it is a directory, by a
// symbolic link with the given target.
func Symlink(target, path string, opts *Options) error {
	o := orZero(opts)
	p, err := openPlace(path, o.Dir)
	if err != nil {
		return err
	}
	defer p.close()
	temp, err := p.unique(func(name string) error { return unix.Symlinkat(target, p.fd(), name) })
	if err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: path, Err: err}
	}
	if err := p.finishLink(temp, &o); err != nil {
		_ = unix.Unlinkat(p.fd(), temp, 0)
		return err
	}
	return p.sync(o.Sync)
}

func (p place) finishLink(temp string, o *Options) error {
	if o.Owner != nil {
		if err := unix.Fchownat(p.fd(), temp, o.Owner.UID, o.Owner.GID, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return &fs.PathError{Op: "lchown", Path: p.path, Err: err}
		}
	}
	if err := p.chtimes(temp, o.ModTime); err != nil {
		return err
	}
	return p.rename(temp, o.NoReplace)
}

// RemoveStale removes the uncommitted files directly in dir that were last
// written more than age ago, the leavings of killed runs, and returns their
// names. Files of running writers must be younger than age.
func RemoveStale(dir string, age time.Duration) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var removed []string
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), TempPrefix) || e.IsDir() {
			continue
		}
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < age {
			continue // gone, or in use
		}
		if err := os.Remove(path.Join(dir, e.Name())); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, e.Name())
	}
	return removed, errors.Join(errs...)
}

func orZero(opts *Options) Options {
	if opts == nil {
		return Options{}
	}
	return *opts
}

// tempName keeps the destination's name readable within the 255 bytes of a name.
func tempName(base string) string {
	const limit = 200
	if len(base) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(base[cut]) {
			cut--
		}
		base = base[:cut]
	}
	return TempPrefix + base + "." + strings.ToLower(rand.Text()[:12])
}
