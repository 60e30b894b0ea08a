package decompress

import "bytes"

// IsZero tells whether all bytes of b are zero, at the speed of memory.
func IsZero(b []byte) bool {
	const head = 64
	for _, v := range b[:min(len(b), head)] {
		if v != 0 {
			return false
		}
	}
	return len(b) <= head || bytes.Equal(b[head:], b[:len(b)-head])
}
