package cincinnati

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MarshalJSON gives the form of the protocol. Absent parts are empty, never null, and equal
// graphs give equal bytes.
func (g Graph) MarshalJSON() ([]byte, error) { return g.AppendJSON(nil), nil }

// MarshalJSON gives the form of the protocol.
func (n Node) MarshalJSON() ([]byte, error) { return n.appendJSON(nil), nil }

// AppendJSON appends the JSON form of the graph, without any white space, to dst.
func (g *Graph) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"nodes":[`...)
	for i := range g.Nodes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = g.Nodes[i].appendJSON(dst)
	}
	dst = append(dst, `],"edges":[`...)
	for i, e := range g.Edges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = strconv.AppendUint(dst, e[0], 10)
		dst = append(dst, ',')
		dst = strconv.AppendUint(dst, e[1], 10)
		dst = append(dst, ']')
	}
	return append(dst, `]}`...)
}

func (n *Node) appendJSON(dst []byte) []byte {
	dst = appendString(append(dst, `{"version":`...), n.Version)
	dst = append(dst, `,"metadata":{`...)
	for i, k := range slices.Sorted(maps.Keys(n.Metadata)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, k), ':')
		dst = appendString(dst, n.Metadata[k])
	}
	dst = appendString(append(dst, `},"payload":`...), n.Payload)
	return append(dst, '}')
}

// appendString appends a JSON string. Invalid UTF-8, which no decoded graph holds, becomes
// replacement characters.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
