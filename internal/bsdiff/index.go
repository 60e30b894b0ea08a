package bsdiff

import (
	"encoding/binary"
	"math/bits"
)

// index finds long matches in a file.
type index struct {
	sa   []int32
	last int // pair of the last byte and 0, which its suffix comes right before
	// start holds, for each pair of bytes, the number of suffixes that are less
	// than it.
	start [1<<16 + 1]int32
}

func newIndex(old []byte) *index {
	x := &index{sa: suffixArray(old), last: -1}
	if len(old) == 0 {
		return x
	}
	for i := 1; i < len(old); i++ {
		x.start[uint16(old[i-1])<<8|uint16(old[i])]++
	}
	x.last = int(old[len(old)-1]) << 8
	sum := int32(0)
	for i := range x.start {
		if i == x.last {
			sum++
		}
		n := x.start[i]
		x.start[i] = sum
		sum += n
	}
	return x
}

// search returns the length and place of the longest match in old of a prefix
// of s.
func (x *index) search(old, s []byte) (length, at int) {
	lo, hi, known := 0, len(x.sa), 0
	if len(s) >= 2 {
		pair := int(s[0])<<8 | int(s[1])
		lo, hi, known = int(x.start[pair]), int(x.start[pair+1]), 2
		if pair+1 == x.last {
			hi--
		}
	}
	// Suffixes below lo are less than s, those from hi on are not. below and
	// above are the lengths that the two next to them have in common with s; -1
	// if not known.
	below, above := -1, -1
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		suffix := old[x.sa[mid]:]
		n := known
		if below >= 0 && above >= 0 {
			n = min(below, above)
		}
		n += matchLen(suffix[n:], s[n:])
		if n < len(s) && (n == len(suffix) || suffix[n] < s[n]) {
			lo, below = mid+1, n
		} else {
			hi, above = mid, n
		}
	}
	if above < 0 && hi < len(x.sa) {
		above = matchLen(old[x.sa[hi]:], s)
	}
	if below < 0 && lo > 0 {
		below = matchLen(old[x.sa[lo-1]:], s)
	}
	switch {
	case above >= 0 && above >= below:
		return above, int(x.sa[hi])
	case below >= 0:
		return below, int(x.sa[lo-1])
	}
	return 0, 0
}

// matchLen returns the length of the common prefix of a and b.
func matchLen(a, b []byte) int {
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
