package xz

import (
	"context"
	"io"
	"sync"
)

// worker decodes blocks into a ring, from which another goroutine checks and
// writes them.
type worker struct {
	c     *copier
	dec   *lzma2Decoder
	ring  []byte
	pos   int   // in the ring, where the next data go
	off   int64 // and in dst
	piece int   // where the data begin that were not passed on for being written
	sum   int   // and for the checksum
	todo  chan task
	done  chan struct{}
	extra []byte // window for a block with filters
}

// task is work for the goroutine that writes: data to be added to the
// checksum, which may be complete then, and data to be written.
type task struct {
	sum   []byte
	id    checkID
	check []byte // nil: more is to come
	data  []byte
	off   int64
}

func (c *copier) newWorker(ring []byte, off int64) *worker {
	w := &worker{c: c, ring: ring, dec: new(lzma2Decoder), off: off}
	w.pos = int(off % pieceSize)
	w.piece, w.sum = w.pos, w.pos
	// What is on the way, being written and being decoded is less than
	// ringMin.
	w.todo, w.done = make(chan task, piecesMax), make(chan struct{})
	// A ring that was used before may be larger than needed.
	w.ring = ring[:(len(ring)-outSlack)&^(pieceSize-1)+outSlack]
	w.dec.use(w.ring, w.pos)
	go w.drain()
	return w
}

// close waits until all is written.
func (w *worker) close() {
	w.write()
	close(w.todo)
	<-w.done
	w.c.rings.put(w.ring)
	if w.extra != nil {
		w.c.rings.put(w.extra)
	}
}

// block decodes a block and passes on its data. It returns its sizes.
func (w *worker) block(h *blockHeader, in *input) (record, error) {
	next := w.source(h, in)
	start, from := in.n, w.off
	for {
		b, err := next(int(pieceSize - w.off%pieceSize))
		if err == io.EOF {
			break
		}
		if err != nil {
			return record{}, blockError(err)
		}
		w.off += int64(len(b))
		w.pos += len(b)
		if h.data >= 0 && w.off-from > h.data || h.packed >= 0 && in.n-start > h.packed {
			return record{}, formatError("block is longer than its header tells")
		}
		if w.off%pieceSize == 0 {
			if err := w.write(); err != nil {
				return record{}, err
			}
		}
	}
	return w.end(h, in, in.n-start, w.off-from)
}

// end reads and passes on what follows the packed data.
func (w *worker) end(h *blockHeader, in *input, packed, data int64) (record, error) {
	if h.packed >= 0 && packed != h.packed || h.data >= 0 && data != h.data {
		return record{}, formatError("block has another size than its header tells")
	}
	if err := in.zeros(-packed & 3); err != nil {
		return record{}, blockError(err)
	}
	check := make([]byte, h.check.size())
	if err := in.full(check); err != nil {
		return record{}, blockError(err)
	}
	err := w.pass(task{sum: w.ring[w.sum:w.pos], id: h.check, check: check})
	w.sum = w.pos
	return h.record(packed, data), err
}

// source returns a function that decodes up to n bytes to where the worker is
// in the ring, without filters in place.
func (w *worker) source(h *blockHeader, in *input) func(n int) ([]byte, error) {
	if len(h.filters) == 0 {
		w.dec.begin(in, int(h.need()))
		w.dec.skipTo(w.pos)
		return w.dec.some
	}
	dec := new(lzma2Decoder)
	dec.use(w.extra, 0)
	dec.begin(in, int(h.need()))
	var src slabs = dec
	for _, f := range h.filters {
		src = &filterStage{src: src, f: f}
	}
	var slab []byte
	return func(n int) ([]byte, error) {
		for len(slab) == 0 {
			var err error
			if slab, err = src.next(); err != nil {
				return nil, err
			}
		}
		n = copy(w.ring[w.pos:], slab[:min(n, len(slab))])
		b := slab[:n]
		slab = slab[n:]
		return b, nil
	}
}

// write passes on the piece that was decoded.
func (w *worker) write() error {
	if w.piece == w.pos {
		return nil
	}
	data := w.ring[w.piece:w.pos]
	err := w.pass(task{sum: w.ring[w.sum:w.pos], data: data, off: w.off - int64(len(data)), id: w.c.c.check})
	if w.pos == len(w.ring)-outSlack {
		w.pos = 0
	}
	w.piece, w.sum = w.pos, w.pos
	return err
}

func (w *worker) pass(t task) error {
	select {
	case w.todo <- t:
		return nil
	case <-w.c.ctx.Done():
		return context.Cause(w.c.ctx)
	}
}

// drain does the tasks. After an error it only waits for their end.
func (w *worker) drain() {
	defer close(w.done)
	var sum checksum
	sum.reset(w.c.c.check)
	for t := range w.todo {
		if w.c.ctx.Err() != nil {
			continue
		}
		if err := w.do(&sum, t); err != nil {
			w.c.cancel(err)
		}
	}
}

func (w *worker) do(sum *checksum, t task) error {
	sum.write(t.sum)
	if t.check != nil {
		if string(sum.append(nil)) != string(t.check) {
			return ErrChecksum
		}
		sum.reset(t.id)
	}
	if len(t.data) == 0 {
		return nil
	}
	if err := w.c.gate.enter(t.off); err != nil {
		return err
	}
	n, err := w.c.dst.WriteAt(t.data, t.off)
	w.c.written.Add(int64(n))
	if err == nil && n < len(t.data) {
		err = io.ErrShortWrite
	}
	if err == nil {
		w.c.gate.leave(t.off, n)
	}
	return err
}

// firstPart is what is written before anything else.
const firstPart = 1 << 20

// gate lets the first part pass in order, and then everything.
type gate struct {
	mu    sync.Mutex
	moved *sync.Cond
	ctx   context.Context
	end   int64 // of the data that were written from the beginning on
}

func newGate(ctx context.Context) *gate {
	g := &gate{ctx: ctx}
	g.moved = sync.NewCond(&g.mu)
	wakeWhenDone(ctx, &g.mu, g.moved)
	return g
}

// wakeWhenDone wakes those who wait on a condition when the context ends.
func wakeWhenDone(ctx context.Context, mu *sync.Mutex, c *sync.Cond) {
	context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		c.Broadcast()
	})
}

// enter waits until data may be written at off.
func (g *gate) enter(off int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.end < firstPart && off != g.end {
		if err := context.Cause(g.ctx); err != nil {
			return err
		}
		g.moved.Wait()
	}
	return nil
}

// leave tells that n bytes were written at off.
func (g *gate) leave(off int64, n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if off == g.end && off < firstPart {
		g.end += int64(n)
		g.moved.Broadcast()
	}
}
