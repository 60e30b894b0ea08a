package resource

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

const (
	// chunkSize is what one goroutine hands to the other; what fits in one chunk
	// needs no second goroutine.
	chunkSize = 256 << 10
	chunks    = 4
)

// delivery is how the bytes of one resource reach the caller.
type delivery struct {
	log   Log
	gzip  bool
	check *check // nil: not verified
	w     io.Writer
	n     int64 // bytes that w took
}

// Write hashes and writes.
func (d *delivery) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	d.n += int64(n)
	if err != nil {
		return n, err
	}
	if d.check != nil {
		d.check.hash.Write(p)
	}
	return n, nil
}

// deliver writes all of src, which is as transferred, and verifies it. The reading of
// src must end soon after stop, which may be nil if src never blocks.
func (s *shared) deliver(d *delivery, src io.Reader, stop context.CancelFunc) error {
	if d.check != nil {
		d.check.hash.Reset()
	}
	if d.gzip {
		z, err := s.gunzip(src)
		if err != nil {
			return err
		}
		defer s.gzips.Put(z)
		src = z
	}
	if err := s.copy(d, src, stop); err != nil {
		return err
	}
	if d.check != nil {
		return d.check.verdict(d.log)
	}
	return nil
}

// deliverBytes is deliver for bytes in memory.
func (s *shared) deliverBytes(d *delivery, data []byte) error {
	if d.gzip {
		return s.deliver(d, bytes.NewReader(data), nil)
	}
	if d.check != nil {
		d.check.hash.Reset()
	}
	if len(data) > 0 {
		if _, err := d.Write(data); err != nil {
			return err
		}
	}
	if d.check != nil {
		return d.check.verdict(d.log)
	}
	return nil
}

// gunzip returns a reader of all members of src.
func (s *shared) gunzip(src io.Reader) (*gzip.Reader, error) {
	z, ok := s.gzips.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	err := z.Reset(src)
	if err == nil {
		return z, nil
	}
	s.gzips.Put(z)
	if err == io.EOF { // nothing at all; a plain io.EOF would read as success
		err = fmt.Errorf("gzip: %w", io.ErrUnexpectedEOF)
	}
	return nil, err
}

func (s *shared) buffer() *[]byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, chunkSize)
	return &b
}

// copy writes src to d. What does not fit in one chunk is read in another goroutine,
// so that receiving and decompressing overlap with hashing and writing; not so from
// memory to memory, where stop is nil and nothing is waited for.
func (s *shared) copy(d *delivery, src io.Reader, stop context.CancelFunc) error {
	buf := s.buffer()
	defer s.buffers.Put(buf)
	for {
		n, err := readChunk(src, *buf)
		if n > 0 {
			if _, werr := d.Write((*buf)[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if stop != nil {
			return s.overlap(d, src, stop)
		}
	}
}

// readChunk fills buf. Unlike io.ReadFull it tells the end of src from data that
// were cut off: its error is that of src.
func readChunk(src io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; {
		var m int
		m, err = src.Read(buf[n:])
		n += m
		if m > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

type chunk struct {
	buf *[]byte
	n   int
	err error
}

func (s *shared) overlap(d *delivery, src io.Reader, stop context.CancelFunc) error {
	filled := make(chan chunk, chunks)
	quit := make(chan struct{})
	go func() {
		defer close(filled)
		for {
			c := chunk{buf: s.buffer()}
			c.n, c.err = readChunk(src, *c.buf)
			select {
			case filled <- c:
			case <-quit:
				return
			}
			if c.err != nil {
				return
			}
		}
	}()
	// The goroutine must be gone before the source is closed.
	defer func() {
		stop()
		for range filled {
		}
	}()
	defer close(quit)
	for c := range filled {
		_, err := d.Write((*c.buf)[:c.n])
		s.buffers.Put(c.buf)
		if err != nil {
			return err
		}
		if c.err == io.EOF {
			return nil
		}
		if c.err != nil {
			return c.err
		}
	}
	return io.ErrUnexpectedEOF // not reached: the last chunk has an error
}
