//go:build amd64 || arm64

package zdeflate

import "unsafe"

// The three loads below are the only unchecked memory accesses of the
// package. The match finders call them several times for each input byte, so a
// bounds check there costs a noticeable part of the speed. Every offset is
// derived from a position below compressor.end, and compressor.buf carries
// bufPad bytes more than that, which is as far as a load can reach.

// load32 returns the four bytes at buf[i:], little endian.
func load32(buf *[bufSize + bufPad]byte, i int) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(buf), i))
}

// load64 returns the eight bytes at buf[i:], little endian.
func load64(buf *[bufSize + bufPad]byte, i int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(buf), i))
}

// store64 writes v at out[i:], little endian.
func store64(out *[outSize]byte, i int, v uint64) {
	*(*uint64)(unsafe.Add(unsafe.Pointer(out), i)) = v
}
