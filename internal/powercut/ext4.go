package powercut

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ext4 reads the second, third and fourth extended file system with extents.
type ext4 struct {
	image          io.ReaderAt
	blockSize      int64
	inodeSize      int64
	inodesPerGroup uint64
	inodes         uint64
	descSize       int64
	descTable      int64 // in bytes from the start
}

const (
	ext4Super       = 1024
	ext4Magic       = 0xef53
	ext4RootInode   = 2
	ext4Incompat64  = 0x80
	ext4MetaBG      = 0x10
	ext4ExtentFlag  = 0x80000
	ext4InlineFlag  = 0x10000000
	ext4ExtentMagic = 0xf30a
	ext4MaxDepth    = 5
	ext4MaxExtents  = 1 << 16
)

// OpenExt4 opens an ext4 volume.
func OpenExt4(image io.ReaderAt) (*Volume, error) {
	sb := make([]byte, 1024)
	if _, err := image.ReadAt(sb, ext4Super); err != nil {
		return nil, fmt.Errorf("reading the superblock: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint16(sb[0x38:]) != ext4Magic {
		return nil, errors.New("not an ext4 file system")
	}
	incompat := le.Uint32(sb[0x60:])
	if incompat&ext4MetaBG != 0 {
		return nil, errors.New("ext4 feature meta_bg is not supported")
	}
	logBlock := le.Uint32(sb[0x18:])
	e := &ext4{
		image: image, inodeSize: int64(le.Uint16(sb[0x58:])), descSize: 32,
		inodesPerGroup: uint64(le.Uint32(sb[0x28:])), inodes: uint64(le.Uint32(sb)),
	}
	if incompat&ext4Incompat64 != 0 {
		e.descSize = int64(le.Uint16(sb[0xfe:]))
	}
	if logBlock > 6 || e.inodesPerGroup == 0 || e.inodeSize < 128 || e.inodeSize > 4096 || e.descSize < 32 || e.descSize > 1024 {
		return nil, fmt.Errorf("superblock: %w", ErrCorrupt)
	}
	e.blockSize = 1024 << logBlock
	e.descTable = (int64(le.Uint32(sb[0x14:])) + 1) * e.blockSize
	return &Volume{e}, nil
}

func (e *ext4) root() uint64 { return ext4RootInode }

func (e *ext4) node(number uint64) (*node, error) {
	if number == 0 || number > e.inodes {
		return nil, fmt.Errorf("inode %d: %w", number, ErrCorrupt)
	}
	le := binary.LittleEndian
	group, index := (number-1)/e.inodesPerGroup, (number-1)%e.inodesPerGroup
	desc := make([]byte, e.descSize)
	if _, err := e.image.ReadAt(desc, e.descTable+int64(group)*e.descSize); err != nil {
		return nil, fmt.Errorf("reading the descriptor of group %d: %w", group, err)
	}
	table := int64(le.Uint32(desc[8:]))
	if e.descSize >= 64 {
		table |= int64(le.Uint32(desc[0x28:])) << 32
	}
	raw := make([]byte, e.inodeSize)
	if _, err := e.image.ReadAt(raw, table*e.blockSize+int64(index)*e.inodeSize); err != nil {
		return nil, fmt.Errorf("reading inode %d: %w", number, err)
	}
	n := &node{
		mode: le.Uint16(raw), links: uint32(le.Uint16(raw[26:])), private: raw,
		size: int64(le.Uint32(raw[4:])) | int64(le.Uint32(raw[108:]))<<32,
	}
	if n.links == 0 {
		return nil, fmt.Errorf("inode %d is deleted: %w", number, ErrCorrupt)
	}
	return n, nil
}

func (e *ext4) content(n *node) ([]byte, error) {
	le := binary.LittleEndian
	flags, block := le.Uint32(n.private[32:]), n.private[40:100]
	if n.mode&modeType == modeLink && n.size < int64(len(block)) && flags&ext4ExtentFlag == 0 {
		return block[:n.size], nil
	}
	if flags&ext4InlineFlag != 0 || flags&ext4ExtentFlag == 0 {
		return nil, fmt.Errorf("inode with flags %#x is not supported", flags)
	}
	var extents []extent
	if err := e.extents(block, ext4MaxDepth, &extents); err != nil {
		return nil, err
	}
	limit := int64(maxFile)
	if n.mode&modeType == modeDir {
		limit = maxDirectory
	}
	return readExtents(e.image, extents, e.blockSize, n.size, limit)
}

// extents collects the leaves of a tree of extents.
func (e *ext4) extents(block []byte, depth int, found *[]extent) error {
	le := binary.LittleEndian
	count := int(le.Uint16(block[2:]))
	if le.Uint16(block) != ext4ExtentMagic || 12+12*count > len(block) || int(le.Uint16(block[6:])) > depth {
		return fmt.Errorf("extent tree: %w", ErrCorrupt)
	}
	depth = int(le.Uint16(block[6:]))
	for i := range count {
		entry := block[12+12*i : 24+12*i]
		if depth == 0 {
			length := int64(le.Uint16(entry[4:]))
			x := extent{logical: int64(le.Uint32(entry)), count: length, physical: int64(le.Uint16(entry[6:]))<<32 | int64(le.Uint32(entry[8:]))}
			if length > 32768 {
				x.count, x.unwritten = length-32768, true
			}
			if *found = append(*found, x); len(*found) > ext4MaxExtents {
				return fmt.Errorf("extent tree: %w", ErrCorrupt)
			}
			continue
		}
		child := make([]byte, e.blockSize)
		at := int64(le.Uint16(entry[8:]))<<32 | int64(le.Uint32(entry[4:]))
		if _, err := e.image.ReadAt(child, at*e.blockSize); err != nil {
			return fmt.Errorf("reading the extent tree: %w", err)
		}
		if err := e.extents(child, depth-1, found); err != nil {
			return err
		}
	}
	return nil
}

// entries reads a directory block by block; the inner nodes of an index look like empty entries.
func (e *ext4) entries(n *node) (map[string]uint64, error) {
	data, err := e.content(n)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	names := map[string]uint64{}
	for len(data) >= 8 {
		length, nameLen := int(le.Uint16(data[4:])), int(data[6])
		if length < 8 || length > len(data) || 8+nameLen > length {
			return nil, fmt.Errorf("directory: %w", ErrCorrupt)
		}
		if number := le.Uint32(data); number != 0 && nameLen > 0 {
			names[string(data[8:8+nameLen])] = uint64(number)
		}
		data = data[length:]
	}
	delete(names, ".")
	delete(names, "..")
	return names, nil
}
