package inflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	// Window is how far back matches reach, in bytes.
	Window = 32 << 10

	// Slack is how far Decode may write behind the end of the data.
	Slack = 512

	// inputSlack is what the loops read at a time, and more.
	inputSlack = 16
)

// ErrFormat is reported (wrapped) for data that are not in the format or are
// damaged.
var ErrFormat = errors.New("gzip: invalid data")

// ErrChecksum is reported (wrapped) when the data don't have the checksum or the
// length in the trailer.
var ErrChecksum = errors.New("gzip: checksum mismatch")

func formatError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// input is the source of the bits. Behind the end of the data there are zeros,
// so that the loops need not care.
type input struct {
	br   *bufio.Reader
	b    []byte // what is buffered, of which pos bytes are in bits
	pos  int
	bits uint64
	n    uint  // bits in bits
	real int   // bytes of b that are not padding
	err  error // what is behind the data in b, nil if not known
	tail [2 * inputSlack]byte
}

// unread gives back the whole bytes in bits.
func (in *input) unread() {
	in.pos -= int(in.n >> 3)
	in.n &= 7
	in.bits &= 1<<in.n - 1
}

// more gets bytes, so that at least inputSlack follow pos, real or not. It
// returns an error when bits were used that aren't real.
func (in *input) more() error {
	if err := in.release(); err != nil {
		return err
	}
	b, err := in.br.Peek(inputSlack)
	if err == nil {
		b, _ = in.br.Peek(in.br.Buffered())
		in.b, in.real, in.err = b, len(b), nil
		return nil
	}
	in.tail = [2 * inputSlack]byte{}
	in.real = copy(in.tail[:], b)
	in.b, in.err = in.tail[:], err
	return nil
}

// release gives back all that was not used. The bits of the byte that was begun remain.
func (in *input) release() error {
	in.unread()
	if in.pos > in.real {
		if errors.Is(in.err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return in.err
	}
	_, err := in.br.Discard(in.pos)
	in.b, in.pos, in.real = nil, 0, 0
	return err
}

// need makes sure of n bits, up to 48. There must be inputSlack/2 bytes.
func (in *input) need(n uint) error {
	if in.n >= n {
		return nil
	}
	if in.pos > len(in.b)-8 {
		if err := in.more(); err != nil {
			return err
		}
	}
	in.bits |= binary.LittleEndian.Uint64(in.b[in.pos:]) << in.n
	in.pos += int((63 - in.n) >> 3)
	in.n |= 56
	return nil
}

func (in *input) take(n uint) (uint32, error) {
	if err := in.need(n); err != nil {
		return 0, err
	}
	v := uint32(in.bits & (1<<n - 1))
	in.bits >>= n
	in.n -= n
	return v, nil
}

// Decoder decodes a deflate stream, which is the part of a gzip file between
// header and trailer.
type Decoder struct {
	in     input
	stored int  // bytes to come of a stored block
	coded  bool // in a block of symbols
	last   bool // the block is the last one
	ended  bool
	fixed  bool // the tables are those of the fixed codes
	lits   litTable
	dists  distTable
}

// NewDecoder returns a Decoder of the stream at the front of br, whose buffer
// must hold 16 bytes at least.
func NewDecoder(br *bufio.Reader) *Decoder {
	d := new(Decoder)
	d.Reset(br)
	return d
}

// Reset makes d decode another stream.
func (d *Decoder) Reset(br *bufio.Reader) {
	d.in = input{br: br}
	d.stored, d.coded, d.last, d.ended = 0, false, false, false
}

// Decode decodes to buf[pos:], until at least want bytes of buf are filled. What is before
// pos are the data decoded before, at least Window bytes of them or all.
// buf must have want+Slack bytes: the last match may reach behind want, and
// what it does not need is overwritten.
//
// It returns the end of the data in buf, and io.EOF when that is the end of
// the stream; br is exactly behind it then. A stream that is cut off gives an
// error that wraps io.ErrUnexpectedEOF.
func (d *Decoder) Decode(buf []byte, pos, want int) (int, error) {
	if len(buf) < want+Slack {
		return pos, errors.New("inflate: buffer is too small")
	}
	for pos < want {
		if d.ended {
			return pos, io.EOF
		}
		var err error
		switch {
		case d.coded:
			pos, err = d.symbols(buf, pos, want)
		case d.stored > 0:
			pos, err = d.copyStored(buf, pos, want)
		case d.last:
			err = d.end()
		default:
			err = d.block()
		}
		if err != nil {
			return pos, d.reason(err)
		}
	}
	return pos, nil
}

// reason returns why there was an error. What makes no sense may be padding.
func (d *Decoder) reason(err error) error {
	if errors.Is(err, ErrFormat) {
		if err := d.in.release(); err != nil {
			return err
		}
	}
	return err
}

// end leaves the source behind the last byte.
func (d *Decoder) end() error {
	d.ended = true
	return d.in.release()
}

func (d *Decoder) block() error {
	head, err := d.in.take(3)
	if err != nil {
		return err
	}
	d.last = head&1 != 0
	switch head >> 1 {
	case 0:
		return d.openStored()
	case 1:
		d.openFixed()
		return nil
	case 2:
		d.fixed = false
		return d.openDynamic()
	}
	return formatError("kind of block")
}

func (d *Decoder) openStored() error {
	if _, err := d.in.take(d.in.n & 7); err != nil {
		return err
	}
	v, err := d.in.take(32)
	if err != nil {
		return err
	}
	if v&0xffff != ^v>>16 {
		return formatError("length of a stored block")
	}
	d.stored = int(v & 0xffff)
	return d.in.release()
}

// copyStored copies from the source, which openStored has released.
func (d *Decoder) copyStored(buf []byte, pos, want int) (int, error) {
	n, err := io.ReadFull(d.in.br, buf[pos:pos+min(d.stored, want-pos)])
	d.stored -= n
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return pos + n, err
}

func (d *Decoder) openFixed() {
	d.coded = true
	if d.fixed {
		return
	}
	d.fixed = true
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144, i >= 280:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		default:
			lens[i] = 7
		}
	}
	build(d.lits[:], litBits, lens[:], litEntry)
	var five [32]uint8
	for i := range five {
		five[i] = 5
	}
	build(d.dists[:], distBits, five[:], distEntry)
}

