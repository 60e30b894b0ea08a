package rpm

import (
	"bufio"
	"fmt"
	"io"
)

// The forms of members in a payload's archive: with a name, with a sum that nobody checks, and with the number of the
// file in the header in place of all properties.
const (
	cpioNewc     = "070701"
	cpioCRC      = "070702"
	cpioStripped = "07070X"

	cpioFields  = 13 // numbers of 8 hex digits behind the magic
	cpioMaxName = maxPathLength + 16
	cpioTrailer = "TRAILER!!!"
)

// cpioMember is what the archive says of a member. Only what is of use is kept: the header of the package describes
// the file.
type cpioMember struct {
	name  string
	index int   // of the file, -1 where there is a name
	size  int64 // bytes of content; unknown where there is no name
}

// cpioReader reads the archive of a payload.
type cpioReader struct {
	r    *bufio.Reader
	pos  int64 // in the archive
	left int64 // content of the member that has not been read
	name []byte
}

func payloadError(format string, args ...any) error {
	return fmt.Errorf("%w payload: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// next goes to the next member. At the end, it returns io.EOF.
func (c *cpioReader) next() (cpioMember, error) {
	if err := c.skip(c.left); err != nil {
		return cpioMember{}, err
	}
	c.left = 0
	if err := c.align(); err != nil {
		return cpioMember{}, err
	}
	magic, err := c.peek(6)
	if err != nil {
		return cpioMember{}, err
	}
	switch string(magic) {
	case cpioStripped:
		return c.nextStripped()
	case cpioNewc, cpioCRC:
		return c.nextNamed()
	}
	return cpioMember{}, payloadError("archive member with the magic number %q", magic)
}

func (c *cpioReader) nextStripped() (cpioMember, error) {
	b, err := c.peek(14)
	if err != nil {
		return cpioMember{}, err
	}
	index, ok := hex8(b[6:])
	if !ok {
		return cpioMember{}, payloadError("file number %q", b[6:])
	}
	if err := c.skip(14); err != nil {
		return cpioMember{}, err
	}
	return cpioMember{index: int(index)}, c.align()
}

func (c *cpioReader) nextNamed() (cpioMember, error) {
	b, err := c.peek(6 + 8*cpioFields)
	if err != nil {
		return cpioMember{}, err
	}
	size, ok := hex8(b[6+8*6:])
	nameSize, ok2 := hex8(b[6+8*11:])
	if !ok || !ok2 || nameSize < 1 || nameSize > cpioMaxName {
		return cpioMember{}, payloadError("archive header %q", b)
	}
	if err := c.skip(int64(len(b))); err != nil {
		return cpioMember{}, err
	}
	c.name = append(c.name[:0], make([]byte, nameSize)...)
	if _, err := io.ReadFull(c.r, c.name); err != nil {
		return cpioMember{}, noEOF(err)
	}
	c.pos += int64(nameSize)
	if c.name[nameSize-1] != 0 {
		return cpioMember{}, payloadError("name without end")
	}
	if err := c.align(); err != nil {
		return cpioMember{}, err
	}
	name := string(c.name[:nameSize-1])
	if name == cpioTrailer {
		return cpioMember{}, io.EOF
	}
	c.left = int64(size)
	return cpioMember{name: name, index: -1, size: int64(size)}, nil
}

// hex8 reads a number of eight hexadecimal digits.
func hex8(b []byte) (v uint32, ok bool) {
	for _, c := range b[:8] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}

func (c *cpioReader) peek(n int) ([]byte, error) {
	b, err := c.r.Peek(n)
	if err != nil {
		return nil, noEOF(err)
	}
	return b, nil
}

// align skips to a multiple of four bytes.
func (c *cpioReader) align() error { return c.skip((4 - c.pos%4) % 4) }

func (c *cpioReader) skip(n int64) error {
	const step = 1 << 30 // what an int holds everywhere
	for n > 0 {
		d, err := c.r.Discard(int(min(n, step)))
		c.pos += int64(d)
		n -= int64(d)
		if err != nil {
			return noEOF(err)
		}
	}
	return nil
}

// Read reads the content of the member.
func (c *cpioReader) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.pos += int64(n)
	return n, noEOF(err)
}
