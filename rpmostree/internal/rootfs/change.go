package rootfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/ostree/object"
)

// Remove removes a file, a link or an empty directory.
func (t *Tree) Remove(name string) error {
	p, err := t.get("remove", name, false)
	if err != nil {
		return err
	}
	if p.node == t.root {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.EBUSY}
	}
	if p.node.isDir() {
		entries, err := t.children(p.node)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
		}
	}
	p.drop()
	return nil
}

// RemoveAll removes something with all that is below it. What does not exist is no error.
func (t *Tree) RemoveAll(name string) error {
	p, err := t.find("remove", name, false)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return err
	case p.node == t.root:
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.EBUSY}
	case p.node != nil:
		p.drop()
	}
	return nil
}

func (p *place) drop() {
	delete(p.parent().dir.entries, p.base)
	p.touch()
}

// Rename moves something to a name that does not exist, or is a file. Labels are not changed.
func (t *Tree) Rename(from, to string) error {
	src, err := t.get("rename", from, false)
	if err != nil {
		return err
	}
	dst, err := t.find("rename", to, false)
	if err != nil {
		return err
	}
	if src.node == t.root || strings.HasPrefix(dst.name()+"/", src.name()+"/") {
		return &fs.PathError{Op: "rename", Path: from, Err: syscall.EINVAL}
	}
	if err := dst.replaceable("rename"); err != nil {
		return err
	}
	dst.parent().dir.entries[dst.base] = src.node
	dst.touch()
	src.drop()
	return nil
}

// Link gives a file or link a second name, replacing a file or link of that name.
func (t *Tree) Link(from, to string) error {
	src, err := t.get("link", from, false)
	if err != nil {
		return err
	}
	if src.node.isDir() {
		return &fs.PathError{Op: "link", Path: from, Err: syscall.EPERM}
	}
	dst, err := t.find("link", to, false)
	if err != nil {
		return err
	}
	if err := dst.replaceable("link"); err != nil {
		return err
	}
	n := *src.node
	dst.parent().dir.entries[dst.base] = &n
	dst.touch()
	return nil
}

// Modify changes the owner, the permission bits and the attributes of something, without following a
// link. fn gets the present ones; what it leaves alone stays, so does the label unless fn changes the
// attributes.
func (t *Tree) Modify(ctx context.Context, name string, fn func(*Attr)) error {
	p, err := t.get("chmod", name, false)
	if err != nil {
		return err
	}
	old, err := t.header(p.node)
	if err != nil {
		return err
	}
	a := Attr{UID: old.UID, GID: old.GID, Mode: old.Mode &^ object.ModeTypeMask, Xattrs: old.Xattrs}
	fn(&a)
	h := a.header(old.Mode & object.ModeTypeMask)
	h.Symlink = old.Symlink
	if h.IsSymlink() {
		h.Mode = old.Mode
	}
	if h.UID == old.UID && h.GID == old.GID && h.Mode == old.Mode && h.Xattrs.Equal(old.Xattrs) {
		return nil
	}
	return t.replaceHeader(ctx, p, h)
}

// Relabel sets the label that the policy has for something and for all that is below it.
func (t *Tree) Relabel(ctx context.Context, name string) error {
	if t.Policy == nil {
		return nil
	}
	return t.rewriteXattrs(ctx, name, t.labelled)
}

// Unlabel removes the labels of something and of all that is below it.
func (t *Tree) Unlabel(ctx context.Context, name string) error {
	return t.rewriteXattrs(ctx, name, func(_ string, h *object.FileHeader) error {
		h.Xattrs = h.Xattrs.Without("security.selinux")
		return nil
	})
}

// rewriteXattrs lets fn change the attributes of everything below name.
func (t *Tree) rewriteXattrs(ctx context.Context, name string, fn func(path string, h *object.FileHeader) error) error {
	stale := map[string]object.Xattrs{}
	err := t.Walk(name, func(path string, i *Info) error {
		h := *i.Header
		if err := fn(path, &h); err != nil {
			return err
		}
		if !h.Xattrs.Equal(i.Header.Xattrs) {
			stale[path] = h.Xattrs
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(stale)) {
		if err := t.Modify(ctx, path, func(a *Attr) { a.Xattrs = stale[path] }); err != nil {
			return err
		}
	}
	return nil
}

// replaceHeader makes a new object of a file with its old content, or changes a directory.
func (t *Tree) replaceHeader(ctx context.Context, p *place, h object.FileHeader) error {
	n := p.node
	if n.isDir() {
		n.head, n.sum = &h, zero
		p.touch()
		return nil
	}
	var content io.Reader
	if !h.IsSymlink() {
		f, err := t.repo.LoadFile(n.sum)
		if err != nil {
			return err
		}
		defer f.Close()
		content = f
	}
	changed, err := t.writeObject(ctx, h, n.size, content)
	if err != nil {
		return err
	}
	p.parent().dir.entries[p.base] = changed
	p.touch()
	return nil
}

// Restore gives a name the state that it has in another tree of the same repository: its subtree, or that
// there is nothing. The directory of the name must exist in both.
func (t *Tree) Restore(name string, from *Tree) error {
	src, err := from.find("restore", name, false)
	if err != nil {
		return err
	}
	dst, err := t.find("restore", name, false)
	switch {
	case err != nil:
		return err
	case dst.base == "":
		return &fs.PathError{Op: "restore", Path: name, Err: syscall.EBUSY}
	case src.node == nil && dst.node == nil:
		return nil
	case src.node == nil:
		dst.drop()
		return nil
	}
	dst.parent().dir.entries[dst.base] = src.node.clone()
	dst.touch()
	return nil
}
