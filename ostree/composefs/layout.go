package composefs

import (
	"fmt"
	"math"
	"math/bits"
	"sort"
)

// Constants of the image format.
const (
	blockSize = 4096
	blockBits = 12
	slotSize  = 32 // inodes are aligned to it and numbered by it

	headerMagic   = 0xd078629a
	headerVersion = 1
	flagHasACL    = 1

	superOffset = 1024
	superSize   = 128
	superMagic  = 0xE0F5E1E2
	// feature_compat: the build time is the mtime, attributes have name filters.
	featureMtime       = 2
	featureXattrFilter = 4

	compactSize     = 32
	extendedSize    = 64
	xattrHeaderSize = 12
	direntSize      = 12
	chunkSize       = 4 // of a chunk's address
	maxChunks       = blockSize / chunkSize

	layoutPlain  = 0
	layoutInline = 2
	layoutChunk  = 4

	maxIcount = math.MaxUint16
)

// layout is the tree as it will be in the image: breadth first, the children of
// a directory next to each other, with the position of everything.
type layout struct {
	inodes  []inode
	version uint32

	minSec  int64 // the smallest mtime
	minNsec uint32
	hasACL  bool

	inodesEnd  uint64 // a multiple of slotSize
	dataStart  uint64 // in bytes
	dataBlocks uint64

	shared     []Xattr           // in the order of the image
	sharedAt   map[string]uint64 // offset in the shared area by sharedKey
	sharedSize uint64

	scratch []Xattr // of xattrs
	values  []byte  // of addOverlay
	key     []byte  // of sharedKey
	refs    []byte  // of writeXattrs
}

// inode is a node with its place.
type inode struct {
	node      *Node
	parent    uint32 // index
	first     uint32 // index of the first child
	count     uint32 // of children
	subdirs   uint32
	depth     uint16
	compact   bool
	escaped   bool // a whiteout stored as a regular file
	whiteouts bool // a directory with such children

	tail      uint16 // bytes after inode and attributes
	xattrSize uint32
	blocks    uint32 // in the data area
	pos       uint64 // of the inode, in bytes
}

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }

func (in *inode) nid() uint64 { return in.pos / slotSize }

func (in *inode) headSize() uint64 {
	if in.compact {
		return compactSize
	}
	return extendedSize
}

// mode is the node's, but for whiteouts.
func (in *inode) mode() uint32 {
	if in.escaped {
		return modeRegular | in.node.Mode&^modeType
	}
	return in.node.Mode
}

func (in *inode) nlink() uint32 {
	if in.node.IsDir() {
		return 2 + in.subdirs
	}
	return 1
}

// dirSize is i_size of a directory.
func (in *inode) dirSize() uint64 { return uint64(in.blocks)*blockSize + uint64(in.tail) }

// newLayout checks the tree and decides where everything goes.
func newLayout(root *Node, version Version) (*layout, error) {
	if root == nil || !root.IsDir() {
		return nil, fmt.Errorf("composefs: %w tree: the root is not a directory", ErrInvalid)
	}
	l := &layout{}
	if version == Version1 {
		l.version = 1
	}
	if err := l.collect(root, version); err != nil {
		return nil, err
	}
	if err := l.share(); err != nil {
		return nil, err
	}
	return l, l.place()
}

// collect fills l.inodes.
func (l *layout) collect(root *Node, version Version) error {
	seen := map[*Node]bool{}
	l.inodes = append(l.inodes, inode{node: root})
	l.minSec, l.minNsec = root.MtimeSec, root.MtimeNsec
	for i := 0; i < len(l.inodes); i++ {
		in := &l.inodes[i]
		n := in.node
		if err := n.validate(); err != nil {
			return err
		}
		if n.MtimeSec < l.minSec || n.MtimeSec == l.minSec && n.MtimeNsec < l.minNsec {
			l.minSec, l.minNsec = n.MtimeSec, n.MtimeNsec
		}
		_, access := n.xattr(aclAccess)
		_, def := n.xattr(aclDefault)
		l.hasACL = l.hasACL || access || def
		if in.escaped && version == VersionAuto {
			l.version = 1
		}
		if !n.IsDir() {
			continue
		}
		if seen[n] {
			return n.errorf("directory is in the tree twice")
		}
		seen[n] = true
		if err := l.addChildren(i); err != nil {
			return err
		}
	}
	return nil
}

