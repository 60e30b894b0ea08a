package inflate

import "encoding/binary"

// symbols decodes until buf is filled to want or more, or the block ends.
func (d *Decoder) symbols(buf []byte, pos, want int) (int, error) {
	in := &d.in
	for pos < want && d.coded {
		if in.pos > len(in.b)-inputSlack {
			if err := in.more(); err != nil {
				return pos, err
			}
		}
		var ok bool
		if pos, ok = d.run(buf, pos, want); !ok {
			return pos, formatError("symbol")
		}
	}
	return pos, nil
}

// run is the inner loop. It ends when the block ends, too, and when there are less
// than inputSlack bytes of input, which is enough for one turn. It returns false for symbols that
// cannot be.
func (d *Decoder) run(buf []byte, pos, want int) (int, bool) {
	in := d.in.b
	at, end := d.in.pos, len(in)-inputSlack
	bits, n := d.in.bits, d.in.n
	lits, dists := &d.lits, &d.dists
	_ = buf[want+Slack-1]
	ok := true
	for pos < want && at <= end {
		bits |= binary.LittleEndian.Uint64(in[at:]) << (n & 63)
		at += int((63 - n) >> 3)
		n |= 56
		e := lits[bits&(1<<litBits-1)]
		// Three literals at most are less than 56 bits.
		if e&entryLiteral != 0 {
			bits >>= e & 63
			n -= uint(e & 0xff)
			buf[pos] = byte(e >> 16)
			pos++
			e = lits[bits&(1<<litBits-1)]
			if e&entryLiteral != 0 {
				bits >>= e & 63
				n -= uint(e & 0xff)
				buf[pos] = byte(e >> 16)
				pos++
				e = lits[bits&(1<<litBits-1)]
				if e&entryLiteral != 0 {
					bits >>= e & 63
					n -= uint(e & 0xff)
					buf[pos] = byte(e >> 16)
					pos++
					continue
				}
			}
			// A match needs 48 bits.
			bits |= binary.LittleEndian.Uint64(in[at:]) << (n & 63)
			at += int((63 - n) >> 3)
			n |= 56
		}
		if e&entryOther != 0 {
			if e&entryLonger == entryLonger {
				bits >>= e & 63
				n -= uint(e & 0xff)
				e = lits[(e>>16+uint32(bits)&(1<<(e>>8&15)-1))&(litSize-1)]
				if e&entryLiteral != 0 {
					bits >>= e & 63
					n -= uint(e & 0xff)
					buf[pos] = byte(e >> 16)
					pos++
					continue
				}
			}
			if e&entryOther != 0 {
				ok = e&entryEnd == entryEnd
				bits >>= e & 63
				n -= uint(e & 0xff)
				d.coded = !ok
				break
			}
		}
		length := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		n -= uint(e & 0xff)
		e = dists[bits&(1<<distBits-1)]
		if e&entryOther != 0 {
			if e&entryLonger != entryLonger {
				ok = false
				break
			}
			bits >>= e & 63
			n -= uint(e & 0xff)
			e = dists[(e>>16+uint32(bits)&(1<<(e>>8&15)-1))&(distSize-1)]
			if e&entryOther != 0 {
				ok = false
				break
			}
		}
		dist := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		n -= uint(e & 0xff)
		if dist > pos {
			ok = false
			break
		}
		pos = copyMatch(buf, pos, length, dist)
	}
	d.in.pos, d.in.bits, d.in.n = at, bits, n
	return pos, ok
}

// copyMatch copies length bytes at a distance to buf[pos:], or up to 15 more. It
// returns the end of the match.
func copyMatch(buf []byte, pos, length, dist int) int {
	to, from := pos+length, pos-dist
	switch {
	case dist >= 16:
		for {
			b := buf[from : from+16 : from+16]
			lo, hi := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
			b = buf[pos : pos+16 : pos+16]
			binary.LittleEndian.PutUint64(b, lo)
			binary.LittleEndian.PutUint64(b[8:], hi)
			pos += 16
			from += 16
			if pos >= to {
				return to
			}
		}
	case dist == 1:
		v := uint64(buf[from]) * 0x0101010101010101
		for ; pos < to; pos += 16 {
			b := buf[pos : pos+16 : pos+16]
			binary.LittleEndian.PutUint64(b, v)
			binary.LittleEndian.PutUint64(b[8:], v)
		}
		return to
	case dist < 8:
		// The first bytes are copied singly, until the data also repeat after 8 or
		// more bytes.
		k := (7 + dist) / dist * dist
		for end := min(to, pos+k-dist); pos < end; pos++ {
			buf[pos] = buf[pos-dist]
		}
	}
	for ; pos < to; pos, from = pos+8, from+8 {
		binary.LittleEndian.PutUint64(buf[pos:], binary.LittleEndian.Uint64(buf[from:]))
	}
	return to
}
