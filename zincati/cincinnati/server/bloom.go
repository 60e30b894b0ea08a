package server

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

const (
	bloomBits   = 10 << 20
	bloomHashes = 7 // ln 2 · bits / 10⁶ elements, for which the filter is sized
)

// bloom is a set of strings of fixed size that may take a new element for one it has seen: at 10⁶ elements about
// one in 150. Elements cannot be read back. It takes no locks.
type bloom struct {
	seed  maphash.Seed
	words [bloomBits / 64]atomic.Uint64
}

func newBloom() *bloom { return &bloom{seed: maphash.MakeSeed()} }

// add puts s in and reports whether it was surely not there before. Of several goroutines that add the same new
// element at once at least one is told so.
func (b *bloom) add(s string) bool {
	h := maphash.String(b.seed, s)
	step := bits.RotateLeft64(h, 32) | 1 // two hashes make all others
	fresh := false
	for range bloomHashes {
		i := reduce(h)
		w, bit := &b.words[i/64], uint64(1)<<(i%64)
		// Reading first keeps the cache line shared for nodes that were seen before, which is nearly all of them.
		if w.Load()&bit == 0 && w.Or(bit)&bit == 0 {
			fresh = true
		}
		h += step
	}
	return fresh
}

// reduce maps a hash to the index of a bit without a division.
func reduce(h uint64) uint64 {
	hi, _ := bits.Mul64(h, bloomBits)
	return hi
}
