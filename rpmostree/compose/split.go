package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// Install puts the packages of a treefile into the new directory rootfs below dest, as far as [Tree] would do it
// before its last step: "rpm-ostree compose install". [Postprocess] and [Commit] do the rest, after other programs
// have changed the files. Without root all files belong to the caller, and owners are lost.
//
// o may be nil, and o.Repo too; that is only used for the previous commit.
func Install(ctx context.Context, tf *treefile.Treefile, dest string, o *TreeOptions) (res *Result, err error) {
	return materialize(ctx, tf, filepath.Join(dest, "rootfs"), o, func(t *treeRun, b *build) error {
		t.message("rootfs: %s", filepath.Join(dest, "rootfs"))
		return nil
	})
}

// Rootfs makes the complete tree of a treefile in the new directory dest, with a real /etc as container builds expect
// it: "rpm-ostree compose rootfs". Owners are as with [Install].
func Rootfs(ctx context.Context, tf *treefile.Treefile, dest string, o *TreeOptions) (res *Result, err error) {
	return materialize(ctx, tf, dest, o, func(t *treeRun, b *build) error {
		if err := b.finish(ctx); err != nil {
			return err
		}
		return b.tree.Rename("usr/etc", "etc")
	})
}

// materialize installs a treefile, lets last do further changes, and writes the files.
func materialize(ctx context.Context, tf *treefile.Treefile, dest string, o *TreeOptions, last func(*treeRun, *build) error) (res *Result, err error) {
	if _, err := os.Lstat(dest); err == nil {
		return nil, fmt.Errorf("%s: %w", dest, fs.ErrExist)
	}
	if o == nil {
		o = &TreeOptions{}
	}
	if err := o.checkMain(); err != nil {
		return nil, err
	}
	c, err := newComposer(ctx, tf, &o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	t := &treeRun{composer: c, o: o, res: &Result{}}
	if err := t.findPrevious(); err != nil {
		return nil, err
	}
	if err := t.baseMetadata(); err != nil {
		return nil, err
	}
	if proceed, err := t.choose(ctx); err != nil || !proceed {
		return t.res, err
	}
	txn, err := t.repo.Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	b := &build{composer: c, tree: rootfs.New(t.repo), version: t.res.Version, layers: t.layers}
	b.tree.Begin(txn)
	if err := b.make(ctx, t.cached, t.prevTree); err != nil {
		return nil, err
	}
	if err := last(t, b); err != nil {
		return nil, err
	}
	if err := b.checkout(ctx, dest); err != nil {
		return nil, err
	}
	if err := setInputHash(dest, t.res.InputHash); err != nil {
		return nil, err
	}
	return t.res, touch(o.TouchIfChanged, t.now)
}

// checkout writes the tree to a new directory.
func (b *build) checkout(ctx context.Context, dest string) error {
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	tree, meta, err := b.tree.Store()
	if err != nil {
		return err
	}
	return b.repo.CheckoutTree(ctx, tree, meta, dest, &ostree.CheckoutOptions{ForceCopy: true, UserMode: os.Geteuid() != 0})
}

// Postprocess does the last step of a composition on a directory that [Install] made, or that holds the root file
// system of an OS otherwise: "rpm-ostree compose postprocess". tf and o may be nil. The directory is replaced when everything
// succeeded; one that was processed before stays as it is.
func Postprocess(ctx context.Context, tf *treefile.Treefile, dir string, o *Options) (err error) {
	if err := sandbox.CheckMain(); err != nil {
		return err
	}
	if o == nil {
		o = &Options{}
	}
	c, err := newComposer(ctx, tf, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	txn, err := c.repo.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	b, err := c.takeIn(ctx, txn, dir)
	if err != nil {
		return err
	}
	if done, err := b.tree.Exists(integration); err != nil || done {
		return err
	}
	if err := b.finish(ctx); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	hash, err := inputHashOf(dir)
	if err != nil {
		return err
	}
	next, err := os.MkdirTemp(filepath.Dir(dir), ".rpm-ostree-postprocess.")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(next)) }()
	if err := b.checkout(ctx, filepath.Join(next, "new")); err != nil {
		return err
	}
	if err := setInputHash(filepath.Join(next, "new"), hash); err != nil {
		return err
	}
	return replaceDir(dir, next)
}

