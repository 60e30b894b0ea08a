package inflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// readerBuffer is what a Reader decodes at a time.
const readerBuffer = 128 << 10

// Reader decodes a gzip file, or a member of it.
type Reader struct {
	br   *bufio.Reader
	all  bool // all members
	over bool // a member has ended, and another follows
	d    Decoder
	buf  []byte
	from int // data to be handed out are buf[from:to]
	to   int
	sum  Sum
	err  error
}

// NewReader returns a Reader of the member at the front of br, whose buffer must
// hold 16 bytes at least. It reads the header. When Read returns io.EOF everything was
// verified, and br is exactly behind the member.
func NewReader(br *bufio.Reader) (*Reader, error) {
	z := &Reader{br: br}
	if err := ReadHeader(br); err != nil {
		return nil, err
	}
	z.d.Reset(br)
	z.buf = make([]byte, Window+readerBuffer+Slack)
	return z, nil
}

// NewFileReader is like NewReader, but the data are those of all members up
// to the end of br.
func NewFileReader(br *bufio.Reader) (*Reader, error) {
	z, err := NewReader(br)
	if err == nil {
		z.all = true
	}
	return z, err
}

// Read returns decoded data.
func (z *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for z.from == z.to {
		if z.err != nil {
			return 0, z.err
		}
		z.fill()
	}
	n := copy(p, z.buf[z.from:z.to])
	z.from += n
	return n, nil
}

// WriteTo writes all the decoded data to w.
func (z *Reader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if z.from == z.to {
			if z.err == io.EOF {
				return total, nil
			}
			if z.err != nil {
				return total, z.err
			}
			z.fill()
			continue
		}
		n, err := w.Write(z.buf[z.from:z.to])
		total += int64(n)
		if err == nil && n < z.to-z.from {
			err = io.ErrShortWrite
		}
		z.from += n
		if err != nil {
			return total, err
		}
	}
}

// fill decodes some more, behind the last 32 KiB.
func (z *Reader) fill() {
	if z.over {
		z.from, z.to = 0, 0
		if z.over, z.err = false, ReadHeader(z.br); z.err != nil {
			return
		}
		z.d.Reset(z.br)
		z.sum = Sum{}
	}
	if z.to > Window {
		z.to = copy(z.buf, z.buf[z.to-Window:z.to])
	}
	z.from = z.to
	z.to, z.err = z.d.Decode(z.buf, z.to, len(z.buf)-Slack)
	z.sum.Add(z.buf[z.from:z.to])
	if z.err == io.EOF {
		z.err = z.end()
	}
}

// end ends a member. It returns io.EOF after the last one.
func (z *Reader) end() error {
	if err := z.sum.ReadTrailer(z.br); err != nil {
		return err
	}
	if !z.all {
		return io.EOF
	}
	_, err := z.br.Peek(1)
	z.over = err == nil
	return err
}

// Sum is the checksum of the data of a member.
type Sum struct {
	crc uint32
	n   uint32
}

// Add adds data.
func (s *Sum) Add(b []byte) {
	s.crc = crc32.Update(s.crc, crc32.IEEETable, b)
	s.n += uint32(len(b))
}

// ReadTrailer reads the trailer of the member and compares it. Errors wrap
// ErrChecksum or io.ErrUnexpectedEOF, or are those of r.
func (s *Sum) ReadTrailer(r io.Reader) error {
	var b [8]byte
	if err := full(r, b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != s.crc || binary.LittleEndian.Uint32(b[4:]) != s.n {
		return ErrChecksum
	}
	return nil
}

// full fills b; the end of the input is unexpected.
func full(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

const (
	flagCRC      = 0x02
	flagExtra    = 0x04
	flagName     = 0x08
	flagComment  = 0x10
	flagReserved = 0xe0
)

// header reads a header and sums it up.
type header struct {
	br  *bufio.Reader
	crc uint32
}

func (h *header) take(b []byte) error {
	err := full(h.br, b)
	h.crc = crc32.Update(h.crc, crc32.IEEETable, b)
	return err
}

// ReadHeader reads the header of a member.
func ReadHeader(br *bufio.Reader) error {
	h := header{br: br}
	var b [10]byte
	if err := h.take(b[:]); err != nil {
		return err
	}
	flags := b[3]
	switch {
	case b[0] != 0x1f || b[1] != 0x8b:
		return formatError("no gzip signature")
	case b[2] != 8:
		return formatError("compression method %d", b[2])
	case flags&flagReserved != 0:
		return formatError("header flags %#x", flags)
	}
	if flags&flagExtra != 0 {
		if err := h.skipExtra(); err != nil {
			return err
		}
	}
	for _, f := range []byte{flagName, flagComment} {
		if flags&f != 0 {
			if err := h.skipText(); err != nil {
				return err
			}
		}
	}
	if flags&flagCRC != 0 {
		want := uint16(h.crc)
		if err := h.take(b[:2]); err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b[:]) != want {
			return formatError("checksum of the header")
		}
	}
	return nil
}

func (h *header) skipExtra() error {
	var b [2]byte
	if err := h.take(b[:]); err != nil {
		return err
	}
	extra := make([]byte, binary.LittleEndian.Uint16(b[:]))
	return h.take(extra)
}

func (h *header) skipText() error {
	var b [1]byte
	for {
		if err := h.take(b[:]); err != nil || b[0] == 0 {
			return err
		}
	}
}
