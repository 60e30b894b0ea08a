package server

import "strings"

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
		return s
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
	return strings.ToValidUTF8(b.String(), "\uFFFD")
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
