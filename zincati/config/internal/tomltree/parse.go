package tomltree

import (
	"strings"
)

// Parse reads a document, which must be valid UTF-8. The error is an *Error.
func Parse(text string) (*Value, error) {
	p := &parser{text: text, root: newTable(byHeader, Span{0, len(text)})}
	p.table = p.root
	p.pos = len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	for !p.end() {
		if err := p.line(); err != nil {
			return nil, err
		}
	}
	return p.root, nil
}

type parser struct {
	text  string
	pos   int
	depth int // of arrays and inline tables
	root  *Value
	table *Value // where key-value lines go
}

func (p *parser) end() bool { return p.pos >= len(p.text) }

// peek returns the next byte, or 0 at the end. A NUL is not allowed anywhere, so the two need no distinction.
func (p *parser) peek() byte {
	if p.end() {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.text[p.pos:], prefix) }

func (p *parser) accept(prefix string) bool {
	if !p.has(prefix) {
		return false
	}
	p.pos += len(prefix)
	return true
}

func (p *parser) errorAt(s Span, message string) error { return NewError(p.text, s, message) }

func (p *parser) errorHere(message string) error { return p.errorAt(Span{p.pos, p.pos}, message) }

func (p *parser) blanks() {
	for !p.end() && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// newline reads an end of line if there is one.
func (p *parser) newline() (bool, error) {
	if p.accept("\n") || p.accept("\r\n") {
		return true, nil
	}
	if p.peek() == '\r' {
		p.pos++
		return false, p.errorHere("carriage return must be followed by newline, expected newline")
	}
	return false, nil
}

// comment reads a comment if there is one, up to the end of the line.
func (p *parser) comment() error {
	if p.peek() != '#' {
		return nil
	}
	for p.pos++; !p.end(); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '\n' || c == '\r':
			return nil
		case c < ' ' && c != '\t' || c == 0x7f:
			return p.errorHere("invalid comment character, expected printable characters")
		}
	}
	return nil
}

// space skips blanks, comments and ends of lines.
func (p *parser) space() error {
	for {
		p.blanks()
		if err := p.comment(); err != nil {
			return err
		}
		more, err := p.newline()
		if err != nil || !more {
			return err
		}
	}
}

// endOfLine demands that nothing else follows on the line.
func (p *parser) endOfLine() error {
	p.blanks()
	if err := p.comment(); err != nil {
		return err
	}
	if p.end() {
		return nil
	}
	ok, err := p.newline()
	if err == nil && !ok {
		err = p.errorHere("unexpected key or value, expected newline, `#`")
	}
	return err
}

// line reads an empty line, a header or a key with its value.
func (p *parser) line() error {
	p.blanks()
	switch p.peek() {
	case '#', '\n', '\r':
		return p.endOfLine()
	case '[':
		if err := p.header(); err != nil {
			return err
		}
		return p.endOfLine()
	}
	if p.end() {
		return nil
	}
	if err := p.keyValue(p.table, byDots); err != nil {
		return err
	}
	return p.endOfLine()
}

// header reads [key] or [[key]].
func (p *parser) header() error {
	start := p.pos
	open, closing, what := "[", "]", "table"
	if p.has("[[") {
		open, closing, what = "[[", "]]", "array table"
	}
	p.pos += len(open)
	path, err := p.key()
	if err != nil {
		return err
	}
	if !p.accept(closing) {
		return p.errorHere("unclosed " + what + ", expected `]`")
	}
	span := Span{start, p.pos}
	parent, err := p.descend(p.root, path[:len(path)-1], byImplicit)
	if err != nil {
		return err
	}
	last := path[len(path)-1]
	if what == "table" {
		return p.openTable(parent, last, span)
	}
	return p.openElement(parent, last, span)
}

func (p *parser) openTable(parent *Value, key keyPart, span Span) error {
	v := parent.entries[key.name]
	switch {
	case v == nil:
		v = newTable(byHeader, span)
		parent.entries[key.name] = v
	case v.Kind == Table && v.form == byImplicit:
		v.form, v.Span = byHeader, span
	default:
		return p.errorAt(key.span, "duplicate key")
	}
	p.table = v
	return nil
}

