package composefs

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Bits of st_mode on Linux, which is what images store.
const (
	modeType    = 0o170000
	modeFIFO    = 0o010000
	modeChar    = 0o020000
	modeDir     = 0o040000
	modeBlock   = 0o060000
	modeRegular = 0o100000
	modeSymlink = 0o120000
	modeSocket  = 0o140000
)

// Limits that [Write] checks; a tree beyond them gives [ErrInvalid].
const (
	// MaxName is the longest name of a file, in bytes.
	MaxName = 255
	// MaxPath is the longest symlink target and payload path, in bytes.
	MaxPath = 4095
	// MaxContent is the largest content a regular file can have in the image.
	MaxContent = 5000
	// MaxDepth is the deepest nesting of directories. Deeper ones cannot be
	// named by a path that Linux accepts.
	MaxDepth = 2048
	// MaxXattrName is the longest name of an extended attribute, in bytes.
	MaxXattrName = 255
	// MaxXattrValue is the longest value of an extended attribute, in bytes.
	MaxXattrValue = 65535
	// MaxFileSize is the largest size of a regular file whose content is
	// elsewhere: 1024 chunks of 2^43 bytes.
	MaxFileSize = 1 << 53
)

// ErrInvalid is wrapped by the errors about trees that cannot be written, dumps
// that cannot be read, and images that are damaged or not from composefs.
var ErrInvalid = errors.New("invalid")

// Node describes a file, with everything that an image records about it.
type Node struct {
	// Name is the last component of the path: 1 to 255 bytes, not "." or "..",
	// without slash and NUL. The root's name is ignored.
	Name string

	// Mode is st_mode of Linux: the type (0100000 regular, 040000 directory,
	// 0120000 symlink, 020000 and 060000 devices, 010000 FIFO, 0140000 socket)
	// and the permissions with set-id and sticky bits.
	Mode uint32
	// UID and GID are the numbers of the owner and the group.
	UID, GID uint32

	// MtimeSec and MtimeNsec are the modification time since 1970, the
	// nanoseconds below 1e9.
	MtimeSec  int64
	MtimeNsec uint32

	// Rdev is st_rdev of a device: the low 32 bits of Linux's dev_t encoding,
	// in which a major below 4096 and a minor below 256 are major<<8 | minor. A
	// character device 0 is a whiteout, which is stored escaped.
	Rdev uint32

	// Size is the length of a regular file in bytes. It is ignored for
	// everything else, and if Content is set.
	Size uint64

	// Target is where a symlink points: 1 to 4095 bytes.
	Target string

	// Payload is the path of the file with the content of this regular file,
	// relative to the object folder that will be the data layer of the mount.
	// It may be empty for an empty file; without it a file is all zeros.
	Payload string

	// Digest is the fs-verity digest of the content; nil: not recorded. It is
	// ignored for empty files.
	Digest *[32]byte

	// Content is the content itself, kept in the image instead of Payload and
	// Digest. OSTree never does that.
	Content []byte

	// Xattrs are the extended attributes in any order, names unique.
	Xattrs []Xattr

	// Children of a directory, in any order, names unique. A directory can be
	// in a tree once only. (A file that is there twice is written as two files:
	// hard links are not supported.)
	Children []*Node
}

// Xattr is an extended attribute.
type Xattr struct {
	// Name with its prefix ("user.", "security.", …), 1 to 255 bytes.
	Name string
	// Value of up to 65535 bytes.
	Value []byte
}

// IsDir reports whether n is a directory.
func (n *Node) IsDir() bool { return n.Mode&modeType == modeDir }

// IsRegular reports whether n is a regular file.
func (n *Node) IsRegular() bool { return n.Mode&modeType == modeRegular }

// IsSymlink reports whether n is a symbolic link.
func (n *Node) IsSymlink() bool { return n.Mode&modeType == modeSymlink }

// isWhiteout reports whether n is overlayfs's mark of a deleted file.
func (n *Node) isWhiteout() bool { return n.Mode&modeType == modeChar && n.Rdev == 0 }

// isExternal reports whether n has content that is not in the image.
func (n *Node) isExternal() bool { return n.IsRegular() && len(n.Content) == 0 && n.Size > 0 }

// size is i_size of everything but directories.
func (n *Node) size() uint64 {
	switch {
	case n.IsSymlink():
		return uint64(len(n.Target))
	case n.IsRegular() && len(n.Content) > 0:
		return uint64(len(n.Content))
	case n.IsRegular():
		return n.Size
	}
	return 0
}

// Child returns the child with that name, or nil. It searches linearly.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c != nil && c.Name == name {
			return c
		}
	}
	return nil
}

// All yields n and everything below it with its path, parents first, children
// in the order of Children. The path of n itself is "/".
func (n *Node) All() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) { n.walk("", yield) }
}

