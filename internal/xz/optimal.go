package xz

// The parser chooses the symbols by dynamic programming: node i is the
// cheapest known way to code the next i bytes. Nodes are expanded in order by
// all symbols that can follow; the search ends where a single way is left or
// a match is long enough to be taken anyway. A node knows one way only, so
// combinations that pay off only together, a literal followed by a repeated
// match, are tried as one step.

const (
	maxNodes    = 1 << 12
	literalDist = 1<<32 - 1
)

// symbol is a literal (dist is literalDist, len 1), a repeated match (dist is 0..3) or a match
// (dist is 4 + distance).
type symbol struct {
	dist uint32
	len  uint32
}

type node struct {
	price uint32
	dist  uint32 // symbol that led here, see symbol
	len   uint16
	// extra bytes are coded before the symbol from a node farther back: 1 is
	// a literal; more is a match by dist of extra-1 bytes and a literal, and the symbol
	// itself is a match by the same distance.
	extra uint16
	state uint8
	reps  [4]uint32
}

func (n *node) offer(price, dist uint32, length, extra int) bool {
	if price >= n.price {
		return false
	}
	n.price, n.dist, n.len, n.extra = price, dist, uint16(length), uint16(extra)
	return true
}

// take returns the matches of the next position. When the longest reaches
// niceLen it is extended as far as possible.
func (e *lzmaEncoder) take() []match {
	ms := e.src.next()
	if n := len(ms); n > 0 && int(ms[n-1].len) == e.niceLen {
		p := e.pos + e.ahead
		cur := e.buf[p:min(len(e.buf), p+maxMatch)]
		ms[n-1].len = uint32(matchLen(e.buf[p-1-int(ms[n-1].dist):], cur, e.niceLen))
	}
	e.ahead++
	e.longest = ms
	return ms
}

func longestOf(ms []match) int {
	if len(ms) == 0 {
		return 0
	}
	return int(ms[len(ms)-1].len)
}

// optimum returns the next symbol to be coded.
func (e *lzmaEncoder) optimum() symbol {
	if n := len(e.path); n > 0 {
		s := e.path[n-1]
		e.path = e.path[:n-1]
		return s
	}
	if s, ok := e.obvious(); ok {
		return s
	}
	if e.distPrice.matches >= 24 {
		e.distPrice.update(&e.model, e.slots)
	}
	if e.distPrice.aligned >= 8 {
		e.distPrice.updateAlign(&e.model)
	}
	n := e.search()
	e.trace(n)
	return e.optimum()
}

// obvious takes the next position and decides the cases that need no search.
func (e *lzmaEncoder) obvious() (symbol, bool) {
	ms := e.longest
	if e.ahead == 0 {
		ms = e.take()
	}
	cur := e.buf[e.pos:min(len(e.buf), e.pos+maxMatch)]
	rep, repLen := 0, 0
	for i, r := range e.reps {
		if n := e.repLength(cur, e.pos, r); n > repLen {
			rep, repLen = i, n
		}
	}
	if repLen >= e.niceLen {
		return e.jump(uint32(rep), repLen), true
	}
	n := longestOf(ms)
	if n >= e.niceLen {
		return e.jump(ms[len(ms)-1].dist+4, n), true
	}
	if n < minMatch && repLen < minMatch && cur[0] != e.buf[e.pos-1-int(e.reps[0])] {
		return symbol{literalDist, 1}, true
	}
	return symbol{}, false
}

func (e *lzmaEncoder) jump(dist uint32, n int) symbol {
	e.src.skip(n - 1)
	e.ahead += n - 1
	return symbol{dist, uint32(n)}
}

// repLength returns how many bytes at p, which are cur, match at a distance.
func (e *lzmaEncoder) repLength(cur []byte, p int, dist uint32) int {
	b := p - 1 - int(dist)
	if b < 0 || len(cur) < 2 || e.buf[b] != cur[0] || e.buf[b+1] != cur[1] {
		return 0
	}
	return matchLen(e.buf[b:], cur, 2)
}

// search fills the nodes and returns the one where the way ends.
func (e *lzmaEncoder) search() int {
	p := &parse{e: e}
	e.nodes[0] = node{state: e.state, reps: e.reps}
	p.matches = e.longest
	for {
		p.expand()
		p.cur++
		if p.cur == p.end {
			return p.cur
		}
		p.matches = e.take()
		if longestOf(p.matches) >= e.niceLen {
			return p.cur
		}
	}
}

