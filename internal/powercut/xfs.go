package powercut

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// xfs reads version 5 of the format.
type xfs struct {
	image               io.ReaderAt
	blockSize           int64
	dirBlockSize        int64
	inodeSize           int64
	rootInode           uint64
	agBlocks, agCount   uint64
	agBlockLog, inopLog uint
	ftype, bigCounters  bool
}

const (
	xfsLocal, xfsExtents = 1, 2
	xfsCore              = 176 // where the data fork begins
	xfsDataHeader        = 64
	xfsLeafOffset        = 32 << 30 // blocks of a directory from here on are an index
	xfsIncompatFtype     = 1
	xfsIncompatNrext64   = 32
)

// OpenXFS opens an XFS volume.
func OpenXFS(image io.ReaderAt) (*Volume, error) {
	sb := make([]byte, 512)
	if _, err := image.ReadAt(sb, 0); err != nil {
		return nil, fmt.Errorf("reading the superblock: %w", err)
	}
	be := binary.BigEndian
	if string(sb[:4]) != "XFSB" {
		return nil, errors.New("not an XFS file system")
	}
	if be.Uint16(sb[100:])&15 != 5 {
		return nil, errors.New("XFS before version 5 is not supported")
	}
	incompat := be.Uint32(sb[216:])
	x := &xfs{
		image: image, blockSize: int64(be.Uint32(sb[4:])), rootInode: be.Uint64(sb[56:]), inodeSize: int64(be.Uint16(sb[104:])),
		agBlocks: uint64(be.Uint32(sb[84:])), agCount: uint64(be.Uint32(sb[88:])), agBlockLog: uint(sb[124]), inopLog: uint(sb[123]),
		ftype: incompat&xfsIncompatFtype != 0, bigCounters: incompat&xfsIncompatNrext64 != 0,
	}
	if x.blockSize < 512 || x.blockSize > 65536 || x.inodeSize < 256 || x.inodeSize > 2048 || x.agBlockLog > 31 || x.inopLog > 8 || sb[192] > 7 {
		return nil, fmt.Errorf("superblock: %w", ErrCorrupt)
	}
	x.dirBlockSize = x.blockSize << sb[192]
	return &Volume{x}, nil
}

func (x *xfs) root() uint64 { return x.rootInode }

// block turns a block number that has the allocation group in its upper bits into a plain one.
func (x *xfs) block(number uint64) (int64, error) {
	group, in := number>>x.agBlockLog, number&(1<<x.agBlockLog-1)
	if group >= x.agCount || in >= x.agBlocks {
		return 0, fmt.Errorf("block %#x: %w", number, ErrCorrupt)
	}
	return int64(group*x.agBlocks + in), nil
}

func (x *xfs) node(number uint64) (*node, error) {
	block, err := x.block(number >> x.inopLog)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, x.inodeSize)
	if _, err := x.image.ReadAt(raw, block*x.blockSize+int64(number&(1<<x.inopLog-1))*x.inodeSize); err != nil {
		return nil, fmt.Errorf("reading inode %d: %w", number, err)
	}
	be := binary.BigEndian
	n := &node{mode: be.Uint16(raw[2:]), links: be.Uint32(raw[16:]), size: int64(be.Uint64(raw[56:])), private: raw}
	if string(raw[:2]) != "IN" || raw[4] != 3 {
		return nil, fmt.Errorf("inode %d: %w", number, ErrCorrupt)
	}
	if n.links == 0 || n.mode == 0 {
		return nil, fmt.Errorf("inode %d is deleted: %w", number, ErrCorrupt)
	}
	return n, nil
}

// fork returns the part of the inode that holds the data or where it is.
func (x *xfs) fork(n *node) []byte {
	end := x.inodeSize
	if offset := int64(n.private[82]); offset > 0 {
		end = min(end, xfsCore+offset*8)
	}
	return n.private[xfsCore:end]
}

