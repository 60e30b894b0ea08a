package xz

import "encoding/binary"

// LZMA2 chunk headers: the control byte, the size of the data less one, and for
// LZMA the size of the chunk less one and perhaps the properties.
const (
	ctlEnd          = 0x00
	ctlStoredReset  = 0x01 // stored bytes, dictionary reset
	ctlStored       = 0x02
	ctlLZMA         = 0x80 // bits 0-4: bits 16-20 of the data size
	ctlLZMAState    = 0xa0 // state reset
	ctlLZMAProps    = 0xc0 // state reset, new properties
	ctlLZMAAll      = 0xe0 // all this and dictionary reset
	maxChunkData    = 2 << 20
	maxChunkPacked  = 64 << 10
	maxStoredChunk  = 64 << 10
	chunkHeaderSize = 5
)

// lzma2Encoder cuts the symbols of a window into LZMA2 chunks.
type lzma2Encoder struct {
	lzmaEncoder
	saved     lzmaState
	needProps bool // no LZMA chunk was written yet
	needDict  bool // no chunk at all
}

// newLZMA2Encoder returns an encoder whose dictionary has dictSize bytes.
func newLZMA2Encoder(dictSize, niceLen int) *lzma2Encoder {
	e := &lzma2Encoder{}
	e.niceLen = niceLen
	e.slots = int(slotOf(uint32(dictSize-1))) + 1
	e.rc.out = make([]byte, 0, min(maxChunkPacked, dictSize+64))
	return e
}

// reset begins a new dictionary with the window buf.
func (e *lzma2Encoder) reset(buf []byte, p params) {
	e.params = p
	e.needProps, e.needDict = true, true
	e.buf, e.pos, e.ahead = buf, 0, 0
	e.path = e.path[:0]
	e.lzmaState.reset(e.params)
	e.posMask = 1<<e.pb - 1
	e.prepare()
}

// chunk appends to dst the next chunk, of data that begins before end.
func (e *lzma2Encoder) chunk(dst []byte, end int) []byte {
	start := e.pos
	e.saved = e.lzmaState
	e.rc.reset()
	e.encode(min(end, start+maxChunkData-maxMatch), maxChunkPacked)
	n := e.pos - start
	if len(e.rc.out)+chunkHeaderSize > n+3*(n/maxStoredChunk+1) {
		return e.stored(dst, start)
	}
	control := ctlLZMA
	switch {
	case e.needDict:
		control = ctlLZMAAll
	case e.needProps:
		control = ctlLZMAProps
	}
	dst = append(dst, byte(control|(n-1)>>16))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n-1))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(e.rc.out)-1))
	if e.needProps {
		dst = append(dst, e.params.code())
	}
	e.needDict, e.needProps = false, false
	return append(dst, e.rc.out...)
}

// stored appends the bytes from start on as they are, together with those the
// parser has looked at: its decisions are void in the state before the chunk.
func (e *lzma2Encoder) stored(dst []byte, start int) []byte {
	e.lzmaState = e.saved
	e.pos += e.ahead
	e.ahead = 0
	e.path = e.path[:0]
	e.prepare()
	for b := e.buf[start:e.pos]; len(b) > 0; {
		n := min(len(b), maxStoredChunk)
		control := byte(ctlStored)
		if e.needDict {
			control = ctlStoredReset
			e.needDict = false
		}
		dst = append(dst, control)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n-1))
		dst = append(dst, b[:n]...)
		b = b[n:]
	}
	return dst
}
