package sqlite

import (
	"encoding/binary"
	"errors"
)

// Page types, the first byte of the header of a tree page.
const (
	indexInterior = 0x02
	tableInterior = 0x05
	indexLeaf     = 0x0a
	tableLeaf     = 0x0d
)

const (
	fileHeaderSize     = 100
	leafHeaderSize     = 8
	interiorHeaderSize = 12
	fileMagic          = "SQLite format 3\x00"
)

var errVarint = errors.New("truncated number")

// putVarint appends v in 1 to 9 bytes: seven bits each, most significant first,
// and eight in a ninth.
func putVarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	if v < 0x4000 {
		return append(b, byte(v>>7)|0x80, byte(v)&0x7f)
	}
	var buf [9]byte
	if v >= 1<<56 {
		buf[8] = byte(v)
		v >>= 8
		for i := 7; i >= 0; i-- {
			buf[i] = byte(v)&0x7f | 0x80
			v >>= 7
		}
		return append(b, buf[:]...)
	}
	i := 8
	buf[i] = byte(v) & 0x7f
	for v >>= 7; v != 0; v >>= 7 {
		i--
		buf[i] = byte(v)&0x7f | 0x80
	}
	return append(b, buf[i:]...)
}

// varintLen is the number of bytes that putVarint appends.
func varintLen(v uint64) int {
	n := 1
	for v >>= 7; v != 0 && n < 9; v >>= 7 {
		n++
	}
	return n
}

// getVarint reads a number and returns how many bytes it took, 0 when b is
// too short.
func getVarint(b []byte) (v uint64, n int) {
	for n < 8 && n < len(b) {
		c := b[n]
		n++
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, n
		}
	}
	if n == 8 && len(b) > 8 {
		return v<<8 | uint64(b[8]), 9
	}
	return 0, 0
}

// intType gives the serial type of an integer: the smallest that holds it.
func intType(v int64) byte {
	switch {
	case v == 0:
		return 8
	case v == 1:
		return 9
	case v >= -1<<7 && v < 1<<7:
		return 1
	case v >= -1<<15 && v < 1<<15:
		return 2
	case v >= -1<<23 && v < 1<<23:
		return 3
	case v >= -1<<31 && v < 1<<31:
		return 4
	case v >= -1<<47 && v < 1<<47:
		return 5
	}
	return 6
}

// typeSize is the number of bytes that a value of the serial type takes.
func typeSize(t uint64) uint64 {
	switch {
	case t >= 12:
		return (t - 12) / 2
	case t == 5:
		return 6
	case t == 6 || t == 7:
		return 8
	case t <= 4:
		return t
	}
	return 0
}

func putInt(b []byte, t byte, v int64) []byte {
	for n := int(typeSize(uint64(t))) - 1; n >= 0; n-- {
		b = append(b, byte(v>>(8*n)))
	}
	return b
}

func getInt(t uint64, b []byte) int64 {
	switch t {
	case 8:
		return 0
	case 9:
		return 1
	}
	if len(b) == 0 {
		return 0
	}
	v := int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	return v
}

// blobType and textType are the serial types of a value of n bytes.
func blobType(n int) uint64 { return 12 + 2*uint64(n) }
func textType(n int) uint64 { return 13 + 2*uint64(n) }

// localSize says how many bytes of a payload of n bytes stay in the tree page
// when usable bytes of a page can be used; the rest goes to overflow pages.
func localSize(n uint64, usable int, table bool) int {
	limit := (usable-12)*64/255 - 23
	if table {
		limit = usable - 35
	}
	if n <= uint64(limit) {
		return int(n)
	}
	least := (usable-12)*32/255 - 23
	local := least + int((n-uint64(least))%uint64(usable-4))
	if local > limit {
		return least
	}
	return local
}

func be16(b []byte) int        { return int(binary.BigEndian.Uint16(b)) }
func be32(b []byte) uint32     { return binary.BigEndian.Uint32(b) }
func put16(b []byte, v int)    { binary.BigEndian.PutUint16(b, uint16(v)) }
func put32(b []byte, v uint32) { binary.BigEndian.PutUint32(b, v) }
