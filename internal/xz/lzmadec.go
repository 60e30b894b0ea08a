package xz

import "encoding/binary"

// lzmaDecoder decodes LZMA symbols.
type lzmaDecoder struct {
	model
	params
	window
	r     rangeDecoder
	n     uint // packed bytes of the chunk
	state uint8
	prev  byte // the last byte, 0 at the beginning of the dictionary
	reps  [4]uint32
	dict  int // how far back matches may reach
}

func (d *lzmaDecoder) setParams(code byte) error {
	if code > (4*5+4)*9+8 {
		return formatError("LZMA properties %#x", code)
	}
	p := params{lc: code % 9, lp: code / 9 % 5, pb: code / 45}
	if p.lc+p.lp > 4 {
		return formatError("LZMA properties %#x", code)
	}
	d.params = p
	return nil
}

func (d *lzmaDecoder) resetState() {
	d.model.reset(1 << (d.lc + d.lp))
	d.state = 0
	d.reps = [4]uint32{}
}

// open begins a chunk of n packed bytes.
func (d *lzmaDecoder) open(in *packed, n int) error {
	if n < 5 || in[0] != 0 {
		return formatError("start of an LZMA chunk")
	}
	d.n = uint(n)
	d.r = rangeDecoder{rng: 0xffffffff, code: binary.BigEndian.Uint32(in[1:]), pos: 5}
	return nil
}

// close ends a chunk.
func (d *lzmaDecoder) close(in *packed) error {
	if r := d.r.normalize(in); r.pos != d.n || r.code != 0 {
		return formatError("end of an LZMA chunk")
	}
	return nil
}

// State transitions as tables.
var (
	literalStates  = [16]uint8{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5}
	matchStates    = [16]uint8{7, 7, 7, 7, 7, 7, 7, 10, 10, 10, 10, 10}
	repStates      = [16]uint8{8, 8, 8, 8, 8, 8, 8, 11, 11, 11, 11, 11}
	shortRepStates = [16]uint8{9, 9, 9, 9, 9, 9, 9, 11, 11, 11, 11, 11}
)

// decodeGo decodes symbols until the window is full to end, which is not behind
// its size. The last symbol may reach farther. It returns false for data that
// cannot be.
func (d *lzmaDecoder) decodeGo(in *packed, end int) bool {
	r, n, out, pos, size := d.r, d.n, d.buf, d.pos, d.size
	base, dict := d.base, d.dict
	state, prev := uint32(d.state), uint32(d.prev)
	rep0, rep1, rep2, rep3 := d.reps[0], d.reps[1], d.reps[2], d.reps[3]
	posMask, litMask, lc := uint32(1)<<d.pb-1, uint32(1)<<d.lp-1, d.lc
	for pos < end && r.pos <= n {
		at := uint32(pos + base)
		ps := at & posMask & (maxPosState - 1)
		var zero bool
		r = r.normalize(in)
		r, zero = r.isZero(&d.isMatch[state][ps])
		if zero {
			probs := &d.lit[((at&litMask)<<(lc&7)+prev>>((8-lc)&15))&(maxLitState-1)]
			if state < 7 {
				r, prev = r.literal(in, probs)
			} else {
				from := pos - 1 - int(rep0)
				if from < 0 {
					from += size
				}
				r, prev = r.matched(in, probs, uint32(out[from]))
			}
			out[pos] = byte(prev)
			pos++
			state = uint32(literalStates[state])
			continue
		}
		var length uint32
		r = r.normalize(in)
		r, zero = r.isZero(&d.isRep[state])
		if zero {
			rep3, rep2, rep1 = rep2, rep1, rep0
			r, length = r.length(in, &d.matchLen, ps)
			r, rep0 = r.distance(in, &d.model, length)
			state = uint32(matchStates[state])
		} else {
			r = r.normalize(in)
			r, zero = r.isZero(&d.isRepG0[state])
			if zero {
				r = r.normalize(in)
				r, zero = r.isZero(&d.isRep0Long[state][ps])
				if zero {
					if uint(rep0) >= uint(min(pos+base, dict)) {
						return false
					}
					from := pos - 1 - int(rep0)
					if from < 0 {
						from += size
					}
					prev = uint32(out[from])
					out[pos] = byte(prev)
					pos++
					state = uint32(shortRepStates[state])
					continue
				}
			} else {
				r = r.normalize(in)
				r, zero = r.isZero(&d.isRepG1[state])
				if zero {
					rep0, rep1 = rep1, rep0
				} else {
					r = r.normalize(in)
					r, zero = r.isZero(&d.isRepG2[state])
					if zero {
						rep0, rep1, rep2 = rep2, rep0, rep1
					} else {
						rep0, rep1, rep2, rep3 = rep3, rep0, rep1, rep2
					}
				}
			}
			r, length = r.length(in, &d.repLen, ps)
			state = uint32(repStates[state])
		}
		if uint(rep0) >= uint(min(pos+base, dict)) {
			return false
		}
		to := pos + int(length) + minMatch
		if from := pos - 1 - int(rep0); from >= 0 {
			copyMatch(out, pos, to, int(rep0)+1)
		} else {
			copyWrapped(out, pos, to, from+size, size)
		}
		pos = to
		prev = uint32(out[pos-1])
	}
	d.r, d.pos = r, pos
	d.state, d.prev = uint8(state), byte(prev)
	d.reps = [4]uint32{rep0, rep1, rep2, rep3}
	return pos >= end && r.pos <= n
}

// copyMatch copies the bytes at a distance to out[pos:to]; it may write up to
// 15 bytes more.
func copyMatch(out []byte, pos, to, dist int) {
	if dist < 8 {
		// The first bytes are repeated until the distance is a multiple of the
		// period that is at least 8.
		k := 8 / dist * dist
		if k < 8 {
			k += dist
		}
		for end := min(to, pos+k-dist); pos < end; pos++ {
			out[pos] = out[pos-dist]
		}
		dist = k
	}
	for ; pos < to; pos += 8 {
		binary.LittleEndian.PutUint64(out[pos:], binary.LittleEndian.Uint64(out[pos-dist:]))
	}
}

// copyWrapped copies the bytes at from, which go on at the beginning behind
// size, to out[pos:to].
func copyWrapped(out []byte, pos, to, from, size int) {
	pos += copy(out[pos:to], out[from:size])
	if pos < to {
		copyMatch(out, pos, to, pos)
	}
}
