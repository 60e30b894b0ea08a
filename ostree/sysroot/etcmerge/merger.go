//go:build unix

package etcmerge

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// tree is target as a merge sees and changes it: the one on disk, or a model of it. Paths have no links in
// them but in the last place. from is a path in modified.
type tree interface {
	lstat(path string) (entry, error)
	removeAll(path string) error
	unlink(path string) error
	mkdir(path string) error
	stamp(path, from string) error                     // owner, mode and attributes of a directory
	copy(ctx context.Context, path, from string) error // a file, link or whole directory, to a free path
	ignore(name string)
	removeOutside(path string) // a removal that has nothing to do
}

// merger applies changes to a tree.
type merger struct {
	ctx  context.Context
	from func(path string) (entry, error) // lstat in modified
	t    tree
	// copied is the added directory that was copied last, whose contents follow in the list.
	copied string
}

// apply runs all changes; conflict decides whether to go on after one.
func (m *merger) apply(c *Changes, onConflict func(*conflict) error) error {
	type step struct {
		paths []string
		do    func(string) error
	}
	for _, s := range []step{{c.Removed, m.remove}, {c.Modified, m.bring}, {c.Added, m.bring}} {
		for _, p := range s.paths {
			if err := m.ctx.Err(); err != nil {
				return err
			}
			err := s.do(p)
			var conflict *conflict
			if errors.As(err, &conflict) {
				err = onConflict(conflict)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merger) remove(p string) error {
	dir, base := parentOf(p)
	dir, err := resolve(m.t, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errOutside):
		m.t.removeOutside(p)
		return nil
	case err != nil:
		return asConflict(p, errno.New("unlinkat", p, err), err)
	}
	return m.t.removeAll(path.Join(dir, base))
}

// bring copies a modified or added path.
func (m *merger) bring(p string) error {
	e, err := m.from(p)
	if err == nil && !e.exists {
		err = unix.ENOENT
	}
	if err != nil {
		return errno.Wrap("Reading modified config file", errno.New("fstatat", p, err))
	}
	if isBelow(p, m.copied) { // it is there already
		if !copyable(e) {
			m.t.ignore(p)
		}
		return nil
	}
	dir, base := parentOf(p)
	if dir != "" {
		if dir, err = m.ensure(p, dir); err != nil {
			return err
		}
	}
	to := path.Join(dir, base)
	old, err := m.t.lstat(to)
	switch {
	case err != nil:
		return errno.Wrap("fstatat", err)
	case old.exists && old.mode.IsDir() && e.mode.IsDir():
		return nil
	case old.exists && old.mode.IsDir():
		return newDirectory(p)
	case old.exists:
		if err := m.t.unlink(to); err != nil {
			return err
		}
	}
	if !copyable(e) {
		m.t.ignore(p)
		return nil
	}
	if e.mode.IsDir() {
		m.copied = p
	}
	return m.t.copy(m.ctx, to, p)
}

// ensure makes dir, the directory that holds p, and those above it that are missing in target, and returns its
// path without links. It gets the properties of its counterpart in modified.
func (m *merger) ensure(p, dir string) (string, error) {
	above, base := parentOf(dir)
	at, err := resolve(m.t, above)
	if errors.Is(err, fs.ErrNotExist) && above != "" {
		at, err = m.ensure(p, above)
		if err != nil {
			return "", err
		}
	}
	switch {
	case errors.Is(err, errOutside):
		return "", linkOutside(p, dir)
	case err != nil:
		return "", asConflict(p, errno.Wrap("mkdirat", err), err)
	}
	at = path.Join(at, base)
	e, err := m.t.lstat(at)
	switch {
	case err != nil:
		return "", errno.Wrap("mkdirat", err)
	case !e.exists:
		if err := m.t.mkdir(at); err != nil {
			return "", err
		}
	case !e.mode.IsDir():
		at, err = resolve(m.t, dir)
		if errors.Is(err, errOutside) {
			return "", linkOutside(p, dir)
		}
		if err != nil {
			return "", asConflict(p, errno.New("opendir", dir, err), err)
		}
	}
	return at, m.t.stamp(at, dir)
}

// asConflict makes a conflict of an error of resolve, if the defaults are to blame; text is the error's wording.
func asConflict(p string, text, err error) error {
	switch {
	case errors.Is(err, unix.ENOTDIR):
		return &conflict{p, NotDirectory, text.Error()}
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ELOOP):
		return &conflict{p, DanglingLink, text.Error()}
	}
	return text
}

func copyable(e entry) bool {
	return e.mode.IsRegular() || e.mode.IsDir() || e.mode&fs.ModeSymlink != 0
}

func isBelow(p, dir string) bool {
	return dir != "" && len(p) > len(dir) && p[:len(dir)] == dir && p[len(dir)] == '/'
}