// trace puts the way to node n on the path.
func (e *lzmaEncoder) trace(n int) {
	for n > 0 {
		o := &e.nodes[n]
		extra := int(o.extra)
		n -= int(o.len) + extra
		switch {
		case extra == 0:
			e.path = append(e.path, symbol{o.dist, uint32(o.len)})
		case extra == 1:
			e.path = append(e.path, symbol{o.dist, uint32(o.len)}, symbol{literalDist, 1})
		default:
			e.path = append(e.path, symbol{0, uint32(o.len)}, symbol{literalDist, 1}, symbol{o.dist, uint32(extra - 1)})
		}
	}
}

// parse is the expansion of one node.
type parse struct {
	e       *lzmaEncoder
	cur     int // node being expanded
	end     int // last node with a price
	matches []match

	// about the node cur
	pos     int // in the window
	ps      int
	state   uint8
	reps    [4]uint32
	price   uint32
	avail   int // bytes that may be coded from here
	litTo   uint32
	litBest bool // the best way to the next node is a literal from here
	isMatch uint32
	isRep   uint32
}

// reach makes the nodes up to n valid.
func (p *parse) reach(n int) {
	for p.end < n {
		p.end++
		p.e.nodes[p.end].price = infinite
	}
}

// arrive computes the state and last distances of the node cur.
func (p *parse) arrive() {
	e := p.e
	n := &e.nodes[p.cur]
	p.pos = e.pos + p.cur
	p.ps = p.pos & e.posMask
	if p.cur > 0 {
		prev := &e.nodes[p.cur-int(n.len)-int(n.extra)]
		n.reps = prev.reps
		switch {
		case n.dist == literalDist:
			n.state = stateLiteral(prev.state)
		case n.len == 1:
			n.state = stateShortRep(prev.state)
		default:
			n.state = arrivalState(n, prev.state)
			if n.dist < 4 {
				n.reps = rotated(prev.reps, n.dist)
			} else {
				n.reps = [4]uint32{n.dist - 4, prev.reps[0], prev.reps[1], prev.reps[2]}
			}
		}
	}
	p.state, p.reps, p.price = n.state, n.reps, n.price
	p.avail = min(len(e.buf)-p.pos, maxNodes-1-p.cur)
}

func arrivalState(n *node, prev uint8) uint8 {
	switch {
	case n.extra > 1:
		return 8
	case n.extra == 1:
		prev = 0 // any state of a literal
	}
	if n.dist < 4 {
		return stateRep(prev)
	}
	return stateMatch(prev)
}

// expand offers all symbols that can follow the node cur.
func (p *parse) expand() {
	p.arrive()
	p.single()
	if p.avail < 2 {
		return
	}
	limit := min(p.avail, p.e.niceLen)
	if !p.litBest {
		p.literalRep()
	}
	p.repeats(limit)
	if len(p.matches) > 0 {
		p.news(limit)
	}
}

// literalPrice is the price of the literal at pos after any symbol.
func (e *lzmaEncoder) literalPrice(pos int, state uint8, rep0 uint32) uint32 {
	probs := e.litProbs(pos)
	if state < 7 {
		return priceLiteral(probs, uint32(e.buf[pos]))
	}
	return priceMatched(probs, uint32(e.buf[pos]), uint32(e.buf[pos-1-int(rep0)]))
}

// single offers the literal and the repeated byte.
func (p *parse) single() {
	e := p.e
	m := e.isMatch[p.state][p.ps]
	p.reach(p.cur + 1)
	next := &e.nodes[p.cur+1]
	p.litTo = p.price + price0(m) + e.literalPrice(p.pos, p.state, p.reps[0])
	p.litBest = next.offer(p.litTo, literalDist, 1, 0)
	p.isMatch = p.price + price1(m)
	p.isRep = p.isMatch + price1(e.lzmaState.isRep[p.state])
	if e.buf[p.pos] == e.buf[p.pos-1-int(p.reps[0])] && !(next.dist == 0 && next.len > 1) {
		price := p.isRep + price0(e.isRepG0[p.state]) + price0(e.isRep0Long[p.state][p.ps])
		if next.offer(price, 0, 1, 0) {
			p.litBest = true
		}
	}
}

