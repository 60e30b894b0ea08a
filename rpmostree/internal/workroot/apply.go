package workroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// Apply takes what the programs changed into the tree. Owners that the repository keeps in an attribute,
// and that the files on disk thus do not have, stay as they are in the tree.
func (r *Root) Apply(ctx context.Context) error {
	a := &applier{tree: r.cfg.Tree, keepOwners: r.cfg.Tree.Repo().Mode() != ostree.ModeBare}
	for c, err := range r.changes(ctx) {
		if err != nil {
			return fmt.Errorf("reading what scripts changed: %w", err)
		}
		if err := a.apply(ctx, c); err != nil {
			return fmt.Errorf("taking over /%s: %w", c.Path, err)
		}
	}
	return nil
}

// change is one of either source.
type change struct {
	sandbox.Change
	open func() (*os.File, error)
}

func (r *Root) changes(ctx context.Context) iter.Seq2[*change, error] {
	if r.plain != nil {
		return r.plain.changes(ctx)
	}
	return func(yield func(*change, error) bool) {
		for c, err := range r.Session.Changes(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&change{Change: *c, open: c.Open}, nil) {
				return
			}
		}
	}
}

type applier struct {
	tree       *rootfs.Tree
	keepOwners bool // files on disk do not have the owners of the tree
}

func (a *applier) apply(ctx context.Context, c *change) error {
	old, err := a.tree.Lstat(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil {
		return err
	}
	switch c.Kind {
	case sandbox.Removed:
		return a.tree.RemoveAll(c.Path)
	case sandbox.Dir:
		return a.dir(ctx, c, old)
	case sandbox.Symlink:
		if old != nil && old.IsDir() {
			if err := a.tree.RemoveAll(c.Path); err != nil {
				return err
			}
			old = nil
		}
		return a.tree.Symlink(ctx, c.Path, c.Target, a.attr(c, old))
	case sandbox.File:
		return a.file(ctx, c, old)
	}
	return errors.New("devices, FIFOs and sockets cannot be part of an image")
}

func (a *applier) dir(ctx context.Context, c *change, old *rootfs.Info) error {
	if old != nil && (c.Opaque || !old.IsDir()) {
		if err := a.tree.RemoveAll(c.Path); err != nil {
			return err
		}
		attr := a.attr(c, old)
		return a.tree.Mkdir(c.Path, attr)
	}
	attr := a.attr(c, old)
	if old == nil {
		return a.tree.Mkdir(c.Path, attr)
	}
	return a.tree.Modify(ctx, c.Path, func(now *rootfs.Attr) { *now = attr })
}

func (a *applier) file(ctx context.Context, c *change, old *rootfs.Info) error {
	if old != nil && old.IsDir() {
		if err := a.tree.RemoveAll(c.Path); err != nil {
			return err
		}
		old = nil
	}
	f, err := c.open()
	if err != nil {
		return err
	}
	defer f.Close()
	return a.tree.Create(ctx, c.Path, a.attr(c, old), c.Size, f)
}

// attr are the attributes that a changed entry has in the tree, where it was old before.
func (a *applier) attr(c *change, old *rootfs.Info) rootfs.Attr {
	attr := rootfs.Attr{UID: c.UID, GID: c.GID, Mode: c.Mode & 0o7777, Xattrs: xattrs(c.Xattrs)}
	if old == nil || old.Header.Mode&object.ModeTypeMask != c.Mode&object.ModeTypeMask {
		return attr
	}
	if label, ok := old.Header.Xattrs.Get("security.selinux"); ok {
		attr.Xattrs = attr.Xattrs.With("security.selinux", label)
	}
	if !a.keepOwners || c.Lower == nil {
		return attr
	}
	given := attr.UID != 0 || attr.GID != 0
	if !given {
		attr.UID, attr.GID = old.Header.UID, old.Header.GID
	}
	if c.Mode == c.Lower.Mode {
		attr.Mode = old.Header.Mode & 0o7777
	}
	kept := old.Header.Xattrs
	if given || c.Size != c.Lower.Size || c.MTime != c.Lower.MTime {
		// The kernel takes capabilities away from a file that is written to, or gets another owner.
		kept = kept.Without("security.capability")
	}
	for _, x := range attr.Xattrs {
		kept = kept.With(x.Name, x.Value)
	}
	attr.Xattrs = kept
	return attr
}

// xattrs leaves out the label, which the policy of the tree decides, not that of the machine.
func xattrs(list []sandbox.Xattr) object.Xattrs {
	var x object.Xattrs
	for _, e := range list {
		if e.Name != "security.selinux" {
			x = x.With(e.Name, e.Value)
		}
	}
	return x
}
