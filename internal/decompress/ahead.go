package decompress

import (
	"context"
	"io"
)

// sourcePieces are read ahead of the decoder.
const sourcePieces = 16

// aheadReader reads ahead of its user in another goroutine.
type aheadReader struct {
	ctx  context.Context
	stop context.CancelFunc
	full chan []byte
	free chan []byte
	done chan struct{} // closed behind the last piece, when err is set
	err  error
	cur  []byte // the piece being handed out
	rest []byte
}

func readAhead(ctx context.Context, src io.Reader) *aheadReader {
	a := &aheadReader{full: make(chan []byte, sourcePieces), free: make(chan []byte, sourcePieces), done: make(chan struct{})}
	a.ctx, a.stop = context.WithCancel(ctx)
	for range sourcePieces {
		a.free <- nil
	}
	go a.run(src)
	return a
}

func (a *aheadReader) run(src io.Reader) {
	defer close(a.done)
	defer close(a.full)
	for a.err == nil {
		var b []byte
		select {
		case b = <-a.free:
		case <-a.ctx.Done():
			a.err = context.Cause(a.ctx)
			return
		}
		if b == nil {
			b = make([]byte, sourceSize)
		}
		var n int
		if n, a.err = fillFrom(src, b); n > 0 {
			a.full <- b[:n]
		}
	}
}

// maxEmptyReads is how often a source may return nothing, and no error.
const maxEmptyReads = 100

// fillFrom reads into b what comes, and at least a quarter of it if possible:
// sources that give little at a time shall not waste pieces.
func fillFrom(src io.Reader, b []byte) (n int, err error) {
	empty := 0
	for n < len(b)/4 && err == nil {
		var k int
		k, err = src.Read(b[n:])
		n += k
		if k > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

func (a *aheadReader) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		if err := a.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

func (a *aheadReader) advance() error {
	if a.cur != nil {
		a.free <- a.cur[:sourceSize]
		a.cur = nil
	}
	select {
	case b, ok := <-a.full:
		if !ok {
			return a.err
		}
		a.cur, a.rest = b, b
		return nil
	case <-a.ctx.Done():
		return context.Cause(a.ctx)
	}
}

// close waits until the source is not used any more.
func (a *aheadReader) close() {
	a.stop()
	<-a.done
}
