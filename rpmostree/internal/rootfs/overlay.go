package rootfs

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"syscall"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Collision is what an overlay does with a file where there is one already.
type Collision uint8

const (
	// Identical takes a file that is the same object, and refuses others.
	Identical Collision = iota
	// KeepOld keeps what is there.
	KeepOld
	// Replace puts the new file in its place.
	Replace
)

// OverlayOptions adjust [Tree.Overlay].
type OverlayOptions struct {
	Collision Collision
	// Skip leaves out a file or directory with all that is below it; it gets the path in the overlaid tree.
	Skip func(path string) bool
	// Added is told the canonical name of each file that was put into the tree or was there identically.
	Added func(path string)
}

// CollisionError tells that a file of an overlay differs from the one in the tree.
type CollisionError struct {
	Path   string
	Object object.Checksum // of the overlay
}

// Error is worded as rpm-ostree words what link(2) says.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("Hardlinking %s.file to %s: File exists", e.Object, e.Path)
}

// Unwrap returns fs.ErrExist.
func (e *CollisionError) Unwrap() error { return fs.ErrExist }

// Overlay puts the tree of a dirtree and a dirmeta object over this one. Directories are united, and
// keep the attributes that they have here; a directory of the overlay goes through a link to a directory
// here, as bin to usr/bin does.
func (t *Tree) Overlay(tree, meta object.Checksum, opts OverlayOptions) error {
	src := FromObjects(t.repo, tree, meta)
	return t.overlay("", src.root, "", opts)
}

// OverlayCommit is Overlay for the tree of a commit.
func (t *Tree) OverlayCommit(c object.Checksum, opts OverlayOptions) error {
	commit, err := t.repo.LoadCommit(c)
	if err != nil {
		return err
	}
	return t.Overlay(commit.Tree, commit.Meta, opts)
}

// overlay unites src, which is at path in its own tree, with the directory called at.
func (t *Tree) overlay(at string, src *node, path string, opts OverlayOptions) error {
	p, err := t.get("overlay", at, true)
	if err != nil {
		return err
	}
	if !p.node.isDir() {
		return &fs.PathError{Op: "overlay", Path: at, Err: syscall.ENOTDIR}
	}
	if !src.dir.tree.IsZero() && src.dir.tree == p.node.dir.tree && opts.Skip == nil && opts.Added == nil {
		return nil
	}
	entries, err := t.children(src)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		sub := joinName(path, name)
		if opts.Skip != nil && opts.Skip(sub) {
			continue
		}
		if err := t.overlayEntry(joinName(at, name), entries[name], sub, opts); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) overlayEntry(at string, src *node, path string, opts OverlayOptions) error {
	p, err := t.find("overlay", at, false)
	if err != nil {
		return err
	}
	switch {
	case p.node == nil && src.isDir() && (opts.Skip != nil || opts.Added != nil):
		h, err := t.header(src)
		if err != nil {
			return err
		}
		p.parent().dir.entries[p.base] = &node{sum: src.sum, head: h, dir: &dir{entries: map[string]*node{}}}
		p.touch()
		return t.overlay(p.name(), src, path, opts)
	case p.node == nil:
		p.parent().dir.entries[p.base] = src.clone()
		p.touch()
	case src.isDir():
		return t.overlayDir(at, p, src, path, opts)
	case p.node.isDir():
		return &fs.PathError{Op: "overlay", Path: p.name(), Err: syscall.EISDIR}
	default:
		if err := t.collide(p, src, opts); err != nil {
			return err
		}
	}
	if opts.Added != nil {
		opts.Added(p.name())
	}
	return nil
}

func (t *Tree) overlayDir(at string, p *place, src *node, path string, opts OverlayOptions) error {
	if p.node.isDir() {
		return t.overlay(p.name(), src, path, opts)
	}
	i, err := t.Stat(at)
	if err != nil || !i.IsDir() {
		return &fs.PathError{Op: "overlay", Path: p.name(), Err: syscall.ENOTDIR}
	}
	return t.overlay(at, src, path, opts)
}

func (t *Tree) collide(p *place, src *node, opts OverlayOptions) error {
	switch {
	case p.node.sum == src.sum, opts.Collision == KeepOld:
		return nil
	case opts.Collision == Identical:
		return &CollisionError{Path: p.name(), Object: src.sum}
	}
	p.parent().dir.entries[p.base] = src.clone()
	p.touch()
	return nil
}

func joinName(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// FS writes what changed and returns the tree as it is now as a read-only file system.
func (t *Tree) FS() (*ostree.CommitFS, error) {
	tree, meta, err := t.Store()
	if err != nil {
		return nil, err
	}
	return t.repo.TreeFS(tree, meta), nil
}
