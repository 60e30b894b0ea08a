package fsverity

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
)

const (
	// BlockSize is the size in bytes of the blocks that are hashed, both of the
	// file and of the levels of the Merkle tree.
	BlockSize = 4096

	// Size is the length of a digest in bytes.
	Size = sha256.Size

	descriptorSize = 256
	// A level holds 1/128 of the bytes of the level below it, so 8 levels
	// suffice for 2^63 bytes (2^51 blocks, 7 bits a level).
	maxLevels = 8
	readSize  = 32 * BlockSize
)

// Hasher computes the fs-verity digest of the bytes written to it. The zero
// value is ready for use. It implements [hash.Hash] and [io.ReaderFrom], keeps
// at most one block per tree level and is meant to be reused after
// [Hasher.Reset], which keeps its buffers. It must not be copied after first
// use nor be used by several goroutines at once.
type Hasher struct {
	size    uint64 // bytes written
	pending int    // bytes in block
	block   [BlockSize]byte
	levels  [maxLevels]*level
	readBuf []byte // of ReadFrom
}

// level collects the digests of the blocks of the level below.
type level struct {
	n   int // bytes used in buf
	buf [BlockSize]byte
}

var (
	_ hash.Hash     = (*Hasher)(nil)
	_ io.ReaderFrom = (*Hasher)(nil)
)

// New returns a new [Hasher].
func New() *Hasher { return new(Hasher) }

// Size returns [Size], the number of bytes [Hasher.Sum] appends.
func (h *Hasher) Size() int { return Size }

// BlockSize returns [BlockSize]; writes of multiples of it avoid copies.
func (h *Hasher) BlockSize() int { return BlockSize }

// Reset forgets the bytes written so far and keeps the buffers.
func (h *Hasher) Reset() {
	h.size, h.pending = 0, 0
	for _, l := range h.levels {
		if l != nil {
			l.n = 0
		}
	}
}

// Write adds p to the file. It never fails.
func (h *Hasher) Write(p []byte) (int, error) {
	n := len(p)
	h.size += uint64(n)
	if h.pending > 0 {
		c := copy(h.block[h.pending:], p)
		h.pending += c
		p = p[c:]
		if h.pending < BlockSize {
			return n, nil
		}
		h.push(0, sha256.Sum256(h.block[:]))
		h.pending = 0
	}
	for len(p) >= BlockSize {
		h.push(0, sha256.Sum256(p[:BlockSize]))
		p = p[BlockSize:]
	}
	h.pending = copy(h.block[:], p)
	return n, nil
}

// ReadFrom adds everything that r yields until [io.EOF].
func (h *Hasher) ReadFrom(r io.Reader) (int64, error) {
	if h.readBuf == nil {
		h.readBuf = make([]byte, readSize)
	}
	var total int64
	for {
		n, err := fill(r, h.readBuf)
		_, _ = h.Write(h.readBuf[:n])
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// fill is io.ReadFull without the change of io.EOF into io.ErrUnexpectedEOF,
// which could not be told from the same error of a truncated source.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var c int
		c, err = r.Read(buf[n:])
		n += c
	}
	return n, err
}

// push appends the digest of a block to the level above it, and passes the
// level on when that fills it.
func (h *Hasher) push(i int, digest [Size]byte) {
	for ; i < maxLevels; i++ {
		l := h.levels[i]
		if l == nil {
			l = new(level)
			h.levels[i] = l
		}
		l.n += copy(l.buf[l.n:], digest[:])
		if l.n < BlockSize {
			return
		}
		digest = sha256.Sum256(l.buf[:])
		l.n = 0
	}
}

// Sum appends the digest of the bytes written so far to b. The state does not
// change: more can be written.
func (h *Hasher) Sum(b []byte) []byte {
	d := h.Digest()
	return append(b, d[:]...)
}

// Digest is [Hasher.Sum] as an array.
func (h *Hasher) Digest() [Size]byte {
	var desc [descriptorSize]byte
	desc[0] = 1  // version
	desc[1] = 1  // SHA-256
	desc[2] = 12 // log2(BlockSize)
	binary.LittleEndian.PutUint64(desc[8:], h.size)
	root := h.root()
	copy(desc[16:], root[:])
	return sha256.Sum256(desc[:])
}

// root closes the tree: at each level the last, partial block is hashed and its
// digest carried upwards, until a level consists of a single digest.
func (h *Hasher) root() [Size]byte {
	if h.size == 0 {
		return [Size]byte{}
	}
	var carry [Size]byte
	carried := h.pending > 0
	if carried {
		var block [BlockSize]byte
		copy(block[:], h.block[:h.pending])
		carry = sha256.Sum256(block[:])
	}
	digests := (h.size + BlockSize - 1) / BlockSize // of the current level
	for i := 0; digests > 1; i++ {
		var block [BlockSize]byte
		n := 0
		if l := h.levels[i]; l != nil {
			n = copy(block[:], l.buf[:l.n])
		}
		if carried {
			n += copy(block[n:], carry[:])
		}
		if n > 0 {
			carry, carried = sha256.Sum256(block[:]), true
		}
		digests = (digests + BlockSize/Size - 1) / (BlockSize / Size)
		if digests == 1 && !carried {
			return h.top(i + 1)
		}
	}
	if carried {
		return carry
	}
	return h.top(0)
}

// top returns the only digest of level i.
func (h *Hasher) top(i int) [Size]byte {
	return [Size]byte(h.levels[i].buf[:Size])
}

// Sum returns the digest of a file with the content data.
func Sum(data []byte) [Size]byte {
	var h Hasher
	_, _ = h.Write(data)
	return h.Digest()
}

// Digest returns the digest of a file with the content that r yields. Only the
// errors of r are returned. For many files use one [Hasher] instead.
func Digest(r io.Reader) ([Size]byte, error) {
	var h Hasher
	if _, err := h.ReadFrom(r); err != nil {
		return [Size]byte{}, err
	}
	return h.Digest(), nil
}
