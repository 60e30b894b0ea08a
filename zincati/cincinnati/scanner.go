package cincinnati

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested, those included that are ignored.
const maxDepth = 128

// maxInterned bounds the table of strings that occur again and again.
const maxInterned = 1024

// scanner reads JSON by RFC 8259 and nothing beyond it: strings are valid UTF-8 without lone
// surrogates, object keys are compared exactly, and there is one value in the document.
// encoding/json is laxer in each of these, and it lets duplicate keys pass.
type scanner struct {
	data     []byte
	pos      int
	depth    int
	scratch  []byte            // holds strings with escapes
	interned map[string]string // shares equal metadata keys among nodes
}

// posError is an error at an offset of the document.
type posError struct {
	offset int
	text   string
}

func (e *posError) Error() string { return e.text }

func (s *scanner) failf(format string, args ...any) error {
	return &posError{s.pos, fmt.Sprintf(format, args...)}
}

// document reads the only value with read, and gives errors a line and a column.
func (s *scanner) document(read func() error) error {
	err := read()
	if err == nil {
		if s.space(); s.pos < len(s.data) {
			err = s.failf("trailing characters")
		}
	}
	var at *posError
	if !errors.As(err, &at) {
		return err
	}
	before := s.data[:min(at.offset, len(s.data))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return fmt.Errorf("%w at line %d column %d", err, line, column)
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek skips space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos == len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

func (s *scanner) expect(c byte, what string) error {
	if got := s.peek(); got != c || s.pos == len(s.data) {
		return s.unexpected(what)
	}
	s.pos++
	return nil
}

func (s *scanner) unexpected(what string) error {
	if s.pos >= len(s.data) {
		return s.failf("EOF, expected %s", what)
	}
	return s.failf("expected %s", what)
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return s.failf("recursion limit exceeded")
	}
	return nil
}

// object reads an object; field is called with each key, and must read its value. The key
// is valid until the next string is read.
func (s *scanner) object(what string, field func(key []byte) error) error {
	if err := s.expect('{', what); err != nil {
		return err
	}
	return s.items('}', "`,` or `}`", func() error {
		if s.peek() != '"' {
			return s.unexpected("a string as key")
		}
		key, err := s.rawString(MaxString)
		if err != nil {
			return err
		}
		if err := s.expect(':', "`:`"); err != nil {
			return err
		}
		return field(key)
	})
}

// array reads an array; item must read one value.
func (s *scanner) array(what string, item func() error) error {
	if err := s.expect('[', what); err != nil {
		return err
	}
	return s.items(']', "`,` or `]`", item)
}

// items reads what stands between the brackets.
func (s *scanner) items(end byte, what string, item func() error) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.peek() == end {
		s.pos++
		s.depth--
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case end:
			s.pos++
			s.depth--
			return nil
		default:
			return s.unexpected(what)
		}
	}
}

// null reads null if it stands there.
func (s *scanner) null() bool {
	if s.peek() != 'n' || !bytes.HasPrefix(s.data[s.pos:], []byte("null")) {
		return false
	}
	s.pos += len("null")
	return true
}

// string reads a string of at most MaxString bytes.
func (s *scanner) string(what string) (string, error) {
	if s.peek() != '"' {
		return "", s.unexpected(what)
	}
	b, err := s.rawString(MaxString)
	return string(b), err
}

// intern makes a string of b, the same one for what occurs in many nodes.
func (s *scanner) intern(b []byte) string {
	if v, ok := s.interned[string(b)]; ok {
		return v
	}
	v := string(b)
	if s.interned == nil {
		s.interned = make(map[string]string)
	}
	if len(v) <= 64 && len(s.interned) < maxInterned {
		s.interned[v] = v
	}
	return v
}

// rawString reads the string at the present position. The result is valid until the next call.
func (s *scanner) rawString(limit int) ([]byte, error) {
	s.pos++
	start := s.pos
	ascii := true
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			b := s.data[start:s.pos]
			if !ascii && !utf8.Valid(b) {
				return nil, s.failf("invalid UTF-8 in string")
			}
			if len(b) > limit {
				return nil, s.failf("string longer than %d bytes", limit)
			}
			s.pos++
			return b, nil
		case c == '\\':
			return s.escapedString(start, limit)
		case c < ' ':
			return nil, s.failf("control character in string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		s.pos++
	}
	return nil, s.failf("EOF in string")
}

