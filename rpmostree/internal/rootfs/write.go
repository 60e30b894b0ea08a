package rootfs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"github.com/nestos-dev/nestos/ostree/object"
)

// Attr are the attributes of something that is made. The zero owner is root.
type Attr struct {
	UID, GID uint32
	Mode     uint32        // permission bits, with set-id and sticky bits
	Xattrs   object.Xattrs // without the SELinux label if the tree has a policy
}

func (a Attr) header(typ uint32) object.FileHeader {
	return object.FileHeader{UID: a.UID, GID: a.GID, Mode: typ | a.Mode&0o7777, Xattrs: a.Xattrs}
}

// labelled sets the label that the policy has for a path.
func (t *Tree) labelled(name string, h *object.FileHeader) error {
	if t.Policy == nil {
		return nil
	}
	if name == "etc" || len(name) > 4 && name[:4] == "etc/" {
		name = "usr/" + name
	}
	label, err := t.Policy.Label("/"+name, h.Mode)
	if err != nil {
		return fmt.Errorf("labelling %s: %w", name, err)
	}
	if label == nil {
		h.Xattrs = h.Xattrs.Without("security.selinux")
	} else {
		h.Xattrs = h.Xattrs.With("security.selinux", label)
	}
	return nil
}

// Create writes a regular file of size bytes, replacing a file or link of that name. Its directory must
// exist; see [Tree.MkdirAll].
func (t *Tree) Create(ctx context.Context, name string, a Attr, size int64, r io.Reader) error {
	p, err := t.find("create", name, false)
	if err != nil {
		return err
	}
	return t.create(ctx, p, a.header(object.ModeRegular), size, r)
}

// WriteFile is Create for content in memory.
func (t *Tree) WriteFile(ctx context.Context, name string, a Attr, data []byte) error {
	return t.Create(ctx, name, a, int64(len(data)), bytes.NewReader(data))
}

// Symlink makes a link, replacing a file or link of that name.
func (t *Tree) Symlink(ctx context.Context, name, target string, a Attr) error {
	p, err := t.find("symlink", name, false)
	if err != nil {
		return err
	}
	a.Mode = 0o777
	h := a.header(object.ModeSymlink)
	h.Symlink = target
	return t.create(ctx, p, h, 0, nil)
}

func (t *Tree) create(ctx context.Context, p *place, h object.FileHeader, size int64, r io.Reader) error {
	if err := p.replaceable("create"); err != nil {
		return err
	}
	if err := t.labelled(p.name(), &h); err != nil {
		return err
	}
	n, err := t.writeObject(ctx, h, size, r)
	if err != nil {
		return fmt.Errorf("writing %s: %w", p.name(), err)
	}
	p.parent().dir.entries[p.base] = n
	p.touch()
	return nil
}

func (t *Tree) writeObject(ctx context.Context, h object.FileHeader, size int64, r io.Reader) (*node, error) {
	if t.txn == nil {
		return nil, ErrNoTransaction
	}
	sum, err := t.txn.WriteFile(ctx, nil, &h, size, r)
	if err != nil {
		return nil, err
	}
	return &node{sum: sum, head: &h, size: size}, nil
}

// replaceable refuses the root and directories.
func (p *place) replaceable(op string) error {
	if p.base == "" || p.node != nil && p.node.isDir() {
		return &fs.PathError{Op: op, Path: p.name(), Err: syscall.EISDIR}
	}
	if err := object.ValidateFilename(p.base); err != nil {
		return &fs.PathError{Op: op, Path: p.name(), Err: err}
	}
	return nil
}

// Put gives a content object of the repository a name, replacing a file or link of that name. Its
// label is not touched.
func (t *Tree) Put(name string, sum object.Checksum) error {
	p, err := t.find("link", name, false)
	if err != nil {
		return err
	}
	if err := p.replaceable("link"); err != nil {
		return err
	}
	if p.node != nil && p.node.sum == sum {
		return nil
	}
	p.parent().dir.entries[p.base] = &node{sum: sum}
	p.touch()
	return nil
}

// Mkdir makes a directory; one that exists is an error.
func (t *Tree) Mkdir(name string, a Attr) error {
	p, err := t.find("mkdir", name, false)
	if err != nil {
		return err
	}
	if p.node != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.EEXIST}
	}
	if err := p.replaceable("mkdir"); err != nil {
		return err
	}
	n := newDir(a)
	if err := t.labelled(p.name(), n.head); err != nil {
		return err
	}
	p.parent().dir.entries[p.base] = n
	p.touch()
	return nil
}

// MkdirAll makes a directory and those that lead to it with the same attributes. Directories, and links
// to some, that exist are left as they are.
func (t *Tree) MkdirAll(name string, a Attr) error {
	var failed error
	w := walker{t: t, follow: true}
	w.create = func(path []string) *node {
		n := newDir(a)
		if err := t.labelled(joinPath(path), n.head); err != nil && failed == nil {
			failed = err
		}
		return n
	}
	w.push(name)
	err := w.run()
	switch {
	case err != nil:
		return &fs.PathError{Op: "mkdir", Path: name, Err: err}
	case failed != nil:
		return failed
	case w.place.node == nil:
		return t.Mkdir(w.place.name(), a)
	case !w.place.node.isDir():
		return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
	}
	return nil
}

func joinPath(path []string) string {
	p := place{path: path}
	return p.name()
}
