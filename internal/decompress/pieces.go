package decompress

import (
	"context"
	"io"

	"github.com/nestos-dev/nestos/internal/decompress/pages"
)

const (
	pieceSize  = 1 << 20
	pieceCount = 4
)

// pieceWriter writes what it is given at ascending offsets in large pieces,
// in another goroutine.
type pieceWriter struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	dst    io.WriterAt
	memory []byte
	free   chan *piece
	full   chan *piece
	done   chan struct{}
	seen   func([]byte) // is given the data, in the other goroutine, unless nil
	cur    *piece       // the one being filled
	off    int64        // bytes that were written
}

// piece is a buffer for pieceSize bytes, with room before and behind them.
type piece struct {
	all  []byte
	data []byte // the pieceSize bytes
	n    int    // of which are filled
}

// newPieceWriter returns a writer whose pieces have front and back bytes of room, multiples of
// the page size.
func newPieceWriter(ctx context.Context, dst io.WriterAt, front, back int, seen func([]byte)) (*pieceWriter, error) {
	size := front + pieceSize + back
	memory, err := pages.Alloc(pieceCount * size)
	if err != nil {
		return nil, err
	}
	w := &pieceWriter{dst: dst, memory: memory, done: make(chan struct{}), seen: seen,
		free: make(chan *piece, pieceCount), full: make(chan *piece, pieceCount)}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	for i := range pieceCount {
		all := memory[i*size : (i+1)*size]
		w.free <- &piece{all: all, data: all[front : front+pieceSize]}
	}
	go w.run()
	return w, nil
}

func (w *pieceWriter) run() {
	defer close(w.done)
	for p := range w.full {
		if w.ctx.Err() != nil {
			continue
		}
		b := p.data[:p.n]
		if w.seen != nil {
			w.seen(b)
		}
		n, err := w.dst.WriteAt(b, w.off)
		w.off += int64(n)
		if err == nil && n < len(b) {
			err = io.ErrShortWrite
		}
		if err != nil {
			w.cancel(err)
		}
		w.free <- p
	}
}

// next returns an empty piece.
func (w *pieceWriter) next() (*piece, error) {
	select {
	case p := <-w.free:
		p.n = 0
		return p, nil
	case <-w.ctx.Done():
		return nil, context.Cause(w.ctx)
	}
}

// send has a piece written that next has returned.
func (w *pieceWriter) send(p *piece) {
	if p.n > 0 {
		w.full <- p
	} else {
		w.free <- p
	}
}

// room returns the part of the current piece that is not filled.
func (w *pieceWriter) room() (b []byte, err error) {
	if w.cur == nil {
		if w.cur, err = w.next(); err != nil {
			return nil, err
		}
	}
	return w.cur.data[w.cur.n:], nil
}

// filled tells that n bytes were put into room.
func (w *pieceWriter) filled(n int) {
	if w.cur.n += n; w.cur.n == pieceSize {
		w.flush()
	}
}

func (w *pieceWriter) flush() {
	if w.cur != nil {
		w.send(w.cur)
		w.cur = nil
	}
}

// Write takes a copy of b.
func (w *pieceWriter) Write(b []byte) (int, error) {
	total := len(b)
	for len(b) > 0 {
		room, err := w.room()
		if err != nil {
			return total - len(b), err
		}
		n := copy(room, b)
		w.filled(n)
		b = b[n:]
	}
	return total, nil
}

// ReadFrom writes all that r has.
func (w *pieceWriter) ReadFrom(r io.Reader) (total int64, err error) {
	for {
		room, err := w.room()
		if err != nil {
			return total, err
		}
		n, err := r.Read(room)
		w.filled(n)
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// close waits until all was written, and frees the pieces. err is that of
// whoever filled them; but an error of writing is the one that counts.
func (w *pieceWriter) close(err error) (int64, error) {
	if err != nil {
		w.cancel(err)
	}
	w.flush()
	close(w.full)
	<-w.done
	if cause := context.Cause(w.ctx); cause != nil {
		err = cause
	}
	w.cancel(nil)
	pages.Free(w.memory)
	return w.off, err
}
