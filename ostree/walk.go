package ostree

import (
	"context"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// TreeEntry is a file, symlink or directory of a commit.
type TreeEntry struct {
	Path     string          // absolute inside the commit; "/" is its root
	Checksum object.Checksum // of the content object; of a directory, of its dirtree
	Meta     object.Checksum // dirmeta of a directory
	// Header is owner, mode, xattrs and link target; a directory's come from its dirmeta. It is zero
	// with [WalkOptions].NoHeaders.
	Header object.FileHeader
	Size   int64 // of a regular file's content in bytes

	dir bool
}

// IsDir tells whether the entry is a directory.
func (e *TreeEntry) IsDir() bool { return e.dir }

// Name returns the last component of the path; "/" for the root.
func (e *TreeEntry) Name() string {
	if e.Path == "/" {
		return "/"
	}
	return e.Path[lastSlash(e.Path)+1:]
}

// TreePathError reports a path that is not in a commit. It matches [fs.ErrNotExist] or the errno ENOTDIR.
type TreePathError struct {
	Path string // the part of the path that is not there, or not a directory
	Err  error  // the errno
}

// Error returns the reference implementation's text.
func (e *TreePathError) Error() string {
	if e.Err == unix.ENOENT {
		return errno.Text(e.Err) + ": " + e.Path
	}
	return errno.Text(e.Err)
}

// Unwrap returns the errno.
func (e *TreePathError) Unwrap() error { return e.Err }

// Is makes the error match [ErrNotFound] where the path does not exist.
func (e *TreePathError) Is(target error) bool { return target == ErrNotFound && e.Err == unix.ENOENT }

var _ = fs.ErrNotExist

// treeNode is a place in a commit whose metadata has not been loaded.
type treeNode struct {
	name      string
	dir       bool
	sum, meta object.Checksum
}

// lookupCommit finds a path in a commit; "" is its root. Symlinks are not followed.
func (r *Repo) lookupCommit(commit object.Checksum, path string) (*treeNode, error) {
	c, err := r.LoadCommit(commit)
	if err != nil {
		return nil, err
	}
	return r.lookupTree(&treeNode{name: "/", dir: true, sum: c.Tree, meta: c.Meta}, path)
}

func (r *Repo) lookupTree(n *treeNode, path string) (*treeNode, error) {
	at := ""
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." {
			continue
		}
		if !n.dir {
			return nil, &TreePathError{at, unix.ENOTDIR}
		}
		at += "/" + part
		tree, err := r.LoadDirTree(n.sum)
		if err != nil {
			return nil, err
		}
		if n = findEntry(tree, part); n == nil {
			return nil, &TreePathError{at, unix.ENOENT}
		}
	}
	return n, nil
}

func findEntry(t *object.DirTree, name string) *treeNode {
	if i, ok := slices.BinarySearchFunc(t.Files, name, func(e object.FileEntry, n string) int { return strings.Compare(e.Name, n) }); ok {
		return &treeNode{name: name, sum: t.Files[i].Checksum}
	}
	if i, ok := slices.BinarySearchFunc(t.Dirs, name, func(e object.DirEntry, n string) int { return strings.Compare(e.Name, n) }); ok {
		return &treeNode{name: name, dir: true, sum: t.Dirs[i].Tree, meta: t.Dirs[i].Meta}
	}
	return nil
}

// Lookup returns the entry of a commit at a path, which may lack the leading slash. Symlinks are not
// followed. A path that is not there is a [*TreePathError].
func (r *Repo) Lookup(ctx context.Context, commit object.Checksum, path string) (*TreeEntry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n, err := r.lookupCommit(commit, path)
	if err != nil {
		return nil, err
	}
	return r.describe(n, cleanTreePath(path), false)
}

// cleanTreePath makes a path absolute, without empty and "." components.
func cleanTreePath(path string) string {
	out := ""
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			out += "/" + part
		}
	}
	if out == "" {
		return "/"
	}
	return out
}

func (r *Repo) describe(n *treeNode, path string, bare bool) (*TreeEntry, error) {
	e := &TreeEntry{Path: path, Checksum: n.sum, Meta: n.meta, dir: n.dir}
	if bare {
		return e, nil
	}
	if n.dir {
		m, err := r.LoadDirMeta(n.meta)
		if err != nil {
			return nil, err
		}
		e.Header = object.FileHeader{UID: m.UID, GID: m.GID, Mode: m.Mode, Xattrs: m.Xattrs}
		return e, nil
	}
	h, size, err := r.StatFile(n.sum)
	if err != nil {
		return nil, err
	}
	e.Header, e.Size = *h, size
	return e, nil
}

// WalkOptions say how a tree is listed; nil and the zero value list all of it.
type WalkOptions struct {
	// Depth is how many levels below the start are listed: 1 is a directory and its children, and
	// a negative number the start alone. 0 means all.
	Depth int
	// NoHeaders leaves out Header and Size, which need a look at every object.
	NoHeaders bool
	// Descend is asked for each directory after it was yielded; false leaves out what is in it.
	Descend func(e *TreeEntry) bool
}

// Walk lists the entry at a path of a commit ("" is the root) and what is below it: a directory,
// its files, then its subdirectories with all of theirs, each sorted by name. It ends after an error.
func (r *Repo) Walk(ctx context.Context, commit object.Checksum, path string, opts *WalkOptions) iter.Seq2[*TreeEntry, error] {
	if opts == nil {
		opts = &WalkOptions{}
	}
	return func(yield func(*TreeEntry, error) bool) {
		n, err := r.lookupCommit(commit, path)
		if err != nil {
			yield(nil, err)
			return
		}
		depth := opts.Depth
		if depth == 0 || depth > maxTreeDepth {
			depth = maxTreeDepth
		}
		w := &treeWalk{ctx, r, opts, yield}
		w.node(n, cleanTreePath(path), depth)
	}
}

type treeWalk struct {
	ctx   context.Context
	repo  *Repo
	opts  *WalkOptions
	yield func(*TreeEntry, error) bool
}

// node yields an entry and goes on below it; it returns false to end the walk.
func (w *treeWalk) node(n *treeNode, path string, depth int) bool {
	if err := w.ctx.Err(); err != nil {
		return w.fail(err)
	}
	e, err := w.repo.describe(n, path, w.opts.NoHeaders)
	if err != nil {
		return w.fail(err)
	}
	if !w.yield(e, nil) {
		return false
	}
	if !n.dir || depth <= 0 {
		if n.dir && w.opts.Depth == 0 {
			return w.fail(errTooDeep)
		}
		return true
	}
	if w.opts.Descend != nil && !w.opts.Descend(e) {
		return true
	}
	return w.children(n, path, depth)
}

func (w *treeWalk) children(n *treeNode, path string, depth int) bool {
	tree, err := w.repo.LoadDirTree(n.sum)
	if err != nil {
		return w.fail(err)
	}
	for i := range tree.Files {
		f := &tree.Files[i]
		if !w.node(&treeNode{name: f.Name, sum: f.Checksum}, joinTree(path, f.Name), depth-1) {
			return false
		}
	}
	for i := range tree.Dirs {
		d := &tree.Dirs[i]
		if !w.node(&treeNode{name: d.Name, dir: true, sum: d.Tree, meta: d.Meta}, joinTree(path, d.Name), depth-1) {
			return false
		}
	}
	return true
}

func (w *treeWalk) fail(err error) bool {
	w.yield(nil, err)
	return false
}
