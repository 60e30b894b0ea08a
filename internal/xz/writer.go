package xz

import (
	"errors"
	"io"
)

// Writer encodes what is written to it as an .xz file with one stream. Close
// must be called and must succeed for the file to be valid.
//
// With WriterOptions.BlockSize 0 nothing reaches the underlying writer before
// about one and a half dictionary sizes were written, or Close is called.
type Writer struct {
	w       io.Writer
	o       WriterOptions
	id      checkID
	err     error
	closed  bool
	buf     []byte // window of the current block, or the data of the next
	out     []byte
	records []record
	body    body
}

// body is a way to code the data: as one block or as many.
type body interface {
	// full is called when the buffer is at its limit, and makes room in it.
	full() error
	// finish codes the rest of the data.
	finish() error
}

// NewWriter returns a Writer to w. It writes the stream header when the first
// data is coded. The errors are those of wrong options.
func NewWriter(w io.Writer, opts *WriterOptions) (*Writer, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	z := &Writer{w: w, o: o, id: checkIDs[o.Check]}
	if o.BlockSize != 0 {
		z.body = newParallel(z)
	} else {
		z.body = newSingle(z)
	}
	z.out = appendStreamHeader(nil, z.id)
	return z, nil
}

// limit is the size of the buffer.
func (z *Writer) limit() int {
	if z.o.BlockSize != 0 {
		return z.o.BlockSize
	}
	return z.o.DictSize + max(z.o.DictSize/2, minSlack)
}

// Write takes p into the file. It returns an error of the underlying writer,
// perhaps of an earlier write.
func (z *Writer) Write(p []byte) (int, error) {
	if z.closed {
		return 0, errors.New("xz: write to a closed writer")
	}
	total := len(p)
	for z.err == nil && len(p) > 0 {
		if len(z.buf) == z.limit() {
			z.err = z.body.full()
			continue
		}
		n := min(len(p), z.limit()-len(z.buf))
		z.grow(n)
		z.buf = append(z.buf, p[:n]...)
		p = p[n:]
	}
	return total - len(p), z.err
}

// grow makes room for n bytes: for all the data when its size is known, else
// at least by half.
func (z *Writer) grow(n int) {
	need := len(z.buf) + n
	if need <= cap(z.buf) {
		return
	}
	hint := int(min(z.o.SizeHint, int64(z.limit())))
	size := min(max(need, hint, cap(z.buf)*3/2, 4096), z.limit())
	z.buf = append(make([]byte, 0, size), z.buf...)
}

// Close codes the rest of the data and ends the file. It does not close the
// underlying writer.
func (z *Writer) Close() error {
	if z.closed {
		return z.err
	}
	z.closed = true
	if z.err == nil {
		z.err = z.body.finish()
	}
	if z.err == nil {
		z.out = appendTail(z.out, z.id, z.records)
		z.err = z.flush()
	}
	z.buf, z.out, z.body = nil, nil, nil
	return z.err
}

func (z *Writer) flush() error {
	n, err := z.w.Write(z.out)
	if err == nil && n < len(z.out) {
		err = io.ErrShortWrite
	}
	z.out = z.out[:0]
	return err
}

const (
	// minSlack is the least of data that is coded at a time.
	minSlack = 1 << 20
	// lookAhead is more than the parser and the match finder look ahead.
	lookAhead = maxNodes + 2*maxMatch + 16
)

// single codes everything as one block, with a window that slides.
type single struct {
	z        *Writer
	enc      *blockEncoder // nil before the buffer was full
	sum      checksum
	summed   int // bytes of the buffer that are in sum
	unpadded uint64
}

func newSingle(z *Writer) *single {
	s := &single{z: z}
	s.sum.reset(z.id)
	return s
}

// begin writes the block header and sets up the encoder.
func (s *single) begin(dict int) error {
	z := s.z
	s.enc = newBlockEncoder(dict, &z.o)
	s.enc.mf.reset(z.buf)
	s.enc.lzma2.reset(z.buf, defaultParams)
	n := len(z.out)
	z.out = appendBlockHeader(z.out, dictCode(dict), 0, 0)
	s.unpadded = uint64(len(z.out) - n)
	return z.flush()
}

func (s *single) full() error {
	z := s.z
	if s.enc == nil {
		if err := s.begin(z.o.DictSize); err != nil {
			return err
		}
	}
	if err := s.code(len(z.buf)-lookAhead, len(z.buf)-maxMatch); err != nil {
		return err
	}
	e := s.enc.lzma2
	drop := (e.pos - z.o.DictSize) &^ (maxPosState - 1)
	if drop <= 0 {
		return nil
	}
	z.buf = z.buf[:copy(z.buf, z.buf[drop:])]
	s.enc.mf.slid(z.buf, drop)
	s.summed -= drop
	e.pos -= drop
	return nil
}

// code codes the data up to end; that up to searchable may be looked at.
func (s *single) code(end, searchable int) error {
	z, e := s.z, s.enc.lzma2
	s.sum.write(z.buf[s.summed:])
	s.summed = len(z.buf)
	e.buf, s.enc.mf.buf = z.buf, z.buf
	e.src.start(searchable)
	defer e.src.pause()
	for e.pos < end {
		z.out = e.chunk(z.out, end)
		s.unpadded += uint64(len(z.out))
		if err := z.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (s *single) finish() error {
	z := s.z
	if s.enc == nil {
		if len(z.buf) == 0 {
			return nil
		}
		if err := s.begin(min(z.o.DictSize, len(z.buf))); err != nil {
			return err
		}
	}
	if err := s.code(len(z.buf), len(z.buf)); err != nil {
		return err
	}
	z.out = append(z.out, ctlEnd)
	s.unpadded++
	for n := s.unpadded; n%4 != 0; n++ {
		z.out = append(z.out, 0)
	}
	z.out = s.sum.append(z.out)
	z.records = append(z.records, record{s.unpadded + uint64(z.id.size()), uint64(s.sum.bytes)})
	return nil
}
