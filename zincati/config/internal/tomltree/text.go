package tomltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func (p *parser) stringValue() (string, error) {
	switch {
	case p.has(`"""`):
		return p.multiBasic()
	case p.has(`'''`):
		return p.multiLiteral()
	case p.peek() == '"':
		return p.basicString()
	}
	return p.literalString()
}

func (p *parser) basicString() (string, error) {
	var b strings.Builder
	p.pos++
	for {
		run := p.pos
		for !p.end() && isText(p.text[p.pos]) && p.text[p.pos] != '"' && p.text[p.pos] != '\\' {
			p.pos++
		}
		b.WriteString(p.text[run:p.pos])
		switch p.peek() {
		case '"':
			p.pos++
			return b.String(), nil
		case '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		default:
			return "", p.unfinished("basic string", "non-double-quote visible characters, `\\`", "`\"`")
		}
	}
}

func (p *parser) literalString() (string, error) {
	p.pos++
	start := p.pos
	for !p.end() && isText(p.text[p.pos]) && p.text[p.pos] != '\'' {
		p.pos++
	}
	if p.peek() != '\'' {
		return "", p.unfinished("literal string", "non-single-quote visible characters", "`'`")
	}
	p.pos++
	return p.text[start : p.pos-1], nil
}

// unfinished is the error for a string that stops before its closing quote.
func (p *parser) unfinished(what, inside, quote string) error {
	if p.end() || p.peek() == '\n' || p.peek() == '\r' {
		return p.errorHere("invalid " + what + ", expected " + quote)
	}
	return p.errorHere("invalid " + what + ", expected " + inside)
}

func (p *parser) multiBasic() (string, error) {
	var b strings.Builder
	if err := p.openMulti(); err != nil {
		return "", err
	}
	for {
		run := p.pos
		for !p.end() && isText(p.text[p.pos]) && p.text[p.pos] != '"' && p.text[p.pos] != '\\' {
			p.pos++
		}
		b.WriteString(p.text[run:p.pos])
		switch p.peek() {
		case '"':
			quotes, done := p.closeMulti('"')
			b.WriteString(quotes)
			if done {
				return b.String(), nil
			}
		case '\\':
			joined, err := p.joinLines()
			if err != nil {
				return "", err
			}
			if joined {
				continue
			}
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		default:
			line, err := p.multiNewline("multi-line basic string", `"""`)
			if err != nil {
				return "", err
			}
			b.WriteString(line)
		}
	}
}

func (p *parser) multiLiteral() (string, error) {
	var b strings.Builder
	if err := p.openMulti(); err != nil {
		return "", err
	}
	for {
		run := p.pos
		for !p.end() && isText(p.text[p.pos]) && p.text[p.pos] != '\'' {
			p.pos++
		}
		b.WriteString(p.text[run:p.pos])
		if p.peek() == '\'' {
			quotes, done := p.closeMulti('\'')
			b.WriteString(quotes)
			if done {
				return b.String(), nil
			}
			continue
		}
		line, err := p.multiNewline("multi-line literal string", "'''")
		if err != nil {
			return "", err
		}
		b.WriteString(line)
	}
}

// openMulti reads the three quotes and the end of line that may follow them, which is not content.
func (p *parser) openMulti() error {
	p.pos += 3
	_, err := p.newline()
	return err
}

// closeMulti reads quotes: fewer than three are content, three close, one or two more stand before the closing ones.
func (p *parser) closeMulti(quote byte) (content string, done bool) {
	start := p.pos
	for p.peek() == quote && p.pos-start < 5 {
		p.pos++
	}
	n := p.pos - start
	if n < 3 {
		return p.text[start:p.pos], false
	}
	return p.text[start : p.pos-3], true
}

// multiNewline reads an end of line inside of a string; nothing else is left that could be right there.
func (p *parser) multiNewline(what, quotes string) (string, error) {
	if p.end() {
		return "", p.errorHere("invalid " + what + ", expected `" + quotes + "`")
	}
	ok, err := p.newline()
	if err == nil && !ok {
		err = p.errorHere("invalid " + what + ", expected visible characters")
	}
	return "\n", err
}

// joinLines reads a backslash at the end of a line and all white space that follows.
func (p *parser) joinLines() (bool, error) {
	rest := strings.TrimLeft(p.text[p.pos+1:], " \t")
	if !strings.HasPrefix(rest, "\n") && !strings.HasPrefix(rest, "\r") {
		return false, nil
	}
	p.pos = len(p.text) - len(rest)
	for {
		more, err := p.newline()
		if err != nil {
			return false, err
		}
		before := p.pos
		p.blanks()
		if !more && p.pos == before {
			return true, nil
		}
	}
}

// escape reads a backslash and what it stands for.
func (p *parser) escape() (rune, error) {
	p.pos++
	c := p.peek()
	if i := strings.IndexByte(`btnfre"\`, c); i >= 0 && c != 0 {
		p.pos++
		return rune("\b\t\n\f\r\x1b\"\\"[i]), nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		return 0, p.errorHere("missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`")
	}
	p.pos++
	start := p.pos
	for p.pos < len(p.text) && p.pos-start < digits && isHex(p.text[p.pos]) {
		p.pos++
	}
	if p.pos-start < digits {
		return 0, p.errorHere("too few unicode value digits, expected unicode hexadecimal value")
	}
	n, _ := strconv.ParseUint(p.text[start:p.pos], 16, 32)
	if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, p.errorAt(Span{start, start}, "invalid value, expected unicode hexadecimal value")
	}
	return rune(n), nil
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// isText reports whether a byte may stand in a string on one line.
func isText(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }
