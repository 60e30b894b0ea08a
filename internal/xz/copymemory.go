package xz

import (
	"context"
	"io"
	"sync"

	"github.com/nestos-dev/nestos/internal/decompress/pages"
)

// ringPool gives out the rings of the workers, within a limit.
type ringPool struct {
	mu    sync.Mutex
	freed *sync.Cond
	ctx   context.Context
	limit int64
	used  int64    // by rings, also idle ones
	idle  [][]byte // ready for use
}

func newRingPool(ctx context.Context, limit int64) *ringPool {
	p := &ringPool{ctx: ctx, limit: limit}
	p.freed = sync.NewCond(&p.mu)
	wakeWhenDone(ctx, &p.mu, p.freed)
	return p
}

// get returns a ring of at least n bytes, up to twice as many, when there is one. n is not
// more than the limit.
func (p *ringPool) get(n int64) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if err := context.Cause(p.ctx); err != nil {
			return nil, err
		}
		if b := p.take(n); b != nil {
			return b, nil
		}
		for len(p.idle) > 0 && p.used+n > p.limit {
			p.drop()
		}
		if p.used+n <= p.limit {
			b, err := pages.Alloc(int(n))
			if err == nil {
				p.used += n
			}
			return b, err
		}
		p.freed.Wait()
	}
}

// take returns an idle ring that fits.
func (p *ringPool) take(n int64) []byte {
	for i, b := range p.idle {
		if size := int64(cap(b)); size >= n && size <= 2*n {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			return b[:size]
		}
	}
	return nil
}

// drop frees an idle ring.
func (p *ringPool) drop() {
	last := len(p.idle) - 1
	b := p.idle[last]
	p.idle = p.idle[:last]
	p.used -= int64(cap(b))
	pages.Free(b[:cap(b)])
}

func (p *ringPool) put(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, b)
	p.freed.Broadcast()
}

// close frees the rings, which must all be idle.
func (p *ringPool) close() {
	for len(p.idle) > 0 {
		p.drop()
	}
}

// pagePool gives out the buffers for packed data that wait for their turn.
type pagePool struct {
	mu    sync.Mutex
	freed *sync.Cond
	ctx   context.Context
	all   []byte
	free  [][]byte // the one used last is used next: its memory is there
	n     int
}

func newPagePool(ctx context.Context, limit int64) (*pagePool, error) {
	n := max(int(limit/pageSize), 2)
	all, err := pages.Alloc(n * pageSize)
	if err != nil {
		return nil, err
	}
	p := &pagePool{ctx: ctx, all: all, n: n}
	p.freed = sync.NewCond(&p.mu)
	for i := n - 1; i >= 0; i-- {
		p.free = append(p.free, all[i*pageSize:(i+1)*pageSize:(i+1)*pageSize])
	}
	wakeWhenDone(ctx, &p.mu, p.freed)
	return p, nil
}

func (p *pagePool) get() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if err := context.Cause(p.ctx); err != nil {
			return nil, err
		}
		if n := len(p.free); n > 0 {
			b := p.free[n-1]
			p.free = p.free[:n-1]
			return b, nil
		}
		p.freed.Wait()
	}
}

func (p *pagePool) put(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, b[:pageSize])
	p.freed.Signal()
}

func (p *pagePool) close() { pages.Free(p.all) }

// pageQueue carries the packed data of a group of blocks. It never blocks the
// one who fills it but for the lack of pages.
type pageQueue struct {
	p    *pagePool
	full chan []byte
	cur  []byte // the page being read
	rest []byte // of it
}

func (p *pagePool) newQueue() *pageQueue {
	return &pageQueue{p: p, full: make(chan []byte, p.n)}
}

// fill moves n bytes from in to the queue.
func (q *pageQueue) fill(in *input, n int64) error {
	for n > 0 {
		b, err := q.p.get()
		if err != nil {
			return err
		}
		b = b[:min(n, pageSize)]
		if err := in.full(b); err != nil {
			q.p.put(b)
			return err
		}
		n -= int64(len(b))
		q.full <- b
	}
	return nil
}

// end marks the end of the data.
func (q *pageQueue) end() { close(q.full) }

// Read returns data when there are some.
func (q *pageQueue) Read(b []byte) (int, error) {
	if len(q.rest) == 0 {
		if err := q.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(b, q.rest)
	q.rest = q.rest[n:]
	return n, nil
}

func (q *pageQueue) advance() error {
	q.release()
	select {
	case b, ok := <-q.full:
		if !ok {
			return io.EOF
		}
		q.cur, q.rest = b, b
		return nil
	case <-q.p.ctx.Done():
		return context.Cause(q.p.ctx)
	}
}

func (q *pageQueue) release() {
	if q.cur != nil {
		q.p.put(q.cur)
		q.cur, q.rest = nil, nil
	}
}

// discard gives back what nobody reads any more.
func (q *pageQueue) discard() {
	q.release()
	for b := range q.full {
		q.p.put(b)
	}
}
