package jsontree

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// hex4 reads the digits of a \uXXXX at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unquote is the value of a string whose text between the quotes is s.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return validUTF8(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(validUTF8(s))
			return b.String()
		}
		b.WriteString(validUTF8(s[:i]))
		s = s[i:]
		if s[1] != 'u' {
			b.WriteByte(simpleEscape(s[1]))
			s = s[2:]
			continue
		}
		r, _ := hex4(s)
		s = s[6:]
		if utf16.IsSurrogate(r) {
			low, _ := hex4(s)
			r = utf16.DecodeRune(r, low)
			if r != utf8.RuneError {
				s = s[6:]
			}
		}
		b.WriteRune(r)
	}
}

func simpleEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// validUTF8 replaces each byte that belongs to no rune by U+FFFD.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
