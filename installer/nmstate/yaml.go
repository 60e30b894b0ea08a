package nmstate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxSize   = 4 << 20
	maxDepth  = 64
	maxValues = 200_000
)

type kind int

const (
	nullKind kind = iota
	boolKind
	intKind
	floatKind
	textKind
	listKind
	mapKind
)

func (k kind) String() string {
	return [...]string{"null", "boolean", "integer", "floating point", "string", "sequence", "map"}[k]
}

// value is a part of the state with its type by the core schema of YAML 1.2, which nmstate
// reads: yes, on and y are strings.
type value struct {
	kind  kind
	text  string // of scalars, integers in decimal notation
	items []*value
	keys  []string // of a map, in the order of the text
	line  int
}

// load reads the text; nil means that it holds no document.
func load(text []byte) (*value, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("the state has more than %d bytes", maxSize)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); err == nil {
		return nil, errors.New("more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	left := maxValues
	return convert(&doc, maxDepth, &left)
}

// convert copies a node with its aliases expanded. The budget is shared by the whole
// document, since a few aliases of aliases can stand for billions of values.
func convert(n *yaml.Node, depth int, left *int) (*value, error) {
	if *left--; *left < 0 {
		return nil, fmt.Errorf("the state has more than %d values", maxValues)
	}
	if depth == 0 {
		return nil, fmt.Errorf("line %d: more than %d levels", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return convert(n.Content[0], depth, left)
	case yaml.AliasNode:
		return convert(n.Alias, depth-1, left)
	case yaml.ScalarNode:
		return scalar(n)
	case yaml.SequenceNode:
		v := &value{kind: listKind, line: n.Line}
		for _, c := range n.Content {
			item, err := convert(c, depth-1, left)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	}
	return mapping(n, depth, left)
}

func mapping(n *yaml.Node, depth int, left *int) (*value, error) {
	v := &value{kind: mapKind, line: n.Line}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a string", key.Line)
		}
		if seen[key.Value] {
			return nil, fmt.Errorf("line %d: duplicate field `%s`", key.Line, key.Value)
		}
		seen[key.Value] = true
		item, err := convert(n.Content[i+1], depth-1, left)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key.Value)
		v.items = append(v.items, item)
	}
	return v, nil
}

func scalar(n *yaml.Node) (*value, error) {
	v := &value{kind: textKind, text: n.Value, line: n.Line}
	switch {
	case n.Style&yaml.TaggedStyle != 0 && n.Tag != "!!str":
		return nil, fmt.Errorf("line %d: tag %s is %w", n.Line, n.Tag, ErrNotSupported)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0:
	default:
		v.kind, v.text = plain(n.Value)
	}
	return v, nil
}

// plain is the type of a plain scalar. A number with a leading zero is text.
func plain(s string) (kind, string) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nullKind, s
	case "true", "True", "TRUE":
		return boolKind, "true"
	case "false", "False", "FALSE":
		return boolKind, "false"
	}
	unsigned := strings.TrimLeft(s, "+-")
	if unsigned == "" || len(s)-len(unsigned) > 1 || !strings.ContainsAny(unsigned[:1], ".0123456789in") {
		return textKind, s
	}
	if len(unsigned) > 1 && unsigned[0] == '0' && isDigit(unsigned[1]) {
		return textKind, s
	}
	if n, ok := integer(s, unsigned); ok {
		return intKind, n
	}
	switch unsigned {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return floatKind, s
	}
	if strings.Trim(unsigned, "0123456789.eE+-") != "" {
		return textKind, s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return floatKind, s
	}
	return textKind, s
}

func integer(s, unsigned string) (string, bool) {
	base, digits := 10, unsigned
	if len(unsigned) > 2 && unsigned[0] == '0' {
		switch unsigned[1] {
		case 'x':
			base, digits = 16, unsigned[2:]
		case 'o':
			base, digits = 8, unsigned[2:]
		case 'b':
			base, digits = 2, unsigned[2:]
		}
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return "", false
	}
	text := strconv.FormatUint(n, 10)
	if s[0] == '-' && n != 0 {
		text = "-" + text
	}
	return text, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
