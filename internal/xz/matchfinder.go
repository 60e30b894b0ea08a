package xz

import (
	"encoding/binary"
	"math/bits"
)

// match is a previous occurrence of the bytes at a position.
type match struct {
	len  uint32
	dist uint32 // 0 is the byte before
}

const (
	hash2Bits = 12
	hash3Bits = 16

	batchSize = 1 << 10

	// touchAhead is how many positions ahead memory is touched.
	touchAhead = 3
)

// batch holds the matches of consecutive positions, for each position in
// order of length; each is longer and farther than the one before.
type batch struct {
	n    int
	ends [batchSize]uint32 // matches of position i end at data[ends[i]]
	data []match
}

// matchFinder finds for a position the nearest match of each length, up to
// niceLen. All positions of the last dictSize bytes are in one binary search
// tree for each hash of four bytes, sorted by the bytes at the position, newest at
// the root ("bt4"); hash tables for two and three bytes find the short ones.
type matchFinder struct {
	buf      []byte // the window: past and look-ahead
	pos      int    // the next position in buf to be searched and inserted
	offset   uint32 // added to pos, gives the value kept in the tables; 0 there means none
	cyclic   uint32 // where pos is in tree
	niceLen  int
	depth    int
	hash2    []uint32
	hash3    []uint32
	hash4    []uint32
	tree     [][2]uint32 // smaller and greater child of each position, used cyclically
	hash4Sft uint
	heads    [batchSize]uint32 // see enter
	touched  uint32            // of no use but to keep the reads of touch
}

// maxTablePos is the table value at which the tables are renumbered.
const maxTablePos = 1<<32 - 1<<22

// newMatchFinder returns a finder for a dictionary of size bytes.
func newMatchFinder(size, niceLen, depth int) *matchFinder {
	hashBits := min(max(bits.Len(uint(size-1)), 11), 24)
	return &matchFinder{
		niceLen: niceLen, depth: depth,
		offset:   uint32(size) + 1,
		hash2:    make([]uint32, 1<<hash2Bits),
		hash3:    make([]uint32, 1<<min(hash3Bits, hashBits)),
		hash4:    make([]uint32, 1<<hashBits),
		tree:     make([][2]uint32, size+1),
		hash4Sft: uint(32 - hashBits),
	}
}

// reset forgets everything.
func (m *matchFinder) reset(buf []byte) {
	clear(m.hash2)
	clear(m.hash3)
	clear(m.hash4)
	m.buf, m.pos, m.cyclic = buf, 0, 0
	m.offset = uint32(len(m.tree))
}

// slid tells that n bytes were removed from the front of the window.
func (m *matchFinder) slid(buf []byte, n int) {
	m.buf = buf
	m.pos -= n
	m.offset += uint32(n)
	if m.offset < maxTablePos-uint32(len(buf)) {
		return
	}
	sub := m.offset + uint32(m.pos) - uint32(len(m.tree))
	m.offset -= sub
	for _, t := range [][]uint32{m.hash2, m.hash3, m.hash4} {
		for i, v := range t {
			t[i] = v - min(v, sub)
		}
	}
	for i := range m.tree {
		t := &m.tree[i]
		t[0] -= min(t[0], sub)
		t[1] -= min(t[1], sub)
	}
}

// fill searches up to batchSize positions before end; b gets what is found.
// Matches must be limited by the end of the window only at the end of the
// data, so end must be niceLen before it in all calls but the last.
func (m *matchFinder) fill(b *batch, end int) {
	n := min(batchSize, end-m.pos)
	b.n = n
	m.enter(n)
	data := b.data[:0]
	for i := range n {
		if i+touchAhead < n {
			m.touch(i + touchAhead)
		}
		data = m.find(data, m.heads[i])
		b.ends[i] = uint32(len(data))
	}
	b.data = data
}

// enter puts n positions into the table of four bytes and keeps what was
// there before, the roots of their trees. Doing it for many positions at once
// lets the processor wait for several places of the large table at a time.
func (m *matchFinder) enter(n int) {
	first := uint32(m.pos) + m.offset
	buf := m.buf[m.pos:min(len(m.buf), m.pos+n+3)]
	for i := range len(buf) - 3 {
		p := &m.hash4[hash4Of(binary.LittleEndian.Uint32(buf[i:]), m.hash4Sft)]
		m.heads[i] = *p
		*p = first + uint32(i)
	}
}

