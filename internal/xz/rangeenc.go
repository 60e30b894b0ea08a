package xz

// rangeEncoder is LZMA's binary arithmetic coder. It normalizes after every
// bit, so that the decoder, which normalizes before every bit and once at the
// end of a chunk, reads exactly the bytes written.
type rangeEncoder struct {
	low     uint64
	rng     uint32
	cache   byte
	pending int // bytes held back (cache and a run of 0xff) until the carry is known
	out     []byte
}

// reset starts a new chunk whose bytes are appended to out[:0].
func (r *rangeEncoder) reset() {
	r.low, r.rng, r.cache, r.pending = 0, 0xffffffff, 0, 1
	r.out = r.out[:0]
}

// size is the length of the output if flush were called now.
func (r *rangeEncoder) size() int { return len(r.out) + r.pending + 4 }

func (r *rangeEncoder) shiftLow() {
	if uint32(r.low) < 0xff000000 || r.low>>32 != 0 {
		carry := byte(r.low >> 32)
		b := r.cache
		for ; r.pending > 0; r.pending-- {
			r.out = append(r.out, b+carry)
			b = 0xff
		}
		r.cache = byte(r.low >> 24)
	}
	r.pending++
	r.low = uint64(uint32(r.low) << 8)
}

func (r *rangeEncoder) flush() {
	for range 5 {
		r.shiftLow()
	}
}

func (r *rangeEncoder) bit(p *uint16, bit uint32) {
	v := uint32(*p)
	bound := (r.rng >> probBits) * v
	if bit == 0 {
		r.rng = bound
		*p = uint16(v + (probOne-v)>>moveBits)
	} else {
		r.low += uint64(bound)
		r.rng -= bound
		*p = uint16(v - v>>moveBits)
	}
	if r.rng < rangeTop {
		r.rng <<= 8
		r.shiftLow()
	}
}

// direct codes the low n bits of v with probability 1/2 each, the highest first.
func (r *rangeEncoder) direct(v uint32, n int) {
	for n--; n >= 0; n-- {
		r.rng >>= 1
		if v>>n&1 != 0 {
			r.low += uint64(r.rng)
		}
		if r.rng < rangeTop {
			r.rng <<= 8
			r.shiftLow()
		}
	}
}

// tree codes the n bits of sym, the highest first; probs has 1<<n entries.
func (r *rangeEncoder) tree(probs []uint16, n int, sym uint32) {
	i := uint32(1)
	for n--; n >= 0; n-- {
		b := sym >> n & 1
		r.bit(&probs[i], b)
		i = i<<1 | b
	}
}

// reverse codes the n bits of sym, the lowest first.
func (r *rangeEncoder) reverse(probs []uint16, n int, sym uint32) {
	i := uint32(1)
	for ; n > 0; n-- {
		b := sym & 1
		sym >>= 1
		r.bit(&probs[i], b)
		i = i<<1 | b
	}
}

func (r *rangeEncoder) literal(probs *[litSize]uint16, sym uint32) {
	r.tree(probs[:0x100], 8, sym)
}

// matched codes a literal after a match, with the byte at the last distance
// as context for as long as its bits agree with those of the literal.
func (r *rangeEncoder) matched(probs *[litSize]uint16, sym, matchByte uint32) {
	off := uint32(0x100)
	sym |= 0x100
	for sym < 0x10000 {
		matchByte <<= 1
		r.bit(&probs[off+(matchByte&off)+(sym>>8)], sym>>7&1)
		sym <<= 1
		off &^= matchByte ^ sym
	}
}