func (n *Node) walk(path string, yield func(string, *Node) bool) bool {
	if !yield(cmp.Or(path, "/"), n) {
		return false
	}
	for _, c := range n.Children {
		if !c.walk(path+"/"+c.Name, yield) {
			return false
		}
	}
	return true
}

// EnsureTopLevel adds the directories that the root of a deployed OSTree commit
// is expected to have and that the commit may lack: usr, etc, boot, var and
// sysroot, with mode 0755, owner 0:0 and the modification time 0. What is there
// stays as it is, whatever its type.
func EnsureTopLevel(root *Node) {
	for _, name := range []string{"usr", "etc", "boot", "var", "sysroot"} {
		if root.Child(name) == nil {
			root.Children = append(root.Children, &Node{Name: name, Mode: modeDir | 0o755})
		}
	}
}

// errorf says what is wrong with n.
func (n *Node) errorf(format string, args ...any) error {
	return fmt.Errorf("composefs: %w node %.300q: %s", ErrInvalid, n.Name, fmt.Sprintf(format, args...))
}

// validate checks everything but the children and that attributes are unique.
func (n *Node) validate() error {
	if n.MtimeNsec >= 1e9 {
		return n.errorf("%d nanoseconds in the modification time", n.MtimeNsec)
	}
	if !n.IsDir() && len(n.Children) > 0 {
		return n.errorf("children in something that is not a directory")
	}
	if n.Mode > 0xffff {
		return n.errorf("mode %o", n.Mode)
	}
	switch n.Mode & modeType {
	case modeDir, modeBlock, modeChar, modeFIFO, modeSocket:
	case modeRegular:
		if err := n.validateRegular(); err != nil {
			return err
		}
	case modeSymlink:
		if l := len(n.Target); l == 0 || l > MaxPath || strings.IndexByte(n.Target, 0) >= 0 {
			return n.errorf("symlink target of %d bytes, want 1 to %d without NUL", l, MaxPath)
		}
	default:
		return n.errorf("unknown file type in mode %o", n.Mode)
	}
	return n.validateXattrs()
}

func (n *Node) validateRegular() error {
	switch {
	case len(n.Content) > MaxContent:
		return n.errorf("%d bytes of content in the image, at most %d can be", len(n.Content), MaxContent)
	case len(n.Content) > 0 && (n.Payload != "" || n.Digest != nil):
		return n.errorf("content in the image and elsewhere")
	case n.Size > MaxFileSize:
		return n.errorf("size %d is larger than %d", n.Size, uint64(MaxFileSize))
	case len(n.Payload) > MaxPath-1 || strings.IndexByte(n.Payload, 0) >= 0:
		return n.errorf("payload path of %d bytes, want less than %d without NUL", len(n.Payload), MaxPath)
	}
	return nil
}

func (n *Node) validateXattrs() error {
	for _, x := range n.Xattrs {
		if l := len(x.Name); l == 0 || l > MaxXattrName || strings.IndexByte(x.Name, 0) >= 0 {
			return n.errorf("xattr name of %d bytes, want 1 to %d without NUL", l, MaxXattrName)
		}
		if len(x.Value) > MaxXattrValue {
			return n.errorf("xattr %q has %d bytes, more than %d", x.Name, len(x.Value), MaxXattrValue)
		}
	}
	return nil
}

// validateName checks the name of a child.
func (n *Node) validateName() error {
	switch {
	case n.Name == "":
		return n.errorf("empty name")
	case len(n.Name) > MaxName:
		return n.errorf("name of %d bytes, at most %d can be", len(n.Name), MaxName)
	case n.Name == "." || n.Name == "..":
		return n.errorf("reserved name")
	case strings.ContainsAny(n.Name, "/\x00"):
		return n.errorf("slash or NUL in the name")
	}
	return nil
}

// sortedChildren returns the children by name, without changing n.
func (n *Node) sortedChildren() ([]*Node, error) {
	for _, c := range n.Children {
		if c == nil {
			return nil, n.errorf("nil child")
		}
		if err := c.validateName(); err != nil {
			return nil, err
		}
	}
	byName := func(a, b *Node) int { return strings.Compare(a.Name, b.Name) }
	children := n.Children
	if !slices.IsSortedFunc(children, byName) {
		children = slices.Clone(children)
		slices.SortFunc(children, byName)
	}
	for i := 1; i < len(children); i++ {
		if children[i].Name == children[i-1].Name {
			return nil, n.errorf("child %q is there twice", children[i].Name)
		}
	}
	return children, nil
}

// xattr returns the value of an attribute.
func (n *Node) xattr(name string) ([]byte, bool) {
	for _, x := range n.Xattrs {
		if x.Name == name {
			return x.Value, true
		}
	}
	return nil, false
}
