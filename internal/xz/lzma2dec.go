package xz

import (
	"encoding/binary"
	"io"
	"math"
)

// slabs is a stage of the decoder of a block. next returns some more of the
// data, valid until the call after, or io.EOF at its end.
type slabs interface {
	next() ([]byte, error)
}

// lzma2Decoder decodes a sequence of LZMA2 chunks.
type lzma2Decoder struct {
	lzmaDecoder
	in        *input
	packed    packed
	left      int  // bytes of the chunk that were not decoded
	stored    bool // the chunk has them as they are
	needDict  bool // the next chunk must reset the dictionary
	needProps bool // the next LZMA chunk must have properties
	needState bool // the next LZMA chunk must reset the state
}

// reset begins a block whose dictionary has dict bytes. The buffer of the window is kept.
func (d *lzma2Decoder) reset(in *input, dict int) {
	d.begin(in, dict)
	d.window.reset(dict + windowSlack)
}

// begin begins a block where the window is.
func (d *lzma2Decoder) begin(in *input, dict int) {
	d.in, d.dict, d.left = in, dict, 0
	d.needDict, d.needProps, d.needState = true, true, true
}

// next decodes a chunk, or as much of it as is consecutive in the window.
func (d *lzma2Decoder) next() ([]byte, error) { return d.some(math.MaxInt) }

// some decodes up to n bytes of a chunk.
func (d *lzma2Decoder) some(n int) ([]byte, error) {
	d.wrap()
	for d.pos == d.out {
		if d.left == 0 {
			if err := d.chunk(); err != nil {
				return nil, err
			}
		}
		d.grow(d.left)
		if err := d.fill(min(n, d.left, d.size-d.pos)); err != nil {
			return nil, err
		}
	}
	return d.take(n), nil
}

// chunk reads the header of the next chunk, and all of one with symbols.
func (d *lzma2Decoder) chunk() error {
	control, err := d.in.byte()
	if err != nil {
		return err
	}
	if control == ctlEnd {
		return io.EOF
	}
	if control >= ctlLZMAAll || control == ctlStoredReset {
		d.needDict, d.needProps = false, true
		d.forget()
		d.prev = 0
	} else if d.needDict {
		return formatError("first LZMA2 chunk without dictionary reset")
	}
	d.stored = control < ctlLZMA
	if d.stored && control > ctlStored {
		return formatError("LZMA2 control byte %#x", control)
	}
	var head [2]byte
	if err := d.in.full(head[:]); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint16(head[:])) + 1
	if !d.stored {
		size += int(control&0x1f) << 16
		if err := d.symbolsOf(control); err != nil {
			return err
		}
	}
	d.left = size
	return nil
}

// symbolsOf reads the rest of the header and the symbols of a chunk.
func (d *lzma2Decoder) symbolsOf(control byte) error {
	var head [2]byte
	if err := d.in.full(head[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(head[:])) + 1
	if err := d.resets(control); err != nil {
		return err
	}
	if err := d.in.full(d.packed[:n]); err != nil {
		return err
	}
	clear(d.packed[n : n+inSlack])
	return d.open(&d.packed, n)
}

// resets does what the control byte of an LZMA chunk asks for.
func (d *lzma2Decoder) resets(control byte) error {
	switch {
	case control >= ctlLZMAProps:
		props, err := d.in.byte()
		if err != nil {
			return err
		}
		if err := d.setParams(props); err != nil {
			return err
		}
		d.needProps = false
	case d.needProps:
		return formatError("LZMA2 chunk without properties")
	}
	if control >= ctlLZMAState {
		d.resetState()
		d.needState = false
	} else if d.needState {
		return formatError("LZMA2 chunk without state reset")
	}
	return nil
}

// fill decodes n bytes of the chunk, or a few more. They fit into the window.
func (d *lzma2Decoder) fill(n int) error {
	start := d.pos
	if d.stored {
		if err := d.in.full(d.buf[start : start+n]); err != nil {
			return err
		}
		d.pos += n
		d.prev = d.buf[d.pos-1]
		d.left -= n
		return nil
	}
	if !d.decode(&d.packed, start+n) || d.pos-start > d.left {
		return formatError("LZMA data")
	}
	d.left -= d.pos - start
	if d.left == 0 {
		return d.close(&d.packed)
	}
	return nil
}