// escapedString goes on with a string whose first escape is at the present position.
func (s *scanner) escapedString(start, limit int) ([]byte, error) {
	buf := append(s.scratch[:0], s.data[start:s.pos]...)
	defer func() { s.scratch = buf[:0] }()
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			if !utf8.Valid(buf) {
				return nil, s.failf("invalid UTF-8 in string")
			}
			if len(buf) > limit {
				return nil, s.failf("string longer than %d bytes", limit)
			}
			s.pos++
			return buf, nil
		case c == '\\':
			var err error
			if buf, err = s.escape(buf); err != nil {
				return nil, err
			}
			continue
		case c < ' ':
			return nil, s.failf("control character in string")
		}
		buf = append(buf, c)
		s.pos++
	}
	return nil, s.failf("EOF in string")
}

func (s *scanner) escape(buf []byte) ([]byte, error) {
	if s.pos+1 >= len(s.data) {
		return nil, s.failf("EOF in string")
	}
	c := s.data[s.pos+1]
	if c == 'u' {
		r, err := s.unicodeEscape()
		if err != nil {
			return nil, err
		}
		return utf8.AppendRune(buf, r), nil
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return nil, s.failf("invalid escape")
	}
	s.pos += 2
	return append(buf, "\"\\/\b\f\n\r\t"[i]), nil
}

// unicodeEscape reads \uXXXX, or two of them for one character.
func (s *scanner) unicodeEscape() (rune, error) {
	r, err := s.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !bytes.HasPrefix(s.data[s.pos:], []byte(`\u`)) {
		return 0, s.failf("lone surrogate in string")
	}
	low, err := s.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, s.failf("lone surrogate in string")
	}
	return r, nil
}

func (s *scanner) hex4() (rune, error) {
	if len(s.data)-s.pos < 6 {
		return 0, s.failf("EOF in string")
	}
	var r rune
	for _, c := range s.data[s.pos+2 : s.pos+6] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, s.failf("invalid escape")
		}
		r = r<<4 | rune(digit)
	}
	s.pos += 6
	return r, nil
}

// number reads the text of a number.
func (s *scanner) number(what string) (text []byte, integer bool, err error) {
	if c := s.peek(); c != '-' && !isDigit(c) {
		return nil, false, s.unexpected(what)
	}
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	first := s.pos
	if s.digits() == 0 || s.data[first] == '0' && s.pos > first+1 {
		return nil, false, s.failf("invalid number")
	}
	integer = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		integer = false
		s.pos++
		if s.digits() == 0 {
			return nil, false, s.failf("invalid number")
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		integer = false
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if s.digits() == 0 {
			return nil, false, s.failf("invalid number")
		}
	}
	return s.data[start:s.pos], integer, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.data) && isDigit(s.data[s.pos]) {
		s.pos++
	}
	return s.pos - start
}

// uint reads a non-negative integer without fraction and exponent.
func (s *scanner) uint(what string) (uint64, error) {
	// Nearly all numbers of a graph are a few digits before a comma or bracket.
	if isDigit(s.peek()) {
		var v uint64
		i := s.pos
		for i < len(s.data) && isDigit(s.data[i]) && i-s.pos < 18 {
			v = v*10 + uint64(s.data[i]-'0')
			i++
		}
		if i < len(s.data) && (s.data[i] == ',' || s.data[i] == ']') && (s.data[s.pos] != '0' || i == s.pos+1) {
			s.pos = i
			return v, nil
		}
	}
	text, integer, err := s.number(what)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || !integer {
		return 0, s.failf("invalid number, expected %s", what)
	}
	return v, nil
}

func (s *scanner) int(what string) (int64, error) {
	text, integer, err := s.number(what)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || !integer {
		return 0, s.failf("invalid number, expected %s", what)
	}
	return v, nil
}

func (s *scanner) float(what string) (float64, error) {
	text, _, err := s.number(what)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, s.failf("number out of range")
	}
	return v, nil
}

// skip reads any value and forgets it.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object("a value", func([]byte) error { return s.skip() })
	case c == '[':
		return s.array("a value", s.skip)
	case c == '"':
		_, err := s.rawString(len(s.data))
		return err
	case c == '-' || isDigit(c):
		_, _, err := s.number("a value")
		return err
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
			s.pos += len(word)
			return nil
		}
	}
	return s.unexpected("a value")
}

// fields remembers which keys of an object were there, as bits.
type fields uint

// once marks a field, and fails when it was there before.
func (f *fields) once(s *scanner, bit fields, name string) error {
	if *f&bit != 0 {
		return s.failf("duplicate field `%s`", name)
	}
	*f |= bit
	return nil
}
