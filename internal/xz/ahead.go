package xz

import (
	"encoding/binary"
	"io"
)

// ahead is a block that is decoded by a goroutine of its own.
type ahead struct {
	head   *blockHeader
	memory int64
	dec    *lzma2Decoder
	packed []byte // with padding and check
	done   chan struct{}
	data   []byte
	err    error
}

// schedule reads blocks and starts to decode them, as many as may be at a
// time, until there is one that must be decoded in turn.
func (z *Reader) schedule() {
	for z.workers > 1 && len(z.queue) < z.workers {
		h, err := z.takeHeader()
		if err != nil {
			z.fail(err)
			return
		}
		memory, ok := z.budget(h)
		if !ok {
			z.held = h
			return
		}
		a := &ahead{head: h, memory: memory, done: make(chan struct{})}
		if a.packed, err = z.c.in.upTo(h.packed + -h.packed&3 + int64(h.check.size())); err != nil {
			z.fail(blockError(err))
			return
		}
		z.c.done(h.record(h.packed, h.data))
		z.start(a)
	}
}

// takeHeader returns the header of the next block, or io.EOF.
func (z *Reader) takeHeader() (*blockHeader, error) {
	if h := z.held; h != nil {
		z.held = nil
		return h, nil
	}
	return z.c.nextBlock()
}

// fail queues an error behind the blocks before it.
func (z *Reader) fail(err error) {
	a := &ahead{err: err, done: make(chan struct{})}
	close(a.done)
	z.queue = append(z.queue, a)
	z.workers = 1
}

// budget tells whether a block can be decoded ahead now, and what memory it
// takes. Blocks with other filters than LZMA2 are decoded in turn.
func (z *Reader) budget(h *blockHeader) (int64, bool) {
	if h.packed < 0 || h.data < 0 || len(h.filters) > 0 || h.packed > z.limit || h.data > z.limit {
		return 0, false
	}
	n := h.packed + h.data
	return n, z.busy+n <= z.limit
}

func (z *Reader) start(a *ahead) {
	z.busy += a.memory
	z.queue = append(z.queue, a)
	if n := len(z.idle); n > 0 {
		a.dec, z.idle = z.idle[n-1], z.idle[:n-1]
	} else {
		a.dec = new(lzma2Decoder)
	}
	go func() {
		a.data, a.err = a.decode()
		a.packed = nil
		close(a.done)
	}()
}

// collect waits for a block. It returns the data as a single slab.
func (z *Reader) collect(a *ahead) slabs {
	return &collected{z: z, a: a}
}

type collected struct {
	z    *Reader
	a    *ahead
	seen bool
}

func (c *collected) next() ([]byte, error) {
	a := c.a
	if c.seen {
		a.data = nil
		c.z.busy -= a.memory
		return nil, io.EOF
	}
	<-a.done
	c.seen = true
	if a.dec != nil {
		c.z.idle = append(c.z.idle, a.dec)
	}
	if a.err != nil {
		return nil, a.err
	}
	c.z.schedule()
	return a.data, nil
}

// decode decodes the whole block.
func (a *ahead) decode() ([]byte, error) {
	h := a.head
	n, err := chunksSize(a.packed[:h.packed])
	if err != nil {
		return nil, blockError(err)
	}
	if n != h.data {
		return nil, formatError("block has another size than its header tells")
	}
	in := newMemoryInput(a.packed)
	d := a.dec
	all := make([]byte, n+outSlack)
	d.use(all, 0)
	d.begin(in, int(min(h.dict, max(h.data, minDict))))
	for err == nil {
		_, err = d.next()
	}
	d.use(nil, 0)
	if err != io.EOF {
		return nil, blockError(err)
	}
	return all[:n], a.verify(in, all[:n])
}

func (a *ahead) verify(in *input, data []byte) error {
	if err := in.zeros(-a.head.packed & 3); err != nil {
		return blockError(err)
	}
	var sum checksum
	sum.reset(a.head.check)
	sum.write(data)
	return verify(in, &sum)
}

// chunksSize adds up the sizes in the headers of the LZMA2 chunks which b
// must consist of.
func chunksSize(b []byte) (total int64, err error) {
	for len(b) > 0 && b[0] != ctlEnd {
		head := 3
		if b[0] >= ctlLZMA {
			head = 5
		}
		if len(b) < head {
			break
		}
		data := int64(binary.BigEndian.Uint16(b[1:])) + 1
		packed := data
		if b[0] >= ctlLZMA {
			data += int64(b[0]&0x1f) << 16
			packed = int64(binary.BigEndian.Uint16(b[3:])) + 1
		}
		if b[0] >= ctlLZMAProps {
			head++
		}
		total += data
		b = b[min(int64(head)+packed, int64(len(b))):]
	}
	if len(b) != 1 || b[0] != ctlEnd {
		return 0, formatError("chunks don't fill the block")
	}
	return total, nil
}

// upTo reads n bytes into memory that grows with what is there.
func (in *input) upTo(n int64) ([]byte, error) {
	b := make([]byte, 0, min(n, 1<<20))
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		part := b[len(b):min(int64(cap(b)), n)]
		if err := in.full(part); err != nil {
			return nil, err
		}
		b = b[:len(b)+len(part)]
	}
	return b, nil
}
