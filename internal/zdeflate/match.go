package zdeflate

import "math/bits"

// Constants of the format and of the encoder that is followed here.
const (
	minMatch     = 3
	maxMatch     = 258
	windowSize   = 1 << 15
	windowMask   = windowSize - 1
	minLookahead = maxMatch + minMatch + 1
	maxDist      = windowSize - minLookahead
	tooFar       = 4096 // a match of length 3 is not worth a longer distance
	farAway      = 1<<16 - 1
)

// Sizes of the hash tables. The first is given by memory level 8, the second
// is a matter of speed only.
const (
	hashBits3 = 15
	hashBits4 = 16
)

// hash3 is the hash of the three low bytes of v. Which strings share a bucket
// decides how far a search gets within its limit, so the function is as fixed
// as the limits.
func hash3(v uint32) uint32 {
	return (v<<10 ^ v>>3&0x1fe0 ^ v>>16&0xff) & (1<<hashBits3 - 1)
}

// link makes pos the newest string of the bucket of v, its first bytes, and
// returns the one before.
func (c *compressor) link(pos int, v uint32) int {
	h := &c.head3[hash3(v)]
	head := int(*h)
	*h = int32(pos)
	c.prev3[pos&windowMask] = uint16(min(pos-head, farAway))
	return head
}

// matchLen returns the number of equal bytes at a and b, at most limit.
func (c *compressor) matchLen(a, b, limit int) int {
	n := 0
	for n < limit {
		if x := load64(&c.buf, a+n) ^ load64(&c.buf, b+n); x != 0 {
			return min(n+bits.TrailingZeros64(x)>>3, limit)
		}
		n += 8
	}
	return limit
}

// longest searches the chain that starts at cur for the longest match of pos,
// of 3 to limit bytes. It returns its length and place; the first of several
// equally long ones wins. The length is less than 3 when there is none.
func (c *compressor) longest(cur, pos, limit int) (best, start int) {
	chain := c.chain
	nice := min(c.nice, limit)
	oldest := max(pos-maxDist, c.base)
	best = minMatch - 1
	// A longer match agrees in the last of these bytes; mask hides the one
	// that is not part of the string while best is 2.
	skip, mask := 0, uint32(0xffffff)
	end := load32(&c.buf, pos) & mask
	for {
		if load32(&c.buf, cur+skip)&mask == end {
			if n := c.matchLen(cur, pos, limit); n > best {
				best, start = n, cur
				if n >= nice {
					return best, start
				}
				skip, mask = best-3, 0xffffffff
				end = load32(&c.buf, pos+skip)
			}
		}
		cur -= int(c.prev3[cur&windowMask])
		chain--
		if cur <= oldest || chain == 0 {
			return best, start
		}
	}
}

// literal adds the byte b to the block. It reports whether the block is full.
func (c *compressor) literal(b byte) bool {
	c.w.syms[c.w.nsyms&maxSyms] = sym(b)
	c.w.nsyms++
	return c.w.nsyms == maxSyms
}

// match adds a match to the block. It reports whether the block is full.
func (c *compressor) match(length, dist int) bool {
	c.w.syms[c.w.nsyms&maxSyms] = sym(length-minMatch) | sym(dist)<<16
	c.w.nsyms++
	return c.w.nsyms == maxSyms
}

// greedy encodes up to position stop, taking each match that it finds (levels
// 1 to 3).
func (c *compressor) greedy(stop int) {
	pos := c.pos
	for pos < stop {
		n, at := 0, 0
		if pos+minMatch <= c.end {
			head := c.link(pos, load32(&c.buf, pos))
			if head > c.base && pos-head <= maxDist {
				n, at = c.longest(head, pos, min(maxMatch, c.end-pos))
			}
		}
		full := false
		if n < minMatch {
			full = c.literal(c.buf[pos])
			pos++
		} else {
			full = c.match(n, pos-at)
			next := pos + n
			// The strings inside of long matches are not entered.
			if n <= c.lazy && next+minMatch <= c.end {
				for pos++; pos < next; pos++ {
					c.link(pos, load32(&c.buf, pos))
				}
			}
			pos = next
		}
		if full {
			c.flushBlock(pos, false)
		}
	}
	c.pos = pos
}
