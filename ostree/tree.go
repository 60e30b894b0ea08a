package ostree

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

// Tree is a directory tree in memory that is to become a commit. A part that was taken from a
// repository is only loaded when something below it is looked at or changed. A Tree must not be used
// by several goroutines at the same time.
type Tree struct {
	meta  object.Checksum // dirmeta; zero if not set
	files map[string]object.Checksum
	dirs  map[string]*Tree

	repo   *Repo           // where stored comes from
	stored object.Checksum // dirtree of an unloaded directory; zero once loaded
}

// NewTree returns an empty directory without dirmeta.
func NewTree() *Tree {
	return &Tree{files: map[string]object.Checksum{}, dirs: map[string]*Tree{}}
}

// Tree returns the tree of a dirtree and a dirmeta object.
func (r *Repo) Tree(tree, meta object.Checksum) *Tree {
	return &Tree{meta: meta, repo: r, stored: tree}
}

// CommitTree returns the tree of a commit.
func (r *Repo) CommitTree(c object.Checksum) (*Tree, error) {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return nil, err
	}
	return r.Tree(commit.Tree, commit.Meta), nil
}

func (t *Tree) load() error {
	if t.stored.IsZero() {
		return nil
	}
	dt, err := t.repo.LoadDirTree(t.stored)
	if err != nil {
		return err
	}
	t.files = make(map[string]object.Checksum, len(dt.Files))
	t.dirs = make(map[string]*Tree, len(dt.Dirs))
	for _, f := range dt.Files {
		t.files[f.Name] = f.Checksum
	}
	for _, d := range dt.Dirs {
		t.dirs[d.Name] = t.repo.Tree(d.Tree, d.Meta)
	}
	t.stored = object.Checksum{}
	return nil
}

// Meta returns the checksum of the directory's dirmeta object, zero if none was set.
func (t *Tree) Meta() object.Checksum { return t.meta }

// SetMeta sets the dirmeta object of the directory.
func (t *Tree) SetMeta(c object.Checksum) { t.meta = c }

// SetFile adds or replaces a file. A directory of that name is an error.
func (t *Tree) SetFile(name string, c object.Checksum) error {
	if err := object.ValidateFilename(name); err != nil {
		return err
	}
	if err := t.load(); err != nil {
		return err
	}
	if t.dirs[name] != nil {
		return fmt.Errorf("Can't replace directory with file: %s", name)
	}
	t.files[name] = c
	return nil
}

// EnsureDir returns the subdirectory of that name, made without a dirmeta if it is not there. A file
// of that name is an error.
func (t *Tree) EnsureDir(name string) (*Tree, error) {
	if err := object.ValidateFilename(name); err != nil {
		return nil, err
	}
	if err := t.load(); err != nil {
		return nil, err
	}
	if _, ok := t.files[name]; ok {
		return nil, fmt.Errorf("Can't replace file with directory: %s", name)
	}
	d := t.dirs[name]
	if d == nil {
		d = NewTree()
		t.dirs[name] = d
	}
	return d, nil
}

// File returns the checksum of the file of that name.
func (t *Tree) File(name string) (c object.Checksum, ok bool, err error) {
	if err := t.load(); err != nil {
		return c, false, err
	}
	c, ok = t.files[name]
	return c, ok, nil
}

// Dir returns the subdirectory of that name, nil if there is none.
func (t *Tree) Dir(name string) (*Tree, error) {
	if err := t.load(); err != nil {
		return nil, err
	}
	return t.dirs[name], nil
}

// Remove deletes a file or a directory with everything below it; false if there was none.
func (t *Tree) Remove(name string) (bool, error) {
	if err := t.load(); err != nil {
		return false, err
	}
	_, isFile := t.files[name]
	_, isDir := t.dirs[name]
	delete(t.files, name)
	delete(t.dirs, name)
	return isFile || isDir, nil
}

// Names returns the names of files and of subdirectories, each sorted.
func (t *Tree) Names() (files, dirs []string, err error) {
	if err := t.load(); err != nil {
		return nil, nil, err
	}
	return slices.Sorted(maps.Keys(t.files)), slices.Sorted(maps.Keys(t.dirs)), nil
}

// Lookup walks a path of directories, "" and "/" being the tree itself; nil if one is missing.
func (t *Tree) Lookup(path string) (*Tree, error) {
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." {
			continue
		}
		d, err := t.Dir(name)
		if d == nil || err != nil {
			return nil, err
		}
		t = d
	}
	return t, nil
}

// Overlay puts another tree on top: its files replace, its directories merge and bring their dirmeta.
func (t *Tree) Overlay(o *Tree) error {
	if !o.meta.IsZero() {
		t.meta = o.meta
	}
	if len(t.files)+len(t.dirs) == 0 && t.stored.IsZero() && !o.stored.IsZero() {
		t.repo, t.stored = o.repo, o.stored
		return nil
	}
	if !o.stored.IsZero() && o.stored == t.stored {
		return nil
	}
	if err := o.load(); err != nil {
		return err
	}
	for name, c := range o.files {
		if err := t.SetFile(name, c); err != nil {
			return err
		}
	}
	for name, d := range o.dirs {
		mine, err := t.EnsureDir(name)
		if err != nil {
			return err
		}
		if err := mine.Overlay(d); err != nil {
			return err
		}
	}
	return nil
}

// WriteTree stores the dirtree objects of a tree and returns the checksums of its root.
func (x *Txn) WriteTree(t *Tree) (tree, meta object.Checksum, err error) {
	if t.meta.IsZero() {
		return tree, meta, fmt.Errorf("Can't commit an empty tree")
	}
	tree, err = x.writeTree(t)
	return tree, t.meta, err
}

func (x *Txn) writeTree(t *Tree) (object.Checksum, error) {
	if !t.stored.IsZero() {
		return t.stored, nil
	}
	dt := object.DirTree{}
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		dt.Files = append(dt.Files, object.FileEntry{Name: name, Checksum: t.files[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(t.dirs)) {
		d := t.dirs[name]
		if d.meta.IsZero() {
			return object.Checksum{}, fmt.Errorf("directory %s has no metadata", name)
		}
		c, err := x.writeTree(d)
		if err != nil {
			return c, err
		}
		dt.Dirs = append(dt.Dirs, object.DirEntry{Name: name, Tree: c, Meta: d.meta})
	}
	b := dt.Marshal()
	c, err := x.WriteMeta(object.TypeDirTree, nil, b)
	if err == nil {
		x.recordSize(object.Name{Checksum: c, Type: object.TypeDirTree}, int64(len(b)))
	}
	return c, err
}
