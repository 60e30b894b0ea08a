package blockdev

import (
	"bytes"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

const space = " \t\n\v\f\r"

// label ends at the first NUL and has no white space around it.
func label(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.Trim(string(b), space)
}

// label16 is a label in UTF-16.
func label16(b []byte, order interface{ Uint16([]byte) uint16 }) string {
	return strings.Trim(text16(b, order), space)
}

func text16(b []byte, order interface{ Uint16([]byte) uint16 }) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		c := order.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// uuid is the usual form in lower case, empty if all bytes are zero.
func uuid(b []byte) string {
	if len(b) < 16 || allZero(b[:16]) {
		return ""
	}
	return dashed(hex.EncodeToString(b[:16]))
}

func dashed(h string) string {
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// guid is the form of Microsoft's mixed byte order, in upper case.
func guid(b []byte) string {
	m := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	m = append(m, b[8:16]...)
	return strings.ToUpper(dashed(hex.EncodeToString(m)))
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func powerOf2(n uint64) bool { return n != 0 && n&(n-1) == 0 }
