package rootfs

import (
	"io/fs"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/ostree/object"
)

// maxLinks bounds the links followed in one name, as the kernel does.
const maxLinks = 40

// place is where a name leads: the entry called base in the last of dirs, if it is there. dirs are the
// directories from the root on, so that a change can mark all of them.
type place struct {
	dirs []*node
	path []string // names of dirs[1:]
	base string   // "" for the root itself
	node *node    // nil if there is no such entry
}

func (p *place) parent() *node { return p.dirs[len(p.dirs)-1] }

// name is the canonical name: without links, relative to the root.
func (p *place) name() string {
	if p.base == "" {
		return strings.Join(p.path, "/")
	}
	return strings.Join(append(p.path[:len(p.path):len(p.path)], p.base), "/")
}

// touch marks the directories as changed.
func (p *place) touch() {
	for _, d := range p.dirs {
		if d.dir.entries != nil { // else it is the root, of which only the attributes changed
			d.dir.tree = zero
		}
	}
}

// walker resolves one name. The names still to go are a stack, the next one last.
type walker struct {
	t      *Tree
	place  place
	todo   []string
	links  int
	follow bool // also in the last place
	create func(path []string) *node
}

func (w *walker) push(name string) {
	parts := strings.Split(name, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" && parts[i] != "." {
			w.todo = append(w.todo, parts[i])
		}
	}
}

// run goes from directory to directory until one name is left.
func (w *walker) run() error {
	w.place.dirs = []*node{w.t.root}
	for len(w.todo) > 0 {
		name := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		if name == ".." {
			if len(w.place.path) > 0 {
				w.place.path = w.place.path[:len(w.place.path)-1]
				w.place.dirs = w.place.dirs[:len(w.place.dirs)-1]
			}
			continue
		}
		done, err := w.step(name)
		if done || err != nil {
			return err
		}
	}
	// The name led to a directory that is already on the list: the root, or one reached by "..".
	w.place.node = w.place.parent()
	if n := len(w.place.path); n > 0 {
		w.place.base = w.place.path[n-1]
		w.place.path, w.place.dirs = w.place.path[:n-1], w.place.dirs[:n]
	}
	return nil
}

func (w *walker) step(name string) (done bool, err error) {
	last := len(w.todo) == 0
	entries, err := w.t.children(w.place.parent())
	if err != nil {
		return false, err
	}
	child := entries[name]
	switch {
	case child == nil && last:
		w.place.base = name
		return true, nil
	case child == nil && w.create != nil:
		if err := object.ValidateFilename(name); err != nil {
			return false, err
		}
		child = w.create(append(w.place.path[:len(w.place.path):len(w.place.path)], name))
		entries[name] = child
		w.place.touch()
	case child == nil:
		return false, syscall.ENOENT
	}
	if child.isDir() {
		if last {
			w.place.base, w.place.node = name, child
			return true, nil
		}
		w.enter(name, child)
		return false, nil
	}
	h, err := w.t.header(child)
	if err != nil {
		return false, err
	}
	if h.IsSymlink() && (!last || w.follow) {
		return false, w.followLink(h.Symlink)
	}
	if !last {
		return false, syscall.ENOTDIR
	}
	w.place.base, w.place.node = name, child
	return true, nil
}

func (w *walker) enter(name string, child *node) {
	w.place.path = append(w.place.path, name)
	w.place.dirs = append(w.place.dirs, child)
}

func (w *walker) followLink(target string) error {
	if w.links++; w.links > maxLinks {
		return syscall.ELOOP
	}
	if strings.HasPrefix(target, "/") {
		w.place.path, w.place.dirs = nil, []*node{w.t.root}
	}
	w.push(target)
	return nil
}

func (t *Tree) find(op, name string, follow bool) (*place, error) {
	w := walker{t: t, follow: follow}
	w.push(name)
	if err := w.run(); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return &w.place, nil
}

// get is find for something that must exist.
func (t *Tree) get(op, name string, follow bool) (*place, error) {
	p, err := t.find(op, name, follow)
	if err == nil && p.node == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: syscall.ENOENT}
	}
	return p, err
}

// Resolve returns the canonical form of a name: all links in its directories are followed, the last
// element is left as it is and need not exist.
func (t *Tree) Resolve(name string) (string, error) {
	p, err := t.find("resolve", name, false)
	if err != nil {
		return "", err
	}
	return p.name(), nil
}
