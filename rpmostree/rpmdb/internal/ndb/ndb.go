// Package ndb reads Packages.db, the store of headers of rpm's ndb backend.
//
// Open reads the slots, of which each names a package number and the place of
// its blob; Blob reads one and checks it.
//
// # Format
//
// Little endian. A header of 32 bytes takes the place of two slots:
//
//	"RpmP", version u32 (0), generation u32, pages of slots u32, next number u32, 3×u32 unused
//
// Slots of 16 bytes fill the rest of these pages of 4096 bytes, and what
// follows are blobs in blocks of 16 bytes:
//
//	slot  "Slot", number u32 (0: free), first block u32, blocks u32
//	blob  "BlbS", number u32, generation u32, length u32, data, zeros, Adler-32 u32, length u32, "BlbE"
//
// The checksum is over everything before it.
//
// # Limits
//
// The index file Index.db is not read. No locks are taken.
package ndb

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"slices"
)

const (
	headerMagic = "RpmP"
	slotMagic   = "Slot"
	blobMagic   = "BlbS"
	blobEnd     = "BlbE"
	pageSize    = 4096
	slotSize    = 16
	blockSize   = 16
	headSize    = 16
	tailSize    = 12
)

// ErrCorrupt reports a file that violates the format.
var ErrCorrupt = errors.New("malformed package database")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// Slot is the place of the blob of a package.
type Slot struct {
	Number uint32
	block  uint32
	blocks uint32
}

// File is a database that is open for reading. Its methods may be called
// concurrently.
type File struct {
	r     io.ReaderAt
	slots []Slot
	next  uint32
}

// Open reads the slots of a file of size bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	if size < 2*slotSize {
		return nil, corrupt("file of %d bytes", size)
	}
	h := make([]byte, 2*slotSize)
	if _, err := r.ReadAt(h, 0); err != nil {
		return nil, fmt.Errorf("reading header: %w", noEOF(err))
	}
	le := binary.LittleEndian
	if string(h[:4]) != headerMagic {
		return nil, corrupt("no ndb file")
	}
	if v := le.Uint32(h[4:]); v != 0 {
		return nil, fmt.Errorf("package databases of version %d are not supported", v)
	}
	pages := int64(le.Uint32(h[12:]))
	if pages < 1 || pages*pageSize > size {
		return nil, corrupt("%d pages of slots in a file of %d bytes", pages, size)
	}
	f := &File{r: r, next: le.Uint32(h[16:])}
	buf := make([]byte, pageSize)
	for i := range pages {
		if _, err := r.ReadAt(buf, i*pageSize); err != nil {
			return nil, fmt.Errorf("reading slots: %w", noEOF(err))
		}
		first := 0
		if i == 0 {
			first = 2 * slotSize
		}
		for b := buf[first:]; len(b) > 0; b = b[slotSize:] {
			if string(b[:4]) != slotMagic {
				return nil, corrupt("page %d of slots", i)
			}
			s := Slot{le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[12:])}
			if s.Number != 0 {
				f.slots = append(f.slots, s)
			}
		}
	}
	return f, f.check(pages, size)
}

// check proves that blobs lie inside the file and apart from each other, so
// that reading all takes linear time, and sorts the slots by number.
func (f *File) check(pages, size int64) error {
	slices.SortFunc(f.slots, func(a, b Slot) int { return cmp.Compare(a.block, b.block) })
	free := pages * pageSize / blockSize
	for _, s := range f.slots {
		end := int64(s.block) + int64(s.blocks)
		if int64(s.block) < free || int64(s.blocks)*blockSize < headSize+tailSize || end*blockSize > size {
			return corrupt("package %d has blocks %d to %d", s.Number, s.block, end)
		}
		free = end
	}
	slices.SortFunc(f.slots, func(a, b Slot) int { return cmp.Compare(a.Number, b.Number) })
	for i := 1; i < len(f.slots); i++ {
		if f.slots[i].Number == f.slots[i-1].Number {
			return corrupt("package %d occurs twice", f.slots[i].Number)
		}
	}
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Slots lists the packages by ascending number.
func (f *File) Slots() []Slot { return f.slots }

// Next is the number that the next package gets.
func (f *File) Next() uint32 { return f.next }

// Blob reads the blob of a package into new memory and checks its frame and
// its checksum.
func (f *File) Blob(s Slot) ([]byte, error) {
	b := make([]byte, int64(s.blocks)*blockSize)
	if _, err := f.r.ReadAt(b, int64(s.block)*blockSize); err != nil {
		return nil, fmt.Errorf("reading package %d: %w", s.Number, noEOF(err))
	}
	le := binary.LittleEndian
	tail := b[len(b)-tailSize:]
	n := le.Uint32(b[12:])
	if string(b[:4]) != blobMagic || string(tail[8:]) != blobEnd || le.Uint32(b[4:]) != s.Number ||
		le.Uint32(tail[4:]) != n || (int64(n)+headSize+tailSize+blockSize-1)/blockSize != int64(s.blocks) {
		return nil, corrupt("frame of package %d", s.Number)
	}
	if adler32.Checksum(b[:len(b)-tailSize]) != le.Uint32(tail) {
		return nil, corrupt("checksum of package %d", s.Number)
	}
	return b[headSize : headSize+n : headSize+n], nil
}
