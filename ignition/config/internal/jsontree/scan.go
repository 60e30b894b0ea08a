package jsontree

import "strings"

// scanner turns the text into nodes.
type scanner struct {
	tree *Tree
	text string
	at   int
	open []Node // arrays and objects that are not closed yet
}

func (s *scanner) run() bool {
	s.space()
	if !s.value(-1, -1, true) {
		return false
	}
	for len(s.open) > 0 {
		if !s.member() {
			return false
		}
	}
	s.space()
	return s.at == len(s.text)
}

// member reads the next element of the innermost array or object, or its end.
func (s *scanner) member() bool {
	parent := s.open[len(s.open)-1]
	x := &s.tree.nodes[parent]
	closing := byte(']')
	if x.kind == Object {
		closing = '}'
	}
	s.space()
	if s.at == len(s.text) {
		return false
	}
	if s.text[s.at] == closing {
		s.at++
		x.end, x.after = int32(s.at), Node(len(s.tree.nodes))
		s.open = s.open[:len(s.open)-1]
		return true
	}
	if x.count > 0 {
		if s.text[s.at] != ',' {
			return false
		}
		s.at++
		s.space()
	}
	x.count++
	if x.kind == Array {
		return s.value(-1, -1, true)
	}
	key := s.at
	plain, ok := s.str()
	if !ok {
		return false
	}
	end := s.at
	s.space()
	if s.at == len(s.text) || s.text[s.at] != ':' {
		return false
	}
	s.at++
	s.space()
	return s.value(key, end, plain)
}

// value reads a literal whole, of an array or object the opening bracket.
func (s *scanner) value(key, keyEnd int, plainKey bool) bool {
	if s.at == len(s.text) {
		return false
	}
	x := node{start: int32(s.at), key: int32(key), keyEnd: int32(keyEnd), plkey: plainKey}
	ok := true
	switch c := s.text[s.at]; c {
	case '{', '[':
		return s.openBracket(x, c)
	case '"':
		x.kind = String
		x.plain, ok = s.str()
	case 't':
		x.kind = Bool
		ok = s.word("true")
	case 'f':
		x.kind = Bool
		ok = s.word("false")
	case 'n':
		ok = s.word("null")
	default:
		x.kind = Number
		ok = s.number()
	}
	x.end, x.after = int32(s.at), Node(len(s.tree.nodes)+1)
	s.tree.nodes = append(s.tree.nodes, x)
	return ok
}

func (s *scanner) openBracket(x node, c byte) bool {
	if len(s.open) == MaxDepth {
		return false
	}
	x.kind = Array
	if c == '{' {
		x.kind = Object
	}
	s.at++
	s.open = append(s.open, Node(len(s.tree.nodes)))
	s.tree.nodes = append(s.tree.nodes, x)
	return true
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.text[s.at:], w) {
		return false
	}
	s.at += len(w)
	return true
}

// str reads a quoted string. It is plain if it has neither escapes nor bytes
// beyond ASCII.
func (s *scanner) str() (plain, ok bool) {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		return false, false
	}
	plain = true
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return plain, true
		case c < ' ':
			return false, false
		case c == '\\':
			plain = false
			n := escapeLen(s.text[i:])
			if n == 0 {
				return false, false
			}
			i += n - 1
		case c >= 0x80:
			plain = false
		}
	}
	return false, false
}

// escapeLen is the length of the escape sequence at the start of s, 0 if it is
// none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(s); ok {
			return 6
		}
	}
	return 0
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// skip moves over one of two characters.
func (s *scanner) skip(a, b byte) bool {
	if s.at < len(s.text) && (s.text[s.at] == a || s.text[s.at] == b) {
		s.at++
		return true
	}
	return false
}

func (s *scanner) number() bool {
	from := s.at
	s.skip('-', '-')
	if !s.skip('0', '0') && !s.digits() {
		return false
	}
	if s.skip('.', '.') && !s.digits() {
		return false
	}
	exponent := s.skip('e', 'E')
	if exponent {
		s.skip('+', '-')
		if !s.digits() {
			return false
		}
	}
	s.tree.checkRange(s.text[from:s.at], exponent)
	return true
}
