// Package bdb reads hash databases of Berkeley DB, in either byte order.
//
// Open reads the metadata page. A Reader's Items lists the keys that are in the
// file and where their values are; Value reads one.
//
// # Format
//
// The file is an array of pages that begin with a header of 26 bytes:
//
//	LSN 8, page u32, previous u32, next u32, entries u16, free offset u16, level u8, type u8
//
// Page 0 is the metadata: magic 0x061561 at offset 12, version at 16, page size
// at 20, encryption at 24, type 8 at 25, last page at 32. Hash pages (types 2
// and 13) hold an array of u16 offsets behind the header; items alternate
// between key and value and fill the page from its end. An item begins with its
// kind: 1 bytes in place, 3 a list of overflow pages: 3 unused bytes, first
// page u32, length u32. Overflow pages (type 7) keep their length in the place
// of the free offset.
//
// # Limits
//
// Duplicates, encryption and the journal of an environment are not supported;
// rpm used none of them. No locks are taken.
package bdb

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	hashMagic      = 0x061561
	headerSize     = 26
	metaSize       = 72
	typeHashMeta   = 8
	typeHashOld    = 2
	typeHash       = 13
	typeOverflow   = 7
	itemKeyData    = 1
	itemOffPage    = 3
	maxKey         = 64
	offPageSize    = 12
	readAheadBytes = 64 << 10
)

// ErrCorrupt reports a file that violates the format.
var ErrCorrupt = errors.New("malformed Berkeley DB file")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// File is a database that is open for reading. Its methods may be called
// concurrently.
type File struct {
	r        io.ReaderAt
	pageSize int
	pages    uint32
	order    binary.ByteOrder
}

// Reader reads the file once: keys, then values. Its methods may not be called
// concurrently.
type Reader struct {
	*File
	used []uint64 // overflow pages that belong to a value

	win      []byte
	winFirst uint32
	winPages uint32
}

// Item is a pair of key and value.
type Item struct {
	Key []byte
	// The value is in place, or Size bytes from the overflow page Page on.
	inline []byte
	page   uint32
	Size   uint32
}

// Open reads the metadata of a file of size bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	if size < metaSize {
		return nil, corrupt("file of %d bytes", size)
	}
	var h [metaSize]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return nil, fmt.Errorf("reading metadata: %w", noEOF(err))
	}
	f := &File{r: r, order: binary.LittleEndian}
	if binary.BigEndian.Uint32(h[12:]) == hashMagic {
		f.order = binary.BigEndian
	} else if f.order.Uint32(h[12:]) != hashMagic {
		return nil, corrupt("no hash database")
	}
	if v := f.order.Uint32(h[16:]); v < 5 || v > 10 {
		return nil, fmt.Errorf("hash databases of version %d are not supported", v)
	}
	if h[24] != 0 {
		return nil, errors.New("encrypted databases are not supported")
	}
	if h[25] != typeHashMeta {
		return nil, corrupt("metadata of type %d", h[25])
	}
	page := f.order.Uint32(h[20:])
	if page < 512 || page > 1<<16 || page&(page-1) != 0 {
		return nil, corrupt("page size %d", page)
	}
	f.pageSize = int(page)
	f.pages = uint32(min(size/int64(page), 1<<32-1))
	if last := f.order.Uint32(h[32:]); last >= f.pages {
		return nil, corrupt("the file ends at page %d of %d", f.pages, uint64(last)+1)
	}
	return f, nil
}

// Reader begins a new pass over the file.
func (f *File) Reader() *Reader {
	return &Reader{
		File: f,
		used: make([]uint64, f.pages/64+1),
		win:  make([]byte, max(f.pageSize, readAheadBytes)),
	}
}

// Order is the byte order of the machine that wrote the file, in which
// programs also stored their numbers.
func (f *File) Order() binary.ByteOrder { return f.order }

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// read returns page n, valid until the next call.
func (r *Reader) read(n uint32) ([]byte, error) {
	if n >= r.pages {
		return nil, corrupt("page %d of %d", n, r.pages)
	}
	if n < r.winFirst || n >= r.winFirst+r.winPages {
		count := min(uint32(len(r.win)/r.pageSize), r.pages-n)
		r.winPages = 0
		want := int(count) * r.pageSize
		if c, err := r.r.ReadAt(r.win[:want], int64(n)*int64(r.pageSize)); c < want {
			return nil, fmt.Errorf("reading page %d: %w", n, noEOF(err))
		}
		r.winFirst, r.winPages = n, count
	}
	return r.win[int(n-r.winFirst)*r.pageSize:][:r.pageSize], nil
}

