package xz

import (
	"encoding/binary"
	"fmt"
	"io"
)

// filter undoes a reversible transformation of the data. decode works in
// place on the front of b, which is at the position pos of the data, and returns how much it
// has done; the rest depends on bytes not there yet, or at the end of the data stays as it is.
type filter interface {
	decode(b []byte, pos uint32) int
}

// Filter numbers of the format.
const (
	filterDelta    = 0x03
	filterX86      = 0x04
	filterPPC      = 0x05
	filterIA64     = 0x06
	filterARM      = 0x07
	filterARMThumb = 0x08
	filterSPARC    = 0x09
	filterARM64    = 0x0a
)

func newFilter(id uint64, props []byte) (filter, error) {
	if id == filterDelta {
		if len(props) != 1 {
			return nil, formatError("delta properties of %d bytes", len(props))
		}
		return &deltaFilter{dist: int(props[0]) + 1}, nil
	}
	var align uint32
	var f filter
	switch id {
	case filterX86:
		f, align = &x86Filter{}, 1
	case filterPPC:
		f, align = wordFilter(decodePPC), 4
	case filterARM:
		f, align = wordFilter(decodeARM), 4
	case filterARMThumb:
		f, align = thumbFilter{}, 2
	case filterSPARC:
		f, align = wordFilter(decodeSPARC), 4
	case filterARM64:
		f, align = wordFilter(decodeARM64), 4
	case filterIA64:
		f, align = ia64Filter{}, 16
	default:
		return nil, fmt.Errorf("%w: filter %#x", ErrNotSupported, id)
	}
	switch len(props) {
	case 0:
		return f, nil
	case 4:
		start := binary.LittleEndian.Uint32(props)
		if start%align != 0 {
			return nil, fmt.Errorf("%w: filter start %d", ErrNotSupported, start)
		}
		return &offsetFilter{f, start}, nil
	}
	return nil, formatError("filter properties of %d bytes", len(props))
}

// offsetFilter is a filter whose data begin at an address.
type offsetFilter struct {
	filter
	start uint32
}

func (f *offsetFilter) decode(b []byte, pos uint32) int { return f.filter.decode(b, pos+f.start) }

// filterStage applies a filter to the data of another stage.
type filterStage struct {
	src  slabs
	f    filter
	buf  []byte
	done int // bytes at the front of buf that were handed out
	pos  uint32
	eof  bool
}

func (s *filterStage) next() ([]byte, error) {
	for !s.eof {
		s.buf = append(s.buf[:0], s.buf[s.done:]...)
		s.done = 0
		slab, err := s.src.next()
		s.buf = append(s.buf, slab...)
		if err == io.EOF {
			s.eof = true
		} else if err != nil {
			return nil, err
		}
		s.done = s.f.decode(s.buf, s.pos)
		s.pos += uint32(s.done)
		out := s.buf[:s.done]
		if s.eof {
			out = s.buf
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, io.EOF
}

// deltaFilter adds to each byte the one some bytes before.
type deltaFilter struct {
	dist int
	past [256]byte
	i    uint8
}

func (f *deltaFilter) decode(b []byte, _ uint32) int {
	for k := range b {
		b[k] += f.past[uint8(int(f.i)-f.dist)]
		f.past[f.i] = b[k]
		f.i++
	}
	return len(b)
}