// clenOrder is the order of the lengths of the code that codes lengths.
var clenOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (d *Decoder) openDynamic() error {
	head, err := d.in.take(14)
	if err != nil {
		return err
	}
	nlit, ndist, nclen := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if nlit > 286 || ndist > 30 {
		return formatError("%d and %d codes", nlit, ndist)
	}
	var clens [19]uint8
	for _, i := range clenOrder[:nclen] {
		v, err := d.in.take(3)
		if err != nil {
			return err
		}
		clens[i] = uint8(v)
	}
	// The place of the literal table is free now, and large enough.
	if !build(d.lits[:], 7, clens[:], func(sym int) uint32 { return entryLiteral | uint32(sym)<<16 }) {
		return formatError("code of the code lengths")
	}
	var lens [286 + 30]uint8
	if err := d.lengths(lens[:nlit+ndist]); err != nil {
		return err
	}
	if !build(d.lits[:], litBits, lens[:nlit], litEntry) || !build(d.dists[:], distBits, lens[nlit:nlit+ndist], distEntry) {
		return formatError("code lengths")
	}
	d.coded = true
	return nil
}

// lengths decodes code lengths.
func (d *Decoder) lengths(lens []uint8) error {
	in := &d.in
	for i := 0; i < len(lens); {
		if err := in.need(7 + 7); err != nil {
			return err
		}
		e := d.lits[in.bits&127]
		if e&entryLiteral == 0 {
			return formatError("code length")
		}
		in.bits >>= e & 0xff
		in.n -= uint(e & 0xff)
		sym := uint8(e >> 16)
		if sym < 16 {
			lens[i] = sym
			i++
			continue
		}
		value := uint8(0)
		if sym == 16 {
			if i == 0 {
				return formatError("code length")
			}
			value = lens[i-1]
		}
		extra := [3]uint{2, 3, 7}[sym-16]
		n, _ := in.take(extra)
		count := int(n) + [3]int{3, 3, 11}[sym-16]
		if count > len(lens)-i {
			return formatError("code lengths")
		}
		for range count {
			lens[i] = value
			i++
		}
	}
	return nil
}
