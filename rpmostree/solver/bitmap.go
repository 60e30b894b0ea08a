package solver

// bitmap is a set of small non-negative numbers.
type bitmap []uint64

func newBitmap(n int) bitmap { return make(bitmap, (n+63)/64) }

func (m bitmap) len() int { return len(m) * 64 }

func (m *bitmap) grow(n int) {
	if need := (n + 63) / 64; need > len(*m) {
		*m = append(*m, make(bitmap, need-len(*m))...)
	}
}

func (m bitmap) has(i SolvableID) bool { return m[uint32(i)>>6]&(1<<(uint32(i)&63)) != 0 }

// test is has for sets that may be nil.
func (m bitmap) test(i SolvableID) bool { return m != nil && m.has(i) }

func (m bitmap) set(i SolvableID)   { m[uint32(i)>>6] |= 1 << (uint32(i) & 63) }
func (m bitmap) clear(i SolvableID) { m[uint32(i)>>6] &^= 1 << (uint32(i) & 63) }

// add sets a bit and reports whether it was clear.
func (m bitmap) add(i SolvableID) bool {
	w, b := uint32(i)>>6, uint64(1)<<(uint32(i)&63)
	if m[w]&b != 0 {
		return false
	}
	m[w] |= b
	return true
}

func (m bitmap) reset() { clear(m) }

func (m bitmap) clone() bitmap { return append(bitmap(nil), m...) }
