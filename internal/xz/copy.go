package xz

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// CopyOptions are the settings of [Copy].
type CopyOptions struct {
	// Concurrency is the number of blocks decoded at the same time when their
	// headers tell their sizes (as those by xz -T do) and MaxMemory allows; 0
	// means one for each processor.
	Concurrency int

	// MaxMemory bounds dictionaries and buffers, in bytes; 0 means 200 MiB. A
	// dictionary may take 7/10 of it.
	MaxMemory int64

	// Size, if not nil, is called for each block whose header tells the
	// size of its data, with the offset of their end. The header may lie. An error ends
	// the copy.
	Size func(end int64) error
}

const (
	copyMemory = 200 << 20
	pieceSize  = 1 << 20   // of the pieces that are written
	ringMin    = 8 << 20   // room for the pieces on the way
	piecesMax  = 4         // that wait for being written
	groupData  = 8 << 20   // small blocks are decoded in groups of this many bytes
	groupSize  = 64        // and blocks
	pageSize   = 128 << 10 // of the buffers of packed data
)

// Copy decodes the stream at the front of br to dst, from offset 0 on, and
// returns the number of bytes. When there is no error br is exactly behind
// the stream.
//
// Blocks are decoded in parallel, without being held in memory: each worker
// writes its block while it decodes it. WriteAt is called by several
// goroutines, for disjoint ranges, ascending for each block; the first MiB
// is written, in ascending order, before anything else. The pieces are 1 MiB
// at multiples of 1 MiB, in memory that begins at a page, except at the borders of
// blocks that are not at such an offset. They are not valid after WriteAt. What was
// written was not verified unless Copy returns no error.
//
// An error of WriteAt, or the end of ctx, ends the copy as soon as the
// current calls of WriteAt, and of Read by br, return.
func Copy(ctx context.Context, dst io.WriterAt, br *bufio.Reader, opts *CopyOptions) (int64, error) {
	var o CopyOptions
	if opts != nil {
		o = *opts
	}
	if o.Concurrency <= 0 {
		o.Concurrency = runtime.GOMAXPROCS(0)
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = copyMemory
	}
	c, err := newCopier(ctx, dst, br, &o)
	if err != nil {
		return 0, err
	}
	defer c.close()
	c.run()
	c.jobs.Wait()
	// The cause is the error that came first: others are its consequences.
	if err := context.Cause(c.ctx); err != nil {
		return c.written.Load(), err
	}
	return c.off, nil
}

// copier walks through a stream and hands its blocks to workers.
type copier struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	opts    *CopyOptions
	dst     io.WriterAt
	c       container
	off     int64 // where the data of the next block go
	rings   *ringPool
	pages   *pagePool
	slots   chan struct{} // one for each worker
	turn    chan struct{} // closed when the job before has got its memory
	jobs    sync.WaitGroup
	gate    *gate
	written atomic.Int64
	serial  *worker // for blocks without sizes
}

func newCopier(ctx context.Context, dst io.WriterAt, br *bufio.Reader, o *CopyOptions) (*copier, error) {
	c := &copier{opts: o, dst: dst}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.c.in, c.c.single = newInput(br, true), true
	var err error
	if c.pages, err = newPagePool(c.ctx, o.MaxMemory/4); err != nil {
		return nil, err
	}
	c.rings = newRingPool(c.ctx, o.MaxMemory/10*7)
	c.gate = newGate(c.ctx)
	c.slots = make(chan struct{}, o.Concurrency)
	c.turn = make(chan struct{})
	close(c.turn)
	return c, nil
}

func (c *copier) close() {
	c.cancel(context.Canceled)
	c.rings.close()
	c.pages.close()
}

// run starts the workers. When it returns they have got all their input, or
// the context has ended.
func (c *copier) run() {
	g, err := c.blocks()
	if err != io.EOF {
		c.cancel(err)
	}
	g.close()
	c.endSerial()
}

// blocks passes on all blocks. It returns io.EOF at the end, and the last group.
func (c *copier) blocks() (g *group, err error) {
	for {
		h, err := c.c.nextBlock()
		if err == nil {
			err = c.announce(h)
		}
		if err != nil {
			return g, err
		}
		if h.packed < 0 || h.data < 0 || len(h.filters) > 0 {
			g.close()
			g = nil
			err = c.inTurn(h)
		} else {
			c.endSerial()
			if !g.takes(h) {
				g.close()
				g = c.newGroup(h)
			}
			err = g.add(h)
		}
		if err != nil {
			return g, err
		}
	}
}

