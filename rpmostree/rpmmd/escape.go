package rpmmd

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// unescape returns raw with references replaced and line ends made plain. The result lives in
// the scratch space of the unit.
func (s *scanner) unescape(raw []byte) ([]byte, error) {
	begin := len(s.scratch)
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "&\r")
		if i < 0 {
			s.scratch = append(s.scratch, raw...)
			break
		}
		s.scratch = append(s.scratch, raw[:i]...)
		raw = raw[i:]
		if raw[0] == '\r' {
			if len(raw) < 2 || raw[1] != '\n' {
				s.scratch = append(s.scratch, '\n')
			}
			raw = raw[1:]
			continue
		}
		// The longest reference that means something is "&#x10FFFF;", leading zeros aside.
		end := bytes.IndexByte(raw[:min(len(raw), 32)], ';')
		if end < 0 {
			return nil, s.errorf("reference without ; in %s", quoted(raw))
		}
		r, ok := reference(raw[1:end])
		if !ok {
			return nil, s.errorf("unknown reference %s", quoted(raw[:end+1]))
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
		raw = raw[end+1:]
	}
	return s.scratch[begin:len(s.scratch):len(s.scratch)], nil
}

// reference returns the character that "lt" or "#60" stands for.
func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	base, digits := 10, name[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}

// appendEscaped appends text, which is UTF-8, in the way that libxml2 writes it; attr is for
// attribute values, of which only ASCII stays as it is.
func appendEscaped(b []byte, text string, attr bool) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '\r':
			b = append(b, "&#13;"...)
		case attr && c == '"':
			b = append(b, "&quot;"...)
		case attr && c == '\n':
			b = append(b, "&#10;"...)
		case attr && c == '\t':
			b = append(b, "&#9;"...)
		case attr && c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(text[i:])
			b = fmt.Appendf(b, "&#x%X;", r)
			i += n - 1
		default:
			b = append(b, c)
		}
	}
	return b
}
