package zdeflate

// The lazy levels have to return what a walk along the chain of strings with
// the same hash of three bytes would find within c.chain steps. Almost all of
// these strings are no longer match, so the walk here goes along a second
// chain, of strings with the same four bytes, which is many times shorter. The
// limit in steps still counts strings of the first chain: each string has a
// rank, its number in its bucket of the first kind, and the difference of two
// ranks is the number of steps between them.

// hash4 is the hash of the four bytes of v.
func hash4(v uint32) uint32 {
	return v * 0x9e3779b1 >> (32 - hashBits4)
}

// linkRank is like link and gives the string its rank, too.
func (c *compressor) linkRank(pos int, v uint32) int {
	h := &c.head3[hash3(v)]
	head := int(*h)
	*h = int32(pos)
	i := pos & windowMask
	c.rank[i] = c.rank[head&windowMask] + 1
	c.prev3[i] = uint16(min(pos-head, farAway))
	return head
}

// link4 is like link for the second chain.
func (c *compressor) link4(pos int, v uint32) int {
	h := &c.head4[hash4(v)]
	head := int(*h)
	*h = int32(pos)
	c.prev4[pos&windowMask] = uint16(min(pos-head, farAway))
	return head
}

// linkRun enters the strings from pos to stop, which are all equal.
func (c *compressor) linkRun(pos, stop int) {
	if pos >= stop {
		return
	}
	v := load32(&c.buf, pos)
	c.linkRank(pos, v)
	c.link4(pos, v)
	rank := c.rank[pos&windowMask]
	for pos++; pos < stop; pos++ {
		rank++
		i := pos & windowMask
		c.rank[i], c.prev3[i], c.prev4[i] = rank, 1, 1
	}
	c.head3[hash3(v)], c.head4[hash4(v)] = int32(stop-1), int32(stop-1)
}

// linkMatch enters the strings from pos up to next, the end of a match at
// distance dist.
func (c *compressor) linkMatch(pos, next, dist int) {
	last := min(next, c.end-minMatch+1)
	if run := next - 3; dist == 1 && pos < run {
		c.linkRun(pos, run)
		pos = run
	}
	for ; pos < last; pos++ {
		v := load32(&c.buf, pos)
		c.linkRank(pos, v)
		c.link4(pos, v)
	}
}

// search returns the length and place of the longest match of pos that is
// longer than prevLen, and not longer than limit; prevLen itself when there is
// none. cur3 and cur4 are the newest strings of the two chains.
func (c *compressor) search(cur3, cur4, pos, prevLen, limit int) (length, at int) {
	chain := c.chain
	if prevLen >= c.good {
		chain >>= 2
	}
	oldest := max(pos-maxDist, c.base)
	if cur3 <= oldest {
		// Exactly at the largest distance, which only the newest string may
		// have.
		return max(c.matchLen(cur3, pos, limit), prevLen), cur3
	}
	best, at := c.search4(cur4, pos, max(prevLen, minMatch), limit, oldest, chain)
	if at >= 0 {
		return best, at
	}
	if prevLen < minMatch {
		// No string agrees in four bytes, but one might in three.
		scan := load32(&c.buf, pos)
		oldest = max(oldest, pos-tooFar-1)
		for ; cur3 > oldest && chain > 0; chain-- {
			if (load32(&c.buf, cur3)^scan)<<8 == 0 {
				return minMatch, cur3
			}
			cur3 -= int(c.prev3[cur3&windowMask])
		}
	}
	return prevLen, 0
}

// search4 looks for the longest match of more than best bytes, at least 4,
// among the strings of the second chain from cur to before oldest that are at
// most chain steps away on the first one. The place is -1 if there is none.
func (c *compressor) search4(cur, pos, best, limit, oldest, chain int) (length, at int) {
	nice := min(c.nice, limit)
	rank := c.rank[pos&windowMask]
	at = -1
	// Each step here is at least one on the first chain, except for strings
	// that only share the hash; so the ranks are worth a look after as many.
	for steps := chain; cur > oldest; steps = max(steps-1, 1) {
		// A longer match has these four bytes at its end. If they have not
		// occurred lately there is none. (Strings behind pos have not been
		// entered yet, hence the first condition.)
		skip := best - 3
		end := load32(&c.buf, pos+skip)
		if cur <= pos-skip && int(c.head4[hash4(end)])-skip <= oldest {
			return best, at
		}
		for load32(&c.buf, cur+skip) != end {
			cur -= int(c.prev4[cur&windowMask])
			if cur <= oldest {
				return best, at
			}
			if steps--; steps == 0 {
				steps = 1
				if load32(&c.buf, cur) == load32(&c.buf, pos) {
					steps = chain + 1 - int(rank-c.rank[cur&windowMask])
					if steps <= 0 {
						return best, at
					}
				}
			}
		}
		if n := c.matchLen(cur, pos, limit); n > best {
			if int(rank-c.rank[cur&windowMask]) > chain {
				return best, at
			}
			best, at = n, cur
			if n >= nice {
				return best, at
			}
		}
		cur -= int(c.prev4[cur&windowMask])
	}
	return best, at
}

// lazily encodes up to position stop, taking a match only if the next position
// has no longer one (levels 4 to 9).
func (c *compressor) lazily(stop int) {
	pos, curLen, curAt, avail := c.pos, c.curLen, c.curAt, c.avail
	for pos < stop {
		prevLen, prevAt := curLen, curAt
		curLen = minMatch - 1
		if pos+minMatch <= c.end {
			v := load32(&c.buf, pos)
			head3 := c.linkRank(pos, v)
			head4 := c.link4(pos, v)
			limit := min(maxMatch, c.end-pos)
			if prevLen < min(c.lazy, limit) && head3 > c.base && pos-head3 <= maxDist {
				curLen, curAt = c.search(head3, head4, pos, prevLen, limit)
				if curLen == minMatch && pos-curAt > tooFar {
					curLen = minMatch - 1
				}
			}
		}
		if prevLen >= minMatch && curLen <= prevLen {
			dist := pos - 1 - prevAt
			full := c.match(prevLen, dist)
			next := pos - 1 + prevLen
			c.linkMatch(pos+1, next, dist)
			pos = next
			avail, curLen = false, minMatch-1
			if full {
				c.flushBlock(pos, false)
			}
			continue
		}
		if avail && c.literal(c.buf[pos-1]) {
			c.flushBlock(pos, false)
		}
		avail = true
		pos++
	}
	c.pos, c.curLen, c.curAt, c.avail = pos, curLen, curAt, avail
}
