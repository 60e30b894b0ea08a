package netconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of a document. Real ones are a few KiB; a hostile one of this size costs
// some tens of MiB for a moment.
const (
	maxDocument = 256 << 10 // bytes
	maxValues   = 64 << 10  // values, counting what an alias repeats
	maxDepth    = 64        // of nesting
)

// ErrDecode is wrapped by the errors of documents that cannot be decoded at all:
// broken syntax, a field of the wrong type, a required one that is missing.
// Errors without it are about decoded values, such as an address that is none.
//
// The difference matters to drop-ins: Afterburn's kubevirt and proxmoxve providers
// take a drive with a document that cannot be decoded for no drive, while a wrong
// value fails only those who ask for the network.
var ErrDecode = errors.New("cannot decode")

type valueKind uint8

const (
	nothing valueKind = iota // an empty document
	scalar
	list
	mapping
)

// A value is a part of a YAML or JSON document. Scalars keep their text, so that
// nothing is lost on numbers: the MAC 11:22:33:44:55:66 is a number of base 60 to
// some, and instance ids look like hexadecimal ones.
type value struct {
	kind  valueKind
	plain bool // a scalar without quotes and tag: may be null, a boolean or a number
	line  int  // in the document, 0 if not known
	text  string
	tag   string   // a tag other than YAML's own
	keys  []string // of a mapping, parallel to items
	items []*value
}

// isNull reports a null. YAML 1.2 has five ways to write it.
func (v *value) isNull() bool {
	if v.kind != scalar || !v.plain {
		return false
	}
	switch v.text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// parseDocument parses one YAML document, of which JSON is a subset. An empty one
// is a value of kind nothing.
func parseDocument(data []byte) (*value, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("document of %d bytes, the limit is %d", len(data), maxDocument)
	}
	// JSON proper has escapes that YAML does not know.
	if v, err := parseJSON(data); err == nil {
		return v, nil
	}
	return parseYAML(data)
}

func parseYAML(data []byte) (*value, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case err == io.EOF:
		return &value{}, nil
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&second); err != io.EOF {
		if err == nil {
			err = errors.New("more than one document")
		}
		return nil, err
	}
	c := converter{}
	return c.convert(&doc, 0)
}

// A converter turns YAML nodes into values and counts them, because aliases can
// make a short document endless.
type converter struct{ values int }

func (c *converter) convert(n *yaml.Node, depth int) (*value, error) {
	if c.values++; c.values > maxValues {
		return nil, fmt.Errorf("more than %d values", maxValues)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: nested deeper than %d levels", n.Line, maxDepth)
	}
	v, err := c.convertNode(n, depth)
	if err == nil && n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!") {
		v.tag = n.Tag
	}
	return v, err
}

func (c *converter) convertNode(n *yaml.Node, depth int) (*value, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		return c.convert(n.Content[0], depth+1)
	case yaml.AliasNode:
		return c.convert(n.Alias, depth+1)
	case yaml.ScalarNode:
		const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle
		return &value{kind: scalar, text: n.Value, plain: n.Style&quoted == 0, line: n.Line}, nil
	case yaml.SequenceNode:
		return c.convertList(n, depth)
	case yaml.MappingNode:
		return c.convertMapping(n, depth)
	}
	return nil, fmt.Errorf("line %d: unknown kind of node", n.Line)
}

func (c *converter) convertList(n *yaml.Node, depth int) (*value, error) {
	v := &value{kind: list, line: n.Line}
	for _, item := range n.Content {
		i, err := c.convert(item, depth+1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, i)
	}
	return v, nil
}

// convertMapping leaves out entries whose key is no scalar: no field has such a name.
func (c *converter) convertMapping(n *yaml.Node, depth int) (*value, error) {
	v := &value{kind: mapping, line: n.Line}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		item, err := c.convert(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if key.Kind == yaml.ScalarNode {
			v.keys, v.items = append(v.keys, key.Value), append(v.items, item)
		}
	}
	return v, nil
}

// parseJSON parses exactly one JSON value.
func parseJSON(data []byte) (*value, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("document of %d bytes, the limit is %d", len(data), maxDocument)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := jsonValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("trailing characters")
	}
	return v, nil
}

func jsonValue(d *json.Decoder, depth int) (*value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t := t.(type) {
	case string:
		return &value{kind: scalar, text: t}, nil
	case json.Number:
		return &value{kind: scalar, text: t.String(), plain: true}, nil
	case bool:
		return &value{kind: scalar, text: fmt.Sprint(t), plain: true}, nil
	case json.Delim:
		return jsonItems(d, t, depth)
	}
	return &value{kind: scalar, text: "null", plain: true}, nil
}

// jsonItems reads a list or an object up to its end.
func jsonItems(d *json.Decoder, open json.Delim, depth int) (*value, error) {
	v := &value{kind: list}
	if open == '{' {
		v.kind = mapping
	}
	for d.More() {
		if v.kind == mapping {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v.keys = append(v.keys, key.(string))
		}
		item, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	_, err := d.Token()
	return v, err
}
