package rollsum

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Range is a piece of the new file that also occurs in the old one.
type Range struct {
	From int // offset in the old file
	To   int // offset in the new file
	Len  int // in bytes, at least 1
}

// Matches is the result of a comparison.
type Matches struct {
	// Ranges are sorted by To and do not overlap in the new file. None can be
	// made longer, unless at the cost of its neighbour, and no two adjacent ones
	// can be joined.
	Ranges []Range
	// Chunks is the number of chunks of the new file, Matched how many of
	// these lie within the ranges.
	Chunks, Matched int
	// Bytes is the sum of the lengths of the ranges.
	Bytes int64
}

// Percent returns how many percent of the chunks of the new file were found,
// rounded down; 0 for an empty file.
func (m *Matches) Percent() int {
	if m.Chunks == 0 {
		return 0
	}
	return m.Matched * 100 / m.Chunks
}

// maxSame is how many chunks with the same checksum are remembered. More than
// one is of use where the alignment of a match tells them apart.
const maxSame = 4

// Match finds pieces of from in to.
func Match(from, to []byte) *Matches {
	type key struct {
		crc  uint32
		size int
	}
	chunks := make(map[key][]int)
	for c := range Split(from) {
		k := key{c.CRC, c.Size}
		if same := chunks[k]; len(same) < maxSame {
			chunks[k] = append(same, c.Offset)
		}
	}
	m := &matcher{from: from, to: to}
	cut := slices.Collect(Split(to))
	for _, c := range cut {
		if c.Offset+c.Size > m.end() && !m.aligned(c) {
			m.anyOf(c, chunks[key{c.CRC, c.Size}])
		}
	}
	m.count(cut)
	return &m.Matches
}

// count sets the totals.
func (m *matcher) count(chunks []Chunk) {
	m.Chunks = len(chunks)
	i, start, end := 0, 0, 0 // the adjacent ranges before the i-th
	for _, c := range chunks {
		for end < c.Offset+c.Size && i < len(m.Ranges) {
			r := m.Ranges[i]
			if r.To > end {
				start = r.To
			}
			end = r.To + r.Len
			m.Bytes += int64(r.Len)
			i++
		}
		if start <= c.Offset && c.Offset+c.Size <= end {
			m.Matched++
		}
	}
}

// matcher is the state of a Match.
type matcher struct {
	Matches
	from, to []byte
}

// end returns where the last range ends in the new file.
func (m *matcher) end() int {
	if len(m.Ranges) == 0 {
		return 0
	}
	r := m.Ranges[len(m.Ranges)-1]
	return r.To + r.Len
}

// aligned adds the chunk c if it is at the same distance in both files as the
// last range.
func (m *matcher) aligned(c Chunk) bool {
	if len(m.Ranges) == 0 {
		return false
	}
	r := m.Ranges[len(m.Ranges)-1]
	return m.try(c, c.Offset-r.To+r.From)
}

// anyOf adds the chunk c if it occurs in the old file at one of the offsets.
func (m *matcher) anyOf(c Chunk, offsets []int) {
	for _, from := range offsets {
		if m.try(c, from) {
			return
		}
	}
}

// try adds the chunk c, extended in both directions, if the old file has the
// same bytes at from.
func (m *matcher) try(c Chunk, from int) bool {
	if from < 0 || from > len(m.from)-c.Size {
		return false
	}
	if !bytes.Equal(m.from[from:][:c.Size], m.to[c.Offset:][:c.Size]) {
		return false
	}
	r := Range{From: from, To: c.Offset, Len: c.Size}
	r.Len += prefix(m.from[r.From+r.Len:], m.to[r.To+r.Len:])
	start := m.end()
	if cut := start - r.To; cut > 0 {
		// The last range was extended into this chunk.
		r.From, r.To, r.Len = r.From+cut, r.To+cut, r.Len-cut
	} else {
		n := suffix(m.from[:r.From], m.to[start:r.To])
		r.From, r.To, r.Len = r.From-n, r.To-n, r.Len+n
	}
	m.add(r)
	return true
}

// add appends r, or joins it to the last range.
func (m *matcher) add(r Range) {
	if n := len(m.Ranges); n > 0 {
		last := &m.Ranges[n-1]
		if last.To+last.Len == r.To && last.From+last.Len == r.From {
			last.Len += r.Len
			return
		}
	}
	m.Ranges = append(m.Ranges, r)
}

// prefix returns the length of the common start of a and b.
func prefix(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if v := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); v != 0 {
			return i + bits.TrailingZeros64(v)>>3
		}
	}
	for ; i < n && a[i] == b[i]; i++ {
	}
	return i
}

// suffix returns the length of the common end of a and b.
func suffix(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[len(a)-n:], b[len(b)-n:]
	i := n
	for i > 0 && a[i-1] == b[i-1] {
		i--
	}
	return n - i
}
