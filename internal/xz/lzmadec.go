package xz

import "encoding/binary"

// outSlack is how far copies may write behind the end of the data.
const outSlack = 16

// lzmaDecoder decodes LZMA symbols.
type lzmaDecoder struct {
	model
	params
	state    uint8
	prev     byte // the last byte, 0 at the beginning of the dictionary
	reps     [4]uint32
	dictSize int
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

// decode decodes the chunk of n packed bytes in in, to out[pos:end]. What is
// before pos is the dictionary; the capacity of out is outSlack more than
// end.
func (d *lzmaDecoder) decode(in *packed, n int, out []byte, pos, end int) error {
	if n < 5 || in[0] != 0 {
		return formatError("start of an LZMA chunk")
	}
	r := rangeDecoder{rng: 0xffffffff, code: binary.BigEndian.Uint32(in[1:]), pos: 5}
	r, ok := d.symbols(r, in, uint(n), out[:end+outSlack], pos, end)
	if !ok {
		return formatError("LZMA data")
	}
	r = r.normalize(in)
	if r.pos != uint(n) || r.code != 0 {
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

// symbols is the inner loop of decode. It ends when out is full to end; it
// returns false for data that cannot be.
func (d *lzmaDecoder) symbols(r rangeDecoder, in *packed, n uint, out []byte, pos, end int) (rangeDecoder, bool) {
	state, prev := uint32(d.state), uint32(d.prev)
	rep0, rep1, rep2, rep3 := d.reps[0], d.reps[1], d.reps[2], d.reps[3]
	posMask, litMask, lc := uint32(1)<<d.pb-1, uint32(1)<<d.lp-1, d.lc
	for pos < end && r.pos <= n {
		ps := uint32(pos) & posMask & (maxPosState - 1)
		var zero bool
		r = r.normalize(in)
		r, zero = r.isZero(&d.isMatch[state][ps])
		if zero {
			probs := &d.lit[((uint32(pos)&litMask)<<(lc&7)+prev>>((8-lc)&15))&(maxLitState-1)]
			if state < 7 {
				r, prev = r.literal(in, probs)
			} else {
				r, prev = r.matched(in, probs, uint32(out[pos-1-int(rep0)]))
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
					if uint(rep0) >= uint(min(pos, d.dictSize)) {
						return r, false
					}
					prev = uint32(out[pos-1-int(rep0)])
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
		to := pos + int(length) + minMatch
		if uint(rep0) >= uint(min(pos, d.dictSize)) || to > end {
			return r, false
		}
		copyMatch(out, pos, to, int(rep0)+1)
		pos = to
		prev = uint32(out[pos-1])
	}
	d.state, d.prev = uint8(state), byte(prev)
	d.reps = [4]uint32{rep0, rep1, rep2, rep3}
	return r, pos == end
}

// copyMatch copies the bytes at a distance to out[pos:to]; it may write up to
// 8 bytes more.
func copyMatch(out []byte, pos, to, dist int) {
	if dist < 8 {
		for ; pos < to; pos++ {
			out[pos] = out[pos-dist]
		}
		return
	}
	for ; pos < to; pos += 8 {
		binary.LittleEndian.PutUint64(out[pos:], binary.LittleEndian.Uint64(out[pos-dist:]))
	}
}
