package treefile

import (
	"bytes"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads a stream of exactly one document.
func parseYAML(data []byte) (root *node, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &SyntaxError{Text: "EOF while parsing a value"}
		}
		return nil, yamlError(err)
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		return nil, &SyntaxError{Text: "a single document is expected", Line: next.Line, Column: next.Column}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	c := &yamlConverter{done: map[*yaml.Node]*node{}}
	return c.convert(&doc, 0)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError takes the place out of the text of the YAML package.
func yamlError(err error) error {
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	if m == nil {
		return &SyntaxError{Text: clip(text)}
	}
	e := &SyntaxError{Text: clip(text[len(m[0]):])}
	if m[1] != "" {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column = 1
	}
	return e
}

// yamlConverter makes nodes of those of the YAML package. Aliases become shared nodes, so that the
// result is not larger than the document; who walks it counts what it visits.
type yamlConverter struct {
	done map[*yaml.Node]*node
}

func (c *yamlConverter) convert(y *yaml.Node, depth int) (*node, error) {
	n, ok := c.done[y]
	if ok {
		if n.state == 1 {
			return nil, n.errorf("anchor '%s' value contains itself", clip(y.Anchor))
		}
		return n, nil
	}
	n = &node{line: y.Line, column: y.Column, state: 1}
	if depth > maxDepth {
		return nil, n.errorf("recursion limit exceeded")
	}
	c.done[y] = n
	err := c.fill(n, y, depth)
	n.state = 0
	return n, err
}

func (c *yamlConverter) fill(n *node, y *yaml.Node, depth int) error {
	switch y.Kind {
	case yaml.DocumentNode, yaml.AliasNode:
		inner := y.Alias
		if y.Kind == yaml.DocumentNode {
			inner = y.Content[0]
		}
		v, err := c.convert(inner, depth)
		if err != nil {
			return err
		}
		line, column := n.line, n.column
		*n = *v
		if y.Kind == yaml.AliasNode {
			n.line, n.column = line, column
		}
	case yaml.SequenceNode:
		n.kind = kindList
		for _, item := range y.Content {
			v, err := c.convert(item, depth+1)
			if err != nil {
				return err
			}
			n.list = append(n.list, v)
		}
	case yaml.MappingNode:
		n.kind = kindMap
		for i := 0; i+1 < len(y.Content); i += 2 {
			key := y.Content[i]
			if key.Kind == yaml.AliasNode {
				key = key.Alias
			}
			if key.Kind != yaml.ScalarNode {
				return &SyntaxError{Text: "keys must be strings", Line: key.Line, Column: key.Column}
			}
			v, err := c.convert(y.Content[i+1], depth+1)
			if err != nil {
				return err
			}
			n.fields = append(n.fields, field{key.Value, key.Line, key.Column, v})
		}
	default:
		n.kind, n.text = scalarOf(y)
	}
	return nil
}

// scalarOf resolves a scalar by the core schema of YAML 1.2: no sexagesimal numbers, no underscores,
// and yes, no, on and off are strings.
func scalarOf(y *yaml.Node) (kind, string) {
	const notPlain = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if y.Style&notPlain != 0 || y.Style&yaml.TaggedStyle != 0 && y.ShortTag() == "!!str" {
		return kindString, y.Value
	}
	switch y.Value {
	case "", "~", "null", "Null", "NULL":
		return kindNull, "null"
	case "true", "True", "TRUE":
		return kindBool, "true"
	case "false", "False", "FALSE":
		return kindBool, "false"
	}
	return plainNumber(y.Value)
}

var (
	yamlInt   = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]*)$`)
	yamlBased = regexp.MustCompile(`^0(?:x[0-9a-fA-F]+|o[0-7]+)$`)
	yamlFloat = regexp.MustCompile(`^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$`)
	yamlHuge  = regexp.MustCompile(`^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

func plainNumber(s string) (kind, string) {
	switch {
	case len(s) > 64:
		return kindString, s
	case yamlInt.MatchString(s):
		s = strings.TrimPrefix(s, "+")
		if _, err := strconv.ParseUint(strings.TrimPrefix(s, "-"), 10, 64); err == nil {
			if s == "-0" {
				s = "0"
			}
			return kindInt, s
		}
		return floatText(s)
	case yamlBased.MatchString(s):
		if v, err := strconv.ParseUint(s, 0, 64); err == nil {
			return kindInt, strconv.FormatUint(v, 10)
		}
	case yamlFloat.MatchString(s):
		return floatText(s)
	case yamlHuge.MatchString(s):
		return kindNull, "null" // what JSON has for them
	}
	return kindString, s
}

// floatText gives the shortest form that is a float in JSON.
func floatText(s string) (kind, string) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) {
		return kindString, s
	}
	t := strconv.FormatFloat(v, 'g', -1, 64)
	t = strings.Replace(t, "e+", "e", 1)
	if !strings.ContainsAny(t, ".e") {
		t += ".0"
	}
	return kindFloat, t
}
