package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNotFAT reports an image that is not a FAT file system, or one that Linux would not mount.
var ErrNotFAT = errors.New("not a FAT file system")

// ErrCorrupt reports a chain of clusters that leaves the file system, loops or ends too
// early.
var ErrCorrupt = errors.New("corrupt FAT file system")

const (
	firstCluster = 2
	maxFAT12     = 0xff4
	maxFAT16     = 0xfff4
	maxFAT32     = 0x0ffffff6
)

// FS is a FAT file system.
type FS struct {
	r    io.ReaderAt
	size int64

	bits      int   // of a number in the table: 12, 16 or 32
	table     int64 // where the table begins, in bytes
	clusters  uint32
	cluster   int64 // size in bytes
	data      int64 // where cluster 2 begins
	rootStart int64 // fixed root directory; its size is 0 with FAT32
	rootSize  int64
	rootFirst uint32 // first cluster of the root directory of FAT32
}

// New opens the file system in an image of size bytes.
func New(r io.ReaderAt, size int64) (*FS, error) {
	b := make([]byte, 512)
	if size < int64(len(b)) {
		return nil, ErrNotFAT
	}
	if err := readFull(r, b, 0); err != nil {
		return nil, fmt.Errorf("reading boot sector: %w", err)
	}
	f := &FS{r: r, size: size}
	if err := f.layout(b); err != nil {
		return nil, err
	}
	return f, nil
}

// layout takes the boot sector apart.
func (f *FS) layout(b []byte) error {
	le := binary.LittleEndian
	sector := int64(le.Uint16(b[11:]))
	perCluster := int64(b[13])
	reserved := int64(le.Uint16(b[14:]))
	tables := int64(b[16])
	rootEntries := int64(le.Uint16(b[17:]))
	media := b[21]
	tableLength := int64(le.Uint16(b[22:]))
	total := int64(le.Uint16(b[19:]))
	if total == 0 {
		total = int64(le.Uint32(b[32:]))
	}
	switch {
	case !powerOf2(sector) || sector < 512 || sector > 4096, !powerOf2(perCluster),
		reserved == 0, tables == 0, media < 0xf8 && media != 0xf0:
		return ErrNotFAT
	}
	fat32 := tableLength == 0
	if fat32 {
		if tableLength = int64(le.Uint32(b[36:])); tableLength == 0 {
			return ErrNotFAT
		}
		if le.Uint16(b[42:]) != 0 {
			return fmt.Errorf("version of FAT32: not supported: %w", ErrNotFAT)
		}
	}
	if rootEntries*entrySize%sector != 0 {
		return fmt.Errorf("size of root directory: %w", ErrNotFAT)
	}
	f.cluster = perCluster * sector
	f.table = reserved * sector
	f.rootStart = f.table + tables*tableLength*sector
	f.rootSize = rootEntries * entrySize
	f.data = f.rootStart + f.rootSize
	if f.data > total*sector {
		return fmt.Errorf("size of file system: %w", ErrNotFAT)
	}
	clusters := (total*sector - f.data) / f.cluster
	limit := int64(maxFAT32)
	switch {
	case fat32:
		f.bits = 32
		f.rootFirst = le.Uint32(b[44:])
		f.rootSize = 0
	case clusters > maxFAT12:
		f.bits, limit = 16, maxFAT16
	default:
		f.bits, limit = 12, maxFAT12
	}
	// The table may be too short for all.
	clusters = min(clusters, max(tableLength*sector*8/int64(f.bits)-firstCluster, 0))
	if clusters > limit {
		return fmt.Errorf("number of clusters: %w", ErrNotFAT)
	}
	f.clusters = uint32(clusters)
	return nil
}

func powerOf2(n int64) bool { return n > 0 && n&(n-1) == 0 }

// valid tells whether there is a cluster of a number.
func (f *FS) valid(c uint32) bool { return c >= firstCluster && c-firstCluster < f.clusters }

// offset is where the content of a cluster begins.
func (f *FS) offset(c uint32) int64 { return f.data + int64(c-firstCluster)*f.cluster }

// readFull fills b from offset on.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == nil, errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
