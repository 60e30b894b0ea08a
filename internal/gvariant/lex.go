package gvariant

import (
	"fmt"
	"strings"
)

// ParseError is an error in the text of a value. Its text has the form
// "0:expected value" or "1-2,4-7:unable to find a common type", which programs
// built on GLib show to their users.
type ParseError struct {
	// Start and End delimit the offending text, in bytes; they are equal when
	// the error is at a place.
	Start, End int
	// OtherStart and OtherEnd delimit the second of two texts that contradict
	// each other; both are 0 if there is one text only.
	OtherStart, OtherEnd int
	// Msg tells what is wrong.
	Msg string
}

// Error implements error.
func (e *ParseError) Error() string {
	var b strings.Builder
	fmt.Fprint(&b, e.Start)
	if e.End != e.Start {
		fmt.Fprintf(&b, "-%d", e.End)
	}
	if e.OtherEnd != e.OtherStart {
		fmt.Fprintf(&b, ",%d-%d", e.OtherStart, e.OtherEnd)
	}
	return b.String() + ":" + e.Msg
}

// lexer cuts the text into tokens, one at a time: text[start:end] is the
// current token, empty at the end of the text.
type lexer struct {
	text       string
	start, end int
	loaded     bool
}

// token returns the current token.
func (l *lexer) token() string {
	if !l.loaded {
		for l.end < len(l.text) && isSpace(l.text[l.end]) {
			l.end++
		}
		l.start = l.end
		l.end += tokenLen(l.text[l.start:])
		l.loaded = true
	}
	return l.text[l.start:l.end]
}

// next leaves the current token.
func (l *lexer) next() { l.loaded = false }

// take leaves the current token if it is the given one.
func (l *lexer) take(tok string) bool {
	if l.token() != tok {
		return false
	}
	l.next()
	return true
}

// need takes a token that must come here; purpose completes the error text.
func (l *lexer) need(tok, purpose string) error {
	if l.take(tok) {
		return nil
	}
	return &ParseError{Start: l.start, End: l.start, Msg: "expected '" + tok + "'" + purpose}
}

// errorf returns an error about the whole current token.
func (l *lexer) errorf(msg string) error {
	l.token()
	return &ParseError{Start: l.start, End: l.end, Msg: msg}
}

// tokenLen returns the length of the token at the start of s.
func tokenLen(s string) int {
	if s == "" {
		return 0
	}
	switch c := s[0]; {
	case c == 'b' && len(s) > 1 && (s[1] == '\'' || s[1] == '"'):
		return 1 + quotedLen(s[1:])
	case c == '\'' || c == '"':
		return quotedLen(s)
	case c >= 'a' && c <= 'z':
		return prefixLen(s, isAlnum)
	case isDigit(c) || c == '-' || c == '+' || c == '.':
		return prefixLen(s, func(c byte) bool { return isAlnum(c) || c == '-' || c == '+' || c == '.' })
	case c == '@' || c == '%':
		return typeTokenLen(s)
	}
	return 1
}

// quotedLen measures a quoted token, to the end of s if it is not closed.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}

// typeTokenLen measures a type declaration, which ends at a space, comma,
// colon, foreign or unmatched bracket.
func typeTokenLen(s string) int {
	depth := 0
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			if depth == 0 {
				return i
			}
			depth--
		case c == ',' || c == ':' || c == '>' || c == ']' || isSpace(c):
			return i
		}
	}
	return len(s)
}

func prefixLen(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\v' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c byte) bool { return isDigit(c) || isAlpha(c) }