// addChildren appends the children of directory i.
func (l *layout) addChildren(i int) error {
	in := &l.inodes[i]
	children, err := in.node.sortedChildren()
	if err != nil {
		return err
	}
	escape := func(*Node) bool { return true }
	if i == 0 {
		children, escape = withStubs(in.node, children)
	}
	if in.depth >= MaxDepth && len(children) > 0 {
		return in.node.errorf("more than %d levels of directories", MaxDepth)
	}
	if uint64(len(l.inodes))+uint64(len(children)) > math.MaxUint32 {
		return in.node.errorf("more than %d files", uint32(math.MaxUint32))
	}
	in.first, in.count = uint32(len(l.inodes)), uint32(len(children))
	depth := in.depth + 1
	for _, c := range children {
		child := inode{node: c, parent: uint32(i), depth: depth, escaped: c.isWhiteout() && escape(c)}
		if c.IsDir() {
			in.subdirs++
		}
		in.whiteouts = in.whiteouts || child.escaped
		l.inodes = append(l.inodes, child)
		in = &l.inodes[i] // append may have moved it
	}
	return nil
}

// withStubs adds the real whiteouts 00 to ff to the children of the root: they
// hide the object folder of that name in the data layer. The function tells
// which nodes are not such stubs.
func withStubs(root *Node, children []*Node) ([]*Node, func(*Node) bool) {
	var xattrs []Xattr
	if label, ok := root.xattr(xattrSELinux); ok {
		xattrs = []Xattr{{xattrSELinux, label}}
	}
	stubs := make(map[*Node]bool, 256)
	all := make([]*Node, 0, len(children)+256)
	next := 0
	for i := range 256 {
		name := fmt.Sprintf("%02x", i)
		for next < len(children) && children[next].Name < name {
			all = append(all, children[next])
			next++
		}
		if next < len(children) && children[next].Name == name {
			continue
		}
		stub := &Node{Name: name, Mode: modeChar | 0o644, UID: root.UID, GID: root.GID,
			MtimeSec: root.MtimeSec, MtimeNsec: root.MtimeNsec, Xattrs: xattrs}
		stubs[stub] = true
		all = append(all, stub)
	}
	return append(all, children[next:]...), func(n *Node) bool { return !stubs[n] }
}

// place gives every inode its position and size.
func (l *layout) place() error {
	pos := uint64(superOffset + superSize)
	for i := range l.inodes {
		in := &l.inodes[i]
		if err := l.measure(i); err != nil {
			return err
		}
		pos = roundUp(pos, slotSize)
		pos += in.padding(pos)
		in.pos = pos
		pos += in.headSize() + uint64(in.xattrSize) + uint64(in.tail)
		l.dataBlocks += uint64(in.blocks)
	}
	l.inodesEnd = roundUp(pos, slotSize)
	l.dataStart = roundUp(l.inodesEnd+l.sharedSize, blockSize)
	if blocks := l.dataStart/blockSize + l.dataBlocks; blocks > math.MaxUint32 || l.inodesEnd/slotSize > math.MaxUint32 {
		return fmt.Errorf("composefs: %w tree: an image of %d blocks is too large", ErrInvalid, blocks)
	}
	return nil
}

