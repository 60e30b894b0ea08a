package composefs

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Image reads an image. Its methods may be used by several goroutines.
//
// It understands what [Write] and other writers of composefs images produce:
// uncompressed EROFS with blocks of 4096 bytes. Damaged images give errors that
// wrap [ErrInvalid]; how much is read and kept is bounded by the size that the
// superblock states and by the limits of this package. Nothing is verified:
// compare the fs-verity digest of the image file for that.
type Image struct {
	r     io.ReaderAt
	super Superblock

	mu    sync.Mutex
	cache [cacheBlocks]cachedBlock
}

// Superblock is what an image says about itself.
type Superblock struct {
	Version    uint32 // of composefs: 0, 1 or 2
	HasACL     bool   // some file has a POSIX ACL
	RootNID    uint64 // where the root directory is
	Inodes     uint64 // how many files there are
	Blocks     uint32 // size of the image in blocks of 4096 bytes
	MtimeSec   int64  // of the inodes that do not store a time
	MtimeNsec  uint32
	metaBlock  uint32
	xattrBlock uint32
}

const cacheBlocks = 256

type cachedBlock struct {
	number uint64 // plus one
	data   []byte
}

// Open reads the superblock of an image, and its last block to see that it is
// complete. The rest is read when it is asked for, so r must stay usable.
func Open(r io.ReaderAt) (*Image, error) {
	im := &Image{r: r}
	var b [superOffset + superSize]byte
	if n, err := r.ReadAt(b[:], 0); n < len(b) {
		return nil, readError("superblock", err)
	}
	if le.Uint32(b[:]) != headerMagic || le.Uint32(b[4:]) != headerVersion {
		return nil, fmt.Errorf("composefs: %w image: no composefs header", ErrInvalid)
	}
	s := b[superOffset:]
	if le.Uint32(s) != superMagic {
		return nil, fmt.Errorf("composefs: %w image: no EROFS superblock", ErrInvalid)
	}
	im.super = Superblock{
		Version:    le.Uint32(b[12:]),
		HasACL:     le.Uint32(b[8:])&flagHasACL != 0,
		RootNID:    uint64(le.Uint16(s[14:])),
		Inodes:     le.Uint64(s[16:]),
		MtimeSec:   int64(le.Uint64(s[24:])),
		MtimeNsec:  le.Uint32(s[32:]),
		Blocks:     le.Uint32(s[36:]),
		metaBlock:  le.Uint32(s[40:]),
		xattrBlock: le.Uint32(s[44:]),
	}
	switch incompatible := le.Uint32(s[80:]); {
	case im.super.Version > 2:
		return nil, fmt.Errorf("composefs: %w image: unknown version %d", ErrInvalid, im.super.Version)
	case s[12] != blockBits || s[13] != 0 || incompatible != 0:
		return nil, fmt.Errorf("composefs: %w image: EROFS with block bits %d, extension slots %d, incompatible features %#x",
			ErrInvalid, s[12], s[13], incompatible)
	case im.super.Blocks == 0:
		return nil, fmt.Errorf("composefs: %w image: it has no blocks", ErrInvalid)
	}
	// All limits derive from the size, so it must be more than a claim.
	if _, err := im.block(uint64(im.super.Blocks) - 1); err != nil {
		return nil, err
	}
	return im, nil
}

// readError words a read that came out short.
func readError(what string, err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("composefs: %w image: it ends before %s", ErrInvalid, what)
	}
	return fmt.Errorf("reading composefs image: %w", err)
}

// Superblock returns what the image says about itself.
func (im *Image) Superblock() Superblock { return im.super }

// size is the length of the image in bytes, as the superblock states it.
func (im *Image) size() uint64 { return uint64(im.super.Blocks) * blockSize }

// block returns a block of the image. The bytes must not be changed.
func (im *Image) block(number uint64) ([]byte, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	c := &im.cache[number%cacheBlocks]
	if c.number == number+1 {
		return c.data, nil
	}
	data := make([]byte, blockSize)
	n, err := im.r.ReadAt(data, int64(number*blockSize))
	if n < blockSize {
		return nil, readError(fmt.Sprintf("block %d", number), err)
	}
	*c = cachedBlock{number + 1, data}
	return data, nil
}

