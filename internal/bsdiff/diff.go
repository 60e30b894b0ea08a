package bsdiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrTooLarge is what Diff returns for an old file of 2 GiB or more.
var ErrTooLarge = errors.New("file too large for bsdiff")

const (
	// fuzz is how many more bytes than the current alignment a match has to
	// explain before it is worth a step of its own.
	fuzz = 8
	// longMatch is the length from which a match is followed for a while
	// instead of searching again at each byte, which would take quadratic time in
	// long runs.
	longMatch = 1024
	bufSize   = 64 << 10
)

// Diff writes to w a patch that turns old into new.
func Diff(old, new []byte, w io.Writer) error {
	if len(old) >= math.MaxInt32 {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(old))
	}
	d := differ{old: old, new: new, w: w, buf: make([]byte, 0, bufSize)}
	if len(new) > 0 {
		d.index = newIndex(old)
	}
	for d.scan < len(new) && d.err == nil {
		score := d.next()
		if d.match != score || d.scan == len(new) {
			d.step()
		}
	}
	d.flush()
	return d.err
}

// differ is the state of a Diff.
type differ struct {
	old, new []byte
	index    *index

	scan  int // position in new
	match int // length of the match of new[scan:] with old[at:]
	at    int
	valid int // positions for which the match at scan may be followed

	// End of what the previous steps explain in new and old, and the
	// alignment of their match.
	lastScan, lastAt, lastOffset int

	w   io.Writer
	buf []byte
	err error
}

// aligned reports whether new[i] is explained by the current alignment.
func (d *differ) aligned(i int) bool {
	j := i + d.lastOffset
	return j >= 0 && j < len(d.old) && d.old[j] == d.new[i]
}

// next moves scan behind the current match and on to the next one that the
// current alignment does not explain about as well, or that it explains
// entirely. It returns how many bytes of it the alignment explains.
func (d *differ) next() (score int) {
	d.scan += d.match
	d.valid = 0
	counted := d.scan
	for ; d.scan < len(d.new); d.scan++ {
		d.search()
		for ; counted < d.scan+d.match; counted++ {
			if d.aligned(counted) {
				score++
			}
		}
		if d.match == score && d.match != 0 || d.match > score+fuzz {
			break
		}
		if d.aligned(d.scan) {
			score--
		}
	}
	return score
}

// search sets match and at for scan.
func (d *differ) search() {
	if d.valid > 0 {
		d.valid--
		d.match--
		d.at++
		return
	}
	d.match, d.at = d.index.search(d.old, d.new[d.scan:])
	if d.match >= longMatch {
		d.valid = d.match / 4
	}
}

// step writes the step that ends before the match at scan. It extends the
// previous match forward and this one backward as long as more than half of the
// bytes agree.
func (d *differ) step() {
	forward := d.forward()
	backward := 0
	if d.scan < len(d.new) {
		backward = d.backward()
	}
	if overlap := d.lastScan + forward - (d.scan - backward); overlap > 0 {
		split := d.split(forward, backward, overlap)
		forward += split - overlap
		backward -= split
	}
	extra := d.new[d.lastScan+forward : d.scan-backward]
	d.number(forward)
	d.number(len(extra))
	d.number(d.at - backward - (d.lastAt + forward))
	d.differences(d.new[d.lastScan:][:forward], d.old[d.lastAt:][:forward])
	d.bytes(extra)
	d.lastScan = d.scan - backward
	d.lastAt = d.at - backward
	d.lastOffset = d.at - d.scan
}

func (d *differ) forward() (best int) {
	same, most := 0, 0
	n := min(d.scan-d.lastScan, len(d.old)-d.lastAt)
	a, b := d.old[d.lastAt:][:n], d.new[d.lastScan:][:n]
	for i := range a {
		if a[i] == b[i] {
			same++
		}
		if v := same*2 - (i + 1); v > most {
			most, best = v, i+1
		}
	}
	return best
}

func (d *differ) backward() (best int) {
	same, most := 0, 0
	n := min(d.scan-d.lastScan, d.at)
	for i := 1; i <= n; i++ {
		if d.old[d.at-i] == d.new[d.scan-i] {
			same++
		}
		if v := same*2 - i; v > most {
			most, best = v, i
		}
	}
	return best
}

// split returns how many of the overlapping bytes are better explained by the
// previous match.
func (d *differ) split(forward, backward, overlap int) (best int) {
	score, most := 0, 0
	ours := d.lastAt + forward - overlap
	theirs := d.at - backward
	for i, c := range d.new[d.scan-backward:][:overlap] {
		if d.old[ours+i] == c {
			score++
		}
		if d.old[theirs+i] == c {
			score--
		}
		if score > most {
			most, best = score, i+1
		}
	}
	return best
}

// number writes v with its sign in the highest bit.
func (d *differ) number(v int) {
	u := uint64(v)
	if v < 0 {
		u = uint64(-v) | 1<<63
	}
	d.bytes(binary.LittleEndian.AppendUint64(nil, u))
}

func (d *differ) differences(new, old []byte) {
	for len(new) > 0 {
		if len(d.buf) == cap(d.buf) {
			d.flush()
		}
		n := min(len(new), cap(d.buf)-len(d.buf))
		at := len(d.buf)
		d.buf = d.buf[:at+n]
		out := d.buf[at:]
		for i := range out {
			out[i] = new[i] - old[i]
		}
		new, old = new[n:], old[n:]
	}
}

func (d *differ) bytes(b []byte) {
	for len(b) > 0 {
		if len(d.buf) == cap(d.buf) {
			d.flush()
		}
		n := min(len(b), cap(d.buf)-len(d.buf))
		d.buf = append(d.buf, b[:n]...)
		b = b[n:]
	}
}

func (d *differ) flush() {
	if d.err == nil && len(d.buf) > 0 {
		_, d.err = d.w.Write(d.buf)
	}
	d.buf = d.buf[:0]
}
