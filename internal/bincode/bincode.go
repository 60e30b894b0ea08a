// Package bincode reads and writes the encoding of the Rust library bincode 1 with
// little-endian integers of variable length, as far as the formats of the installer use it.
//
// An integer below 251 is one byte; other ones have a marker before 2 (251), 4 (252) or
// 8 (253) bytes. Strings and vectors are their length and then the content; structures
// and arrays of fixed length are their content only.
package bincode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrRange reports an integer that does not fit the type the format has in its place.
var ErrRange = errors.New("integer out of range")

// ErrTooLong reports a string or vector longer than the limit.
var ErrTooLong = errors.New("length exceeds limit")

const (
	marker16 = 251
	marker32 = 252
	marker64 = 253
)

// Reader decodes values in order. After an error all methods return zero; Err tells it.
type Reader struct {
	r   io.Reader
	buf [8]byte
	n   int64
	err error
}

// NewReader returns a decoder of r. It reads no more than it decodes, in small pieces: r
// should be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Err returns the first error; the end of input within a value is io.ErrUnexpectedEOF.
func (r *Reader) Err() error { return r.err }

// Offset is the number of bytes that have been decoded.
func (r *Reader) Offset() int64 { return r.n }

// Full fills b with the next bytes.
func (r *Reader) Full(b []byte) {
	if r.err != nil {
		clear(b)
		return
	}
	n, err := io.ReadFull(r.r, b)
	r.n += int64(n)
	if err != nil {
		clear(b)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		r.err = err
	}
}

// Uint64 decodes an integer.
func (r *Reader) Uint64() uint64 {
	r.Full(r.buf[:1])
	width := 0
	switch b := r.buf[0]; b {
	case marker16:
		width = 2
	case marker32:
		width = 4
	case marker64:
		width = 8
	default:
		if b > marker64 && r.err == nil {
			r.err = fmt.Errorf("marker %d: %w", b, ErrRange)
			return 0
		}
		return uint64(b)
	}
	clear(r.buf[:])
	r.Full(r.buf[:width])
	return binary.LittleEndian.Uint64(r.buf[:])
}

// Uint32 decodes an integer of 32 bits.
func (r *Reader) Uint32() uint32 {
	v := r.Uint64()
	if v > math.MaxUint32 && r.err == nil {
		r.err = fmt.Errorf("%d: %w", v, ErrRange)
		return 0
	}
	return uint32(v)
}

// Len decodes the length of a vector or string, which must not exceed limit.
func (r *Reader) Len(limit int64) int {
	v := r.Uint64()
	if r.err == nil && (v > uint64(max(limit, 0)) || v > math.MaxInt32) {
		r.err = fmt.Errorf("%d: %w", v, ErrTooLong)
	}
	if r.err != nil {
		return 0
	}
	return int(v)
}

// Bytes decodes a vector of bytes, or a string, of at most limit bytes.
func (r *Reader) Bytes(limit int64) []byte {
	b := make([]byte, r.Len(limit))
	r.Full(b)
	if r.err != nil {
		return nil
	}
	return b
}

// AppendUint appends an integer in its shortest form, which is the only one written.
func AppendUint(b []byte, v uint64) []byte {
	switch {
	case v < marker16:
		return append(b, byte(v))
	case v <= math.MaxUint16:
		return binary.LittleEndian.AppendUint16(append(b, marker16), uint16(v))
	case v <= math.MaxUint32:
		return binary.LittleEndian.AppendUint32(append(b, marker32), uint32(v))
	}
	return binary.LittleEndian.AppendUint64(append(b, marker64), v)
}

// AppendBytes appends a vector of bytes or a string.
func AppendBytes[T string | []byte](b []byte, v T) []byte {
	return append(AppendUint(b, uint64(len(v))), v...)
}