// read returns n bytes at pos, which must not be changed if n fits a block.
func (im *Image) read(pos, n uint64) ([]byte, error) {
	if size := im.size(); pos > size || n > size-pos {
		return nil, fmt.Errorf("composefs: %w image: %d bytes at %d of %d", ErrInvalid, n, pos, size)
	}
	if within := pos % blockSize; within+n <= blockSize {
		b, err := im.block(pos / blockSize)
		if err != nil {
			return nil, err
		}
		return b[within : within+n : within+n], nil
	}
	out := make([]byte, 0, min(n, 1<<16)) // not n: the size is only a claim
	for n > 0 {
		within := pos % blockSize
		b, err := im.block(pos / blockSize)
		if err != nil {
			return nil, err
		}
		part := b[within:min(blockSize, within+n)]
		out = append(out, part...)
		pos += uint64(len(part))
		n -= uint64(len(part))
	}
	return out, nil
}

// Inode is a file as the image stores it.
type Inode struct {
	NID       uint64 // its number for directory entries: position / 32
	Ino       uint32 // the number that programs see
	Mode      uint32 // st_mode
	Nlink     uint32
	UID, GID  uint32
	Size      uint64
	Rdev      uint32 // of devices
	MtimeSec  int64
	MtimeNsec uint32

	layout uint16
	union  uint32
	icount uint16
	pos    uint64 // after the inode
}

func (in *Inode) xattrSize() uint64 {
	if in.icount == 0 {
		return 0
	}
	return xattrHeaderSize + (uint64(in.icount)-1)*4
}

func (in *Inode) is(mode uint32) bool { return in.Mode&modeType == mode }

// Inode reads the inode with that number.
func (im *Image) Inode(nid uint64) (*Inode, error) {
	pos := uint64(im.super.metaBlock)*blockSize + nid*slotSize
	if nid > im.size()/slotSize {
		return nil, fmt.Errorf("composefs: %w image: inode %d is not in it", ErrInvalid, nid)
	}
	b, err := im.read(pos, compactSize)
	if err != nil {
		return nil, err
	}
	format := le.Uint16(b)
	in := &Inode{NID: nid, layout: format >> 1, icount: le.Uint16(b[2:]), Mode: uint32(le.Uint16(b[4:]))}
	switch in.layout {
	case layoutPlain, layoutInline, layoutChunk:
	default:
		return nil, fmt.Errorf("composefs: %w image: inode %d has the format %#x", ErrInvalid, nid, format)
	}
	if format&1 == 0 {
		im.compact(in, b)
		in.pos = pos + compactSize
	} else {
		if b, err = im.read(pos, extendedSize); err != nil {
			return nil, err
		}
		in.extended(b)
		in.pos = pos + extendedSize
	}
	if in.is(modeChar) || in.is(modeBlock) {
		in.Rdev = in.union
	}
	return in, nil
}

func (im *Image) compact(in *Inode, b []byte) {
	in.Nlink = uint32(le.Uint16(b[6:]))
	in.Size = uint64(le.Uint32(b[8:]))
	in.union = le.Uint32(b[16:])
	in.Ino = le.Uint32(b[20:])
	in.UID = uint32(le.Uint16(b[24:]))
	in.GID = uint32(le.Uint16(b[26:]))
	in.MtimeSec, in.MtimeNsec = im.super.MtimeSec, im.super.MtimeNsec
}

func (in *Inode) extended(b []byte) {
	in.Size = le.Uint64(b[8:])
	in.union = le.Uint32(b[16:])
	in.Ino = le.Uint32(b[20:])
	in.UID = le.Uint32(b[24:])
	in.GID = le.Uint32(b[28:])
	in.MtimeSec = int64(le.Uint64(b[32:]))
	in.MtimeNsec = le.Uint32(b[40:])
	in.Nlink = le.Uint32(b[44:])
}