func (p *parser) openElement(parent *Value, key keyPart, span Span) error {
	v := parent.entries[key.name]
	switch {
	case v == nil:
		v = &Value{Kind: Array, form: byHeader, Span: span}
		parent.entries[key.name] = v
	case v.Kind != Array || v.form != byHeader:
		return p.errorAt(key.span, "duplicate key")
	}
	p.table = newTable(byHeader, span)
	v.Items = append(v.Items, p.table)
	return nil
}

// descend goes through the tables that path names, makes those that are missing, and returns the last one.
func (p *parser) descend(t *Value, path []keyPart, missing form) (*Value, error) {
	for _, key := range path {
		next := t.entries[key.name]
		switch {
		case next == nil:
			next = newTable(missing, key.span)
			t.entries[key.name] = next
		case next.Kind == Array && next.form == byHeader:
			next = next.Items[len(next.Items)-1]
		case next.Kind != Table:
			return nil, p.errorAt(key.span, "cannot extend value of type "+next.typeName()+" with a dotted key")
		case next.form == byValue || next.form == byInlineDots:
			if missing == byInlineDots && next.form == byInlineDots {
				break
			}
			if missing == byInlineDots {
				return nil, p.errorAt(key.span, "duplicate key")
			}
			return nil, p.errorAt(key.span, "cannot extend value of type "+next.typeName()+" with a dotted key")
		case missing == byDots && next.form == byHeader:
			return nil, p.errorAt(key.span, "duplicate key")
		}
		t = next
	}
	return t, nil
}

// keyValue reads key = value into t. dots is the form of tables that a dotted key makes.
func (p *parser) keyValue(t *Value, dots form) error {
	path, err := p.key()
	if err != nil {
		return err
	}
	if !p.accept("=") {
		return p.errorHere("key with no value, expected `=`")
	}
	p.blanks()
	value, err := p.value()
	if err != nil {
		return err
	}
	if t, err = p.descend(t, path[:len(path)-1], dots); err != nil {
		return err
	}
	last := path[len(path)-1]
	// A table that a header made, even as a parent, takes no dotted keys from elsewhere.
	if len(path) > 1 && t.form != dots || t.entries[last.name] != nil {
		return p.errorAt(last.span, "duplicate key")
	}
	t.entries[last.name] = value
	return nil
}

func (p *parser) value() (*Value, error) {
	start := p.pos
	var v *Value
	var err error
	switch p.peek() {
	case '"', '\'':
		v = &Value{Kind: String}
		v.Str, err = p.stringValue()
	case '[', '{':
		if p.depth >= MaxDepth {
			return nil, p.errorHere("cannot recurse further; max recursion depth met")
		}
		p.depth++
		if p.peek() == '[' {
			v, err = p.array()
		} else {
			v, err = p.inlineTable()
		}
		p.depth--
	default:
		v, err = p.scalar()
	}
	if err != nil {
		return nil, err
	}
	v.Span = Span{start, p.pos}
	return v, nil
}

func (p *parser) array() (*Value, error) {
	v := &Value{Kind: Array, form: byValue}
	p.pos++
	inside := Span{p.pos, p.pos}
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		switch {
		case p.accept("]"):
			return v, nil
		case p.end():
			return nil, p.errorAt(inside, "unclosed array, expected `]`")
		case p.peek() == ',':
			return nil, p.errorHere("extra comma in array, expected value")
		}
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, item)
		if err := p.space(); err != nil {
			return nil, err
		}
		if !p.accept(",") && p.peek() != ']' && !p.end() {
			return nil, p.errorHere("missing comma between array elements, expected `,`")
		}
	}
}

func (p *parser) inlineTable() (*Value, error) {
	v := newTable(byValue, Span{})
	p.pos++
	inside := Span{p.pos, p.pos}
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		switch {
		case p.accept("}"):
			return v, nil
		case p.end():
			return nil, p.errorAt(inside, "unclosed inline table, expected `}`")
		case p.peek() == ',':
			return nil, p.errorHere("extra comma in inline table, expected key")
		}
		if err := p.keyValue(v, byInlineDots); err != nil {
			return nil, err
		}
		if err := p.space(); err != nil {
			return nil, err
		}
		if !p.accept(",") && p.peek() != '}' && !p.end() {
			return nil, p.errorHere("extra assignment between key-value pairs, expected `,`")
		}
	}
}
