package composefs

import (
	"encoding/binary"
	"math/bits"
)

// The primes of xxHash with 32 bits.
const (
	prime1 uint32 = 0x9E3779B1
	prime2 uint32 = 0x85EBCA77
	prime3 uint32 = 0xC2B2AE3D
	prime4 uint32 = 0x27D4EB2F
	prime5 uint32 = 0x165667B1
)

// xxh32 is the xxHash checksum with 32 bits, by which EROFS places the names of
// extended attributes in a Bloom filter. (Specification of xxHash, XXH32.)
func xxh32(s string, seed uint32) uint32 {
	var word [4]byte
	next := func() uint32 {
		copy(word[:], s)
		s = s[4:]
		return binary.LittleEndian.Uint32(word[:])
	}
	h := seed + prime5
	n := uint32(len(s))
	if len(s) >= 16 {
		lanes := [4]uint32{seed + prime1 + prime2, seed + prime2, seed, seed - prime1}
		for len(s) >= 16 {
			for i := range lanes {
				lanes[i] = bits.RotateLeft32(lanes[i]+next()*prime2, 13) * prime1
			}
		}
		h = bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) +
			bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18)
	}
	h += n
	for len(s) >= 4 {
		h = bits.RotateLeft32(h+next()*prime3, 17) * prime4
	}
	for i := range len(s) {
		h = bits.RotateLeft32(h+uint32(s[i])*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}
