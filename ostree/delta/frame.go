package delta

import (
	"encoding/binary"
	"io"
	"math"
)

// framer writes a GVariant whose parts need not be in memory: bytes go through, and the ends of
// variable-size members are remembered until the container is closed. Positions count from the first byte
// written, which must be the start of the outermost value.
type framer struct {
	w   io.Writer
	pos int64
	err error
}

// frame is a container under construction.
type frame struct {
	f     *framer
	start int64
	ends  []int64
}

func (f *framer) begin() *frame { return &frame{f: f, start: f.pos} }

func (f *framer) write(b []byte) {
	if f.err != nil {
		return
	}
	n, err := f.w.Write(b)
	f.pos += int64(n)
	f.err = err
}

// copy writes exactly n bytes from r.
func (f *framer) copy(r io.Reader, n int64) {
	if f.err != nil {
		return
	}
	m, err := io.CopyN(f.w, r, n)
	f.pos += m
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	f.err = err
}

func (f *framer) align(n int64) {
	var zero [8]byte
	f.write(zero[:-f.pos&(n-1)])
}

// end marks the end of a variable-size member or element.
func (c *frame) end() { c.ends = append(c.ends, c.f.pos-c.start) }

// closeArray writes the framing offsets of an array.
func (c *frame) closeArray() { c.offsets(c.ends) }

// closeTuple writes those of a tuple or dictionary entry; end was called for every variable-size member
// but the last.
func (c *frame) closeTuple() {
	reversed := make([]int64, len(c.ends))
	for i, e := range c.ends {
		reversed[len(reversed)-1-i] = e
	}
	c.offsets(reversed)
}

func (c *frame) offsets(list []int64) {
	width := offsetWidth(c.f.pos-c.start, len(list))
	b := make([]byte, 0, 8*len(list))
	for _, end := range list {
		var le [8]byte
		binary.LittleEndian.PutUint64(le[:], uint64(end))
		b = append(b, le[:width]...)
	}
	c.f.write(b)
}

// offsetWidth is the size of a framing offset: the smallest that can express the size of the whole
// container, with content bytes and n offsets.
func offsetWidth(content int64, n int) int {
	for width := 1; width < 8; width *= 2 {
		if content+int64(width*n) <= math.MaxInt64>>(63-8*width) {
			return width
		}
	}
	return 8
}
