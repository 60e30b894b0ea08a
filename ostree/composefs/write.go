package composefs

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

// Version is a version of the image format. The versions differ in how
// directories with whiteouts are marked.
type Version int

const (
	// VersionAuto is version 0, or 1 if the tree has a whiteout: what the
	// reference implementation does by default.
	VersionAuto Version = iota
	// Version0 is version 0 whatever the tree has.
	Version0
	// Version1 is version 1 whatever the tree has. The image of a tree without
	// whiteouts differs from version 0 in the header only.
	Version1
)

// Options modify [Write]. The zero value, and nil, is right for OSTree.
type Options struct {
	// Version of the format. Default: [VersionAuto].
	Version Version
}

// Write writes the image of the tree to w and returns the fs-verity digest of
// the image. The tree is not changed; the image is the same for the same tree.
//
// A tree that is not valid gives [ErrInvalid] before anything is written;
// otherwise the errors are those of w. The image is written from the beginning
// to the end in large pieces; what was written before an error is useless.
func Write(w io.Writer, root *Node, opts *Options) (digest [32]byte, err error) {
	if opts == nil {
		opts = &Options{}
	}
	if opts.Version < VersionAuto || opts.Version > Version1 {
		return digest, fmt.Errorf("composefs: %w version option %d", ErrInvalid, opts.Version)
	}
	l, err := newLayout(root, opts.Version)
	if err != nil {
		return digest, err
	}
	out := &output{w: w, hash: fsverity.New(), buf: make([]byte, 0, outputSize)}
	l.writeSuper(out)
	data := l.dataStart
	for i := range l.inodes {
		out.padTo(l.inodes[i].pos)
		l.writeInode(out, i, data)
		data += uint64(l.inodes[i].blocks) * blockSize
	}
	out.padTo(l.inodesEnd)
	for _, x := range l.shared {
		out.buf = appendEntry(out.room(), x)
	}
	out.padTo(l.dataStart)
	for i := range l.inodes {
		l.writeBlocks(out, i)
	}
	out.flush()
	if out.err != nil {
		return digest, fmt.Errorf("writing composefs image: %w", out.err)
	}
	if out.pos != data {
		return digest, fmt.Errorf("composefs: internal error: image of %d bytes, computed %d", out.pos, data)
	}
	return out.hash.Digest(), nil
}

// Digest returns the digest that [Write] would return.
func Digest(root *Node, opts *Options) ([32]byte, error) { return Write(io.Discard, root, opts) }

const (
	outputSize = 1 << 20
	// The largest piece that is appended at once is an attribute.
	outputRoom = 4 + MaxXattrName + MaxXattrValue + 4
)

// output collects the image and keeps the first error.
type output struct {
	w    io.Writer
	hash *fsverity.Hasher
	buf  []byte
	pos  uint64 // of the start of buf
	err  error
}

// room returns the buffer with space for outputRoom more bytes.
func (o *output) room() []byte {
	if cap(o.buf)-len(o.buf) < outputRoom {
		o.flush()
	}
	return o.buf
}

func (o *output) flush() {
	if o.err == nil {
		_, _ = o.hash.Write(o.buf)
		_, o.err = o.w.Write(o.buf)
	}
	o.pos += uint64(len(o.buf))
	o.buf = o.buf[:0]
}

func (o *output) padTo(pos uint64) {
	for at := o.pos + uint64(len(o.buf)); at < pos; {
		n := min(pos-at, blockSize)
		var zeros [blockSize]byte
		o.buf = append(o.room(), zeros[:n]...)
		at += n
	}
}

func (o *output) alignBlock() { o.padTo(roundUp(o.pos+uint64(len(o.buf)), blockSize)) }

var le = binary.LittleEndian

// writeSuper writes composefs's header and EROFS's superblock.
func (l *layout) writeSuper(out *output) {
	b := out.room()
	flags := uint32(0)
	if l.hasACL {
		flags |= flagHasACL
	}
	for _, v := range []uint32{headerMagic, headerVersion, flags, l.version} {
		b = le.AppendUint32(b, v)
	}
	b = append(b, make([]byte, superOffset-len(b))...)

	b = le.AppendUint32(b, superMagic)
	b = le.AppendUint32(b, 0) // checksum: none
	b = le.AppendUint32(b, featureMtime|featureXattrFilter)
	b = append(b, blockBits, 0)
	b = le.AppendUint16(b, uint16(l.inodes[0].nid())) // within the first two blocks
	b = le.AppendUint64(b, uint64(len(l.inodes)))
	b = le.AppendUint64(b, uint64(l.minSec))
	b = le.AppendUint32(b, l.minNsec)
	b = le.AppendUint32(b, uint32(l.dataStart/blockSize+l.dataBlocks))
	b = le.AppendUint32(b, 0) // block of the inodes
	b = le.AppendUint32(b, uint32(l.inodesEnd/blockSize))
	out.buf = append(b, make([]byte, superOffset+superSize-len(b))...)
}

// writeInode writes inode i with attributes and tail; data is where its blocks
// will be, if it has any.
func (l *layout) writeInode(out *output, i int, data uint64) {
	in := &l.inodes[i]
	n := in.node
	format, union, size := uint16(layoutPlain), uint32(0), n.size()
	if in.blocks > 0 {
		union = uint32(data / blockSize)
	}
	if in.tail > 0 {
		format = layoutInline
	}
	switch n.Mode & modeType {
	case modeDir:
		size = in.dirSize()
	case modeChar, modeBlock:
		union = n.Rdev
	case modeRegular:
		if n.isExternal() {
			format = layoutChunk
			bitSize, _ := chunking(size)
			union = union&^0xffff | uint32(bitSize-blockBits)
		}
	}
	b := out.room()
	if in.compact {
		b = in.appendCompact(b, format<<1, uint32(size), union, uint32(i))
	} else {
		b = in.appendExtended(b, format<<1|1, size, union, uint32(i))
	}
	out.buf = b
	l.writeXattrs(out, i)
	l.writeTail(out, i)
}

