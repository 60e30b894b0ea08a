package selinux

import (
	"regexp/syntax"
	"strings"
	"sync"
	"unicode"
)

// spec is an entry: the label of the paths that an expression matches.
type spec struct {
	pattern string
	kind    uint32 // file type bits, 0 for any type
	label   string

	prefix string // what matching paths begin with
	tail   tail   // what follows the prefix
	need   string // what matching paths contain after the prefix
	suffix string // what matching paths end with

	once   sync.Once
	engine engine
	err    error
}

// tail is the form of an expression after its fixed prefix.
type tail uint8

const (
	tailOther   tail = iota // anything; an engine is needed
	tailNone                // nothing: one path
	tailAny                 // .*
	tailSubtree             // (/.*)?
	tailName                // [^/]*
	tailNames               // [^/]+
)

// syntaxFlags are libselinux's choices in terms of package regexp: Perl syntax,
// in which "." includes newline.
const syntaxFlags = syntax.Perl | syntax.DotNL

func (s *spec) applies(kind uint32) bool {
	return kind == 0 || s.kind == 0 || s.kind == kind
}

// plausible excludes most of the paths that begin with the prefix but do not match.
func (s *spec) plausible(path string) bool {
	rest := path[len(s.prefix):]
	return strings.HasSuffix(rest, s.suffix) && strings.Contains(rest, s.need)
}

// match reports whether a path that has the prefix matches.
func (s *spec) match(t *text) (bool, error) {
	rest := t.raw[len(s.prefix):]
	switch s.tail {
	case tailNone:
		return rest == "", nil
	case tailAny:
		return true, nil
	case tailSubtree:
		return rest == "" || rest[0] == '/', nil
	case tailName:
		return strings.IndexByte(rest, '/') < 0, nil
	case tailNames:
		return rest != "" && strings.IndexByte(rest, '/') < 0, nil
	}
	s.once.Do(func() { s.engine, s.err = compile(s.pattern) })
	if s.err != nil {
		return false, s.err
	}
	return s.engine.match(t.latin1())
}

// analyse finds out what can be said of matching paths without an engine.
func (s *spec) analyse() {
	if path, ok := literal(s.pattern); ok {
		s.prefix, s.tail = path, tailNone
		return
	}
	tree, err := syntax.Parse(s.pattern, syntaxFlags)
	if err != nil {
		return // not for package regexp, so nothing is known
	}
	parts := flatten(nil, tree)
	if len(parts) > 0 {
		if text, ok := literalText(parts[0]); ok {
			s.prefix, parts = text, parts[1:]
		}
	}
	s.tail = tailForm(parts)
	if s.tail != tailOther {
		return
	}
	for i, part := range parts {
		text, ok := literalText(part)
		if ok && len(text) > len(s.need) {
			s.need = text
		}
		if ok && i == len(parts)-1 {
			s.suffix = text
		}
	}
}

// literal returns the path that a pattern without special characters stands
// for. Before a letter or digit, a backslash makes a class or such.
func literal(pattern string) (path string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if strings.IndexByte(".^$?*+|[({", c) >= 0 {
			return "", false
		}
		if c == '\\' {
			if i++; i == len(pattern) || isAlnum(pattern[i]) {
				return "", false
			}
			c = pattern[i]
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// flatten appends the parts that follow each other in every match of tree.
// Groups do not matter.
func flatten(parts []*syntax.Regexp, tree *syntax.Regexp) []*syntax.Regexp {
	switch tree.Op {
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range tree.Sub {
			parts = flatten(parts, sub)
		}
		return parts
	case syntax.OpEmptyMatch:
		return parts
	}
	return append(parts, tree)
}

// literalText returns the text of a part that matches nothing else.
func literalText(part *syntax.Regexp) (string, bool) {
	if part.Op != syntax.OpLiteral || part.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	for _, r := range part.Rune {
		if r >= 0x80 { // a byte that is not ASCII: leave it to the engine
			return "", false
		}
	}
	return string(part.Rune), true
}

// tailForm recognizes the forms that most entries have.
func tailForm(parts []*syntax.Regexp) tail {
	if len(parts) != 1 {
		return tailOther
	}
	switch part := parts[0]; {
	case isStarOf(part, isAnyByte):
		return tailAny
	case isStarOf(part, isNotSlash):
		return tailName
	case part.Op == syntax.OpPlus && isNotSlash(part.Sub[0]):
		return tailNames
	case part.Op == syntax.OpQuest:
		inner := flatten(nil, part.Sub[0])
		if len(inner) == 2 && isStarOf(inner[1], isAnyByte) {
			if text, ok := literalText(inner[0]); ok && text == "/" {
				return tailSubtree
			}
		}
	}
	return tailOther
}

func isStarOf(part *syntax.Regexp, is func(*syntax.Regexp) bool) bool {
	return part.Op == syntax.OpStar && is(part.Sub[0])
}

func isAnyByte(part *syntax.Regexp) bool { return part.Op == syntax.OpAnyChar }

func isNotSlash(part *syntax.Regexp) bool {
	r := part.Rune
	return part.Op == syntax.OpCharClass && len(r) == 4 &&
		r[0] == 0 && r[1] == '/'-1 && r[2] == '/'+1 && r[3] == unicode.MaxRune
}
