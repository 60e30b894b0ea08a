package xz

// decode does what decodeGo does. The loop in assembly takes the byte before
// a symbol from the window.
func (d *lzmaDecoder) decode(in *packed, end int) bool {
	if d.pos == 0 || d.buf[d.pos-1] != d.prev {
		if !d.decodeGo(in, d.pos+1) {
			return false
		}
	}
	return d.pos >= end || decodeLoop(d, in, end)
}

// decodeLoop decodes at least one symbol. The buffer of the window must have
// outSlack bytes more than its size, and a ring windowSlack more than the dictionary.
//
//go:noescape
func decodeLoop(d *lzmaDecoder, in *packed, end int) bool
