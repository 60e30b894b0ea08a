package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
)

// ExtractOptions are the settings of [Package.Extract]. The zero value, like nil, creates the files with the owner of the
// process and without capabilities, which any user can do.
type ExtractOptions struct {
	// Owner returns the numbers of a file's owner and group. Nil leaves owners and file capabilities alone.
	Owner func(f *File) (uid, gid int, err error)
	// Skip leaves out files.
	Skip func(f *File) bool
	// Payload are the settings of the payload's reader.
	Payload PayloadOptions
}

// Extract unpacks the payload into the directory dir, with modes and times of the header, as rpm -i does without its
// scriptlets. Files that are in the way are replaced, directories and links to directories kept. Ghosts are not created.
//
// The directory is the root of all paths: neither names nor links, planted by the package or there before, lead out of
// it. Nothing is synchronized to the disk. After an error, the directory has a part of the files; a file with a wrong
// digest is not left there.
func (p *Package) Extract(ctx context.Context, dir string, opts *ExtractOptions) error {
	o := ExtractOptions{}
	if opts != nil {
		o = *opts
	}
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	r, err := p.Payload(&o.Payload)
	if err != nil {
		return err
	}
	defer r.Close()
	x := &extractor{root: root, o: &o, buf: make([]byte, 128<<10), moved: make(map[int]*File)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return x.setDirTimes()
		}
		if err != nil {
			return err
		}
		f, origin := x.choose(e)
		if f == nil {
			continue
		}
		if err := x.create(f, origin, r); err != nil {
			return fmt.Errorf("unpacking %s: %w", f.Path, err)
		}
	}
}

// extractor writes files below a directory.
type extractor struct {
	root *confine.Root
	o    *ExtractOptions
	buf  []byte
	dirs []*File // whose times are set at the end: each new file changes that of its directory
	// moved are the files that took the place of their sets' contents, which were left out, by the latter's index.
	moved map[int]*File
}

// choose returns the file to create for an entry, nil for none, and the file that it is a hard link to, if any. When the
// member of a set that the content comes with is left out, another one takes the content.
func (x *extractor) choose(e *Entry) (f, origin *File) {
	skip := func(f *File) bool { return x.o.Skip != nil && x.o.Skip(f) }
	if e.HardlinkTo == nil {
		if !skip(e.File) {
			return e.File, nil
		}
		for _, other := range e.Links {
			if !skip(other) {
				x.moved[e.File.Index] = other
				return other, nil
			}
		}
		return nil, nil
	}
	origin = e.HardlinkTo
	if moved := x.moved[origin.Index]; moved != nil {
		origin = moved
	}
	if e.File == origin || skip(e.File) {
		return nil, nil
	}
	return e.File, origin
}

func (x *extractor) create(f, origin *File, r io.Reader) error {
	if origin != nil {
		return x.place(f, func() error { return x.root.Link(origin.Path, f.Path) })
	}
	switch f.Mode & ModeType {
	case ModeRegular:
		return x.regular(f, r)
	case ModeDir:
		return x.dir(f)
	case ModeSymlink:
		if err := x.place(f, func() error { return x.root.Symlink(f.LinkTo, f.Path) }); err != nil {
			return err
		}
		return x.finish(f)
	case ModeCharDev, ModeBlockDev, ModeFIFO, ModeSocket:
		if err := x.place(f, func() error { return x.root.Mknod(f.Path, f.FileMode(), deviceNumber(f.Rdev)) }); err != nil {
			return err
		}
		return x.finish(f)
	}
	return payloadError("mode %o", f.Mode)
}

// place creates something under a file's path. What is in the way is removed, directories above it are created.
func (x *extractor) place(f *File, create func() error) error {
	err := create()
	if errors.Is(err, fs.ErrNotExist) {
		if err := x.root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
			return err
		}
		err = create()
	}
	if errors.Is(err, fs.ErrExist) {
		if err := x.root.Remove(f.Path); err != nil {
			return err
		}
		err = create()
	}
	return err
}

