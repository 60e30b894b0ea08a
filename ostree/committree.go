package ostree

import (
	"context"
	"fmt"
	"runtime"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// AddCommit puts the tree of a commit into the tree, on top of what it holds, changed by a modifier as
// files on disk are: their metadata is that of the objects. Objects about which nothing changes are
// used as they are. Consume and Devino have no meaning here.
func (t *Txn) AddCommit(ctx context.Context, tree *Tree, commit object.Checksum, mod *Modifier) error {
	c, err := t.repo.LoadCommit(commit)
	if err != nil {
		return err
	}
	return t.AddTree(ctx, tree, c.Tree, c.Meta, mod)
}

// AddTree is [Txn.AddCommit] for the tree of a dirtree and a dirmeta object.
func (t *Txn) AddTree(ctx context.Context, tree *Tree, dirTree, dirMeta object.Checksum, mod *Modifier) error {
	t.restartSizes()
	if t.sizes == nil && !mod.changesObjects() {
		return tree.Overlay(t.repo.Tree(dirTree, dirMeta))
	}
	w := &treeRewrite{txn: t, mod: mod}
	w.files, w.ctx = errgroup.WithContext(ctx)
	w.files.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	root, err := w.dir(dirTree, dirMeta, "/", 0)
	// What a worker reports is what made the walk end, if both failed.
	if e := w.files.Wait(); e != nil {
		err = e
	}
	if root == nil || err != nil {
		return err
	}
	return root.addTo(tree)
}

// changesObjects tells whether the modifier can make something else of an object.
func (m *Modifier) changesObjects() bool {
	return m != nil && (m.Filter != nil || m.CanonicalPermissions || m.NoXattrs || m.Xattrs != nil || m.SELinux != nil)
}

// treeRewrite walks a stored tree in one goroutine; changed files are written by workers.
type treeRewrite struct {
	txn   *Txn
	mod   *Modifier
	ctx   context.Context
	files *errgroup.Group
}

// dir returns nil for a directory that the filter leaves out.
func (w *treeRewrite) dir(tree, meta object.Checksum, p string, depth int) (*scannedDir, error) {
	if depth > maxTreeDepth {
		return nil, errTooDeep
	}
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	m, err := w.txn.repo.LoadDirMeta(meta)
	if err != nil {
		return nil, err
	}
	e := Entry{Path: p, UID: m.UID, GID: m.GID, Mode: m.Mode}
	if !w.mod.applyStat(w.txn.repo, &e) {
		return nil, nil
	}
	d := &scannedDir{}
	x, err := w.mod.finalXattrs(w.txn.repo, &e, func() (object.Xattrs, error) { return m.Xattrs, nil })
	if err != nil {
		return nil, err
	}
	if d.meta, err = w.txn.writeDirMeta(&object.DirMeta{UID: e.UID, GID: e.GID, Mode: e.Mode, Xattrs: x}); err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	dt, err := w.txn.repo.LoadDirTree(tree)
	if err != nil {
		return nil, err
	}
	d.files = make([]scannedFile, 0, len(dt.Files))
	for i := range dt.Files {
		if err := w.file(d, &dt.Files[i], joinTree(p, dt.Files[i].Name)); err != nil {
			return nil, err
		}
	}
	for i := range dt.Dirs {
		sub := &dt.Dirs[i]
		child, err := w.dir(sub.Tree, sub.Meta, joinTree(p, sub.Name), depth+1)
		if err != nil {
			return nil, err
		}
		if child != nil {
			d.dirs = append(d.dirs, scannedSub{sub.Name, child})
		}
	}
	return d, nil
}

func (w *treeRewrite) file(d *scannedDir, f *object.FileEntry, p string) error {
	h, size, err := w.txn.repo.StatFile(f.Checksum)
	if err != nil {
		return err
	}
	e := Entry{Path: p, UID: h.UID, GID: h.GID, Mode: h.Mode}
	if !w.mod.applyStat(w.txn.repo, &e) {
		return nil
	}
	x, err := w.mod.finalXattrs(w.txn.repo, &e, func() (object.Xattrs, error) { return h.Xattrs, nil })
	if err != nil {
		return err
	}
	d.files = append(d.files, scannedFile{f.Name, f.Checksum})
	if e.UID == h.UID && e.GID == h.GID && e.Mode == h.Mode && x.Equal(h.Xattrs) {
		w.txn.recordSize(object.Name{Checksum: f.Checksum, Type: object.TypeFile}, payloadSize(h, size))
		return nil
	}
	out := &d.files[len(d.files)-1] // d.files is never reallocated
	w.files.Go(func() (err error) {
		src, err := w.txn.repo.LoadFile(f.Checksum)
		if err != nil {
			return err
		}
		defer src.Close()
		src.Header.UID, src.Header.GID, src.Header.Mode, src.Header.Xattrs = e.UID, e.GID, e.Mode, x
		if out.sum, err = w.txn.writeContent(w.ctx, &src.Header, src.Size, src); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		return nil
	})
	return nil
}
