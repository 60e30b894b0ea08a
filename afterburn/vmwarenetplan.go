package afterburn

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of a document that is written again, in which aliases are replaced by what they stand for.
const (
	netplanDepth = 100
	netplanSize  = 4 << 20 // bytes, a node counts as netplanNode besides its text
	netplanNode  = 16
)

// netplanOf returns the member "network" of a document in YAML or JSON, as YAML that has nothing but that.
func netplanOf(data []byte) (string, error) {
	doc, err := parseYAML(data)
	if err != nil {
		return "", fmt.Errorf("invalid YAML/JSON metadata: %w", err)
	}
	c := &yamlCopier{left: netplanSize}
	var network *yaml.Node
	if doc != nil && doc.Kind == yaml.MappingNode {
		// All of the document must make sense, as its reader upstream demands.
		all, err := c.copy(doc, 0)
		if err != nil {
			return "", fmt.Errorf("invalid YAML/JSON metadata: %w", err)
		}
		network = memberOf(all, "network")
	}
	if network == nil {
		return "", errors.New("no 'network' key found")
	}
	var text bytes.Buffer
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: "network"}
	if err := enc.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, network}}); err != nil {
		return "", err
	}
	return text.String(), nil
}

func memberOf(m *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == name {
			return m.Content[i+1]
		}
	}
	return nil
}

// yamlCopier copies a tree of nodes as a JSON value of the same meaning would be written: without aliases, comments and
// styles, with the members of mappings in the order of their names.
type yamlCopier struct{ left int }

func (c *yamlCopier) copy(n *yaml.Node, depth int) (*yaml.Node, error) {
	if n = resolve(n); depth > netplanDepth {
		return nil, errors.New("recursion limit exceeded")
	}
	if c.left -= len(n.Value) + netplanNode; c.left < 0 {
		return nil, errors.New("repetition limit exceeded")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.SequenceNode:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range n.Content {
			item, err := c.copy(item, depth+1)
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, item)
		}
		return flowIfEmpty(list), nil
	case yaml.ScalarNode:
		return yamlScalar(n)
	}
	return nil, fmt.Errorf("unexpected node at line %d", n.Line)
}

func (c *yamlCopier) mapping(n *yaml.Node, depth int) (*yaml.Node, error) {
	members := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("invalid type at line %d: expected a string key", key.Line)
		}
		value, err := c.copy(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		c.left -= len(key.Value) + netplanNode
		members[key.Value] = value
	}
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		m.Content = append(m.Content, yamlString(name), members[name])
	}
	return flowIfEmpty(m), nil
}

// flowIfEmpty has an empty collection written as [] or {}.
func flowIfEmpty(n *yaml.Node) *yaml.Node {
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

// yamlScalar copies a scalar: one in quotes is a text, others are what YAML 1.2 takes them for.
func yamlScalar(n *yaml.Node) (*yaml.Node, error) {
	plain := n.Style & ^yaml.TaggedStyle == 0
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.Tag {
		case "!!str", "!":
			plain = false
		case "!!null", "!!bool", "!!int", "!!float":
		default:
			return nil, fmt.Errorf("unexpected tag %.40s at line %d", n.Tag, n.Line)
		}
	}
	if plain {
		if word, ok := yamlWord(n.Value); ok {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: word}, nil
		}
	}
	return yamlString(n.Value), nil
}

// yamlString returns a text that is read as one, with quotes only where it would be something else in YAML 1.2. It has
// no tag, so that its writer does not add quotes for the sake of YAML 1.1.
func yamlString(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if _, special := yamlWord(s); special || numberLike(s) || s == "<<" {
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

// yamlWord returns a null, boolean or number in its usual form. ok is false for a text.
func yamlWord(s string) (word string, ok bool) {
	if isNullText(s) {
		return "null", true
	}
	switch s {
	case "true", "True", "TRUE":
		return "true", true
	case "false", "False", "FALSE":
		return "false", true
	}
	if word, ok = yamlWhole(s); ok {
		return word, true
	}
	return yamlFloat(s)
}

// yamlWhole reads an integer of 64 bits: decimal without leading zeros, hexadecimal, octal (0o) or binary (0b).
func yamlWhole(s string) (string, bool) {
	sign, digits := "", s
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, digits = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	base := 10
	for prefix, b := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if strings.HasPrefix(digits, prefix) {
			base, digits = b, digits[2:]
		}
	}
	if digits == "" || strings.ContainsAny(digits, "+-_") || base == 10 && digits[0] == '0' && len(digits) > 1 {
		return "", false
	}
	if u, err := strconv.ParseUint(digits, base, 64); err == nil && (sign == "" || u == 0) {
		return strconv.FormatUint(u, 10), true
	}
	i, err := strconv.ParseInt(sign+digits, base, 64)
	return strconv.FormatInt(i, 10), err == nil
}

// yamlFloat reads a floating-point number. JSON has no infinities.
func yamlFloat(s string) (string, bool) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	switch unsigned {
	case ".inf", ".Inf", ".INF":
		return "null", true
	}
	if s == ".nan" || s == ".NaN" || s == ".NAN" {
		return "null", true
	}
	if numberLike(s) || unsigned == "" || strings.Trim(unsigned, "0123456789.eE+-") != "" || !strings.ContainsAny(unsigned, "0123456789") {
		return "", false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", false
	}
	return formatFloat(f), true
}

// formatFloat writes a number such that it stays a floating-point one.
func formatFloat(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e16) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		n, _ := strconv.Atoi(exponent)
		return mantissa + "e" + strconv.Itoa(n)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// numberLike reports digits with leading zeros, which are no number but were one in YAML 1.1.
func numberLike(s string) bool {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	return len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == ""
}