func (x *xfs) extents(n *node) ([]extent, error) {
	if n.private[5] != xfsExtents {
		return nil, fmt.Errorf("XFS inode format %d is not supported", n.private[5])
	}
	be := binary.BigEndian
	count := uint64(be.Uint32(n.private[76:]))
	if x.bigCounters {
		count = be.Uint64(n.private[24:])
	}
	fork := x.fork(n)
	if count > uint64(len(fork)/16) {
		return nil, fmt.Errorf("extents: %w", ErrCorrupt)
	}
	var found []extent
	for i := range count {
		hi, lo := be.Uint64(fork[16*i:]), be.Uint64(fork[16*i+8:])
		block, err := x.block((hi&511)<<43 | lo>>21)
		if err != nil {
			return nil, err
		}
		found = append(found, extent{logical: int64(hi << 1 >> 10), physical: block, count: int64(lo & (1<<21 - 1)), unwritten: hi>>63 != 0})
	}
	return found, nil
}

func (x *xfs) content(n *node) ([]byte, error) {
	if n.private[5] == xfsLocal {
		fork := x.fork(n)
		if n.size > int64(len(fork)) || n.size < 0 {
			return nil, fmt.Errorf("size %d: %w", n.size, ErrCorrupt)
		}
		return fork[:n.size], nil
	}
	if n.mode&modeType == modeLink {
		return nil, errors.New("long links of XFS are not supported")
	}
	extents, err := x.extents(n)
	if err != nil {
		return nil, err
	}
	return readExtents(x.image, extents, x.blockSize, n.size, maxFile)
}

func (x *xfs) entries(n *node) (map[string]uint64, error) {
	names := map[string]uint64{}
	if n.private[5] == xfsLocal {
		return names, x.shortEntries(x.fork(n), names)
	}
	extents, err := x.extents(n)
	if err != nil {
		return nil, err
	}
	size := int64(0)
	var data []extent
	for _, e := range extents {
		if e.logical*x.blockSize < xfsLeafOffset {
			data = append(data, e)
			size = max(size, (e.logical+e.count)*x.blockSize)
		}
	}
	all, err := readExtents(x.image, data, x.blockSize, size, maxDirectory)
	if err != nil {
		return nil, err
	}
	for ; int64(len(all)) >= x.dirBlockSize; all = all[x.dirBlockSize:] {
		if err := x.blockEntries(all[:x.dirBlockSize], names); err != nil {
			return nil, err
		}
	}
	delete(names, ".")
	delete(names, "..")
	return names, nil
}

// shortEntries reads a directory that is stored in its inode.
func (x *xfs) shortEntries(fork []byte, names map[string]uint64) error {
	corrupt := fmt.Errorf("short directory: %w", ErrCorrupt)
	if len(fork) < 10 {
		return corrupt
	}
	count, wide, rest := int(fork[0]), fork[1] > 0, fork[6:]
	numberLen := 4
	if wide {
		numberLen, rest = 8, fork[10:]
	}
	for range count {
		if len(rest) < 3 {
			return corrupt
		}
		nameLen, extra := int(rest[0]), 0
		if x.ftype {
			extra = 1
		}
		end := 3 + nameLen + extra
		if len(rest) < end+numberLen {
			return corrupt
		}
		number := uint64(0)
		for _, b := range rest[end : end+numberLen] {
			number = number<<8 | uint64(b)
		}
		names[string(rest[3:3+nameLen])] = number
		rest = rest[end+numberLen:]
	}
	return nil
}

// blockEntries reads one block of a directory.
func (x *xfs) blockEntries(block []byte, names map[string]uint64) error {
	corrupt := fmt.Errorf("directory block: %w", ErrCorrupt)
	be := binary.BigEndian
	end := len(block)
	switch string(block[:4]) {
	case "XDD3":
	case "XDB3": // the only block: its index is at the end
		end -= 8 + 8*int(min(be.Uint32(block[end-8:]), uint32(end)))
	default:
		return corrupt
	}
	for at := xfsDataHeader; at < end; {
		if at+16 > len(block) {
			return corrupt
		}
		if be.Uint16(block[at:]) == 0xffff {
			free := int(be.Uint16(block[at+2:]))
			if free < 8 {
				return corrupt
			}
			at += free
			continue
		}
		nameLen, length := int(block[at+8]), 11
		if x.ftype {
			length++
		}
		if length = (length + nameLen + 7) &^ 7; at+length > end {
			return corrupt
		}
		names[string(block[at+9:at+9+nameLen])] = be.Uint64(block[at:])
		at += length
	}
	return nil
}
