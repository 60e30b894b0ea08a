package xz

import "encoding/binary"

// parallel codes each buffer of data as a block of its own, several at a
// time.
type parallel struct {
	z     *Writer
	queue []chan *block // in the order of the blocks
	idle  []*block
	first int // table size of the first block
}

// block is a block being coded.
type block struct {
	enc *blockEncoder
	// tables is the dictionary size the match finder is made for. It depends on
	// the data only, because the size of its tables has an influence on the
	// output.
	tables int
	src    []byte
	out    []byte
	rec    record
}

func newParallel(z *Writer) *parallel { return &parallel{z: z} }

func (p *parallel) full() error {
	if len(p.queue) == p.z.o.Concurrency {
		if err := p.collect(); err != nil {
			return err
		}
	}
	b := &block{tables: min(p.z.o.DictSize, p.z.o.BlockSize, max(p.first, len(p.z.buf)))}
	p.first = b.tables
	if n := len(p.idle); n > 0 {
		b = p.idle[n-1]
		p.idle = p.idle[:n-1]
	}
	b.src, p.z.buf = p.z.buf, b.src[:0]
	done := make(chan *block, 1)
	p.queue = append(p.queue, done)
	go func() {
		b.encode(&p.z.o, p.z.id)
		done <- b
	}()
	return nil
}

// collect waits for the oldest block and writes it.
func (p *parallel) collect() error {
	b := <-p.queue[0]
	p.queue = p.queue[1:]
	p.idle = append(p.idle, b)
	z := p.z
	z.records = append(z.records, b.rec)
	if len(z.out) > 0 {
		if err := z.flush(); err != nil {
			return err
		}
	}
	z.out = b.out
	err := z.flush()
	z.out = nil
	return err
}

func (p *parallel) finish() error {
	if len(p.z.buf) > 0 {
		if err := p.full(); err != nil {
			return err
		}
	}
	for len(p.queue) > 0 {
		if err := p.collect(); err != nil {
			return err
		}
	}
	return nil
}

// encode codes b.src into b.out. The header tells the sizes, so room is left
// for it before they are known.
func (b *block) encode(o *WriterOptions, id checkID) {
	if b.enc == nil {
		b.enc = newBlockEncoder(b.tables, o)
	}
	dict := min(o.DictSize, len(b.src))
	const room = 4 + 2*binary.MaxVarintLen64 + 3 + 3 + 4
	out := append(b.out[:0], make([]byte, room)...)
	out = b.enc.encodeAll(out, b.src)
	packed := len(out) - room
	head := appendBlockHeader(nil, dictCode(dict), uint64(packed), uint64(len(b.src)))
	from := room - len(head)
	copy(out[from:], head)
	unpadded := len(out) - from + id.size()
	out = appendChecksum(padded(out, from), id, b.src)
	b.out = out[from:]
	b.rec = record{uint64(unpadded), uint64(len(b.src))}
}