// replaceDir puts new below next in the place of a directory, which becomes old below next.
func replaceDir(dir, next string) error {
	if err := os.Rename(dir, filepath.Join(next, "old")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(next, "new"), dir); err != nil {
		return errors.Join(err, os.Rename(filepath.Join(next, "old"), dir))
	}
	return nil
}

// Commit makes a commit of a directory that [Install] made: "rpm-ostree compose commit". It is postprocessed unless
// that was done before. Without root all files are taken to belong to root.
func Commit(ctx context.Context, tf *treefile.Treefile, dir string, o *TreeOptions) (res *Result, err error) {
	if o == nil || o.Repo == nil {
		return nil, errors.New("a repository is required")
	}
	if err := sandbox.CheckMain(); err != nil {
		return nil, err
	}
	c, err := newComposer(ctx, tf, &o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	t := &treeRun{composer: c, o: o, res: &Result{Changed: true}}
	if err := t.findPrevious(); err != nil {
		return nil, err
	}
	if err := t.baseMetadata(); err != nil {
		return nil, err
	}
	if t.res.InputHash, err = inputHashOf(dir); err != nil {
		return nil, err
	}
	txn, err := c.repo.Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	b, err := c.takeIn(ctx, txn, dir)
	if err != nil {
		return nil, err
	}
	b.version = t.res.Version
	if err := b.finish(ctx); err != nil {
		return nil, err
	}
	if err := b.checkAccounts(t.previousReader()); err != nil {
		return nil, err
	}
	if err := b.label(ctx); err != nil {
		return nil, err
	}
	return t.res, t.commit(ctx, txn, b)
}

// whiteoutPrefix begins the names of files from which ostree makes whiteouts.
const whiteoutPrefix = ".ostree-wh."

// takeIn reads a directory into a tree.
func (c *composer) takeIn(ctx context.Context, txn *ostree.Txn, dir string) (*build, error) {
	whiteouts, err := hideDevices(dir, func(name string) { c.message("Dropping device node: /%s", name) })
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	root := os.Geteuid() == 0
	skip := map[string]bool{}
	for _, name := range whiteouts {
		skip["/"+name] = true // only root could read them
	}
	t := ostree.NewTree()
	mod := &ostree.Modifier{Filter: func(e *ostree.Entry) bool {
		if !root {
			e.UID, e.GID = 0, 0
		}
		return !skip[e.Path]
	}}
	if err := txn.AddDirectory(ctx, t, dir, mod); err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	tree, meta, err := txn.WriteTree(t)
	if err != nil {
		return nil, err
	}
	b := &build{composer: c, tree: rootfs.FromObjects(c.repo, tree, meta)}
	b.tree.Begin(txn)
	if err := b.tree.Modify(ctx, "", func(a *rootfs.Attr) { a.Xattrs = a.Xattrs.Without(inputHashXattr) }); err != nil {
		return nil, err
	}
	for _, name := range whiteouts {
		if err := b.tree.WriteFile(ctx, name, rootfs.Attr{}, nil); err != nil {
			return nil, err
		}
	}
	if len(whiteouts) > 0 {
		c.message("Processed %d embedded whiteouts", len(whiteouts))
	}
	return b, b.hideEtc()
}

// hideEtc gives a tree with a real /etc the form of a commit.
func (b *build) hideEtc() error {
	i, err := b.tree.Lstat("etc")
	if err != nil || !i.IsDir() {
		return nil
	}
	if present, err := b.tree.Exists("usr/etc"); err != nil || present {
		return err
	}
	return b.tree.Rename("etc", "usr/etc")
}
