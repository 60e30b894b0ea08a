package zdeflate

import "math/bits"

// Alphabet sizes and code length limits of RFC 1951.
const (
	numLiterals  = 256
	endOfBlock   = 256
	numLenCodes  = 29
	numLitCodes  = numLiterals + 1 + numLenCodes
	numDistCodes = 30
	numBitCodes  = 19
	maxCodeBits  = 15
	maxBitBits   = 7
	heapSize     = 2*numLitCodes + 1
)

// Symbols of the code length alphabet that stand for runs.
const (
	repPrev   = 16 // previous length 3–6 times, 2 extra bits
	repZero   = 17 // zero 3–10 times, 3 extra bits
	repZeroes = 18 // zero 11–138 times, 7 extra bits
)

var (
	lenExtra  = [numLenCodes]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distExtra = [numDistCodes]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	bitExtra  = [numBitCodes]uint8{16: 2, 17: 3, 18: 7}
	bitOrder  = [numBitCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// Tables that follow from the ones above, filled in once.
var (
	lenCodeOf, lenBase   = makeLenTables()
	distCodeOf, distBase = makeDistTables()
	staticLit            = makeStaticLit()
	staticDist           = makeStaticDist()
)

// makeLenTables maps a match length minus 3 to its code, and a code to the
// first length it covers. Length 258 has a code of its own.
func makeLenTables() (code [256]uint8, base [numLenCodes]uint8) {
	n := 0
	for c := range numLenCodes - 1 {
		base[c] = uint8(n)
		for range 1 << lenExtra[c] {
			code[n] = uint8(c)
			n++
		}
	}
	code[255], base[numLenCodes-1] = numLenCodes-1, 255
	return code, base
}

// makeDistTables maps a distance minus 1 to its code: directly below 256, by
// 256 + (d >> 7) above.
func makeDistTables() (code [512]uint8, base [numDistCodes]uint16) {
	n := 0
	for c := range numDistCodes {
		base[c] = uint16(n)
		for i := n; i < n+1<<distExtra[c]; i++ {
			if i < 256 {
				code[i] = uint8(c)
			} else {
				code[256+i>>7] = uint8(c)
			}
		}
		n += 1 << distExtra[c]
	}
	return code, base
}

func makeStaticLit() (t [numLitCodes + 2]code) {
	for i := range t {
		switch {
		case i < 144:
			t[i] = makeCode(uint16(0x30+i), 8)
		case i < 256:
			t[i] = makeCode(uint16(0x190+i-144), 9)
		case i < 280:
			t[i] = makeCode(uint16(i-256), 7)
		default:
			t[i] = makeCode(uint16(0xc0+i-280), 8)
		}
	}
	return t
}

func makeStaticDist() (t [numDistCodes]code) {
	for i := range t {
		t[i] = makeCode(uint16(i), 5)
	}
	return t
}

// code is a Huffman code as it goes into the stream: the bits in the low half
// (already reversed, deflate sends codes from the most significant bit on),
// their number above.
type code uint32

func makeCode(v uint16, n uint) code {
	return code(bits.Reverse16(v)>>(16-n)) | code(n)<<16
}

func (c code) bits() uint64 { return uint64(c & 0xffff) }
func (c code) len() uint    { return uint(c >> 16) }

// tree is one of the three Huffman trees of a block. Which of several optimal
// trees comes out depends on the order of ties, which is therefore part of the
// format spoken here: equal frequencies are ordered by the depth of the
// subtree, and the heap's movements are those of the textbook binary heap.
type tree struct {
	elems   int     // size of the alphabet
	maxBits int     // longest code allowed
	extra   []uint8 // extra bits of the symbols from extraAt on
	extraAt int
	static  []code // codes of the fixed tree, nil if there is none

	freq    [heapSize]uint16
	length  [heapSize]uint16 // bit length; while building, the parent node
	codes   [numLitCodes]code
	maxCode int // last symbol in use
}

// treeHeap is the working space of tree.build.
type treeHeap struct {
	node [heapSize]uint16 // heap at the front (from 1), sorted nodes at the end
	key  [heapSize]uint32 // frequency << 8 | depth of each node
	len  int
	max  int // start of the sorted nodes
}

// down restores the heap order from place k on.
func (h *treeHeap) down(k int) {
	v := h.node[k]
	kv := h.key[v]
	j := k << 1
	for j <= h.len {
		c := h.node[j]
		if j < h.len {
			if d := h.node[j+1]; h.key[d] <= h.key[c] {
				c = d
				j++
			}
		}
		if kv <= h.key[c] {
			break
		}
		h.node[k] = c
		k = j
		j <<= 1
	}
	h.node[k] = v
}

// build makes the codes for t.freq. It returns the bits that the symbols take
// with these codes, and with those of the fixed tree.
func (t *tree) build(h *treeHeap) (opt, static int) {
	h.len, h.max = 0, heapSize
	t.maxCode = -1
	for n := range t.elems {
		if f := t.freq[n]; f != 0 {
			h.len++
			h.node[h.len] = uint16(n)
			h.key[n] = uint32(f) << 8
			t.maxCode = n
		} else {
			t.length[n] = 0
		}
	}
	// At least two codes of non-zero length are required; the added ones cost
	// nothing, so take their bits off beforehand.
	for h.len < 2 {
		n := 0
		if t.maxCode < 2 {
			t.maxCode++
			n = t.maxCode
		}
		h.len++
		h.node[h.len] = uint16(n)
		t.freq[n] = 1
		h.key[n] = 1 << 8
		opt--
		if t.static != nil {
			static -= int(t.static[n].len())
		}
	}
	t.combine(h)
	o, s := t.setLengths(h)
	t.setCodes()
	return opt + o, static + s
}

// combine joins the two least frequent nodes until one is left.
func (t *tree) combine(h *treeHeap) {
	for n := h.len / 2; n >= 1; n-- {
		h.down(n)
	}
	node := t.elems
	for {
		n := h.node[1]
		h.node[1] = h.node[h.len]
		h.len--
		h.down(1)
		m := h.node[1]
		h.max--
		h.node[h.max] = n
		h.max--
		h.node[h.max] = m
		kn, km := h.key[n], h.key[m]
		h.key[node] = (kn>>8+km>>8)<<8 | (max(kn&0xff, km&0xff) + 1)
		t.length[n], t.length[m] = uint16(node), uint16(node)
		h.node[1] = uint16(node)
		node++
		h.down(1)
		if h.len < 2 {
			break
		}
	}
	h.max--
	h.node[h.max] = h.node[1]
}

// setLengths turns parents into bit lengths, not more than maxBits.
func (t *tree) setLengths(h *treeHeap) (opt, static int) {
	var count [maxCodeBits + 2]int
	overflow := 0
	t.length[h.node[h.max]] = 0
	for _, n := range h.node[h.max+1:] {
		b := int(t.length[t.length[n]]) + 1
		if b > t.maxBits {
			b = t.maxBits
			overflow++
		}
		t.length[n] = uint16(b)
		if int(n) > t.maxCode {
			continue // an inner node
		}
		count[b]++
		x := 0
		if int(n) >= t.extraAt {
			x = int(t.extra[int(n)-t.extraAt])
		}
		f := int(t.freq[n])
		opt += f * (b + x)
		if t.static != nil {
			static += f * (int(t.static[n].len()) + x)
		}
	}
	if overflow > 0 {
		opt += t.shorten(h, &count, overflow)
	}
	return opt, static
}

// shorten makes room for overflow codes of maxBits bits by lengthening others,
// and reassigns the lengths in order of frequency. It returns the bits this
// costs.
func (t *tree) shorten(h *treeHeap, count *[maxCodeBits + 2]int, overflow int) (cost int) {
	for ; overflow > 0; overflow -= 2 {
		b := t.maxBits - 1
		for count[b] == 0 {
			b--
		}
		count[b]--
		count[b+1] += 2
		count[t.maxBits]--
	}
	i := heapSize
	for b := t.maxBits; b != 0; b-- {
		for n := count[b]; n != 0; {
			i--
			m := h.node[i]
			if int(m) > t.maxCode {
				continue
			}
			if l := int(t.length[m]); l != b {
				cost += (b - l) * int(t.freq[m])
				t.length[m] = uint16(b)
			}
			n--
		}
	}
	return cost
}

// setCodes assigns the canonical codes of RFC 1951, section 3.2.2.
func (t *tree) setCodes() {
	var count, next [maxCodeBits + 1]uint16
	lengths := t.length[:t.maxCode+1]
	for _, l := range lengths {
		count[l&maxCodeBits]++
	}
	count[0] = 0
	c := uint16(0)
	for b := 1; b <= maxCodeBits; b++ {
		c = (c + count[b-1]) << 1
		next[b] = c
	}
	for n, l := range lengths {
		if l != 0 {
			t.codes[n] = makeCode(next[l&maxCodeBits], uint(l))
			next[l&maxCodeBits]++
		}
	}
}

// runs calls emit for each symbol of the run length coding of t's code
// lengths: either a length itself or one of the rep symbols with the value of
// its extra bits.
func (t *tree) runs(emit func(sym, extra int)) {
	prev, count := -1, 0
	most, least := 7, 4
	if t.length[0] == 0 {
		most, least = 138, 3
	}
	for n := 0; n <= t.maxCode; n++ {
		cur, next := int(t.length[n]), -1
		if n < t.maxCode {
			next = int(t.length[n+1])
		}
		count++
		if count < most && cur == next {
			continue
		}
		switch {
		case count < least:
			for range count {
				emit(cur, 0)
			}
		case cur != 0:
			if cur != prev {
				emit(cur, 0)
				count--
			}
			emit(repPrev, count-3)
		case count <= 10:
			emit(repZero, count-3)
		default:
			emit(repZeroes, count-11)
		}
		count, prev = 0, cur
		switch {
		case next == 0:
			most, least = 138, 3
		case cur == next:
			most, least = 6, 3
		default:
			most, least = 7, 4
		}
	}
}