// touch reads what find will need for the position m.heads[i], so that it is in the
// cache then.
func (m *matchFinder) touch(i int) {
	at := m.pos + touchAhead
	delta := uint32(at) + m.offset - m.heads[i]
	if delta >= uint32(len(m.tree)) || at < int(delta) {
		return
	}
	k := int(m.cyclic) + touchAhead - int(delta)
	if k < 0 {
		k += len(m.tree)
	}
	if k < len(m.tree) {
		m.touched += m.tree[k][0] + uint32(m.buf[at-int(delta)])
	}
}

func hash4Of(v uint32, shift uint) uint32 { return v * 0x9e3779b1 >> (shift & 31) }

// find appends the matches of the position m.pos, and inserts it in the tree
// whose root is next.
func (m *matchFinder) find(out []match, next uint32) []match {
	cur := m.buf[m.pos:]
	limit := min(m.niceLen, len(cur))
	if limit < 4 {
		return m.findTail(out, cur)
	}
	cur = cur[:limit]
	pos := uint32(m.pos) + m.offset
	word := binary.LittleEndian.Uint32(cur)
	p2 := &m.hash2[word&0xffff*0x9e3779b1>>(32-hash2Bits)]
	p3 := &m.hash3[int(word<<8*0x9e3779b1>>(32-hash3Bits))&(len(m.hash3)-1)]
	d2, d3 := pos-*p2, pos-*p3
	*p2, *p3 = pos, pos

	size := uint32(len(m.tree)) - 1
	best := 1
	if d2 <= size && m.buf[m.pos-int(d2)] == cur[0] && m.buf[m.pos-int(d2)+1] == cur[1] {
		best = matchLen(m.buf[m.pos-int(d2):], cur, 2)
		out = append(out, match{uint32(best), d2 - 1})
	}
	if d3 != d2 && d3 <= size && best < limit {
		if n := matchLen(m.buf[m.pos-int(d3):], cur, 0); n > max(best, 2) {
			best = n
			out = append(out, match{uint32(n), d3 - 1})
		}
	}
	return m.search(out, cur, next, pos, max(best, 3))
}

// search descends the tree from its old root next. On the way down the tree
// is split in the two subtrees of the new root, pos.
func (m *matchFinder) search(out []match, cur []byte, next, pos uint32, best int) []match {
	tree := m.tree
	size := uint32(len(tree)) - 1
	at, cyclic := m.pos, m.cyclic
	m.advance()
	node := &tree[cyclic]
	less, greater := &node[0], &node[1]
	lenLess, lenGreater := 0, 0
	limit := len(cur)
	buf := m.buf[:at+limit]
	for depth := m.depth; ; depth-- {
		delta := pos - next
		if delta > size || depth == 0 {
			*less, *greater = 0, 0
			return out
		}
		i := cyclic - delta
		if delta > cyclic {
			i += size + 1
		}
		pair := &tree[i]
		old := buf[at-int(delta):]
		n := matchLen(old, cur, min(lenLess, lenGreater))
		if n > best {
			best = n
			out = append(out, match{uint32(n), delta - 1})
		}
		if n == limit {
			*less, *greater = pair[0], pair[1]
			return out
		}
		if old[n] < cur[n] {
			*less, less = next, &pair[1]
			next = *less
			lenLess = n
		} else {
			*greater, greater = next, &pair[0]
			next = *greater
			lenGreater = n
		}
	}
}

// findTail serves the last three bytes, which have no hash of four bytes.
func (m *matchFinder) findTail(out []match, cur []byte) []match {
	if len(cur) >= 2 {
		v := uint32(cur[0]) | uint32(cur[1])<<8
		pos := uint32(m.pos) + m.offset
		d := pos - m.hash2[v*0x9e3779b1>>(32-hash2Bits)]
		if d < uint32(len(m.tree)) {
			if n := matchLen(m.buf[m.pos-int(d):], cur, 0); n >= 2 {
				out = append(out, match{uint32(n), d - 1})
			}
		}
	}
	m.advance()
	return out
}

func (m *matchFinder) advance() {
	m.pos++
	m.cyclic++
	if int(m.cyclic) == len(m.tree) {
		m.cyclic = 0
	}
}

// matchLen returns the length of the common prefix of a and b, of which n
// bytes are known to be equal. a must not be shorter than b.
func matchLen(a, b []byte, n int) int {
	a = a[:len(b)]
	for n+8 <= len(b) {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
		n += 8
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
