package xz

import (
	"encoding/binary"
	"io"
)

// slabs is a stage of the decoder of a block. next returns some more of the
// data, valid until the call after, or io.EOF at its end.
type slabs interface {
	next() ([]byte, error)
}

// window holds the decoded data: the dictionary and what follows. The decoded
// data of a chunk are always consecutive.
type window struct {
	buf   []byte // has outSlack more of capacity
	pos   int    // end of the data
	dict  int    // bytes of the past that must be kept
	fixed bool   // buf takes all the data
}

// room makes room for n bytes; it grows with the data, up to the dictionary
// size and a quarter of it, or at least a chunk.
func (w *window) room(n int) error {
	need := w.pos + n
	if need <= len(w.buf) {
		return nil
	}
	if w.fixed {
		return formatError("block is longer than its header tells")
	}
	limit := w.dict + max(w.dict/4, maxChunkData+maxPosState)
	if need <= limit {
		size := min(max(2*len(w.buf), need), limit)
		buf := make([]byte, size, size+outSlack)
		copy(buf, w.buf[:w.pos])
		w.buf = buf
		return nil
	}
	drop := (w.pos - w.dict) &^ (maxPosState - 1)
	w.pos = copy(w.buf, w.buf[drop:w.pos])
	return w.room(n)
}

// lzma2Decoder decodes a sequence of LZMA2 chunks.
type lzma2Decoder struct {
	lzmaDecoder
	window
	in        *input
	packed    packed
	needDict  bool // the next chunk must reset the dictionary
	needProps bool // the next LZMA chunk must have properties
	needState bool // the next LZMA chunk must reset the state
}

// reset begins a block whose dictionary has dict bytes. The window is kept.
func (d *lzma2Decoder) reset(in *input, dict int) {
	d.in = in
	d.dictSize, d.dict = dict, dict
	d.pos, d.fixed = 0, false
	d.needDict, d.needProps, d.needState = true, true, true
}

// next decodes a chunk.
func (d *lzma2Decoder) next() ([]byte, error) {
	control, err := d.in.byte()
	if err != nil {
		return nil, err
	}
	if control == ctlEnd {
		return nil, io.EOF
	}
	if control >= ctlLZMAAll || control == ctlStoredReset {
		d.needDict, d.needProps = false, true
		d.clear()
	} else if d.needDict {
		return nil, formatError("first LZMA2 chunk without dictionary reset")
	}
	if control < ctlLZMA {
		return d.stored(control)
	}
	return d.lzma(control)
}

// clear forgets the dictionary.
func (d *lzma2Decoder) clear() {
	if d.fixed {
		d.buf = d.buf[d.pos:]
	}
	d.pos, d.prev = 0, 0
}

func (d *lzma2Decoder) stored(control byte) ([]byte, error) {
	if control > ctlStored {
		return nil, formatError("LZMA2 control byte %#x", control)
	}
	var head [2]byte
	if err := d.in.full(head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[:])) + 1
	if err := d.room(n); err != nil {
		return nil, err
	}
	out := d.buf[d.pos : d.pos+n]
	if err := d.in.full(out); err != nil {
		return nil, err
	}
	d.pos += n
	d.prev = out[n-1]
	return out, nil
}

func (d *lzma2Decoder) lzma(control byte) ([]byte, error) {
	var head [4]byte
	if err := d.in.full(head[:]); err != nil {
		return nil, err
	}
	size := (int(control&0x1f)<<16 | int(binary.BigEndian.Uint16(head[:]))) + 1
	n := int(binary.BigEndian.Uint16(head[2:])) + 1
	if err := d.begin(control); err != nil {
		return nil, err
	}
	if err := d.in.full(d.packed[:n]); err != nil {
		return nil, err
	}
	clear(d.packed[n : n+inSlack])
	if err := d.room(size); err != nil {
		return nil, err
	}
	start := d.pos
	if err := d.decode(&d.packed, n, d.buf[:cap(d.buf)], start, start+size); err != nil {
		return nil, err
	}
	d.pos += size
	return d.buf[start:d.pos], nil
}

// begin does the resets an LZMA chunk asks for.
func (d *lzma2Decoder) begin(control byte) error {
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