// Items lists all pairs, sorted by key. Values in place are copied, so the
// memory needed is bounded by the size of the hash pages.
func (r *Reader) Items() ([]Item, error) {
	var items []Item
	// All pages are looked at, instead of following the buckets: pages that
	// are free have another type.
	for n := uint32(1); n < r.pages; n++ {
		p, err := r.read(n)
		if err != nil {
			return nil, err
		}
		if p[25] != typeHash && p[25] != typeHashOld {
			continue
		}
		if items, err = r.pageItems(items, p, n); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		if len(a.Key) == 4 && len(b.Key) == 4 {
			return cmp.Compare(r.order.Uint32(a.Key), r.order.Uint32(b.Key))
		}
		return slices.Compare(a.Key, b.Key)
	})
	return items, nil
}

func (r *Reader) pageItems(items []Item, p []byte, n uint32) ([]Item, error) {
	count := int(r.order.Uint16(p[20:]))
	low := headerSize + 2*count
	if count%2 != 0 || low > len(p) {
		return nil, corrupt("%d items in page %d", count, n)
	}
	end := len(p)
	item := func(i int) ([]byte, error) {
		off := int(r.order.Uint16(p[headerSize+2*i:]))
		if off < low || off >= end {
			return nil, corrupt("item %d of page %d at offset %d", i, n, off)
		}
		b := p[off:end]
		end = off
		return b, nil
	}
	for i := 0; i < count; i += 2 {
		key, err := item(i)
		if err != nil {
			return nil, err
		}
		val, err := item(i + 1)
		if err != nil {
			return nil, err
		}
		if key[0] != itemKeyData || len(key) > maxKey {
			return nil, corrupt("key of kind %d with %d bytes in page %d", key[0], len(key), n)
		}
		it := Item{Key: slices.Clone(key[1:])}
		switch {
		case val[0] == itemKeyData:
			it.inline = slices.Clone(val[1:])
			it.Size = uint32(len(it.inline))
		case val[0] == itemOffPage && len(val) >= offPageSize && r.order.Uint32(val[4:]) != 0:
			it.page, it.Size = r.order.Uint32(val[4:]), r.order.Uint32(val[8:])
		default:
			return nil, corrupt("value of kind %d with %d bytes in page %d", val[0], len(val), n)
		}
		items = append(items, it)
	}
	return items, nil
}

// Value reads the value of an item into new memory. Overflow pages that belong
// to two items are an error, so each item can be read once.
func (r *Reader) Value(it Item) ([]byte, error) {
	if it.page == 0 {
		return it.inline, nil
	}
	if int64(it.Size) > int64(r.pages)*int64(r.pageSize) {
		return nil, corrupt("value of %d bytes", it.Size)
	}
	// Grown as the pages arrive: the length may be a lie.
	out := make([]byte, 0, min(it.Size, 1<<20))
	for next := it.page; uint32(len(out)) < it.Size; {
		if next == 0 || next >= r.pages {
			return nil, corrupt("overflow page %d of %d", next, r.pages)
		}
		if r.used[next/64]&(1<<(next%64)) != 0 {
			return nil, corrupt("page %d is used twice", next)
		}
		r.used[next/64] |= 1 << (next % 64)
		p, err := r.read(next)
		if err != nil {
			return nil, err
		}
		n := int(r.order.Uint16(p[22:]))
		if p[25] != typeOverflow || n == 0 || headerSize+n > len(p) || len(out)+n > int(it.Size) {
			return nil, corrupt("page %d of type %d with %d bytes in a value of %d", next, p[25], n, it.Size)
		}
		out = append(out, p[headerSize:headerSize+n]...)
		next = r.order.Uint32(p[16:])
	}
	return out, nil
}