// rep0Price is the price of a match of n bytes at the last distance, in the
// state of a literal.
func (e *lzmaEncoder) rep0Price(state uint8, ps, n int) uint32 {
	return price1(e.isMatch[state][ps]) + price1(e.isRep[state]) +
		price0(e.isRepG0[state]) + price1(e.isRep0Long[state][ps]) +
		e.repPrice.price[ps][n-minMatch]
}

// repPrefix is the price of choosing one of the last distances.
func (e *lzmaEncoder) repPrefix(i int, state uint8, ps int) uint32 {
	if i == 0 {
		return price0(e.isRepG0[state]) + price1(e.isRep0Long[state][ps])
	}
	price := price1(e.isRepG0[state])
	if i == 1 {
		return price + price0(e.isRepG1[state])
	}
	return price + price1(e.isRepG1[state]) + priceBit(e.isRepG2[state], uint32(i-2))
}

// behind returns the length of the match at a distance that begins n+1 bytes
// after pos, behind a match of n bytes and a literal.
func (p *parse) behind(dist uint32, n int) int {
	e := p.e
	from := p.pos + n + 1
	to := min(p.pos+p.avail, from+e.niceLen)
	if to < from+2 {
		return 0
	}
	return e.repLength(e.buf[from:to], from, dist)
}

// literalRep offers a literal followed by a match at the last distance.
func (p *parse) literalRep() {
	e := p.e
	if e.buf[p.pos] == e.buf[p.pos-1-int(p.reps[0])] {
		return
	}
	n := p.behind(p.reps[0], 0)
	if n < minMatch {
		return
	}
	p.reach(p.cur + 1 + n)
	price := p.litTo + e.rep0Price(stateLiteral(p.state), (p.ps+1)&e.posMask, n)
	e.nodes[p.cur+1+n].offer(price, 0, n, 1)
}

// repeats offers the matches at the last distances.
func (p *parse) repeats(limit int) {
	e := p.e
	cur := e.buf[p.pos : p.pos+limit]
	for i, r := range p.reps {
		n := e.repLength(cur, p.pos, r)
		if n == 0 {
			continue
		}
		p.reach(p.cur + n)
		base := p.isRep + e.repPrefix(i, p.state, p.ps)
		prices := &e.repPrice.price[p.ps]
		nodes := e.nodes[p.cur : p.cur+n+1]
		for l := n; l >= minMatch; l-- {
			nodes[l].offer(base+prices[l-minMatch], uint32(i), l, 0)
		}
		p.matchLiteralRep(base+prices[n-minMatch], uint32(i), r, n, stateRep(p.state))
	}
}

// matchLiteralRep offers a match of n bytes, a literal and again a match at
// the same distance.
func (p *parse) matchLiteralRep(price, dist, back uint32, n int, state uint8) {
	e := p.e
	n2 := p.behind(back, n)
	if n2 < minMatch {
		return
	}
	at := p.pos + n
	price += price0(e.isMatch[state][at&e.posMask]) + e.literalPrice(at, state, back)
	price += e.rep0Price(stateLiteral(state), (at+1)&e.posMask, n2)
	to := p.cur + n + 1 + n2
	p.reach(to)
	e.nodes[to].offer(price, dist, n2, n+1)
}

// news offers the matches at new distances, each for the lengths which
// the nearer ones don't reach.
func (p *parse) news(limit int) {
	e := p.e
	base := p.isMatch + price0(e.lzmaState.isRep[p.state])
	prices := &e.lenPrice.price[p.ps]
	state := stateMatch(p.state)
	l := minMatch
	for _, m := range p.matches {
		n := min(int(m.len), limit)
		if n < l {
			continue
		}
		p.reach(p.cur + n)
		nodes := e.nodes[p.cur : p.cur+n+1]
		for ; l < minMatch+lenStates-1 && l <= n; l++ {
			nodes[l].offer(base+prices[l-minMatch]+e.distPrice.price(m.dist, l-minMatch), m.dist+4, l, 0)
		}
		far := base + e.distPrice.price(m.dist, lenStates-1)
		for ; l <= n; l++ {
			nodes[l].offer(far+prices[l-minMatch], m.dist+4, l, 0)
		}
		full := base + prices[n-minMatch] + e.distPrice.price(m.dist, min(n-minMatch, lenStates-1))
		p.matchLiteralRep(full, m.dist+4, m.dist, n, state)
	}
}
