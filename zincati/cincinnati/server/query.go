package server

import (
	"strings"
	"unicode/utf8"
)

// query is what a request for a graph says about the node. The values are parts of the URL wherever nothing is
// escaped in them: parsing allocates nothing for the requests that agents send.
type query struct {
	basearch, stream, oci, nodeUUID, wariness string
	hasOCI, hasWariness                       bool
}

// parseQuery reads the part of a URL behind the question mark as an HTML form. Unknown keys are skipped, of
// several values the first counts, and broken escapes stand for themselves.
func parseQuery(raw string) (q query) {
	var seen uint8
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		key, value, _ := strings.Cut(pair, "=")
		var to *string
		var bit uint8
		switch unescape(key) {
		case "basearch":
			to, bit = &q.basearch, 1
		case "stream":
			to, bit = &q.stream, 2
		case "oci":
			to, bit = &q.oci, 4
		case "node_uuid":
			to, bit = &q.nodeUUID, 8
		case "rollout_wariness":
			to, bit = &q.wariness, 16
		}
		if bit == 0 || seen&bit != 0 {
			continue
		}
		seen |= bit
		*to = unescape(value)
	}
	q.hasOCI, q.hasWariness = seen&4 != 0, seen&16 != 0
	return q
}

// unescape undoes the encoding of forms. Bytes that are not UTF-8 become U+FFFD.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return validUTF8(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return validUTF8(b.String())
}

// validUTF8 replaces what is not UTF-8 by U+FFFD as browsers and the old servers do, so that the hash of such a node
// id is theirs: one for each longest beginning of a character, where strings.ToValidUTF8 has one for a whole run.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		b.WriteRune(r)
		if r == utf8.RuneError && n == 1 {
			n = brokenRune(s)
		}
		s = s[n:]
	}
	return b.String()
}

// brokenRune is the length of the longest beginning of a character that s, which does not begin with a whole one,
// begins with; at least 1.
func brokenRune(s string) int {
	low, high, most := byte(0x80), byte(0xbf), 2
	switch c := s[0]; {
	case c < 0xe0 || c > 0xf4:
		return 1
	case c == 0xe0:
		low = 0xa0
	case c == 0xed:
		high = 0x9f
	case c == 0xf0:
		low, most = 0x90, 3
	case c == 0xf4:
		high, most = 0x8f, 3
	case c > 0xf0:
		most = 3
	}
	n := 1
	for n < most && n < len(s) && low <= s[n] && s[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
