package xz

// params are the parameters of an LZMA stream.
type params struct {
	lc uint8 // high bits of the byte before that select the literal model
	lp uint8 // low bits of the position that do so, too; lc+lp ≤ 4
	pb uint8 // low bits of the position that select other models
}

var defaultParams = params{lc: 3, lp: 0, pb: 2}

// code is the byte that tells the parameters.
func (p params) code() byte { return (p.pb*5+p.lp)*9 + p.lc }

const (
	// symbolBytes is more than the longest symbol can take, carry included.
	symbolBytes = 24
)

// lzmaState is what the decoder also knows; an LZMA2 chunk that turned out to
// be incompressible is undone by restoring it.
type lzmaState struct {
	model
	state uint8
	reps  [4]uint32
}

func (s *lzmaState) reset(p params) {
	s.model.reset(1 << (p.lc + p.lp))
	s.state = 0
	s.reps = [4]uint32{}
}

// lzmaEncoder codes the bytes of a window as LZMA symbols.
type lzmaEncoder struct {
	lzmaState
	params
	posMask int
	rc      rangeEncoder
	buf     []byte
	pos     int // of the next byte to be coded

	src     *source
	ahead   int     // positions taken from src that are not coded yet
	longest []match // of the last position taken

	niceLen   int
	slots     int // distance slots that can occur
	distPrice distPrices
	lenPrice  lenPrices
	repPrice  lenPrices

	path  []symbol // symbols chosen and not coded yet, the last first
	nodes [maxNodes]node
}

// prepare sets the prices at the beginning of a state.
func (e *lzmaEncoder) prepare() {
	e.distPrice.update(&e.model, e.slots)
	e.distPrice.updateAlign(&e.model)
	for ps := range e.posMask + 1 {
		e.lenPrice.update(&e.matchLen, ps, e.niceLen-minMatch+1)
		e.repPrice.update(&e.repLen, ps, e.niceLen-minMatch+1)
	}
}

// encode codes symbols until the window ends at end, or maxOut bytes of
// output might be exceeded. The chunk goes on behind end by up to a match.
func (e *lzmaEncoder) encode(end, maxOut int) {
	if e.pos == 0 {
		e.first()
	}
	for e.pos < end && e.rc.size() <= maxOut-symbolBytes {
		e.symbol(e.optimum())
	}
	e.rc.flush()
}

// first codes the first byte of a dictionary, when no distance is valid.
func (e *lzmaEncoder) first() {
	e.src.skip(1)
	e.rc.bit(&e.isMatch[0][0], 0)
	e.rc.literal(&e.lit[0], uint32(e.buf[0]))
	e.pos = 1
}

func (e *lzmaEncoder) symbol(s symbol) {
	ps := e.pos & e.posMask
	switch {
	case s.dist == literalDist:
		e.rc.bit(&e.isMatch[e.state][ps], 0)
		e.literal()
	case s.dist < 4:
		e.rc.bit(&e.isMatch[e.state][ps], 1)
		e.rc.bit(&e.isRep[e.state], 1)
		e.rep(s.dist, s.len, ps)
	default:
		e.rc.bit(&e.isMatch[e.state][ps], 1)
		e.rc.bit(&e.isRep[e.state], 0)
		e.match(s.dist-4, s.len, ps)
	}
	e.pos += int(s.len)
	e.ahead -= int(s.len)
}

// litProbs is the model of the literal at pos, which is not the first.
func (e *lzmaEncoder) litProbs(pos int) *[litSize]uint16 {
	i := (pos&(1<<e.lp-1))<<e.lc | int(e.buf[pos-1]>>(8-e.lc))
	return &e.lit[i&(maxLitState-1)]
}

func (e *lzmaEncoder) literal() {
	probs := e.litProbs(e.pos)
	sym := uint32(e.buf[e.pos])
	if e.state < 7 {
		e.rc.literal(probs, sym)
	} else {
		e.rc.matched(probs, sym, uint32(e.buf[e.pos-1-int(e.reps[0])]))
	}
	e.state = stateLiteral(e.state)
}

func (e *lzmaEncoder) rep(i, n uint32, ps int) {
	s := e.state
	if i == 0 {
		e.rc.bit(&e.isRepG0[s], 0)
		e.rc.bit(&e.isRep0Long[s][ps], min(n-1, 1))
	} else {
		e.rc.bit(&e.isRepG0[s], 1)
		e.rc.bit(&e.isRepG1[s], min(i-1, 1))
		if i > 1 {
			e.rc.bit(&e.isRepG2[s], i-2)
		}
		e.reps = rotated(e.reps, i)
	}
	if n == 1 {
		e.state = stateShortRep(s)
		return
	}
	e.length(&e.repLen, &e.repPrice, n, ps)
	e.state = stateRep(s)
}

// rotated moves the i-th of the last distances to the front.
func rotated(r [4]uint32, i uint32) [4]uint32 {
	switch i {
	case 1:
		return [4]uint32{r[1], r[0], r[2], r[3]}
	case 2:
		return [4]uint32{r[2], r[0], r[1], r[3]}
	case 3:
		return [4]uint32{r[3], r[0], r[1], r[2]}
	}
	return r
}

func (e *lzmaEncoder) match(dist, n uint32, ps int) {
	e.length(&e.matchLen, &e.lenPrice, n, ps)
	slot := slotOf(dist)
	e.rc.tree(e.slot[min(n-minMatch, lenStates-1)][:], 6, slot)
	if slot >= firstModelSlot {
		bits := int(slot>>1 - 1)
		base := (2 | slot&1) << bits
		if slot < endModelSlot {
			e.rc.reverse(e.special[base-slot:], bits, dist-base)
		} else {
			e.rc.direct((dist-base)>>alignBits, bits-alignBits)
			e.rc.reverse(e.align[:], alignBits, dist&(alignSize-1))
			e.distPrice.aligned++
		}
	}
	e.reps = [4]uint32{dist, e.reps[0], e.reps[1], e.reps[2]}
	e.state = stateMatch(e.state)
	e.distPrice.matches++
}

func (e *lzmaEncoder) length(m *lenModel, p *lenPrices, n uint32, ps int) {
	n -= minMatch
	switch {
	case n < lenLow:
		e.rc.bit(&m.choice, 0)
		e.rc.tree(m.low[ps][:], 3, n)
	case n < lenLow+lenMid:
		e.rc.bit(&m.choice, 1)
		e.rc.bit(&m.choice2, 0)
		e.rc.tree(m.mid[ps][:], 3, n-lenLow)
	default:
		e.rc.bit(&m.choice, 1)
		e.rc.bit(&m.choice2, 1)
		e.rc.tree(m.high[:], 8, n-lenLow-lenMid)
	}
	p.count[ps]--
	if p.count[ps] <= 0 {
		p.update(m, ps, e.niceLen-minMatch+1)
	}
}