func (x *extractor) dir(f *File) error {
	err := x.place(f, func() error {
		err := x.root.Mkdir(f.Path, f.FileMode()&^fs.ModeDir)
		if errors.Is(err, fs.ErrExist) {
			if info, serr := x.root.Stat(f.Path); serr == nil && info.IsDir() {
				return nil
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if info, err := x.root.Lstat(f.Path); err != nil || !info.IsDir() {
		return err // a link to a directory that was there: that directory has its own owner and mode
	}
	x.dirs = append(x.dirs, f)
	if err := x.chown(f); err != nil {
		return err
	}
	return x.root.Chmod(f.Path, f.FileMode())
}

// regular writes a file under its name, or under a temporary one that takes its place at the end if the name exists.
func (x *extractor) regular(f *File, r io.Reader) error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	name, perm := f.Path, fs.FileMode(0o600)
	if x.keepsMode(f) {
		perm = f.FileMode()
	}
	out, err := x.root.OpenFile(name, flags, perm)
	if errors.Is(err, fs.ErrNotExist) {
		if err := x.root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		out, err = x.root.OpenFile(name, flags, perm)
	}
	if errors.Is(err, fs.ErrExist) {
		if name, err = x.temporary(f.Path); err != nil {
			return err
		}
		out, err = x.root.OpenFile(name, flags, perm)
	}
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{r}, x.buf)
	err = errors.Join(err, out.Close())
	if err == nil {
		moved := *f
		moved.Path = name
		err = x.finish(&moved)
	}
	if err == nil && name != f.Path {
		err = x.root.Rename(name, f.Path)
	}
	if err != nil {
		return errors.Join(err, x.root.Remove(name))
	}
	return nil
}

// keepsMode reports whether a regular file can be created with its mode at once: nothing that follows clears a bit of it.
func (x *extractor) keepsMode(f *File) bool {
	return f.IsRegular() && x.o.Owner == nil && f.Mode&modePermBits&^0o777 == 0
}

// temporary returns a free name beside a file, in rpm's style. Long names are cut.
func (x *extractor) temporary(name string) (string, error) {
	dir, base := path.Split(name)
	if len(base) > 240 {
		base = base[:240]
	}
	for i := range 10000 {
		candidate := fmt.Sprintf("%s%s;%08x", dir, base, i)
		if _, err := x.root.Lstat(candidate); errors.Is(err, fs.ErrNotExist) {
			return candidate, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("no free temporary name for %s", name)
}

// finish sets owner, mode, capabilities and time, in this order: a change of the owner clears some of the others.
func (x *extractor) finish(f *File) error {
	if err := x.chown(f); err != nil {
		return err
	}
	if !f.IsSymlink() && !x.keepsMode(f) {
		if err := x.root.Chmod(f.Path, f.FileMode()); err != nil {
			return err
		}
	}
	if x.o.Owner != nil && f.Caps != "" {
		caps, err := ParseCaps(f.Caps)
		if err != nil {
			return err
		}
		if caps != nil {
			if err := x.root.LSetXattr(f.Path, CapsXattr, caps); err != nil {
				return err
			}
		}
	}
	return x.setTime(f)
}

func (x *extractor) chown(f *File) error {
	if x.o.Owner == nil {
		return nil
	}
	uid, gid, err := x.o.Owner(f)
	if err != nil {
		return err
	}
	return x.root.Lchown(f.Path, uid, gid)
}

func (x *extractor) setTime(f *File) error {
	t := time.Unix(int64(f.MTime), 0)
	return x.root.Lchtimes(f.Path, t, t)
}

func (x *extractor) setDirTimes() error {
	for i := len(x.dirs) - 1; i >= 0; i-- {
		if err := x.setTime(x.dirs[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// FileMode returns the file's mode as package io/fs has it.
func (f *File) FileMode() fs.FileMode {
	m := fs.FileMode(f.Mode & 0o777)
	switch f.Mode & ModeType {
	case ModeDir:
		m |= fs.ModeDir
	case ModeSymlink:
		m |= fs.ModeSymlink
	case ModeFIFO:
		m |= fs.ModeNamedPipe
	case ModeSocket:
		m |= fs.ModeSocket
	case ModeBlockDev:
		m |= fs.ModeDevice
	case ModeCharDev:
		m |= fs.ModeDevice | fs.ModeCharDevice
	}
	if f.Mode&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	if f.Mode&0o2000 != 0 {
		m |= fs.ModeSetgid
	}
	if f.Mode&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// deviceNumber turns a number of 16 bits into one of Linux's: the bits above them are zero, so the lower ones agree.
func deviceNumber(rdev uint32) uint64 { return uint64(rdev & 0xffff) }