// announce tells of a block, and whether there is memory for it.
func (c *copier) announce(h *blockHeader) error {
	if n := h.ring() + h.extra(); n > c.rings.limit {
		return fmt.Errorf("%w: window of %d bytes, %d allowed", ErrMemoryLimit, n, c.rings.limit)
	}
	if h.data < 0 {
		return nil
	}
	if h.data > maxVLI-c.off {
		return formatError("sizes of the blocks")
	}
	if c.opts.Size != nil {
		return c.opts.Size(c.off + h.data)
	}
	return nil
}

// need is the dictionary the block really needs.
func (h *blockHeader) need() int64 {
	if h.data >= 0 {
		return min(h.dict, max(h.data, minDict))
	}
	return h.dict
}

// ring is the memory a worker needs for the block. The size of the window is
// a multiple of pieceSize, so that no piece is in two parts.
func (h *blockHeader) ring() int64 {
	if len(h.filters) > 0 {
		return ringMin + outSlack
	}
	return max((h.need()+windowSlack+pieceSize-1)&^(pieceSize-1), ringMin) + outSlack
}

// extra is the memory for the window of a block with filters, whose data
// cannot be written as they are in the window.
func (h *blockHeader) extra() int64 {
	if len(h.filters) > 0 {
		return h.need() + windowSlack + outSlack
	}
	return 0
}

// inTurn decodes a block directly from the input.
func (c *copier) inTurn(h *blockHeader) error {
	if w := c.serial; w == nil || int64(len(w.ring)) < h.ring() || h.extra() > 0 {
		c.endSerial()
		c.jobs.Wait()
		ring, err := c.rings.get(h.ring())
		if err != nil {
			return err
		}
		c.serial = c.newWorker(ring, c.off)
		if h.extra() > 0 {
			if c.serial.extra, err = c.rings.get(h.extra()); err != nil {
				return err
			}
		}
	}
	r, err := c.serial.block(h, c.c.in)
	c.c.done(r)
	c.off += int64(r.size)
	return err
}

func (c *copier) endSerial() {
	if c.serial != nil {
		c.serial.close()
		c.serial = nil
	}
}

// group is one or more blocks whose packed data go to the same worker.
type group struct {
	c     *copier
	heads chan *blockHeader
	queue *pageQueue
	n     int
	room  int64 // bytes of data that may be added
	ring  int64
}

// newGroup starts a worker for a group that begins with the block.
func (c *copier) newGroup(h *blockHeader) *group {
	g := &group{c: c, heads: make(chan *blockHeader, groupSize), ring: h.ring(), room: groupData}
	g.queue = c.pages.newQueue()
	turn, next := c.turn, make(chan struct{})
	c.turn = next
	off := c.off
	c.jobs.Go(func() {
		defer g.queue.discard()
		if err := g.work(turn, next, off); err != nil {
			c.cancel(err)
		}
	})
	return g
}

// takes tells whether a block may be added to the group.
func (g *group) takes(h *blockHeader) bool {
	return g != nil && g.n < groupSize && h.data <= g.room && h.ring() <= g.ring
}

// add adds a block; it reads the packed data.
func (g *group) add(h *blockHeader) error {
	g.n++
	g.room -= h.data
	g.heads <- h
	if err := g.queue.fill(g.c.c.in, h.packed+-h.packed&3+int64(h.check.size())); err != nil {
		return blockError(err)
	}
	g.c.c.done(h.record(h.packed, h.data))
	g.c.off += h.data
	return nil
}

func (g *group) close() {
	if g != nil {
		close(g.heads)
		g.queue.end()
	}
}

// work decodes the group. Memory is given out in the order of the blocks, so that the
// first ones are never kept waiting by others.
func (g *group) work(turn, next chan struct{}, off int64) error {
	c := g.c
	ring, err := g.acquire(turn)
	close(next)
	if err != nil {
		return err
	}
	defer func() { <-c.slots }()
	w := c.newWorker(ring, off)
	defer w.close()
	in := newInput(g.queue, false)
	for h := range g.heads {
		if _, err := w.block(h, in); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) acquire(turn chan struct{}) ([]byte, error) {
	c := g.c
	<-turn
	select {
	case c.slots <- struct{}{}:
	case <-c.ctx.Done():
		return nil, context.Cause(c.ctx)
	}
	ring, err := c.rings.get(g.ring)
	if err != nil {
		<-c.slots
	}
	return ring, err
}
