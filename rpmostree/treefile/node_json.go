package treefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// parseJSON reads exactly one value.
func parseJSON(data []byte) (*node, error) {
	p := &jsonParser{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err != nil {
		return nil, p.locate(err)
	}
	if _, err := p.token(); !errors.Is(err, io.EOF) {
		return nil, &SyntaxError{Text: "trailing characters", Line: p.line, Column: p.column}
	}
	return n, nil
}

// jsonParser reads tokens and knows their places.
type jsonParser struct {
	data         []byte
	dec          *json.Decoder
	offset       int // what line and column stand for
	line, column int
}

func (p *jsonParser) token() (json.Token, error) {
	start := int(p.dec.InputOffset())
	for start < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[start]) >= 0 {
		start++
	}
	p.advance(start)
	return p.dec.Token()
}

// advance moves the known place forward to an offset.
func (p *jsonParser) advance(to int) {
	for ; p.offset < to && p.offset < len(p.data); p.offset++ {
		if p.column++; p.data[p.offset] == '\n' {
			p.line++
			p.column = 1
		}
	}
}

// locate gives errors of the JSON package their place.
func (p *jsonParser) locate(err error) error {
	var mine *SyntaxError
	var theirs *json.SyntaxError
	switch {
	case errors.As(err, &mine):
		return err
	case errors.As(err, &theirs):
		p.advance(int(theirs.Offset) - 1)
		return &SyntaxError{Text: theirs.Error(), Line: p.line, Column: p.column}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.advance(len(p.data))
		return &SyntaxError{Text: "EOF while parsing a value", Line: p.line, Column: p.column}
	}
	return err
}

func (p *jsonParser) value(depth int) (*node, error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	return p.rest(t, depth)
}

// rest reads the value that begins with a token.
func (p *jsonParser) rest(t json.Token, depth int) (*node, error) {
	n := &node{line: p.line, column: p.column}
	if depth > maxDepth {
		return nil, n.errorf("recursion limit exceeded")
	}
	switch t := t.(type) {
	case nil:
		n.text = "null"
	case bool:
		n.kind, n.text = kindBool, fmt.Sprint(t)
	case string:
		n.kind, n.text = kindString, t
	case json.Number:
		if strings.ContainsAny(t.String(), ".eE") {
			n.kind, n.text = floatText(t.String())
		} else {
			n.kind, n.text = plainNumber(t.String())
		}
		if n.kind == kindString {
			return nil, n.errorf("number out of range")
		}
	case json.Delim:
		if t == '[' {
			return n, p.array(n, depth)
		}
		return n, p.object(n, depth)
	}
	return n, nil
}

func (p *jsonParser) array(n *node, depth int) error {
	n.kind = kindList
	for {
		t, err := p.token()
		if err != nil {
			return err
		}
		if t == json.Delim(']') {
			return nil
		}
		v, err := p.rest(t, depth+1)
		if err != nil {
			return err
		}
		n.list = append(n.list, v)
	}
}

func (p *jsonParser) object(n *node, depth int) error {
	n.kind = kindMap
	for {
		t, err := p.token()
		if err != nil {
			return err
		}
		if t == json.Delim('}') {
			return nil
		}
		f := field{name: t.(string), line: p.line, column: p.column}
		if f.value, err = p.value(depth + 1); err != nil {
			return err
		}
		n.fields = append(n.fields, f)
	}
}
