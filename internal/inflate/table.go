package inflate

import "math/bits"

const (
	maxCodeLen = 15

	litBits  = 11 // of the index into the first table of literals and lengths
	distBits = 8
	litSize  = 8192 // 2048, and 16 for each two of at most 288 long codes
	distSize = 4096 // 256, and 128 for each two of at most 32 long codes
)

// An entry of a table has in its low byte the bits to be consumed. Then:
//
//	literal   bit 31; the byte in bits 16-23
//	length    base in bits 16-30, bits of the code without the extra bits in 8-11
//	distance  the same
//	others    bit 15 and one of:
//	  end     bit 14
//	  longer  bit 13; bits 16-30 are where the second table begins, 8-11 the bits of its index
//	  none    there is no such code
const (
	entryLiteral = 1 << 31
	entryOther   = 1 << 15
	entryEnd     = entryOther | 1<<14
	entryLonger  = entryOther | 1<<13
	entryNone    = entryOther
)

type (
	litTable  [litSize]uint32
	distTable [distSize]uint32
)

// extraBits and bases of the length codes from 257 on, and of the distance
// codes.
var (
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	lengthBase  = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	distExtra   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	distBase    = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
)

func litEntry(sym int) uint32 {
	switch {
	case sym < 256:
		return entryLiteral | uint32(sym)<<16
	case sym == 256:
		return entryEnd
	case sym-257 < len(lengthBase):
		return uint32(lengthBase[sym-257])<<16 | uint32(lengthExtra[sym-257])
	}
	return entryNone
}

func distEntry(sym int) uint32 {
	if sym < len(distBase) {
		return uint32(distBase[sym])<<16 | uint32(distExtra[sym])
	}
	return entryNone
}

// withCode adds the length of the code to an entry.
func withCode(e, n uint32) uint32 {
	e += n
	if e&(entryLiteral|entryOther) == 0 {
		e |= n << 8
	}
	return e
}

// build fills a table, whose first part has an index of first bits, for the
// code with these lengths. It returns false when
// there is no such code: there must be as many codes as there is room for, or
// a single one of one bit, or none.
func build(table []uint32, first int, lens []uint8, entry func(int) uint32) bool {
	var count, next, at [maxCodeLen + 2]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	code, room, longest := 0, 1, 0
	for n := 1; n <= maxCodeLen; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		at[n+1] = at[n] + count[n]
		if room = room<<1 - count[n]; room < 0 {
			return false
		}
		if count[n] > 0 {
			longest = n
		}
	}
	if room > 0 {
		if longest > 1 {
			return false
		}
		for i := range table[:1<<first] {
			table[i] = entryNone | 1
		}
	}
	// In the order of their codes those with the same first bits are
	// neighbours.
	var sorted [320]uint16
	for sym, n := range lens {
		if n > 0 {
			sorted[at[n]] = uint16(sym)
			at[n]++
		}
	}
	b := builder{table: table, first: first, second: max(longest-first, 0), end: 1 << first, prefix: -1}
	for _, sym := range sorted[:at[longest]] {
		n := int(lens[sym])
		b.add(int(bits.Reverse16(uint16(next[n]))>>(16-n)), n, entry(int(sym)))
		next[n]++
	}
	return true
}

type builder struct {
	table         []uint32
	first, second int // bits of the indexes
	prefix        int // index of the last second table
	end           int // of the tables
}

// add adds a code, the first bit of which is the lowest.
func (b *builder) add(code, n int, e uint32) {
	if n <= b.first {
		e = withCode(e, uint32(n))
		for i := code; i < 1<<b.first; i += 1 << n {
			b.table[i] = e
		}
		return
	}
	n -= b.first
	if p := code & (1<<b.first - 1); p != b.prefix {
		b.prefix = p
		b.table[p] = entryLonger | uint32(b.end)<<16 | uint32(b.second)<<8 | uint32(b.first)
		b.end += 1 << b.second
	}
	e = withCode(e, uint32(n))
	sub := b.table[b.end-1<<b.second : b.end]
	for i := code >> b.first; i < len(sub); i += 1 << n {
		sub[i] = e
	}
}
