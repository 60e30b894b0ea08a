package afterburn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlMapping is a mapping whose members are read one by one, from the tree of nodes: aliases are followed only where
// something is looked for, so that they cannot multiply. A scalar is taken as it is written, whatever it could be
// beside a text: a number, a date, a hexadecimal id.
type yamlMapping map[string]*yaml.Node

// parseYAML reads a text that holds one document, or none: nil then.
func parseYAML(data []byte) (*yaml.Node, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if err := dec.Decode(&more); err == nil {
		return nil, errors.New("deserializing from YAML containing more than one document is not supported")
	} else if err != io.EOF {
		return nil, err
	}
	return resolve(doc.Content[0]), nil
}

// parseYAMLMapping reads a document that is a mapping and keeps the members of interest, none of which may be there
// twice. An empty document is an empty mapping.
func parseYAMLMapping(data []byte, fields ...string) (yamlMapping, error) {
	n, err := parseYAML(data)
	if err != nil || n == nil {
		return yamlMapping{}, err
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("invalid type at line %d: expected a mapping", n.Line)
	}
	m := yamlMapping{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("invalid type at line %d: expected a name", key.Line)
		}
		if !slices.Contains(fields, key.Value) {
			continue
		}
		if m[key.Value] != nil {
			return nil, fmt.Errorf("duplicate field `%s` at line %d", key.Value, key.Line)
		}
		m[key.Value] = resolve(n.Content[i+1])
	}
	return m, nil
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// isNull reports whether a node is a plain null.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0 && isNullText(n.Value)
}

func isNullText(s string) bool {
	return s == "" || s == "~" || s == "null" || s == "Null" || s == "NULL"
}

func missingMember(name string) error { return fmt.Errorf("missing field `%s`", name) }

// text returns a member that must be there.
func (m yamlMapping) text(name string) (string, error) {
	n := m[name]
	if n == nil {
		return "", missingMember(name)
	}
	return scalarText(name, n)
}

// textOrNone returns a member that may be absent or null; ok is false then.
func (m yamlMapping) textOrNone(name string) (text string, ok bool, err error) {
	n := m[name]
	if n == nil || isNull(n) {
		return "", false, nil
	}
	text, err = scalarText(name, n)
	return text, err == nil, err
}

// list returns a member that is a sequence of texts; none if it is absent or has no value. A null is an error: keys must
// not go because of something that is not a list.
func (m yamlMapping) list(name string) ([]string, error) {
	n := m[name]
	if n == nil || isNull(n) && n.Value == "" {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s: invalid type at line %d: expected a sequence", name, n.Line)
	}
	texts := make([]string, len(n.Content))
	for i, item := range n.Content {
		var err error
		if texts[i], err = scalarText(name, resolve(item)); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// texts returns the values of a member that is a mapping, in the order of their names; none if it is absent or null.
// Of several of one name the last one counts.
func (m yamlMapping) texts(name string) ([]string, error) {
	n := m[name]
	if n == nil || isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: invalid type at line %d: expected a mapping", name, n.Line)
	}
	members := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := scalarText(name, resolve(n.Content[i]))
		if err != nil {
			return nil, err
		}
		if members[key], err = scalarText(name, resolve(n.Content[i+1])); err != nil {
			return nil, err
		}
	}
	texts := make([]string, 0, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		texts = append(texts, members[key])
	}
	return texts, nil
}

func scalarText(name string, n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("%s: invalid type at line %d: expected a string", name, n.Line)
	}
	return n.Value, nil
}

// yamlWhole returns an integer of 64 bits in its usual form. It is one of YAML 1.2: decimal without leading zeros,
// hexadecimal, octal (0o) or binary (0b).
func yamlWhole(s string) (string, bool) {
	sign, digits := "", s
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, digits = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	base := 10
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
	}
	if base != 10 {
		digits = digits[2:]
	}
	if digits == "" || strings.ContainsAny(digits, "+-_") || base == 10 && digits[0] == '0' && len(digits) > 1 {
		return "", false
	}
	if u, err := strconv.ParseUint(digits, base, 64); err == nil && (sign == "" || u == 0) {
		return strconv.FormatUint(u, 10), true
	}
	i, err := strconv.ParseInt(sign+digits, base, 64)
	if err != nil {
		return "", false
	}
	return strconv.FormatInt(i, 10), true
}
