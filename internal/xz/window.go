package xz

import "math"

// outSlack is how far symbols may write behind the end of the window: a match
// that began in it, and what its copy does too much.
const outSlack = maxMatch + 47

// windowSlack is how much larger a window that is used as a ring is than
// the dictionary, so that copies which write too much spoil nothing.
const windowSlack = 4 << 10

// baseLimit keeps the number of bytes in an int; it is a multiple of all
// that positions are taken modulo of, and more than any dictionary there is memory for.
const baseLimit = math.MaxInt/2 + 1

// window holds the decoded data of which the last are the dictionary. It is a
// ring: behind its end the data go on at the beginning.
//
//	0 ........ out ====== pos ........ size . slack
//	           not yet handed out
type window struct {
	buf  []byte // size bytes and outSlack more
	size int
	max  int // up to which the window may grow; from then on it is a ring
	pos  int // end of the data; may be behind size by less than a match
	out  int // end of the data that were handed out
	base int // pos+base is the number of bytes since the dictionary was reset
}

// reset forgets the data. The window will have max bytes at most, but keeps
// the buffer it has.
func (w *window) reset(limit int) {
	w.max = max(limit, w.size)
	w.pos, w.out, w.base = 0, 0, 0
}

// use makes the window one of a fixed size with the memory in buf, of which the last
// outSlack bytes are not part of it. It begins at pos.
func (w *window) use(buf []byte, pos int) {
	w.buf, w.size = buf, max(len(buf)-outSlack, 0)
	w.max = w.size
	w.pos, w.out, w.base = pos, pos, -pos
}

// skipTo moves on to a position to which others have written.
func (w *window) skipTo(pos int) { w.pos, w.out = pos, pos }

// forget resets the dictionary.
func (w *window) forget() { w.base = -w.pos }

// grow makes room for n bytes as far as that is allowed. The buffer doubles, to
// take no more than twice what the data need.
func (w *window) grow(n int) {
	need := w.pos + n
	if need <= w.size || w.size >= w.max {
		return
	}
	w.size = min(max(2*w.size, need), w.max)
	buf := make([]byte, w.size+outSlack)
	copy(buf, w.buf[:w.pos])
	w.buf = buf
}

// take returns up to n bytes that were not handed out.
func (w *window) take(n int) []byte {
	end := min(w.pos, w.size)
	if n < end-w.out {
		end = w.out + n
	}
	b := w.buf[w.out:end]
	w.out = end
	return b
}

// wrap goes on at the beginning when all up to the end of the ring was handed
// out.
func (w *window) wrap() {
	if w.out == w.size && w.size == w.max {
		w.out = 0
		w.base += w.size
		if w.base > baseLimit {
			w.base -= baseLimit / 2
		}
		w.pos = copy(w.buf, w.buf[w.size:w.pos])
	}
}
