package gvariant

import "strings"

// Parse reads a value in GVariant text format, such as
//
//	{'version': <'1.0'>, 'sizes': <[uint32 1, 2]>}
//
// With want it must fit that type; with want "" the type is inferred from the
// text: numbers are 32-bit integers or doubles, what is quoted is a string,
// and elements of an array agree on a type if they can. Errors are of type
// [*ParseError] and have GLib's texts. Text that nests deeper than [MaxDepth] is
// an error, as is text that is not UTF-8 in a string.
//
// It panics when want is neither "" nor a valid type.
func Parse(text string, want Type) (Value, error) {
	if want != "" && !want.valid() {
		panic("gvariant: invalid type " + string(want))
	}
	p := parser{lexer{text: text}}
	n, err := p.parse(MaxDepth)
	if err != nil {
		return Value{}, err
	}
	v, err := n.resolveAs(want)
	if err != nil {
		return Value{}, err
	}
	if p.token() != "" {
		return Value{}, &ParseError{Start: p.start, End: p.start, Msg: "expected end of input"}
	}
	if !v.IsNormal() {
		return Value{}, n.fail(msgDeep)
	}
	return v, nil
}

const msgDeep = "variant nested too deeply"

type nodeKind byte

const (
	nodeArray nodeKind = iota
	nodeTuple
	nodeVariant
	nodeDict  // kids are key, value, key, value, …
	nodeEntry // kids are key, value
	nodeMaybe // no kid: nothing
	nodeTyped // typ, one kid
	nodeBool
	nodeNumber
	nodeString
	nodeBytes
)

// node is one value in the text, before its type is known.
type node struct {
	kind       nodeKind
	start, end int // in the text
	typ        Type
	text       string // a boolean, a number as written, an unescaped string
	kids       []*node
}

func (n *node) fail(msg string) error {
	return &ParseError{Start: n.start, End: n.end, Msg: msg}
}

type parser struct{ lexer }

// parse reads one value that may nest depth levels deep.
func (p *parser) parse(depth int) (*node, error) {
	tok := p.token()
	if depth == 0 {
		return nil, &ParseError{Start: p.start, End: p.start, Msg: msgDeep}
	}
	start := p.start
	n, err := p.parseToken(tok, depth-1)
	if err != nil {
		return nil, err
	}
	n.start, n.end = start, p.end
	return n, nil
}

// parseToken reads the value that begins with tok.
func (p *parser) parseToken(tok string, depth int) (*node, error) {
	switch {
	case tok == "[":
		return p.array(depth)
	case tok == "(":
		return p.tuple(depth)
	case tok == "<":
		return p.variant(depth)
	case tok == "{":
		return p.dict(depth)
	case tok == "true", tok == "false":
		p.next()
		return &node{kind: nodeBool, text: tok}, nil
	case isNumberToken(tok):
		p.next()
		return &node{kind: nodeNumber, text: tok}, nil
	case strings.HasPrefix(tok, "n"), strings.HasPrefix(tok, "j"):
		return p.maybe(depth)
	case strings.HasPrefix(tok, "@"), len(tok) > 1 && isAlpha(tok[0]) && isAlpha(tok[1]):
		return p.typed(tok, depth)
	case strings.HasPrefix(tok, "'"), strings.HasPrefix(tok, `"`):
		return p.quoted(nodeString, tok)
	case strings.HasPrefix(tok, "b'"), strings.HasPrefix(tok, `b"`):
		return p.quoted(nodeBytes, tok)
	}
	return nil, &ParseError{Start: p.start, End: p.start, Msg: "expected value"}
}

func isNumberToken(tok string) bool {
	if tok == "" {
		return false
	}
	c := tok[0]
	return isDigit(c) || c == '-' || c == '+' || c == '.' || tok == "inf" || tok == "nan"
}

