package rootfs

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// ErrNoTransaction is returned by methods that write objects while no transaction is set.
var ErrNoTransaction = errors.New("no transaction to write to")

// Tree is a directory tree in memory. See the package documentation.
type Tree struct {
	// Policy labels what is written; nil for no labels.
	Policy *ostree.SELinuxPolicy

	repo *ostree.Repo
	txn  *ostree.Txn
	root *node
}

// node is a file or a directory. What comes from a commit is loaded when it is looked at.
type node struct {
	sum  object.Checksum    // a file: its content object; a directory: its dirmeta object, zero if it changed
	head *object.FileHeader // owner, mode, attributes, target; nil until looked at
	size int64              // of a regular file's content, known when head is
	dir  *dir               // nil for files
}

type dir struct {
	tree    object.Checksum // the dirtree object; zero if something below changed
	entries map[string]*node
}

// New returns an empty tree whose root directory is 0755 and belongs to root.
func New(repo *ostree.Repo) *Tree {
	return &Tree{repo: repo, root: newDir(Attr{Mode: 0o755})}
}

// FromCommit returns the tree of a commit.
func FromCommit(repo *ostree.Repo, commit object.Checksum) (*Tree, error) {
	c, err := repo.LoadCommit(commit)
	if err != nil {
		return nil, err
	}
	return FromObjects(repo, c.Tree, c.Meta), nil
}

// FromObjects returns the tree of a dirtree and a dirmeta object.
func FromObjects(repo *ostree.Repo, tree, meta object.Checksum) *Tree {
	return &Tree{repo: repo, root: &node{sum: meta, dir: &dir{tree: tree}}}
}

// Begin sets the transaction that objects are written to. It may be called again with the next one once
// the former is committed.
func (t *Tree) Begin(txn *ostree.Txn) { t.txn = txn }

// Repo returns the repository of the tree's objects.
func (t *Tree) Repo() *ostree.Repo { return t.repo }

// Clone returns an independent copy. It shares the objects, and costs only the directories that were
// looked at.
func (t *Tree) Clone() *Tree {
	c := *t
	c.root = t.root.clone()
	return &c
}

func (n *node) clone() *node {
	c := *n
	if n.dir != nil {
		d := &dir{tree: n.dir.tree}
		if n.dir.entries != nil {
			d.entries = make(map[string]*node, len(n.dir.entries))
			for name, child := range n.dir.entries {
				d.entries[name] = child.clone()
			}
		}
		c.dir = d
	}
	return &c
}

func newDir(a Attr) *node {
	h := a.header(object.ModeDir)
	return &node{head: &h, dir: &dir{entries: map[string]*node{}}}
}

func (n *node) isDir() bool { return n.dir != nil }

// children loads the entries of a directory.
func (t *Tree) children(n *node) (map[string]*node, error) {
	d := n.dir
	if d.entries != nil {
		return d.entries, nil
	}
	dt, err := t.repo.LoadDirTree(d.tree)
	if err != nil {
		return nil, err
	}
	d.entries = make(map[string]*node, len(dt.Files)+len(dt.Dirs))
	for _, f := range dt.Files {
		d.entries[f.Name] = &node{sum: f.Checksum}
	}
	for _, s := range dt.Dirs {
		d.entries[s.Name] = &node{sum: s.Meta, dir: &dir{tree: s.Tree}}
	}
	return d.entries, nil
}

// header loads owner, mode, attributes and link target.
func (t *Tree) header(n *node) (*object.FileHeader, error) {
	if n.head != nil {
		return n.head, nil
	}
	if n.isDir() {
		m, err := t.repo.LoadDirMeta(n.sum)
		if err != nil {
			return nil, err
		}
		n.head = &object.FileHeader{UID: m.UID, GID: m.GID, Mode: m.Mode, Xattrs: m.Xattrs}
		return n.head, nil
	}
	f, err := t.repo.LoadFile(n.sum)
	if err != nil {
		return nil, err
	}
	n.head, n.size = &f.Header, f.Size
	return n.head, f.Close()
}

// Store writes the directories that changed, and returns the root's dirtree and dirmeta objects for a
// commit. The tree can be used further.
func (t *Tree) Store() (tree, meta object.Checksum, err error) {
	if err := t.store(t.root); err != nil {
		return tree, meta, err
	}
	return t.root.dir.tree, t.root.sum, nil
}

func (t *Tree) store(n *node) error {
	if n.sum.IsZero() {
		m := object.DirMeta{UID: n.head.UID, GID: n.head.GID, Mode: n.head.Mode, Xattrs: n.head.Xattrs}
		sum, err := t.writeMeta(object.TypeDirMeta, m.Marshal())
		if err != nil {
			return err
		}
		n.sum = sum
	}
	if !n.dir.tree.IsZero() {
		return nil
	}
	var dt object.DirTree
	for _, name := range slices.Sorted(maps.Keys(n.dir.entries)) {
		child := n.dir.entries[name]
		if !child.isDir() {
			dt.Files = append(dt.Files, object.FileEntry{Name: name, Checksum: child.sum})
			continue
		}
		if err := t.store(child); err != nil {
			return err
		}
		dt.Dirs = append(dt.Dirs, object.DirEntry{Name: name, Tree: child.dir.tree, Meta: child.sum})
	}
	sum, err := t.writeMeta(object.TypeDirTree, dt.Marshal())
	if err != nil {
		return err
	}
	n.dir.tree = sum
	return nil
}

func (t *Tree) writeMeta(typ object.Type, data []byte) (object.Checksum, error) {
	if t.txn == nil {
		return object.Checksum{}, ErrNoTransaction
	}
	sum, err := t.txn.WriteMeta(typ, nil, data)
	if err != nil {
		return sum, fmt.Errorf("writing %s: %w", typ, err)
	}
	return sum, nil
}