// measure sets the sizes of inode i that do not depend on its position.
func (l *layout) measure(i int) error {
	in := &l.inodes[i]
	n := in.node
	size := n.size()
	switch {
	case n.IsDir():
		in.blocks, in.tail = l.dirBlocks(i)
		size = in.dirSize()
	case n.IsSymlink():
		in.tail = uint16(size)
	case n.isExternal():
		_, count := chunking(size)
		in.tail = uint16(count * chunkSize)
	case size > 0:
		in.blocks, in.tail = uint32(size/blockSize), uint16(size%blockSize)
		if in.tail > blockSize/2 {
			in.blocks, in.tail = in.blocks+1, 0
		}
	}
	in.compact = n.MtimeSec == l.minSec && n.MtimeNsec == l.minNsec && in.nlink() <= math.MaxUint16 &&
		n.UID <= math.MaxUint16 && n.GID <= math.MaxUint16 && size <= math.MaxUint32

	area := uint64(0)
	xattrs := l.xattrs(i)
	l.divide(xattrs, func(uint64) { area += 4 }, func(x Xattr) { area += entrySize(x) })
	if len(xattrs) == 0 {
		return nil
	}
	if area += xattrHeaderSize; area > xattrHeaderSize+(maxIcount-1)*4 {
		return n.errorf("%d bytes of xattrs are too many", area)
	}
	in.xattrSize = uint32(area)
	return nil
}

// icount is the size of the attributes as an inode states it.
func (in *inode) icount() uint16 {
	if in.xattrSize == 0 {
		return 0
	}
	return uint16((in.xattrSize-xattrHeaderSize)/4 + 1)
}

// chunking gives the size of the chunks of a file, as a power of two, and how
// many there are: as few as possible, and no larger than needed.
func chunking(size uint64) (bitSize, count uint64) {
	bitSize = uint64(min(max(bits.Len64(size-1), blockBits), blockBits+31))
	return bitSize, (size-1)>>bitSize + 1
}

// padding returns how many bytes to skip before an inode at pos, so that its
// tail is within one block. If that is not possible the tail becomes a block of
// the data area.
func (in *inode) padding(pos uint64) uint64 {
	head, tail := in.headSize()+uint64(in.xattrSize), uint64(in.tail)
	toBlock := roundUp(pos, blockSize) - pos
	if in.node.IsSymlink() {
		// The kernel wants the whole of a symlink within one block.
		if head+tail >= blockSize {
			in.blocks, in.tail = in.blocks+1, 0
		}
		if pos/blockSize == (pos+head+tail-1)/blockSize {
			return 0
		}
		return toBlock
	}
	left := func(pad uint64) uint64 { return blockSize - (pos+head+pad)%blockSize }
	if left(0) >= tail {
		return 0
	}
	if pad := roundUp(left(0), slotSize); left(pad) >= tail {
		return pad
	}
	in.blocks, in.tail = in.blocks+1, 0
	return toBlock
}

// dirent is an entry of a directory.
type dirent struct {
	name string
	to   *inode
}

// dots returns before which children of directory i "." and ".." stand.
func (l *layout) dots(i int) (dot, dotdot int) {
	in := &l.inodes[i]
	find := func(name string) int {
		return sort.Search(int(in.count), func(k int) bool {
			return l.inodes[int(in.first)+k].node.Name >= name
		})
	}
	return find("."), find("..")
}

// dirents calls f for the entries of directory i, in order.
func (l *layout) dirents(i int, f func(dirent)) {
	in := &l.inodes[i]
	dot, dotdot := l.dots(i)
	for k := 0; ; k++ {
		if k == dot {
			f(dirent{".", in})
		}
		if k == dotdot {
			f(dirent{"..", &l.inodes[in.parent]})
		}
		if k == int(in.count) {
			return
		}
		child := &l.inodes[int(in.first)+k]
		f(dirent{child.node.Name, child})
	}
}

// dirBlocks computes how many blocks the entries of directory i fill, and how
// many bytes are left for the tail.
func (l *layout) dirBlocks(i int) (blocks uint32, tail uint16) {
	used := 0
	l.dirents(i, func(d dirent) {
		if used+direntSize+len(d.name) > blockSize {
			blocks++
			used = 0
		}
		used += direntSize + len(d.name)
	})
	if used > blockSize/2 {
		return blocks + 1, 0
	}
	return blocks, uint16(used)
}
