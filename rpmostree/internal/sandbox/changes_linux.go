package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"
)

// Changes lists what differs from Config.Root: parents before what is below them, the entries of a directory by
// name, first those of etc. What was only copied, and is as it was, is left out. It may be used between
// programs and after Close.
func (s *Session) Changes(ctx context.Context) iter.Seq2[*Change, error] {
	return func(yield func(*Change, error) bool) {
		if s.config.ReadWrite {
			yield(nil, fmt.Errorf("changes of a writable tree: %w", errors.ErrUnsupported))
			return
		}
		for _, name := range []string{"etc", "usr"} {
			w := &walker{ctx: ctx, session: s, layer: name, yield: yield}
			if err := w.start(); err != nil {
				if err != errStop {
					yield(nil, fmt.Errorf("changes of scripts: %w", err))
				}
				return
			}
		}
	}
}

// Lstat describes an entry of Config.Root with the owner and the attributes that Changes would give it. It is for trees
// with Config.ReadWrite, whose changes the caller finds. name is relative to the root and goes through no links.
func (s *Session) Lstat(name string) (*Stat, error) {
	root, err := os.OpenFile(s.config.Root, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	how := unix.OpenHow{Flags: unix.O_DIRECTORY | unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(int(root.Fd()), path.Dir(name), &how)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path.Dir(name), Err: err}
	}
	dir := os.NewFile(uintptr(fd), path.Dir(name))
	defer dir.Close()
	w := &walker{session: s}
	st, err := w.lstat(dir, path.Base(name))
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return st, nil
}

func (w *walker) lstat(dir *os.File, name string) (*Stat, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, err
	}
	mode := st.Mode
	restore, err := w.access(dir, name, &st)
	if err != nil {
		return nil, err
	}
	defer restore()
	s := new(Stat)
	err = w.statAt(s, dir, name, &st)
	s.Mode = mode // before access
	return s, err
}

// errStop ends a walk whose consumer wants no more.
var errStop = errors.New("stop")

// walker goes through a writable layer. Directories are held open and entries opened in them without following
// links, so it does not matter what programs made of the names.
type walker struct {
	ctx     context.Context
	session *Session
	layer   string
	yield   func(*Change, error) bool
}

func (w *walker) start() error {
	upper, err := os.OpenFile(path.Join(w.session.config.Upper, layersDir, w.layer), unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer upper.Close()
	lower, err := os.OpenFile(path.Join(w.session.config.Root, w.layer), unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		lower, err = nil, nil
	}
	if err != nil {
		return err
	}
	if lower != nil {
		defer lower.Close()
	}
	if err := w.root(upper, lower); err != nil {
		return err
	}
	return w.dir(upper, lower, w.layer)
}

// root reports usr or etc itself.
func (w *walker) root(upper, lower *os.File) error {
	c := &Change{Path: w.layer, Kind: Dir}
	var st unix.Stat_t
	if err := unix.Fstat(int(upper.Fd()), &st); err != nil {
		return err
	}
	if err := w.fillStat(&c.Stat, &st, fdPath(int(upper.Fd()))); err != nil {
		return err
	}
	if lower == nil {
		return nil
	}
	if err := unix.Fstat(int(lower.Fd()), &st); err != nil {
		return err
	}
	c.Lower = new(Stat)
	if err := w.fillStat(c.Lower, &st, fdPath(int(lower.Fd()))); err != nil {
		return err
	}
	if c.sameAttrs(c.Lower) {
		return nil
	}
	return w.report(c)
}

func (w *walker) report(c *Change) error {
	if !w.yield(c, nil) {
		return errStop
	}
	return nil
}

// dir reports what is in upper. lower is the directory that it covers, if it does.
func (w *walker) dir(upper, lower *os.File, name string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	names, err := upper.Readdirnames(-1)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, n := range names {
		if err := w.entry(upper, lower, n, name+"/"+n); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) entry(upper, lower *os.File, name, full string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(int(upper.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &fs.PathError{Op: "stat", Path: full, Err: err}
	}
	restore, err := w.access(upper, name, &st)
	if err != nil {
		return &fs.PathError{Op: "chmod", Path: full, Err: err}
	}
	defer restore()
	c, err := w.describe(upper, name, full, &st)
	if err != nil {
		return err
	}
	if err := w.describeLower(c, lower, name); err != nil {
		return err
	}
	switch c.Kind {
	case Dir:
		return w.subdir(c, upper, lower, name)
	case Removed:
		if lower != nil && c.Lower == nil {
			return nil // it was made and removed again
		}
	case File:
		c.open = func() (*os.File, error) { return w.open(upper, name, full) }
		if same, err := w.sameFile(c, lower, name); err != nil || same {
			return err
		}
	case Symlink:
		if c.Lower != nil && c.sameAttrs(c.Lower) {
			old, err := readlinkAt(lower, name, c.Lower.Size)
			if err != nil {
				return err
			}
			if old == c.Target {
				return nil
			}
		}
	case Special:
		if c.Lower != nil && c.Lower.Ino == c.Ino && c.Lower.Dev == c.Dev {
			return nil
		}
	}
	return w.report(c)
}

// access lets an ordinary user read what has no permission for its owner, until the function that it returns is
// called. To root, and in the sandbox, permissions do not matter.
func (w *walker) access(dir *os.File, name string, st *unix.Stat_t) (restore func(), err error) {
	need := uint32(0)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		need = 0o700
	case unix.S_IFREG:
		need = 0o400
	}
	if !w.session.userNS || st.Mode&need == need {
		return func() {}, nil
	}
	fd, err := openAt(int(dir.Fd()), name, 0)
	if err != nil {
		return nil, err
	}
	mode := st.Mode & 0o7777
	if err := unix.Chmod(fdPath(fd), mode|need); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return func() {
		unix.Chmod(fdPath(fd), mode)
		unix.Close(fd)
	}, nil
}

// describe tells what an entry of the writable layer is.
func (w *walker) describe(upper *os.File, name, full string, st *unix.Stat_t) (*Change, error) {
	c := &Change{Path: full}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		c.Kind = File
	case unix.S_IFDIR:
		c.Kind = Dir
	case unix.S_IFLNK:
		c.Kind = Symlink
	case unix.S_IFCHR:
		if st.Rdev == 0 {
			return c, nil // a whiteout: Removed
		}
		c.Kind = Special
	default:
		c.Kind = Special
	}
	mode := st.Mode
	if err := w.statAt(&c.Stat, upper, name, st); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: full, Err: err}
	}
	c.Mode = mode // before access
	var err error
	if c.Kind == Symlink {
		c.Target, err = readlinkAt(upper, name, st.Size)
	}
	if c.Kind == Dir {
		c.Opaque, err = w.opaque(upper, name)
	}
	return c, err
}

