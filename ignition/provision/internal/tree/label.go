//go:build unix

package tree

import (
	"maps"
	"path"
	"slices"
)

// Note remembers that what is at a resolved name needs a label, or, if directories
// above it are missing, the topmost of them. It must be called before the name is
// made.
func (t *Tree) Note(p string) error {
	if !t.opt.Relabel {
		return nil
	}
	for dir := path.Dir(p); !t.exists[dir]; dir = path.Dir(dir) {
		_, err := t.root.Stat(dir)
		if err == nil {
			t.exists[dir] = true
			break
		}
		if !Missing(err) {
			return t.outside(err)
		}
		p = dir
	}
	t.Label(p)
	return nil
}

// Label remembers that what is at a resolved name needs a label.
func (t *Tree) Label(p string) {
	if t.opt.Relabel {
		t.labels[p] = true
	}
}

// Labels returns the names that need labels and are there, sorted, as [Tree.Path]
// shows them.
func (t *Tree) Labels() ([]string, error) {
	var paths []string
	for _, p := range slices.Sorted(maps.Keys(t.labels)) {
		switch _, err := t.Lstat(p); {
		case err == nil:
			paths = append(paths, t.Path(p))
		case !Missing(err) && !notDirectory(err):
			return nil, err
		}
	}
	return paths, nil
}
