package gvariant

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoted reads a string or byte string token.
func (p *parser) quoted(kind nodeKind, tok string) (*node, error) {
	at := 1 // of the text in the token
	if kind == nodeBytes {
		at = 2
	}
	quote := tok[at-1]
	var b strings.Builder
	b.Grow(len(tok))
	for i := at; ; {
		if i >= len(tok) {
			return nil, p.errorf("unterminated string constant")
		}
		switch c := tok[i]; c {
		case quote:
			p.next()
			return &node{kind: kind, text: b.String()}, nil
		case '\\':
			n, err := p.escape(&b, kind, tok, i+1)
			if err != nil {
				return nil, err
			}
			i = n
		default:
			b.WriteByte(c)
			i++
		}
	}
}

// escape decodes the escape whose letter is tok[i] and returns where it ends.
func (p *parser) escape(b *strings.Builder, kind nodeKind, tok string, i int) (int, error) {
	if i >= len(tok) {
		return i, nil // the caller finds the string unterminated
	}
	c := tok[i]
	switch {
	case c == 'u' && kind == nodeString:
		return p.unicodeEscape(b, tok, i+1, 4)
	case c == 'U' && kind == nodeString:
		return p.unicodeEscape(b, tok, i+1, 8)
	case c >= '0' && c <= '7' && kind == nodeBytes:
		n := 0
		end := min(i+3, len(tok))
		for ; i < end && tok[i] >= '0' && tok[i] <= '7'; i++ {
			n = n<<3 | int(tok[i]-'0')
		}
		b.WriteByte(byte(n))
		return i, nil
	case c == '\n': // continues on the next line
		return i + 1, nil
	}
	if j := strings.IndexByte(escapes, c); j > 0 && j&1 == 1 {
		c = escapes[j-1]
	}
	b.WriteByte(c)
	return i + 1, nil
}

// unicodeEscape decodes the n hexadecimal digits at tok[i].
func (p *parser) unicodeEscape(b *strings.Builder, tok string, i, n int) (int, error) {
	digits := tok[i:min(i+n, len(tok))]
	valid := prefixLen(digits, isHex)
	if valid == n {
		r, err := strconv.ParseUint(digits, 16, 32)
		if err == nil && r != 0 && r <= utf8.MaxRune && utf8.ValidRune(rune(r)) {
			b.WriteRune(rune(r))
			return i + n, nil
		}
	}
	return 0, &ParseError{
		Start: p.start + i, End: p.start + i + valid,
		Msg: "invalid " + strconv.Itoa(n) + "-character unicode escape",
	}
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
