package decompress

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// frames passes on the zstd frames at the front of a reader, skippable ones
// included, and not a byte more. It only looks at the headers. Blocks of a
// byte that is repeated become raw blocks, which the decoder copies faster than it fills
// blocks; images have many that are zero.
//
//	frame      28 b5 2f fd, descriptor, window, dictionary, content size
//	  block    3 bytes: last (1 bit), type (2 bits), size (21 bits); content
//	  checksum 4 bytes, if the descriptor tells so
//	skippable  5x 2a 4d 18, size (4 bytes), content
type frames struct {
	br       *bufio.Reader
	left     int64  // bytes up to the next header
	head     []byte // of the block that comes instead of a repeated byte
	repeat   int    // bytes of that block
	value    byte
	inFrame  bool // the next header is that of a block
	checksum bool
	count    int
	onFrame  func(frameHeader) error
	err      error // that ended it, unless it is io.EOF
}

// frameHeader is what the header of a frame tells.
type frameHeader struct {
	size    int   // of the header
	window  int64 // bytes
	content int64 // bytes, -1 if not known
	sum     bool
}

const (
	zstdMagic      = 0xfd2fb528
	skippableMagic = 0x184d2a50
	typeRLE        = 1
	maxBlock       = 128 << 10
)

func (f *frames) Read(p []byte) (int, error) {
	n, err := f.read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// result turns the error of the decoder, nil at the end of the data, into the reason.
// The decoder takes some cut off frames for none.
func (f *frames) result(err error) error {
	if f.err != nil {
		return f.err
	}
	if err == nil && (f.left > 0 || f.repeat > 0 || f.inFrame) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (f *frames) read(p []byte) (int, error) {
	for f.left == 0 && f.repeat == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	if f.repeat > 0 {
		return f.repeated(p), nil
	}
	n, err := f.br.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	return n, cutOff(err)
}

// repeated gives out the block made up, first its header.
func (f *frames) repeated(p []byte) int {
	if len(f.head) > 0 {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n
	}
	p = p[:min(len(p), f.repeat)]
	clear(p)
	if f.value != 0 {
		for i := range p {
			p[i] = f.value
		}
	}
	f.repeat -= len(p)
	return len(p)
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// next looks at the next header.
func (f *frames) next() error {
	if f.inFrame {
		return f.block()
	}
	b, err := f.br.Peek(4)
	if len(b) < 4 {
		if len(b) == 0 || f.count > 0 {
			return err
		}
		return cutOff(err)
	}
	switch magic := binary.LittleEndian.Uint32(b); {
	case magic&^0xf == skippableMagic:
		if b, err = f.br.Peek(8); err != nil {
			return cutOff(err)
		}
		f.left = 8 + int64(binary.LittleEndian.Uint32(b[4:]))
	case magic == zstdMagic:
		if err := f.frame(); err != nil {
			return err
		}
	default:
		return io.EOF
	}
	f.count++
	return nil
}

func (f *frames) frame() error {
	b, err := f.br.Peek(18)
	h, ok := parseFrameHeader(b)
	if !ok {
		if len(b) < 18 {
			return cutOff(err)
		}
		return errors.New("zstd frame header")
	}
	f.inFrame, f.checksum, f.left = true, h.sum, int64(h.size)
	if f.onFrame != nil {
		return f.onFrame(h)
	}
	return nil
}

func (f *frames) block() error {
	b, err := f.br.Peek(3)
	if err != nil {
		return cutOff(err)
	}
	v := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	f.left = 3 + int64(v>>3)
	if v>>1&3 == typeRLE {
		if err := f.blockRLE(v); err != nil {
			return err
		}
	}
	if v&1 != 0 {
		f.inFrame = false
		if f.checksum {
			f.left += 4
		}
	}
	return nil
}

// blockRLE replaces a block, whose header is v, if it is not too large to be
// valid.
func (f *frames) blockRLE(v uint32) error {
	f.left = 4
	if size := int(v >> 3); size > 0 && size <= maxBlock {
		b, err := f.br.Peek(4)
		if err != nil {
			return cutOff(err)
		}
		f.value, f.repeat, f.left = b[3], size, 0
		v &^= 3 << 1 // raw
		f.head = []byte{byte(v), byte(v >> 8), byte(v >> 16)}
		_, err = f.br.Discard(4)
		return err
	}
	return nil
}

// parseFrameHeader reads a header that begins with the magic number; of its
// up to 18 bytes all that are there must be in b. It reports false if some are
// missing.
func parseFrameHeader(b []byte) (frameHeader, bool) {
	if len(b) < 6 {
		return frameHeader{}, false
	}
	desc := b[4]
	h := frameHeader{content: -1, sum: desc&4 != 0}
	single := desc&0x20 != 0
	at := 5
	if !single {
		exp, mantissa := b[5]>>3, b[5]&7
		h.window = 1 << (10 + exp)
		h.window += h.window / 8 * int64(mantissa)
		at++
	}
	at += [4]int{0, 1, 2, 4}[desc&3]
	n := [4]int{0, 2, 4, 8}[desc>>6]
	if n == 0 && single {
		n = 1
	}
	if len(b) < at+n {
		return frameHeader{}, false
	}
	if n > 0 {
		var v [8]byte
		copy(v[:], b[at:at+n])
		h.content = int64(binary.LittleEndian.Uint64(v[:]))
		if n == 2 {
			h.content += 256
		}
	}
	if single {
		h.window = h.content
	}
	h.size = at + n
	return h, true
}

// checkWindow returns an error for a frame that needs more than limit bytes.
func (h *frameHeader) checkWindow(limit int64) error {
	if h.window < 0 || h.window > limit {
		return fmt.Errorf("zstd window of %d bytes, %d allowed", uint64(h.window), limit)
	}
	return nil
}
