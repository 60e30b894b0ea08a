package fat

import (
	"encoding/binary"
	"fmt"
	"io"
)

// window is how much of the table is read at once.
const window = 4096

// cursor follows a chain of clusters.
type cursor struct {
	fs      *FS
	cluster uint32
	steps   int64
	mark    uint32 // a cluster seen before, to find loops

	buf []byte // a piece of the table
	at  int64  // where it is
}

func (f *FS) cursor(first uint32) cursor { return cursor{fs: f, cluster: first, mark: first} }

// next goes on to the next cluster; last tells that there is none.
func (c *cursor) next() (last bool, err error) {
	if !c.fs.valid(c.cluster) {
		return false, ErrCorrupt
	}
	n, last, err := c.link()
	switch {
	case err != nil:
		return false, fmt.Errorf("reading the table: %w", err)
	case last:
		return true, nil
	case !c.fs.valid(n):
		return false, ErrCorrupt
	}
	// Each step is compared with the last one whose number is a power of two: a loop is found
	// soon after its second round began, however long it is.
	if c.steps++; n == c.mark {
		return false, fmt.Errorf("clusters form a loop: %w", ErrCorrupt)
	}
	if powerOf2(c.steps) {
		c.mark = n
	}
	c.cluster = n
	return false, nil
}

// link returns what the table has for the cluster.
func (c *cursor) link() (n uint32, last bool, err error) {
	i := int64(c.cluster)
	var b []byte
	switch c.fs.bits {
	case 12:
		if b, err = c.table(i+i/2, 2); err != nil {
			return 0, false, err
		}
		n = uint32(binary.LittleEndian.Uint16(b))
		if i%2 == 1 {
			n >>= 4
		}
		n &= 0xfff
		return n, n >= 0xff8, nil
	case 16:
		if b, err = c.table(2*i, 2); err != nil {
			return 0, false, err
		}
		n = uint32(binary.LittleEndian.Uint16(b))
		return n, n >= 0xfff8, nil
	}
	if b, err = c.table(4*i, 4); err != nil {
		return 0, false, err
	}
	n = binary.LittleEndian.Uint32(b) & 0x0fffffff
	return n, n >= 0x0ffffff8, nil
}

// table returns n bytes of the table.
func (c *cursor) table(offset, n int64) ([]byte, error) {
	offset += c.fs.table
	if offset < c.at || offset+n > c.at+int64(len(c.buf)) {
		size := min(window, c.fs.size-offset)
		if size < n {
			return nil, io.ErrUnexpectedEOF
		}
		if c.buf == nil {
			c.buf = make([]byte, window)
		}
		c.at, c.buf = offset, c.buf[:size]
		if err := readFull(c.fs.r, c.buf, offset); err != nil {
			c.buf = c.buf[:0]
			return nil, err
		}
	}
	return c.buf[offset-c.at:][:n], nil
}
