package rollsum

import (
	"hash/crc32"
	"iter"
)

const (
	// Window is the number of bytes that the checksum covers.
	Window = 64
	// Bits is the number of low bits that have to be ones at the end of a
	// chunk.
	Bits = 13
	// MaxChunk is the length in bytes at which a chunk ends in any case.
	MaxChunk = 32 << 10

	// charOffset is added to each byte, to tell zeros apart from nothing.
	charOffset = 31
	mask       = 1<<Bits - 1
)

// Chunk is one piece of a file.
type Chunk struct {
	Offset int    // of its first byte
	Size   int    // in bytes, 1 to MaxChunk
	CRC    uint32 // of its bytes: CRC-32 of IEEE 802.3
}

// Split returns the chunks of data, in order and without gaps.
func Split(data []byte) iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		for offset := 0; offset < len(data); {
			n := next(data[offset:])
			if !yield(Chunk{offset, n, crc32.ChecksumIEEE(data[offset:][:n])}) {
				return
			}
			offset += n
		}
	}
}

// next returns the length of the first chunk of data, which is not empty.
func next(data []byte) int {
	data = data[:min(len(data), MaxChunk)]
	// The low half of the digest is the sum, over the positions in the window,
	// of the sum of the bytes up to there; the window holds zeros at first.
	s1 := uint32(Window * charOffset)
	s2 := uint32(Window * (Window - 1) * charOffset)
	head := min(len(data), Window)
	for i, c := range data[:head] {
		s1 += uint32(c)
		s2 += s1 - Window*charOffset
		if s2&mask == mask {
			return i + 1
		}
	}
	out := data[:len(data)-head]
	for i, c := range data[head:] {
		drop := uint32(out[i])
		s1 += uint32(c) - drop
		s2 += s1 - Window*(drop+charOffset)
		if s2&mask == mask {
			return head + i + 1
		}
	}
	return len(data)
}
