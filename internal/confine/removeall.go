//go:build unix

package confine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

const (
	// sweepBatch is the number of directory entries read at once.
	sweepBatch = 1024
	// sweepDirs bounds the subdirectory names held for one directory.
	sweepDirs = 4096
	// maxRescans bounds the passes over a directory that others fill meanwhile.
	maxRescans = 64
)

// RemoveAll removes an entry and, if it is a directory, what is below it; a
// missing entry is no error. Links are removed, never followed. It stops at
// mount points with EBUSY, having removed what it met before: what is mounted
// in a tree (a bind mount of somebody's data, say) is not part of it here.
// Depth is not limited by the number of open files.
func (r *Root) RemoveAll(name string) error {
	a, err := r.entry(name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return pathError("remove", name, err)
	}
	defer a.close()
	if a.name == "." {
		return pathError("remove", name, unix.EINVAL)
	}
	err = unix.Unlinkat(a.dir, a.name, 0)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if !mayBeDir(err) {
		return pathError("remove", name, err)
	}
	rm := remover{root: r, parent: a.dir}
	defer rm.close()
	return rm.run(a.name, name)
}

// mayBeDir reports whether unlink failed as it does for directories: EISDIR,
// and EPERM where POSIX is followed.
func mayBeDir(err error) bool {
	return errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM)
}

// remover walks a tree depth-first with one open directory. It goes back up
// through "..", and checks that it arrived where it came from.
type remover struct {
	root   *Root
	parent int // holds the topmost directory
	cur    *os.File
	stack  []level
}

type level struct {
	name     string
	dev, ino uint64
	dirs     []string // subdirectories found and not yet removed
	clean    bool     // the last sweep saw everything
	rescans  int
}

func (m *remover) close() {
	if m.cur != nil {
		m.cur.Close()
	}
}

func (m *remover) run(name, display string) error {
	if err := m.enter(m.parent, name); err != nil {
		return pathError("remove", display, err)
	}
	for len(m.stack) > 0 {
		if err := m.step(); err != nil {
			names := []string{display}
			for _, l := range m.stack[1:] {
				names = append(names, l.name)
			}
			return pathError("remove", path.Join(names...), err)
		}
	}
	return nil
}

// step enters a subdirectory, sweeps the current directory, or leaves it.
func (m *remover) step() error {
	top := &m.stack[len(m.stack)-1]
	if n := len(top.dirs); n > 0 {
		name := top.dirs[n-1]
		top.dirs = top.dirs[:n-1]
		return m.enter(int(m.cur.Fd()), name)
	}
	if !top.clean {
		return m.sweep(top)
	}
	return m.leave(top)
}

func (m *remover) enter(dir int, name string) error {
	fd, err := m.root.openChild(dir, name)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		err := unix.Unlinkat(dir, name, 0) // replaced by a file since
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return err
	case err != nil:
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	dev, ino, err := identity(fd)
	if err != nil {
		f.Close()
		return err
	}
	m.close()
	m.cur = f
	m.stack = append(m.stack, level{name: name, dev: dev, ino: ino})
	return nil
}

// sweep removes everything but directories, which it notes.
func (m *remover) sweep(top *level) error {
	if top.rescans++; top.rescans > 1 {
		if _, err := m.cur.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	for len(top.dirs) < sweepDirs {
		entries, err := m.cur.ReadDir(sweepBatch)
		for _, e := range entries {
			if e.IsDir() {
				top.dirs = append(top.dirs, e.Name())
				continue
			}
			err := unix.Unlinkat(int(m.cur.Fd()), e.Name(), 0)
			if err != nil && !errors.Is(err, unix.ENOENT) {
				if !mayBeDir(err) {
					return fmt.Errorf("%s: %w", e.Name(), err)
				}
				top.dirs = append(top.dirs, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			top.clean = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	top.rescans-- // progress is certain, as the noted directories go first
	return nil
}

func (m *remover) leave(top *level) error {
	up, err := m.openParent()
	if err != nil {
		return err
	}
	dir := m.parent
	if up != nil {
		dir = int(up.Fd())
	}
	err = unix.Unlinkat(dir, top.name, unix.AT_REMOVEDIR)
	if isNotEmpty(err) && top.rescans < maxRescans {
		if up != nil {
			up.Close()
		}
		top.clean = false
		return nil
	}
	m.close()
	m.cur = up
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	m.stack = m.stack[:len(m.stack)-1]
	return nil
}

func isNotEmpty(err error) bool {
	return errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST)
}

// openParent returns nil for the topmost directory, whose parent is at hand.
func (m *remover) openParent() (*os.File, error) {
	if len(m.stack) == 1 {
		return nil, nil
	}
	want := m.stack[len(m.stack)-2]
	fd, err := openRetry(int(m.cur.Fd()), "..", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	dev, ino, err := identity(fd)
	if err == nil && (dev != want.dev || ino != want.ino) {
		err = fmt.Errorf("moved while being removed: %w", unix.EBUSY)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), want.name), nil
}

func identity(fd int) (dev, ino uint64, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, 0, err
	}
	return uint64(st.Dev), st.Ino, nil
}