func (in *inode) appendCompact(b []byte, format uint16, size, union, ino uint32) []byte {
	n := in.node
	b = le.AppendUint16(b, format)
	b = le.AppendUint16(b, in.icount())
	b = le.AppendUint16(b, uint16(in.mode()))
	b = le.AppendUint16(b, uint16(in.nlink()))
	b = le.AppendUint32(b, size)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, union)
	b = le.AppendUint32(b, ino)
	b = le.AppendUint16(b, uint16(n.UID))
	b = le.AppendUint16(b, uint16(n.GID))
	return le.AppendUint32(b, 0)
}

func (in *inode) appendExtended(b []byte, format uint16, size uint64, union, ino uint32) []byte {
	n := in.node
	b = le.AppendUint16(b, format)
	b = le.AppendUint16(b, in.icount())
	b = le.AppendUint16(b, uint16(in.mode()))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, size)
	b = le.AppendUint32(b, union)
	b = le.AppendUint32(b, ino)
	b = le.AppendUint32(b, n.UID)
	b = le.AppendUint32(b, n.GID)
	b = le.AppendUint64(b, uint64(n.MtimeSec))
	b = le.AppendUint32(b, n.MtimeNsec)
	b = le.AppendUint32(b, in.nlink())
	return append(b, make([]byte, 16)...)
}

func (l *layout) writeXattrs(out *output, i int) {
	xattrs := l.xattrs(i)
	if len(xattrs) == 0 {
		return
	}
	refs := l.refs[:0]
	l.divide(xattrs, func(offset uint64) {
		refs = le.AppendUint32(refs, uint32((l.inodesEnd%blockSize+offset)/4))
	}, func(Xattr) {})
	l.refs = refs
	b := le.AppendUint32(out.room(), nameFilter(xattrs))
	b = append(b, uint8(len(refs)/4), 0, 0, 0, 0, 0, 0, 0)
	out.buf = append(b, refs...)
	l.divide(xattrs, func(uint64) {}, func(x Xattr) { out.buf = appendEntry(out.room(), x) })
}

func (l *layout) writeTail(out *output, i int) {
	in := &l.inodes[i]
	n := in.node
	if in.tail == 0 {
		return
	}
	switch {
	case n.IsDir():
		l.writeDirents(out, i, in.blocks, in.blocks+1)
	case n.IsSymlink():
		out.buf = append(out.room(), n.Target...)
	case len(n.Content) > 0:
		out.buf = append(out.room(), n.Content[len(n.Content)-int(in.tail):]...)
	default:
		out.appendNullChunks(int(in.tail) / chunkSize)
	}
}

// writeBlocks writes the blocks of inode i in the data area.
func (l *layout) writeBlocks(out *output, i int) {
	in := &l.inodes[i]
	n := in.node
	if in.blocks == 0 {
		return
	}
	switch {
	case n.IsDir():
		l.writeDirents(out, i, 0, in.blocks)
	case n.IsSymlink():
		out.buf = append(out.room(), n.Target...)
	case len(n.Content) > 0:
		out.buf = append(out.room(), n.Content[:len(n.Content)-int(in.tail)]...)
	default:
		out.appendNullChunks(maxChunks)
	}
	out.alignBlock()
}

// appendNullChunks writes addresses of chunks that are not in the image.
func (o *output) appendNullChunks(n int) {
	b := o.room()
	for range n {
		b = append(b, 0xff, 0xff, 0xff, 0xff)
	}
	o.buf = b
}

// writeDirents writes the entries of directory i that belong into the blocks
// from first up to but without end. Each but an inline tail is padded.
func (l *layout) writeDirents(out *output, i int, first, end uint32) {
	var (
		block   uint32
		used    int
		pending []dirent
		in      = &l.inodes[i]
	)
	flush := func() {
		if block >= first && block < end && len(pending) > 0 {
			out.appendDirents(pending)
			if block < in.blocks {
				out.alignBlock()
			}
		}
		pending, used = pending[:0], 0
		block++
	}
	l.dirents(i, func(d dirent) {
		if used+direntSize+len(d.name) > blockSize {
			flush()
		}
		used += direntSize + len(d.name)
		pending = append(pending, d)
	})
	flush()
}

// appendDirents writes a block of a directory: the entries, then the names.
func (o *output) appendDirents(entries []dirent) {
	b := o.room()
	name := uint16(direntSize * len(entries))
	for _, d := range entries {
		b = le.AppendUint64(b, d.to.nid())
		b = le.AppendUint16(b, name)
		b = append(b, fileType(d.to.mode()), 0)
		name += uint16(len(d.name))
	}
	for _, d := range entries {
		b = append(b, d.name...)
	}
	o.buf = b
}

// fileType is the type in a directory entry.
func fileType(mode uint32) uint8 {
	switch mode & modeType {
	case modeRegular:
		return 1
	case modeDir:
		return 2
	case modeChar:
		return 3
	case modeBlock:
		return 4
	case modeFIFO:
		return 5
	case modeSocket:
		return 6
	default:
		return 7
	}
}