func (p *parser) array(depth int) (*node, error) {
	n := &node{kind: nodeArray}
	p.next()
	for !p.take("]") {
		if len(n.kids) > 0 {
			if err := p.need(",", " or ']' to follow array element"); err != nil {
				return nil, err
			}
		}
		if err := p.kid(n, depth); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// kid parses a value and appends it to those in n.
func (p *parser) kid(n *node, depth int) error {
	k, err := p.parse(depth)
	if err == nil {
		n.kids = append(n.kids, k)
	}
	return err
}

func (p *parser) tuple(depth int) (*node, error) {
	n := &node{kind: nodeTuple}
	p.next()
	for !p.take(")") {
		if len(n.kids) > 1 {
			if err := p.need(",", " or ')' to follow tuple element"); err != nil {
				return nil, err
			}
		}
		if err := p.kid(n, depth); err != nil {
			return nil, err
		}
		if len(n.kids) == 1 {
			if err := p.need(",", " after first tuple element"); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

func (p *parser) variant(depth int) (*node, error) {
	n := &node{kind: nodeVariant}
	p.next()
	if err := p.kid(n, depth); err != nil {
		return nil, err
	}
	return n, p.need(">", " to follow variant value")
}

// dict parses {}, {key: value, …} or the single entry {key, value}.
func (p *parser) dict(depth int) (*node, error) {
	n := &node{kind: nodeDict}
	p.next()
	if p.take("}") {
		return n, nil
	}
	if err := p.kid(n, depth); err != nil {
		return nil, err
	}
	if p.take(",") {
		n.kind = nodeEntry
	} else if err := p.need(":", " or ',' to follow dictionary entry key"); err != nil {
		return nil, err
	}
	if err := p.kid(n, depth); err != nil {
		return nil, err
	}
	if n.kind == nodeEntry {
		return n, p.need("}", " at end of dictionary entry")
	}
	return n, p.dictRest(n, depth)
}

func (p *parser) dictRest(n *node, depth int) error {
	for !p.take("}") {
		if err := p.need(",", " or '}' to follow dictionary entry"); err != nil {
			return err
		}
		if err := p.kid(n, depth); err != nil {
			return err
		}
		if err := p.need(":", " to follow dictionary entry key"); err != nil {
			return err
		}
		if err := p.kid(n, depth); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) maybe(depth int) (*node, error) {
	n := &node{kind: nodeMaybe}
	switch {
	case p.take("just"):
		return n, p.kid(n, depth)
	case p.take("nothing"):
		return n, nil
	}
	return nil, p.errorf("unknown keyword")
}

// keywords are the words that declare the type of the value after them.
var keywords = map[string]Type{
	"boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i",
	"handle": "h", "uint32": "u", "int64": "x", "uint64": "t", "double": "d",
	"string": "s", "objectpath": "o", "signature": "g",
}

func (p *parser) typed(tok string, depth int) (*node, error) {
	t, ok := keywords[tok]
	if tok[0] == '@' {
		var msg string
		if t, msg = declaredType(tok[1:], depth+1); msg != "" {
			return nil, p.errorf(msg)
		}
	} else if !ok {
		return nil, p.errorf("unknown keyword")
	}
	p.next()
	n := &node{kind: nodeTyped, typ: t}
	return n, p.kid(n, depth)
}

// declaredType checks the type in a declaration that may nest depth levels
// deep; msg tells what is wrong with it.
func declaredType(s string, depth int) (t Type, msg string) {
	// Indefinite types are types too, only not those of values. The scan allows
	// one level more than can be, to tell what is wrong.
	definite := indefinite.Replace(s)
	if next, ok := scanType(definite, 0, MaxDepth+1); !ok || next != len(s) {
		return "", "invalid type declaration"
	}
	if definite != s {
		return "", "type declarations must be definite"
	}
	if Type(s).depth() > depth {
		return "", "type declaration recurses too deeply"
	}
	return Type(s), ""
}

// indefinite replaces the wildcards of types by what they can stand for.
var indefinite = strings.NewReplacer("*", "v", "r", "v", "?", "s")
