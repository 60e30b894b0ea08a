package installer

import (
	"context"
	"io"
	"sync"
)

// Sizes of the buffers between the source and the decoder.
const (
	readSize  = 1 << 20
	readAhead = 8
)

// aheadReader reads a source in a goroutine of its own and passes every byte to tap, which
// hashes and counts, before handing it out.
type aheadReader struct {
	ctx    context.Context
	full   chan []byte
	free   chan []byte
	cancel context.CancelFunc
	done   sync.WaitGroup
	cur    []byte
	whole  []byte
	err    error // of the source; valid when full is closed
}

// newAheadReader starts to read. Close must be called before the source is closed.
func newAheadReader(ctx context.Context, src io.Reader, tap func([]byte)) *aheadReader {
	ctx, cancel := context.WithCancel(ctx)
	r := &aheadReader{ctx: ctx, cancel: cancel, full: make(chan []byte, readAhead), free: make(chan []byte, readAhead+1)}
	for range readAhead + 1 {
		r.free <- nil
	}
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		defer close(r.full)
		r.err = r.fill(src, tap)
	}()
	return r
}

func (r *aheadReader) fill(src io.Reader, tap func([]byte)) error {
	for {
		var buf []byte
		select {
		case buf = <-r.free:
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
		if buf == nil {
			buf = make([]byte, readSize)
		}
		n, err := readSome(src, buf)
		if n > 0 {
			tap(buf[:n])
			select {
			case r.full <- buf[:n]:
			case <-r.ctx.Done():
				return context.Cause(r.ctx)
			}
		}
		if err != nil {
			return err
		}
	}
}

// readSome reads until buf is full or the source ends. A source that stalls with part of a
// buffer read keeps that part for a while; the decoder has what came before.
func readSome(src io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = src.Read(buf[n:])
		n += m
	}
	return n, err
}

// Read implements io.Reader.
func (r *aheadReader) Read(p []byte) (int, error) {
	if len(r.cur) == 0 && !r.next() {
		return 0, r.err
	}
	n := copy(p, r.cur)
	r.cur = r.cur[n:]
	return n, nil
}

// next takes the next buffer; false at the end.
func (r *aheadReader) next() bool {
	if r.whole != nil {
		r.free <- r.whole[:cap(r.whole)]
		r.whole = nil
	}
	b, ok := <-r.full
	if ok {
		r.whole, r.cur = b, b
	}
	return ok
}

// peek returns what was read but not handed out, which is nothing only at the end.
func (r *aheadReader) peek() []byte {
	if len(r.cur) == 0 {
		r.next()
	}
	return r.cur
}

// Close ends the goroutine. A source that blocks must be interrupted by its own context.
func (r *aheadReader) Close() {
	r.cancel()
	r.done.Wait()
}
