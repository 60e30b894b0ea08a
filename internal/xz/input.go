package xz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// input reads the parts of a file and counts their bytes.
type input struct {
	r *bufio.Reader
	n int64
}

// newInput reads from r; through a buffer of its own unless r is one that must
// not be read ahead of.
func newInput(r io.Reader, exact bool) *input {
	if br, ok := r.(*bufio.Reader); ok && exact {
		return &input{r: br}
	}
	return &input{r: bufio.NewReaderSize(r, 64<<10)}
}

// newMemoryInput reads from b.
func newMemoryInput(b []byte) *input {
	return &input{r: bufio.NewReaderSize(bytes.NewReader(b), 16)}
}

// byte reads a byte; the end of the input is unexpected.
func (in *input) byte() (byte, error) {
	b, err := in.r.ReadByte()
	if err != nil {
		return 0, unexpected(err)
	}
	in.n++
	return b, nil
}

// full fills b; the end of the input is unexpected.
func (in *input) full(b []byte) error {
	n, err := io.ReadFull(in.r, b)
	in.n += int64(n)
	return unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// zeros reads n bytes that must be zero.
func (in *input) zeros(n int64) error {
	for ; n > 0; n-- {
		b, err := in.byte()
		if err != nil {
			return err
		}
		if b != 0 {
			return formatError("padding is not zero")
		}
	}
	return nil
}

// crcInput reads numbers and sums up the bytes.
type crcInput struct {
	*input
	crc uint32
}

func (c *crcInput) byte() (byte, error) {
	b, err := c.input.byte()
	if err == nil {
		c.crc = crc32.Update(c.crc, crc32.IEEETable, []byte{b})
	}
	return b, err
}

func (c *crcInput) vli() (uint64, error) {
	var v uint64
	for shift := 0; shift < 63; shift += 7 {
		b, err := c.byte()
		if err != nil {
			return 0, err
		}
		if b == 0 && shift > 0 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, formatError("number in the index")
}

// check reads the checksum of what was read.
func (c *crcInput) check() error {
	var b [4]byte
	if err := c.full(b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != c.crc {
		return formatError("checksum of the index")
	}
	return nil
}

// takeVLI takes a number from the front of b.
func takeVLI(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 || v > maxVLI || n > 1 && b[n-1] == 0 {
		return 0, nil, formatError("number in a block header")
	}
	return v, b[n:], nil
}
