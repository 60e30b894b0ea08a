package bsdiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrCorrupt is wrapped by the errors of Patch for a patch that ends early, or
// that does not fit to the size of the new file.
var ErrCorrupt = errors.New("corrupt patch")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// Patch applies patch to old, which is oldSize bytes long, and writes the
// newSize bytes of the result to w. Nothing is read from patch beyond the step
// that completes the result. When it returns an error, w may have received a
// part of it.
func Patch(old io.ReaderAt, oldSize int64, patch io.Reader, newSize int64, w io.Writer) error {
	if oldSize < 0 || newSize < 0 {
		return corrupt("negative size")
	}
	p := patcher{old: old, oldSize: oldSize, patch: patch, left: newSize, w: w}
	p.diff = make([]byte, min(bufSize, max(newSize, 1)))
	p.source = make([]byte, len(p.diff))
	// A step may do nothing but move, though not more often than there are
	// bytes to make.
	for idle := newSize; p.left > 0; {
		before := p.left
		if err := p.step(); err != nil {
			return err
		}
		if p.left == before {
			if idle--; idle < 0 {
				return corrupt("too many empty steps")
			}
		}
	}
	return nil
}

// patcher is the state of a Patch.
type patcher struct {
	old     io.ReaderAt
	oldSize int64
	at      int64 // position in old
	patch   io.Reader
	left    int64 // bytes still to make
	w       io.Writer

	diff, source []byte
}

// step applies one step of the patch.
func (p *patcher) step() error {
	var b [24]byte
	if err := p.read(b[:]); err != nil {
		return err
	}
	x, y, z := number(b[:8]), number(b[8:16]), number(b[16:])
	if x < 0 || y < 0 || x > p.left || y > p.left-x {
		return corrupt("step of %d and %d bytes where %d are left", x, y, p.left)
	}
	p.left -= x + y
	if err := p.add(x); err != nil {
		return err
	}
	for y > 0 {
		chunk := p.diff[:min(y, int64(len(p.diff)))]
		if err := p.read(chunk); err != nil {
			return err
		}
		if _, err := p.w.Write(chunk); err != nil {
			return err
		}
		y -= int64(len(chunk))
	}
	sum := p.at + z
	if (sum < p.at) != (z < 0) {
		return corrupt("position in the old file overflows")
	}
	p.at = sum
	return nil
}

// add makes x bytes from the old file and as many of the patch.
func (p *patcher) add(x int64) error {
	for x > 0 {
		chunk := p.diff[:min(x, int64(len(p.diff)))]
		if err := p.read(chunk); err != nil {
			return err
		}
		if err := p.addOld(chunk); err != nil {
			return err
		}
		if _, err := p.w.Write(chunk); err != nil {
			return err
		}
		n := int64(len(chunk))
		if p.at+n < p.at {
			return corrupt("position in the old file overflows")
		}
		p.at += n
		x -= n
	}
	return nil
}

// addOld adds to chunk the bytes at the old position, as far as there are any.
func (p *patcher) addOld(chunk []byte) error {
	at := p.at
	if at < 0 {
		if at <= -int64(len(chunk)) {
			return nil
		}
		chunk = chunk[-at:]
		at = 0
	}
	if at >= p.oldSize {
		return nil
	}
	n := int(min(int64(len(chunk)), p.oldSize-at))
	source := p.source[:n]
	if m, err := p.old.ReadAt(source, at); m < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading the old file: %w", err)
	}
	for i, c := range source {
		chunk[i] += c
	}
	return nil
}

// read fills b from the patch.
func (p *patcher) read(b []byte) error {
	_, err := io.ReadFull(p.patch, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return corrupt("it ends with %d bytes missing", p.left)
	}
	if err != nil {
		return fmt.Errorf("reading the patch: %w", err)
	}
	return nil
}

// number decodes a number with its sign in the highest bit.
func number(b []byte) int64 {
	u := binary.LittleEndian.Uint64(b)
	v := int64(u &^ (1 << 63))
	if u>>63 != 0 {
		return -v
	}
	return v
}
