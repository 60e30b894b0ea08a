package zdeflate

import "io"

// level holds the limits of a match search.
type level struct {
	good  int // a previous match this long reduces chain to a quarter
	lazy  int // a previous match this long ends the lazy search; greedy: strings in longer ones are not entered
	nice  int // a match this long ends the search
	chain int // number of strings looked at
}

var levels = [...]level{
	1: {4, 4, 8, 4},
	2: {4, 5, 16, 8},
	3: {4, 6, 32, 32},
	4: {4, 4, 16, 16},
	5: {8, 16, 32, 32},
	6: {8, 16, 128, 128},
	7: {8, 32, 128, 256},
	8: {32, 128, 258, 1024},
	9: {32, 258, 258, 4096},
}

// greedyLevels is the last level without lazy evaluation.
const greedyLevels = 3

// bufSize is a few times the window, so that moving the window back to the
// start of the buffer costs little. bufPad is how far beyond the input loads
// may reach.
const (
	bufSize = 256 << 10
	bufPad  = maxMatch + 16
)

// compressor is the state of one stream. Positions are offsets in buf.
type compressor struct {
	level
	greedily bool

	// base is the start of the window of 2*windowSize bytes that the encoder
	// followed here would have in memory. It moves on by windowSize at the
	// same moments as that one's, because neither a match nor the start of a
	// stored block can lie before it, and no match at it.
	base int
	end  int // end of the input in buf
	pos  int // next byte to encode
	from int // start of the current block; negative if long gone

	curLen, curAt int  // match found at pos-1
	avail         bool // the byte at pos-1 is not encoded yet

	dst io.Writer
	err error // of dst

	w blockWriter

	// Chains of strings with the same hash of their first three and four
	// bytes: the newest of each hash, and the distance from a string to the
	// one before it. The last three are for the lazy levels.
	head3 [1 << hashBits3]int32
	prev3 [windowSize]uint16
	head4 [1 << hashBits4]int32
	prev4 [windowSize]uint16
	rank  [windowSize]uint16

	buf [bufSize + bufPad]byte
}

func newCompressor(n int) *compressor {
	c := &compressor{level: levels[n], greedily: n <= greedyLevels}
	c.w.init()
	return c
}

// reset begins a new stream. It does so behind the previous one, so that the
// strings of that one are out of reach, and need not be cleared.
func (c *compressor) reset(dst io.Writer) {
	c.base, c.pos, c.from = c.end, c.end, c.end
	c.curLen, c.curAt, c.avail = minMatch-1, 0, false
	c.dst, c.err = dst, nil
	c.w.reset()
}

// rebase moves the window to the start of the buffer, as far as it can without
// the places in prev3, prev4 and rank changing.
func (c *compressor) rebase() {
	shift := c.base &^ windowMask
	copy(c.buf[:], c.buf[shift:c.end])
	c.base -= shift
	c.end -= shift
	c.pos -= shift
	c.from -= shift
	c.curAt -= shift
	age(c.head3[:], int32(shift))
	if !c.greedily {
		age(c.head4[:], int32(shift))
	}
}

func age(head []int32, shift int32) {
	for i, h := range head {
		head[i] = max(h-shift, -farAway)
	}
}

// encode moves pos forward to stop or a little beyond.
func (c *compressor) encode(stop int) {
	if c.greedily {
		c.greedy(stop)
	} else {
		c.lazily(stop)
	}
}

// fullWindows encodes what can be encoded now, which is as far as there is a
// whole window of input: only so the result does not depend on the sizes of
// the writes.
func (c *compressor) fullWindows() {
	for c.base+2*windowSize <= c.end {
		c.encode(c.base + 2*windowSize - minLookahead + 1)
		c.base += windowSize
	}
}

// finish encodes the rest and ends the stream.
func (c *compressor) finish() {
	c.fullWindows()
	c.encode(c.end - minLookahead + 1)
	for {
		// With little input left, the window moves as soon as it can.
		if c.pos >= c.base+windowSize+maxDist {
			c.base += windowSize
		}
		if c.pos >= c.end {
			break
		}
		c.encode(min(c.end, c.base+windowSize+maxDist))
	}
	if c.avail {
		c.literal(c.buf[c.pos-1])
	}
	c.flushBlock(c.pos, true)
	c.drain()
}

// flushBlock closes the block that ends before pos.
func (c *compressor) flushBlock(pos int, last bool) {
	var raw []byte
	canStore := c.from >= c.base
	if canStore {
		raw = c.buf[c.from:pos]
	}
	c.w.flush(raw, canStore, last)
	c.from = pos
	if c.w.nout >= drainSize {
		c.drain()
	}
}

// drain hands the finished bytes to the destination.
func (c *compressor) drain() {
	if c.err == nil && c.w.nout > 0 {
		var n int
		n, c.err = c.dst.Write(c.w.out[:c.w.nout])
		if c.err == nil && n < c.w.nout {
			c.err = io.ErrShortWrite
		}
	}
	c.w.nout = 0
}
