package zdeflate

import (
	"errors"
	"fmt"
	"io"
)

// Levels that NewWriter takes. DefaultLevel is the one that zlib means by -1.
const (
	BestSpeed       = 1
	BestCompression = 9
	DefaultLevel    = 6
)

var errClosed = errors.New("zdeflate: write after close")

// Writer compresses what is written to it into a raw deflate stream. It must
// be closed to complete the stream. A Writer is not safe for concurrent use.
type Writer struct {
	c      *compressor
	closed bool
}

// NewWriter returns a Writer that compresses to w at a level of 1 (fast) to 9
// (small). It takes about 1 MiB of memory: use it again with Reset when there
// are many inputs.
func NewWriter(w io.Writer, level int) (*Writer, error) {
	if level < BestSpeed || level > BestCompression {
		return nil, fmt.Errorf("zdeflate: invalid compression level %d", level)
	}
	z := &Writer{c: newCompressor(level)}
	z.Reset(w)
	return z, nil
}

// Reset discards all state and makes the Writer begin a new stream to w, at
// the level it was made with. It is cheap.
func (z *Writer) Reset(w io.Writer) {
	z.closed = false
	z.c.reset(w)
}

// Write compresses p. The compressed bytes may reach the destination as late
// as at Close. It fails only with an error of the destination, or after Close.
func (z *Writer) Write(p []byte) (int, error) {
	if z.closed {
		return 0, errClosed
	}
	c := z.c
	done := 0
	for c.err == nil && done < len(p) {
		if c.end == bufSize {
			c.fullWindows()
			c.rebase()
		}
		n := copy(c.buf[c.end:bufSize], p[done:])
		c.end += n
		done += n
	}
	return done, c.err
}

// Close completes the stream and hands it to the destination, which it does
// not close. A second Close does nothing.
func (z *Writer) Close() error {
	if z.closed {
		return z.c.err
	}
	z.closed = true
	if z.c.err == nil {
		z.c.finish()
	}
	return z.c.err
}
