package zdeflate

// maxSyms is the number of symbols after which a block is closed: one less
// than the 1<<(memLevel+6) of memory level 8.
const maxSyms = 1<<14 - 1

// The output buffer is drained when it holds drainSize bytes or more. What one
// block can add is bounded by maxSyms symbols of 48 bits and the code lengths.
const (
	drainSize = 32 << 10
	outSize   = drainSize + 6*(maxSyms+1) + 4096
)

// sym is one literal or match: a literal's byte, or length-3 | distance<<16.
type sym = uint32

// blockWriter turns symbols into the bits of deflate blocks.
type blockWriter struct {
	syms  [maxSyms + 1]sym
	nsyms int

	acc  uint64 // bits not yet in out, fewer than 8 between calls
	nacc uint
	nout int

	lit, dist, bl tree
	heap          treeHeap
	out           [outSize]byte
}

func (w *blockWriter) init() {
	w.lit = tree{elems: numLitCodes, maxBits: maxCodeBits, extra: lenExtra[:], extraAt: numLiterals + 1, static: staticLit[:]}
	w.dist = tree{elems: numDistCodes, maxBits: maxCodeBits, extra: distExtra[:], static: staticDist[:]}
	w.bl = tree{elems: numBitCodes, maxBits: maxBitBits, extra: bitExtra[:]}
}

func (w *blockWriter) reset() {
	w.nsyms, w.acc, w.nacc, w.nout = 0, 0, 0, 0
}

// put appends the n low bits of v, n ≤ 16.
func (w *blockWriter) put(v uint64, n uint) {
	w.acc |= v << (w.nacc & 63)
	w.nacc += n
	for w.nacc >= 8 {
		w.out[w.nout] = byte(w.acc)
		w.nout++
		w.acc >>= 8
		w.nacc -= 8
	}
}

// align fills the current byte with zero bits.
func (w *blockWriter) align() {
	if w.nacc > 0 {
		w.out[w.nout] = byte(w.acc)
		w.nout++
		w.acc, w.nacc = 0, 0
	}
}

// header starts a block of type typ (0 stored, 1 fixed, 2 dynamic).
func (w *blockWriter) header(typ uint64, last bool) {
	v := typ << 1
	if last {
		v |= 1
	}
	w.put(v, 3)
}

// count sets the symbol frequencies of the block.
func (w *blockWriter) count() {
	lit, dist := &w.lit.freq, &w.dist.freq
	clear(lit[:numLitCodes])
	clear(dist[:numDistCodes])
	lit[endOfBlock] = 1
	for _, s := range w.syms[:w.nsyms] {
		d := s >> 16
		if d == 0 {
			lit[s&0xff]++
			continue
		}
		lit[numLiterals+1+int(lenCodeOf[s&0xff])]++
		dist[distCode(d-1)&31]++
	}
}

// distCode returns the code of the distance d+1.
func distCode(d uint32) uint8 {
	if d < 256 {
		return distCodeOf[d]
	}
	return distCodeOf[(256+d>>7)&511]
}

// flush writes the collected symbols as one block in the smallest of the three
// forms. raw is the input that they stand for; canStore is false when that is
// no longer in the window, which rules the stored form out. The bytes are left in
// out.
func (w *blockWriter) flush(raw []byte, canStore, last bool) {
	w.count()
	opt, static := w.lit.build(&w.heap)
	o, s := w.dist.build(&w.heap)
	opt, static = opt+o, static+s
	codes, o := w.lengthCodes()
	opt += o

	optBytes, staticBytes := (opt+3+7)>>3, (static+3+7)>>3
	if staticBytes <= optBytes {
		optBytes = staticBytes
	}
	switch {
	case canStore && len(raw)+4 <= optBytes:
		w.stored(raw, last)
	case staticBytes == optBytes:
		w.header(1, last)
		w.symbols((*[numLitCodes]code)(staticLit[:]), &staticDist)
	default:
		w.header(2, last)
		w.trees(codes)
		w.symbols(&w.lit.codes, (*[numDistCodes]code)(w.dist.codes[:]))
	}
	if last {
		w.align()
	}
	w.nsyms = 0
}

// stored writes raw as it is.
func (w *blockWriter) stored(raw []byte, last bool) {
	w.header(0, last)
	w.align()
	n := len(raw)
	w.out[w.nout], w.out[w.nout+1] = byte(n), byte(n>>8)
	w.out[w.nout+2], w.out[w.nout+3] = ^byte(n), ^byte(n>>8)
	w.nout += 4 + copy(w.out[w.nout+4:], raw)
}

// lengthCodes builds the tree for the code lengths of the two other trees. It
// returns how many of its own lengths are needed and the bits of all of this.
func (w *blockWriter) lengthCodes() (codes, opt int) {
	clear(w.bl.freq[:numBitCodes])
	tally := func(sym, _ int) { w.bl.freq[sym]++ }
	w.lit.runs(tally)
	w.dist.runs(tally)
	opt, _ = w.bl.build(&w.heap)
	codes = numBitCodes
	for codes > 4 && w.bl.length[bitOrder[codes-1]] == 0 {
		codes--
	}
	return codes, opt + 3*codes + 5 + 5 + 4
}

// trees writes the description of the dynamic trees.
func (w *blockWriter) trees(codes int) {
	w.put(uint64(w.lit.maxCode+1-257), 5)
	w.put(uint64(w.dist.maxCode+1-1), 5)
	w.put(uint64(codes-4), 4)
	for _, i := range bitOrder[:codes] {
		w.put(uint64(w.bl.length[i]), 3)
	}
	emit := func(sym, extra int) {
		c := w.bl.codes[sym]
		w.put(c.bits(), c.len())
		if n := bitExtra[sym]; n != 0 {
			w.put(uint64(extra), uint(n))
		}
	}
	w.lit.runs(emit)
	w.dist.runs(emit)
}

// symbols writes the collected symbols and the end of the block.
func (w *blockWriter) symbols(lit *[numLitCodes]code, dist *[numDistCodes]code) {
	acc, nacc, nout := w.acc, w.nacc, w.nout
	for _, s := range w.syms[:w.nsyms] {
		// At most 7+48 bits are waiting after this.
		d := s >> 16
		if d == 0 {
			c := lit[s&0xff]
			acc |= c.bits() << (nacc & 63)
			nacc += c.len()
			if nacc < 16 {
				continue
			}
		} else {
			l := s & 0xff
			lc := lenCodeOf[l] & 31
			c := lit[numLiterals+1+int(lc)]
			acc |= c.bits() << (nacc & 63)
			nacc += c.len()
			if lc >= 8 {
				acc |= uint64(l-uint32(lenBase[lc])) << (nacc & 63)
				nacc += uint(lenExtra[lc])
			}
			d--
			dc := distCode(d) & 31
			c = dist[dc]
			acc |= c.bits() << (nacc & 63)
			nacc += c.len()
			acc |= uint64(d-uint32(distBase[dc])) << (nacc & 63)
			nacc += uint(distExtra[dc])
		}
		store64(&w.out, nout, acc)
		nout += int(nacc >> 3)
		acc >>= nacc & 56
		nacc &= 7
	}
	w.acc, w.nacc, w.nout = acc, nacc, nout
	c := lit[endOfBlock]
	w.put(c.bits(), c.len())
}