// describeLower tells what the tree has in its place.
func (w *walker) describeLower(c *Change, lower *os.File, name string) error {
	if lower == nil {
		return nil
	}
	var st unix.Stat_t
	err := unix.Fstatat(int(lower.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return &fs.PathError{Op: "stat", Path: c.Path, Err: err}
	}
	c.Lower = new(Stat)
	return w.statAt(c.Lower, lower, name, &st)
}

func (w *walker) subdir(c *Change, upper, lower *os.File, name string) error {
	covers := c.Lower != nil && c.Lower.Mode&unix.S_IFMT == unix.S_IFDIR && !c.Opaque
	if !covers || !c.sameAttrs(c.Lower) {
		if err := w.report(c); err != nil {
			return err
		}
	}
	up, err := openFileAt(upper, name, unix.O_DIRECTORY)
	if err != nil {
		return &fs.PathError{Op: "open", Path: c.Path, Err: err}
	}
	defer up.Close()
	if !covers {
		return w.dir(up, nil, c.Path)
	}
	low, err := openFileAt(lower, name, unix.O_DIRECTORY)
	if err != nil {
		return &fs.PathError{Op: "open", Path: c.Path, Err: err}
	}
	defer low.Close()
	return w.dir(up, low, c.Path)
}

// sameFile tells whether a file was copied but is as it was.
func (w *walker) sameFile(c *Change, lower *os.File, name string) (bool, error) {
	if c.Lower == nil || c.Size != c.Lower.Size || !c.sameAttrs(c.Lower) {
		return false, nil
	}
	now, err := c.open()
	if err != nil {
		return false, err
	}
	defer now.Close()
	before, err := openFileAt(lower, name, unix.O_NONBLOCK)
	if errors.Is(err, unix.EACCES) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer before.Close()
	return sameContent(w.ctx, now, before)
}

func sameContent(ctx context.Context, a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		end, end2 := err == io.EOF || err == io.ErrUnexpectedEOF, err2 == io.EOF || err2 == io.ErrUnexpectedEOF
		switch {
		case err != nil && !end:
			return false, err
		case err2 != nil && !end2:
			return false, err2
		case end || end2:
			return end && end2, nil
		}
	}
}

func (w *walker) open(dir *os.File, name, full string) (*os.File, error) {
	f, err := openFileAt(dir, name, unix.O_NONBLOCK)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: full, Err: err}
	}
	return f, nil
}

func openFileAt(dir *os.File, name string, flags int) (*os.File, error) {
	fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NOCTTY|flags, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func readlinkAt(dir *os.File, name string, size int64) (string, error) {
	b := make([]byte, max(size, 0)+1)
	if size > unix.PathMax {
		b = b[:unix.PathMax]
	}
	n, err := unix.Readlinkat(int(dir.Fd()), name, b)
	if err != nil {
		return "", err
	}
	return string(b[:n]), nil
}
