package xz

// inSlack is more than the bytes of the longest symbol: that many may be
// read behind the end of a chunk before it is noticed.
const inSlack = 32

// packed is the compressed data of a chunk, at the front. Its fixed size lets most bounds
// checks be cheap.
type packed [maxChunkPacked + inSlack]byte

// rangeDecoder is the state of LZMA's binary arithmetic decoder. It is passed
// and returned by value, so that it stays in registers.
type rangeDecoder struct {
	rng  uint32
	code uint32
	pos  uint // of the next byte of the packed data
}

func (r rangeDecoder) normalize(in *packed) rangeDecoder {
	if r.rng < rangeTop {
		r.rng <<= 8
		r.code = r.code<<8 | uint32(in[r.pos])
		r.pos++
	}
	return r
}

// bit decodes a bit whose value is hard to predict, without a branch on it.
// The caller has normalized.
func (r rangeDecoder) bit(p *uint16) (rangeDecoder, uint32) {
	v := uint32(*p)
	bound := r.rng >> probBits * v
	zero := uint32(int64(uint64(r.code)-uint64(bound)) >> 63) // all ones for a 0
	*p = uint16(v - uint32(int32(v-zero&(probOne-1<<moveBits+1))>>moveBits))
	r.code -= bound &^ zero
	r.rng = r.rng - bound + zero&(2*bound-r.rng)
	return r, 1 + zero
}

// isZero decodes a bit that steers the decoder, and is easier to predict.
// The caller has normalized.
func (r rangeDecoder) isZero(p *uint16) (rangeDecoder, bool) {
	v := uint32(*p)
	bound := r.rng >> probBits * v
	if r.code < bound {
		r.rng = bound
		*p = uint16(v + (probOne-v)>>moveBits)
		return r, true
	}
	r.rng -= bound
	r.code -= bound
	*p = uint16(v - v>>moveBits)
	return r, false
}

// tree decodes n bits, the highest first.
func (r rangeDecoder) tree(in *packed, probs []uint16, n int) (rangeDecoder, uint32) {
	i := uint32(1)
	for range n {
		var b uint32
		r = r.normalize(in)
		r, b = r.bit(&probs[i])
		i = i<<1 | b
	}
	return r, i - 1<<n
}

// reverse decodes n bits, the lowest first.
func (r rangeDecoder) reverse(in *packed, probs []uint16, n int) (rangeDecoder, uint32) {
	i, v := uint32(1), uint32(0)
	for k := range n {
		var b uint32
		r = r.normalize(in)
		r, b = r.bit(&probs[i])
		i = i<<1 | b
		v |= b << k
	}
	return r, v
}

// direct decodes n bits of probability 1/2, the highest first.
func (r rangeDecoder) direct(in *packed, n int) (rangeDecoder, uint32) {
	v := uint32(0)
	for range n {
		r = r.normalize(in)
		r.rng >>= 1
		r.code -= r.rng
		neg := uint32(int32(r.code) >> 31)
		r.code += r.rng & neg
		v = v<<1 + neg + 1
	}
	return r, v
}

// length decodes the length of a match, less 2.
func (r rangeDecoder) length(in *packed, m *lenModel, ps uint32) (rangeDecoder, uint32) {
	var b, n uint32
	r = r.normalize(in)
	r, b = r.bit(&m.choice)
	if b == 0 {
		return r.tree(in, m.low[ps&(maxPosState-1)][:], 3)
	}
	r = r.normalize(in)
	r, b = r.bit(&m.choice2)
	if b == 0 {
		r, n = r.tree(in, m.mid[ps&(maxPosState-1)][:], 3)
		return r, n + lenLow
	}
	r, n = r.tree(in, m.high[:], 8)
	return r, n + lenLow + lenMid
}

// distance decodes a distance, less 1, for a match of length n+2.
func (r rangeDecoder) distance(in *packed, m *model, n uint32) (rangeDecoder, uint32) {
	r, slot := r.tree(in, m.slot[min(n, lenStates-1)][:], 6)
	if slot < firstModelSlot {
		return r, slot
	}
	var low uint32
	bits := int(slot>>1 - 1)
	dist := (2 | slot&1) << bits
	if slot < endModelSlot {
		r, low = r.reverse(in, m.special[dist-slot:], bits)
		return r, dist + low
	}
	r, high := r.direct(in, bits-alignBits)
	r, low = r.reverse(in, m.align[:], alignBits)
	return r, dist + high<<alignBits + low
}

// literal decodes a byte.
func (r rangeDecoder) literal(in *packed, probs *[litSize]uint16) (rangeDecoder, uint32) {
	sym, b := uint32(1), uint32(0)
	for sym < 0x100 {
		r = r.normalize(in)
		r, b = r.bit(&probs[sym&0xff])
		sym = sym<<1 | b
	}
	return r, sym & 0xff
}

// matched decodes a byte after a match, see rangeEncoder.matched.
func (r rangeDecoder) matched(in *packed, probs *[litSize]uint16, match uint32) (rangeDecoder, uint32) {
	sym, b, off := uint32(1), uint32(0), uint32(0x100)
	for sym < 0x100 {
		match <<= 1
		bit := match & off
		r = r.normalize(in)
		r, b = r.bit(&probs[off+bit+sym])
		sym = sym<<1 | b
		off &= bit ^ (b - 1)
	}
	return r, sym & 0xff
}
