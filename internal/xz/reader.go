package xz

import (
	"errors"
	"fmt"
	"io"
)

// ReaderOptions are the settings of a decoder. The zero value, like nil, is
// right for data of unknown origin.
type ReaderOptions struct {
	// MemoryLimit bounds the dictionary that a file may ask for, and the
	// blocks that are decoded at the same time, in bytes; 0 means 256 MiB,
	// a negative value no limit. Buffers take a quarter more than the
	// dictionary, but not more than twice what the data need.
	MemoryLimit int64

	// Concurrency is the number of blocks decoded at the same time, when
	// their headers tell their sizes (as those by xz -T do) and MemoryLimit
	// allows; 0 means 1. Each block is held in memory, packed and unpacked.
	Concurrency int

	// SingleStream ends the data with the first stream, where io.EOF is
	// reported whatever follows. When r is a *bufio.Reader, it is left exactly
	// behind the stream at that time.
	SingleStream bool
}

const defaultMemory = 256 << 20

// ErrMemoryLimit is reported (wrapped) when a file needs a dictionary larger
// than ReaderOptions.MemoryLimit.
var ErrMemoryLimit = errors.New("xz: memory limit exceeded")

// Reader decodes an .xz file: all its streams and blocks, up to the end of the
// input. Data after the last stream that are neither padding nor a stream
// are an error.
//
// Data are handed out before the checksum of their block was verified; they
// may be trusted when Read has returned io.EOF.
type Reader struct {
	c       container
	limit   int64
	workers int

	lzma2 *lzma2Decoder // for blocks decoded one at a time
	cur   slabs         // the block being read, nil between blocks
	held  *blockHeader  // of the next block, which cannot be decoded ahead
	queue []*ahead
	idle  []*lzma2Decoder
	busy  int64 // bytes of the blocks in the queue
	slab  []byte
	err   error
}

// NewReader returns a Reader of the file in r. It reads the stream header,
// and returns what is wrong with it. The Reader reads ahead of the data, but
// not behind the end of r.
func NewReader(r io.Reader, opts *ReaderOptions) (*Reader, error) {
	var o ReaderOptions
	if opts != nil {
		o = *opts
	}
	z := &Reader{limit: o.MemoryLimit, workers: max(o.Concurrency, 1)}
	if z.limit == 0 {
		z.limit = defaultMemory
	} else if z.limit < 0 {
		z.limit = maxVLI
	}
	z.c.in = newInput(r, o.SingleStream)
	z.c.single = o.SingleStream
	if err := z.c.streamHeader(); err != nil {
		return nil, err
	}
	return z, nil
}

// Read returns decoded data; at the end, when everything was verified,
// io.EOF. A file that is cut off gives an error that wraps
// io.ErrUnexpectedEOF, a damaged one ErrFormat or ErrChecksum.
func (z *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := z.fill(); err != nil {
		return 0, err
	}
	n := copy(p, z.slab)
	z.slab = z.slab[n:]
	return n, nil
}

// WriteTo writes all the decoded data to w, without copying them.
func (z *Reader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if err := z.fill(); err == io.EOF {
			return total, nil
		} else if err != nil {
			return total, err
		}
		n, err := w.Write(z.slab)
		total += int64(n)
		if err == nil && n < len(z.slab) {
			err = io.ErrShortWrite
		}
		z.slab = z.slab[n:]
		if err != nil {
			return total, err
		}
	}
}

// fill makes slab not empty.
func (z *Reader) fill() error {
	for len(z.slab) == 0 {
		if z.err != nil {
			return z.err
		}
		if z.cur == nil {
			z.cur, z.err = z.nextBlock()
			continue
		}
		slab, err := z.cur.next()
		z.slab = slab
		if err == io.EOF {
			z.cur = nil
		} else if err != nil {
			z.err = err
			z.queue = nil
		}
	}
	return nil
}

// nextBlock returns the next block, or io.EOF.
func (z *Reader) nextBlock() (slabs, error) {
	z.schedule()
	if len(z.queue) > 0 {
		a := z.queue[0]
		z.queue = z.queue[1:]
		return z.collect(a), nil
	}
	h, err := z.takeHeader()
	if err != nil {
		return nil, err
	}
	if z.lzma2 == nil {
		z.lzma2 = new(lzma2Decoder)
	}
	return z.open(h, z.lzma2, z.c.in)
}

// open returns the data of a block that are decoded one chunk after the
// other.
func (z *Reader) open(h *blockHeader, d *lzma2Decoder, in *input) (*blockReader, error) {
	dict, err := z.dictSize(h)
	if err != nil {
		return nil, err
	}
	d.reset(in, dict)
	b := &blockReader{c: &z.c, head: h, in: in, start: in.n, src: d}
	for _, f := range h.filters {
		b.src = &filterStage{src: b.src, f: f}
	}
	b.sum.reset(h.check)
	return b, nil
}

// dictSize is what a block needs as dictionary.
func (z *Reader) dictSize(h *blockHeader) (int, error) {
	need := h.dict
	if h.data >= 0 {
		need = min(need, max(h.data, minDict))
	}
	if need > z.limit {
		return 0, fmt.Errorf("%w: dictionary of %d bytes, %d allowed", ErrMemoryLimit, need, z.limit)
	}
	return int(need), nil
}

// blockReader reads a block and verifies it.
type blockReader struct {
	c     *container
	head  *blockHeader
	in    *input
	start int64 // where in the input the packed data begin
	src   slabs
	sum   checksum
}

func (b *blockReader) next() ([]byte, error) {
	slab, err := b.src.next()
	if err == io.EOF {
		if err := b.finish(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, blockError(err)
	}
	b.sum.write(slab)
	if b.head.data >= 0 && b.sum.bytes > b.head.data || b.head.packed >= 0 && b.in.n-b.start > b.head.packed {
		return nil, formatError("block is longer than its header tells")
	}
	return slab, nil
}

func blockError(err error) error { return fmt.Errorf("xz: reading block: %w", err) }

// finish reads what follows the packed data.
func (b *blockReader) finish() error {
	packed := b.in.n - b.start
	if b.head.packed >= 0 && packed != b.head.packed || b.head.data >= 0 && b.sum.bytes != b.head.data {
		return formatError("block has another size than its header tells")
	}
	if err := b.in.zeros(-packed & 3); err != nil {
		return blockError(err)
	}
	if err := verify(b.in, &b.sum); err != nil {
		return err
	}
	b.c.done(b.head.record(packed, b.sum.bytes))
	return nil
}

func (h *blockHeader) record(packed, data int64) record {
	return record{uint64(h.size) + uint64(packed) + uint64(h.check.size()), uint64(data)}
}

// verify reads a checksum and compares it.
func verify(in *input, sum *checksum) error {
	var got [32]byte
	n := sum.id.size()
	if err := in.full(got[:n]); err != nil {
		return blockError(err)
	}
	if string(sum.append(nil)) != string(got[:n]) {
		return ErrChecksum
	}
	return nil
}