// data returns one block of the content of a directory, symlink or small file,
// shorter at the end.
func (im *Image) data(in *Inode, block uint64) ([]byte, error) {
	n := min(in.Size-block*blockSize, blockSize)
	switch {
	case in.layout == layoutInline && block == in.Size/blockSize:
		pos := in.pos + in.xattrSize()
		if pos%blockSize+n > blockSize {
			return nil, fmt.Errorf("composefs: %w image: tail of inode %d crosses blocks", ErrInvalid, in.NID)
		}
		return im.read(pos, n)
	case in.layout == layoutChunk:
		return nil, fmt.Errorf("composefs: %w image: inode %d has no content in it", ErrInvalid, in.NID)
	}
	return im.read((uint64(in.union)+block)*blockSize, n)
}

// content returns the whole content of a symlink or small file.
func (im *Image) content(in *Inode, limit uint64) ([]byte, error) {
	if in.Size > limit {
		return nil, fmt.Errorf("composefs: %w image: inode %d has %d bytes of content, at most %d can be", ErrInvalid, in.NID, in.Size, limit)
	}
	b := make([]byte, 0, in.Size)
	for block := uint64(0); block*blockSize < in.Size; block++ {
		part, err := im.data(in, block)
		if err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	return b, nil
}

// Target returns where a symbolic link points.
func (im *Image) Target(in *Inode) (string, error) {
	if !in.is(modeSymlink) {
		return "", fmt.Errorf("composefs: %w: inode %d is not a symlink", ErrInvalid, in.NID)
	}
	b, err := im.content(in, MaxPath)
	return string(b), err
}

// Xattrs returns the attributes as they are stored: with those that tell
// overlayfs about content and whiteouts, and with others escaped. First come
// the shared ones.
func (im *Image) Xattrs(in *Inode) ([]Xattr, error) {
	return im.xattrs(in, im.sharedXattr)
}

func (im *Image) xattrs(in *Inode, shared func(id uint32) (Xattr, error)) ([]Xattr, error) {
	if in.icount == 0 {
		return nil, nil
	}
	area, err := im.read(in.pos, in.xattrSize())
	if err != nil {
		return nil, err
	}
	count := int(area[4])
	rest := area[xattrHeaderSize:]
	if len(rest) < count*4 {
		return nil, fmt.Errorf("composefs: %w image: inode %d has no room for %d shared xattrs", ErrInvalid, in.NID, count)
	}
	var list []Xattr
	for ; count > 0; count-- {
		x, err := shared(le.Uint32(rest))
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		rest = rest[4:]
	}
	for len(rest) >= 4 {
		name, size := int(rest[0]), int(le.Uint16(rest[2:]))
		if len(rest) < 4+name+size {
			return nil, fmt.Errorf("composefs: %w image: xattr of inode %d is cut off", ErrInvalid, in.NID)
		}
		x, err := makeXattr(rest)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		rest = rest[min(len(rest), int(roundUp(uint64(4+name+size), 4))):]
	}
	return list, nil
}

// makeXattr makes an attribute of a stored one, which must be complete.
func makeXattr(b []byte) (Xattr, error) {
	name, size := int(b[0]), int(le.Uint16(b[2:]))
	full, ok := joinXattr(b[1], string(b[4:4+name]))
	if !ok || full == "" {
		return Xattr{}, fmt.Errorf("composefs: %w image: xattr with the name index %d and %d bytes of name", ErrInvalid, b[1], name)
	}
	value := append([]byte{}, b[4+name:4+name+size]...)
	return Xattr{full, value}, nil
}

// sharedXattr reads a shared attribute.
func (im *Image) sharedXattr(id uint32) (Xattr, error) {
	pos := uint64(im.super.xattrBlock)*blockSize + uint64(id)*4
	head, err := im.read(pos, 4)
	if err != nil {
		return Xattr{}, err
	}
	b, err := im.read(pos, 4+uint64(head[0])+uint64(le.Uint16(head[2:])))
	if err != nil {
		return Xattr{}, err
	}
	return makeXattr(b)
}
