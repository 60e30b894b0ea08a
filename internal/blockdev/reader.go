package blockdev

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	blockSize = 64 << 10
	maxBlocks = 512 // 32 MiB, more than all probes together want
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// reader reads small pieces of a device and remembers them. An I/O error stays.
type reader struct {
	r      io.ReaderAt
	size   int64
	sector int
	blocks map[int64][]byte
	err    error
}

func newReader(r io.ReaderAt, size int64, sector int) *reader {
	return &reader{r: r, size: size, sector: sector, blocks: make(map[int64][]byte)}
}

// at returns n bytes at off, nil if they are not all on the device or cannot be
// read. The bytes must not be changed.
func (p *reader) at(off, n int64) []byte {
	if off < 0 || n <= 0 || off > p.size || n > p.size-off || p.err != nil {
		return nil
	}
	first, last := off/blockSize, (off+n-1)/blockSize
	if first == last {
		b := p.block(first)
		if b == nil {
			return nil
		}
		off -= first * blockSize
		return b[off : off+n]
	}
	out := make([]byte, 0, n)
	for i := first; i <= last; i++ {
		b := p.block(i)
		if b == nil {
			return nil
		}
		start, end := max(off-i*blockSize, 0), min(off+n-i*blockSize, blockSize)
		out = append(out, b[start:end]...)
	}
	return out
}

func (p *reader) block(i int64) []byte {
	if b, ok := p.blocks[i]; ok {
		return b
	}
	if len(p.blocks) >= maxBlocks {
		clear(p.blocks)
	}
	b := make([]byte, min(blockSize, p.size-i*blockSize))
	if _, err := p.r.ReadAt(b, i*blockSize); err != nil && !(errors.Is(err, io.EOF) && p.short(b, i)) {
		p.err = fmt.Errorf("reading at offset %d: %w", i*blockSize, err)
		return nil
	}
	p.blocks[i] = b
	return b
}

// short tells whether an EOF is harmless: ReadAt may return it with the last byte.
func (p *reader) short(b []byte, i int64) bool {
	n, err := p.r.ReadAt(b[len(b)-1:], i*blockSize+int64(len(b))-1)
	return n == 1 && (err == nil || errors.Is(err, io.EOF))
}
