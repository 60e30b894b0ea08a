package composefs

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

func notExist(path string) error {
	return &fs.PathError{Op: "lookup", Path: path, Err: fs.ErrNotExist}
}

// Tree reads the whole image and undoes what [Write] does to a tree: paths and
// digests of the contents become fields, escaped attributes and whiteouts get
// their names and types back, and the stubs 00 to ff of the root disappear.
// Writing the tree with the version of the image gives the same image again if
// [Write] or the reference implementation made it and it has no hard links;
// hard links become independent files. Node.Size of a directory is its size in
// the image.
func (im *Image) Tree() (*Node, error) {
	t := &treeReader{
		im: im, left: im.size(), sharedLeft: im.size(),
		dirs: map[uint64]bool{}, links: map[uint64]*Node{}, shared: map[uint32]Xattr{},
	}
	in, err := im.Inode(im.super.RootNID)
	if err != nil {
		return nil, err
	}
	if !in.is(modeDir) {
		return nil, fmt.Errorf("composefs: %w image: the root is not a directory", ErrInvalid)
	}
	return t.node(in, "", 0)
}

// treeReader bounds what is made of an image by its size: in a sound image no
// two inodes and no two shared attributes consist of the same bytes, a forged
// one could refer to them often.
type treeReader struct {
	im         *Image
	left       uint64           // bytes of directories, attributes and contents
	sharedLeft uint64           // bytes of shared attributes
	dirs       map[uint64]bool  // read so far, by number
	links      map[uint64]*Node // files with several names, by number
	shared     map[uint32]Xattr
}

func (t *treeReader) errorf(format string, args ...any) error {
	return fmt.Errorf("composefs: %w image: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// spend counts bytes of the image that are used.
func (t *treeReader) spend(n uint64) error {
	if n > t.left {
		return t.errorf("its files overlap")
	}
	t.left -= n
	return nil
}

// node makes a node of an inode.
func (t *treeReader) node(in *Inode, name string, depth int) (*Node, error) {
	if known := t.links[in.NID]; known != nil {
		n := *known
		n.Name = name
		return &n, nil
	}
	n := &Node{
		Name: name, Mode: in.Mode, UID: in.UID, GID: in.GID, Rdev: in.Rdev,
		MtimeSec: in.MtimeSec, MtimeNsec: in.MtimeNsec,
	}
	if err := t.spend(in.xattrSize()); err != nil {
		return nil, err
	}
	stored, err := t.im.xattrs(in, t.sharedXattr)
	if err != nil {
		return nil, err
	}
	if err := t.content(n, in, depth); err != nil {
		return nil, err
	}
	if err := restore(n, stored, t.im.super.Version); err != nil {
		return nil, err
	}
	if in.Nlink > 1 && !n.IsDir() {
		t.links[in.NID] = n
	}
	return n, n.validate()
}

// content reads what is specific to the type of the file.
func (t *treeReader) content(n *Node, in *Inode, depth int) (err error) {
	switch in.Mode & modeType {
	case modeDir:
		n.Size = in.Size
		if err := t.spend(in.Size); err != nil {
			return err
		}
		return t.children(n, in, depth)
	case modeRegular:
		n.Size = in.Size
		if in.Size == 0 || in.layout == layoutChunk {
			return nil
		}
		if err := t.spend(in.Size); err != nil {
			return err
		}
		n.Content, err = t.im.content(in, MaxContent)
	case modeSymlink:
		if err := t.spend(in.Size); err != nil {
			return err
		}
		n.Target, err = t.im.Target(in)
	}
	return err
}

func (t *treeReader) children(n *Node, in *Inode, depth int) error {
	if depth > MaxDepth {
		return t.errorf("more than %d levels of directories", MaxDepth)
	}
	if t.dirs[in.NID] {
		return t.errorf("directory %d is in the tree twice", in.NID)
	}
	t.dirs[in.NID] = true
	for e, err := range t.im.ReadDir(in) {
		if err != nil {
			return err
		}
		if e.Name == "." || e.Name == ".." {
			continue
		}
		child, err := t.im.Inode(e.NID)
		if err != nil {
			return err
		}
		if child.is(modeChar) && child.Rdev == 0 {
			continue // a stub of the root; others are escaped
		}
		c, err := t.node(child, e.Name, depth+1)
		if err != nil {
			return err
		}
		n.Children = append(n.Children, c)
	}
	return nil
}

func (t *treeReader) sharedXattr(id uint32) (Xattr, error) {
	if x, ok := t.shared[id]; ok {
		return x, nil
	}
	x, err := t.im.sharedXattr(id)
	if err != nil {
		return x, err
	}
	if entrySize(x) > t.sharedLeft {
		return x, t.errorf("shared xattrs are larger than the image")
	}
	t.sharedLeft -= entrySize(x)
	t.shared[id] = x
	return x, nil
}

// restore gives n its attributes, without those that [Write] added.
func restore(n *Node, stored []Xattr, version uint32) error {
	marked := map[string]bool{}
	for _, x := range stored {
		if len(x.Value) == 0 {
			marked[x.Name] = true
		}
	}
	empty := n.IsRegular() && n.Size == 0
	whiteout := empty && marked[escWhiteout] && marked[userWhiteout]
	if whiteout {
		n.Mode = modeChar | n.Mode&^modeType
	}
	added := addedNames(n, whiteout, version)
	for _, x := range stored {
		switch {
		case added[x.Name]:
		case x.Name == xattrRedirect && n.isExternal():
			n.Payload = strings.TrimPrefix(string(x.Value), "/")
		case x.Name == xattrMetacopy && n.isExternal():
			if err := n.setDigest(x.Value); err != nil {
				return err
			}
		case strings.HasPrefix(x.Name, escapedPrefix):
			n.Xattrs = append(n.Xattrs, Xattr{overlayPrefix + x.Name[len(escapedPrefix):], x.Value})
		case strings.HasPrefix(x.Name, overlayPrefix):
		default:
			n.Xattrs = append(n.Xattrs, x)
		}
	}
	sortXattrs(n.Xattrs)
	for i := 1; i < len(n.Xattrs); i++ {
		if n.Xattrs[i].Name == n.Xattrs[i-1].Name {
			return n.errorf("xattr %q is there twice", n.Xattrs[i].Name)
		}
	}
	return nil
}

// addedNames are the attributes with which [Write] marks whiteouts.
func addedNames(n *Node, whiteout bool, version uint32) map[string]bool {
	if whiteout {
		return map[string]bool{escWhiteout: true, userWhiteout: true}
	}
	for _, c := range n.Children {
		if c.isWhiteout() {
			return map[string]bool{
				escWhiteouts: true, userWhiteouts: true,
				escOpaque: version >= 1, userOpaque: version >= 1,
			}
		}
	}
	return nil
}

// setDigest takes the digest from overlayfs's attribute.
func (n *Node) setDigest(metacopy []byte) error {
	if len(metacopy) == 0 {
		return nil
	}
	if len(metacopy) != metacopyLength || !bytes.Equal(metacopy[:4], []byte{0, metacopyLength, 0, 1}) {
		return n.errorf("attribute %s = %.80q", xattrMetacopy, metacopy)
	}
	digest := [32]byte(metacopy[4:])
	n.Digest = &digest
	return nil
}
