package cincinnati

import (
	"encoding/binary"
	"math/bits"
)

// sipHash13 is SipHash-1-3 (one round per word, three at the end) with both keys zero, over
// s followed by the byte 0xff. That is what the default hasher of Rust's standard library
// makes of a string.
func sipHash13(s string) uint64 {
	h := sipState{0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573}
	var tail [8]byte
	length := len(s) + 1
	for len(s) >= 8 {
		copy(tail[:], s)
		h.word(binary.LittleEndian.Uint64(tail[:]))
		s = s[8:]
	}
	// The rest, the 0xff, and the length in the last byte of the last word.
	tail = [8]byte{}
	n := copy(tail[:], s)
	tail[n] = 0xff
	if n == 7 {
		h.word(binary.LittleEndian.Uint64(tail[:]))
		tail = [8]byte{}
	}
	tail[7] = byte(length)
	h.word(binary.LittleEndian.Uint64(tail[:]))
	h.v2 ^= 0xff
	h.round()
	h.round()
	h.round()
	return h.v0 ^ h.v1 ^ h.v2 ^ h.v3
}

type sipState struct{ v0, v1, v2, v3 uint64 }

func (h *sipState) word(m uint64) {
	h.v3 ^= m
	h.round()
	h.v0 ^= m
}

func (h *sipState) round() {
	h.v0 += h.v1
	h.v1 = bits.RotateLeft64(h.v1, 13) ^ h.v0
	h.v0 = bits.RotateLeft64(h.v0, 32)
	h.v2 += h.v3
	h.v3 = bits.RotateLeft64(h.v3, 16) ^ h.v2
	h.v0 += h.v3
	h.v3 = bits.RotateLeft64(h.v3, 21) ^ h.v0
	h.v2 += h.v1
	h.v1 = bits.RotateLeft64(h.v1, 17) ^ h.v2
	h.v2 = bits.RotateLeft64(h.v2, 32)
}
