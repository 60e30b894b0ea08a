package xz

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// container walks through a file: streams, the headers of blocks, indexes.
type container struct {
	in       *input
	check    checkID
	single   bool // one stream, and nothing of what follows
	inStream bool
	streams  int
	seen     indexHash // blocks of the stream
}

// indexHash represents the records of an index in constant space.
type indexHash struct {
	n    uint64
	hash hash.Hash
}

func (h *indexHash) add(r record) {
	if h.hash == nil {
		h.hash = sha256.New()
	}
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], r.unpadded)
	binary.LittleEndian.PutUint64(b[8:], r.size)
	h.hash.Write(b[:])
	h.n++
}

func (h *indexHash) equal(o *indexHash) bool {
	if h.n != o.n || h.n == 0 {
		return h.n == o.n
	}
	return string(h.hash.Sum(nil)) == string(o.hash.Sum(nil))
}

// blockHeader is what the header of a block tells. Sizes are -1 when it
// doesn't.
type blockHeader struct {
	check   checkID
	size    int // of the header itself
	packed  int64
	data    int64
	dict    int64
	filters []filter // to be undone in this order
}

// nextBlock returns the header of the next block, or io.EOF at the end of the
// file. The data of the block before must have been read, and done called.
func (c *container) nextBlock() (*blockHeader, error) {
	for {
		if !c.inStream {
			if err := c.streamHeader(); err != nil {
				return nil, err
			}
		}
		size, err := c.in.byte()
		if err != nil {
			return nil, fmt.Errorf("xz: reading block header: %w", err)
		}
		if size != indexIndicator {
			return c.blockHeader(size)
		}
		if err := c.index(); err != nil {
			return nil, fmt.Errorf("xz: reading index: %w", err)
		}
		c.inStream = false
	}
}

// done notes the sizes of a block that was read.
func (c *container) done(r record) { c.seen.add(r) }

func (c *container) streamHeader() error {
	if c.streams > 0 && c.single {
		return io.EOF
	}
	if c.streams > 0 {
		if err := c.streamPadding(); err != nil {
			return err
		}
	}
	var b [headerSize]byte
	if err := c.in.full(b[:]); err != nil {
		return fmt.Errorf("xz: reading stream header: %w", err)
	}
	check, err := parseStreamHeader(b[:])
	if err != nil {
		return err
	}
	if !check.known() {
		return fmt.Errorf("%w: check %d", ErrNotSupported, check)
	}
	c.check, c.inStream, c.seen = check, true, indexHash{}
	c.streams++
	return nil
}

// streamPadding skips the zeros, four at a time, between two streams. It
// returns io.EOF at the end of the file.
func (c *container) streamPadding() error {
	for {
		b, err := c.in.r.Peek(4)
		if len(b) == 0 {
			return err
		}
		if b[0] != 0 {
			return nil
		}
		if len(b) < 4 {
			return fmt.Errorf("xz: reading stream padding: %w", unexpected(err))
		}
		if err := c.in.zeros(4); err != nil {
			return err
		}
	}
}

func (c *container) blockHeader(size byte) (*blockHeader, error) {
	n := (int(size) + 1) * 4
	b := make([]byte, n)
	b[0] = size
	if err := c.in.full(b[1:]); err != nil {
		return nil, fmt.Errorf("xz: reading block header: %w", err)
	}
	if crc32.ChecksumIEEE(b[:n-4]) != binary.LittleEndian.Uint32(b[n-4:]) {
		return nil, formatError("checksum of a block header")
	}
	h := &blockHeader{check: c.check, size: n, packed: -1, data: -1}
	if err := h.parse(b[1 : n-4]); err != nil {
		return nil, err
	}
	return h, nil
}

// parse reads the fields between the size and the checksum.
func (h *blockHeader) parse(b []byte) error {
	flags := b[0]
	b = b[1:]
	if flags&flagReserved != 0 {
		return fmt.Errorf("%w: block flags %#x", ErrNotSupported, flags)
	}
	var err error
	if flags&flagPacked != 0 {
		if h.packed, b, err = takeSize(b); err != nil {
			return err
		}
		if h.packed == 0 || h.packed > maxUnpadded-int64(h.size)-64 {
			return formatError("compressed size %d in a block header", h.packed)
		}
	}
	if flags&flagUnpacked != 0 {
		if h.data, b, err = takeSize(b); err != nil {
			return err
		}
	}
	for i := int(flags & flagFilters); i >= 0; i-- {
		if b, err = h.filter(b, i == 0); err != nil {
			return err
		}
	}
	for _, v := range b {
		if v != 0 {
			return fmt.Errorf("%w: block header has more fields", ErrNotSupported)
		}
	}
	return nil
}

func takeSize(b []byte) (int64, []byte, error) {
	v, b, err := takeVLI(b)
	return int64(v), b, err
}

// filter takes the description of a filter, the last of which must be LZMA2
// and no other.
func (h *blockHeader) filter(b []byte, last bool) ([]byte, error) {
	id, b, err := takeVLI(b)
	if err != nil {
		return nil, err
	}
	n, b, err := takeVLI(b)
	if err != nil {
		return nil, err
	}
	if n > uint64(len(b)) {
		return nil, formatError("filter properties in a block header")
	}
	props, b := b[:n], b[n:]
	if last != (id == filterLZMA2) {
		return nil, fmt.Errorf("%w: filter %#x at this place", ErrNotSupported, id)
	}
	if !last {
		f, err := newFilter(id, props)
		h.filters = append([]filter{f}, h.filters...)
		return b, err
	}
	if n != 1 {
		return nil, formatError("LZMA2 properties of %d bytes", n)
	}
	dict, err := dictSizeOf(props[0])
	h.dict = int64(dict)
	return b, err
}

// index reads the index, whose first byte was read, and the footer.
func (c *container) index() error {
	start := c.in.n - 1
	in := &crcInput{input: c.in, crc: crc32.ChecksumIEEE([]byte{indexIndicator})}
	n, err := in.vli()
	if err != nil {
		return err
	}
	if n != c.seen.n {
		return formatError("%d blocks in the index, %d in the stream", n, c.seen.n)
	}
	var listed indexHash
	for ; n > 0; n-- {
		var r record
		if r.unpadded, err = in.vli(); err != nil {
			return err
		}
		if r.size, err = in.vli(); err != nil {
			return err
		}
		listed.add(r)
	}
	for (c.in.n-start)%4 != 0 {
		if b, err := in.byte(); err != nil || b != 0 {
			return errors.Join(err, formatError("index padding"))
		}
	}
	if err := in.check(); err != nil {
		return err
	}
	if !listed.equal(&c.seen) {
		return formatError("the index disagrees with the blocks")
	}
	return c.footer(c.in.n - start)
}

func (c *container) footer(indexSize int64) error {
	var b [headerSize]byte
	if err := c.in.full(b[:]); err != nil {
		return err
	}
	size, err := parseStreamFooter(b[:], c.check)
	if err != nil {
		return err
	}
	if size != indexSize {
		return formatError("index of %d bytes, %d in the footer", indexSize, size)
	}
	return nil
}
