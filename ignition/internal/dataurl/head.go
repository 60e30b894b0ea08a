package dataurl

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Classes of bytes. No byte of a multi-byte rune is in any of them.
var (
	token      = class(func(c byte) bool { return c > ' ' && c < 0x7f && !strings.ContainsRune(`()<>@,;:\"/[]?=`, rune(c)) })
	urlChar    = class(func(c byte) bool { return c > ' ' && c < 0x7f && !strings.ContainsRune("<>#\"{}|\\^[]`", rune(c)) })
	base64Char = class(func(c byte) bool { return isAlnum(c) || strings.ContainsRune("+/=\n", rune(c)) && c < 0x80 })
	unreserved = class(func(c byte) bool { return isAlnum(c) || strings.ContainsRune("-_.!~*'()", rune(c)) && c < 0x80 })
)

func class(in func(byte) bool) (set [256]bool) {
	for c := range set {
		set[c] = in(byte(c))
	}
	return set
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

var (
	errPrefix        = errors.New("missing data prefix")
	errNoComma       = errors.New("missing comma before data")
	errAfterPrefix   = errors.New("invalid character after data prefix")
	errNoSlash       = errors.New("missing media type slash")
	errTypeChar      = errors.New("invalid character for media type")
	errType          = errors.New("invalid media type")
	errIncomplete    = errors.New("incomplete media type")
	errSubtypeChar   = errors.New("invalid character for media subtype")
	errSemicolon     = errors.New("expected semicolon or comma")
	errUnterminated  = errors.New("unterminated parameter sequence")
	errAttributeChar = errors.New("invalid character for parameter attribute")
	errValueChar     = errors.New("invalid character for parameter value")
	errUnclosed      = errors.New("unclosed quoted string")
	errEscapedChar   = errors.New("invalid escaped character")
)

// head reads everything up to the comma and returns what follows it.
func head(s string) (data string, isBase64 bool, err error) {
	rest, ok := strings.CutPrefix(s, "data:")
	if !ok {
		return "", false, errPrefix
	}
	if rest == "" {
		return "", false, errNoComma
	}
	if rest[0] != ';' && rest[0] != ',' {
		if rest, err = mediaType(rest); err != nil {
			return "", false, err
		}
	}
	p := parameters{rest: rest}
	for p.rest[0] == ';' && !p.isBase64 {
		if err := p.next(); err != nil {
			return "", false, err
		}
	}
	rest, isBase64 = p.rest, p.isBase64
	return rest[1:], isBase64, nil
}

// span is the length of the run of token characters at the start of s.
func span(s string) int {
	n := 0
	for n < len(s) && token[s[n]] {
		n++
	}
	return n
}

// mediaType reads type/subtype; what is left begins with ; or a comma.
func mediaType(s string) (rest string, err error) {
	if !token[s[0]] {
		return "", errAfterPrefix
	}
	n := 1
	extension := false
	if s[0] == 'x' || s[0] == 'X' {
		// Ignition looks at one character more here, whatever it is; only a
		// dash begins a type of one's own.
		switch {
		case len(s) < 2:
			return "", errNoSlash
		case s[1] == '-':
			extension = true
		}
		_, size := utf8.DecodeRuneInString(s[1:])
		n += size
	}
	n += span(s[n:])
	switch {
	case n == len(s):
		return "", errNoSlash
	case s[n] != '/':
		return "", errTypeChar
	case !extension && !registered(s[:n]):
		return "", errType
	}
	s = s[n+1:]
	n = span(s)
	switch {
	case n == len(s):
		return "", errIncomplete
	case s[n] != ';' && s[n] != ',':
		return "", errSubtypeChar
	}
	return s[n:], nil
}

// registered reports whether t begins with a top-level media type of RFC 2045.
func registered(t string) bool {
	for _, known := range []string{"text", "image", "audio", "video", "application", "message", "multipart"} {
		if strings.HasPrefix(t, known) {
			return true
		}
	}
	return false
}

// parameters reads the parameters one by one.
type parameters struct {
	rest     string // begins with ; or a comma
	isBase64 bool
	// unquote says that the next value is read by the rules of quoted ones: so is
	// the first value that is not empty after an opening quote.
	unquote bool
}

// next reads attribute=value or base64.
func (p *parameters) next() error {
	s := p.rest[1:]
	if s == "" || s[0] == '=' || s[0] == ',' {
		return errUnterminated
	}
	n := span(s)
	switch {
	case n == len(s):
		return errUnterminated
	case n > 0 && s[n] == ',':
		if s[:n] != "base64" {
			return errors.New("expected base64, got " + s[:n])
		}
		p.rest, p.isBase64 = s[n:], true
		return nil
	case n == 0 || s[n] != '=':
		return errAttributeChar
	}
	s = s[n+1:]
	switch {
	case s == "":
		return errNoComma
	case s[0] == '"':
		return p.quotedValue(s[1:])
	case token[s[0]]:
		return p.plainValue(s)
	}
	return errValueChar
}

func (p *parameters) plainValue(s string) error {
	n := span(s)
	switch {
	case n == len(s):
		return errNoComma
	case s[n] != ';' && s[n] != ',':
		return errValueChar
	}
	p.rest = s[n:]
	return p.checkValue(s[:n])
}

// quotedValue reads a value up to its closing quote, which must be followed by ;
// or a comma.
func (p *parameters) quotedValue(s string) error {
	n, err := quotedLen(s)
	if err != nil {
		return err
	}
	p.unquote = true
	if n > 0 {
		if err := p.checkValue(s[:n]); err != nil {
			return err
		}
	}
	s = s[n+1:]
	switch {
	case s == "":
		return errNoComma
	case s[0] != ';' && s[0] != ',':
		return errSemicolon
	}
	p.rest = s
	return nil
}

func (p *parameters) checkValue(v string) error {
	if p.unquote {
		p.unquote = false
		_, err := strconv.Unquote(`"` + v + `"`)
		return err
	}
	return checkEscapes(v)
}

// quotedLen is the index of the closing quote.
func quotedLen(s string) (int, error) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i, nil
		case c >= utf8.RuneSelf:
			return 0, errValueChar
		case c == '\\':
			i++
			// A backslash at the very end: Ignition takes the end for a
			// character, and then misses the quote.
			if i < len(s) && s[i] >= utf8.RuneSelf {
				return 0, errEscapedChar
			}
		}
	}
	return 0, errUnclosed
}
