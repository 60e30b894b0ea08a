//go:build !amd64 && !arm64

package zdeflate

import "encoding/binary"

// load32 returns the four bytes at buf[i:], little endian.
func load32(buf *[bufSize + bufPad]byte, i int) uint32 {
	return binary.LittleEndian.Uint32(buf[i:])
}

// load64 returns the eight bytes at buf[i:], little endian.
func load64(buf *[bufSize + bufPad]byte, i int) uint64 {
	return binary.LittleEndian.Uint64(buf[i:])
}

// store64 writes v at out[i:], little endian.
func store64(out *[outSize]byte, i int, v uint64) {
	binary.LittleEndian.PutUint64(out[i:], v)
}
