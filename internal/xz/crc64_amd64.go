package xz

import (
	"hash/crc64"

	"golang.org/x/sys/cpu"
)

// updateCRC64 is crc64.Update, several times as fast where the processor can
// multiply without carry.
func updateCRC64(crc uint64, p []byte) uint64 {
	n := len(p) &^ 63
	if n < 128 || !cpu.X86.HasPCLMULQDQ {
		return crc64.Update(crc, crc64Table, p)
	}
	// What is left is a message of 16 bytes with the same remainder as all before, from
	// the state 0.
	var folded [16]byte
	foldCRC64(^crc, p[:n], &folded)
	crc = crc64.Update(^uint64(0), crc64Table, folded[:])
	return crc64.Update(crc, crc64Table, p[n:])
}

// foldCRC64 reduces p, of a positive multiple of 64 bytes, to 16 bytes.
//
//go:noescape
func foldCRC64(state uint64, p []byte, out *[16]byte)
