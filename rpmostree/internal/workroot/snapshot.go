package workroot

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"golang.org/x/sys/unix"
)

// snapshot remembers the files of a private copy, to find later what changed. The time of the last
// status change cannot be set by programs, so it tells.
type snapshot struct {
	dir  string
	seen map[string]unix.Stat_t
	// describe returns owner and attributes as programs see them.
	describe func(path string) (*sandbox.Stat, error)
}

// tick is longer than the steps in which kernels count the time of file systems.
const tick = 20 * time.Millisecond

// watched are the parts of a tree that programs can change.
var watched = []string{"usr", "etc"}

// takeSnapshot looks at all files. It returns so much later that what is changed afterwards has another time.
func takeSnapshot(ctx context.Context, dir string) (*snapshot, error) {
	s := &snapshot{dir: dir}
	var err error
	if s.seen, err = s.scan(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(tick):
		return s, nil
	}
}

func (s *snapshot) scan() (map[string]unix.Stat_t, error) {
	found := map[string]unix.Stat_t{}
	for _, top := range watched {
		err := filepath.WalkDir(filepath.Join(s.dir, top), func(path string, _ fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path == filepath.Join(s.dir, top) {
				return nil
			}
			if err != nil {
				return err
			}
			var st unix.Stat_t
			if err := unix.Lstat(path, &st); err != nil {
				return err
			}
			found[strings.TrimPrefix(path, s.dir+"/")] = st
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// changes lists what differs from the snapshot, removals first, then by name.
func (s *snapshot) changes(ctx context.Context) iter.Seq2[*change, error] {
	return func(yield func(*change, error) bool) {
		now, err := s.scan()
		if err != nil {
			yield(nil, err)
			return
		}
		root, err := confine.OpenRoot(s.dir)
		if err != nil {
			yield(nil, err)
			return
		}
		defer root.Close()
		for _, path := range slices.Sorted(maps.Keys(s.seen)) {
			if _, ok := now[path]; !ok && !yield(&change{Change: sandbox.Change{Path: path, Kind: sandbox.Removed}}, nil) {
				return
			}
		}
		for _, path := range slices.Sorted(maps.Keys(now)) {
			st, old := now[path], s.seen[path]
			if st.Ino == old.Ino && st.Ctim == old.Ctim && st.Mode == old.Mode {
				continue
			}
			c, err := s.change(root, path, &st)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (s *snapshot) change(root *confine.Root, path string, st *unix.Stat_t) (*change, error) {
	now, err := s.describe(path)
	if err != nil {
		return nil, err
	}
	c := &change{Change: sandbox.Change{Path: path, Stat: *now}}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		c.Kind = sandbox.File
		c.open = func() (*os.File, error) { return openAnyway(root, path) }
	case unix.S_IFDIR:
		c.Kind = sandbox.Dir
	case unix.S_IFLNK:
		c.Kind = sandbox.Symlink
		target, err := root.Readlink(path)
		if err != nil {
			return nil, err
		}
		c.Target = target
	default:
		c.Kind = sandbox.Special
	}
	if old, ok := s.seen[path]; ok && old.Mode&unix.S_IFMT == st.Mode&unix.S_IFMT {
		lower := stat(&old)
		c.Lower = &lower
	}
	return c, nil
}

// openAnyway opens a file for reading, also one that its owner may not read.
func openAnyway(root *confine.Root, path string) (*os.File, error) {
	f, err := root.Open(path)
	if !errors.Is(err, fs.ErrPermission) {
		return f, err
	}
	i, err := root.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := root.Chmod(path, i.Mode()|0o400); err != nil {
		return nil, err
	}
	f, err = root.Open(path)
	return f, errors.Join(err, root.Chmod(path, i.Mode()))
}

func stat(st *unix.Stat_t) sandbox.Stat {
	return sandbox.Stat{
		Mode: uint32(st.Mode), UID: st.Uid, GID: st.Gid, Size: st.Size, MTime: st.Mtim.Sec,
		Dev: uint64(st.Dev), Ino: st.Ino, Nlink: uint64(st.Nlink),
	}
}
