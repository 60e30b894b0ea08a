package afterburn

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// Bounds of a document that is written again, in which aliases are replaced by what they stand for.
const (
	netplanDepth = 60        // of nesting
	netplanSize  = 200 << 10 // bytes of all texts
	netplanNode  = 16        // bytes that a node counts besides its text
)

// netplanOf returns the member "network" of a document in YAML or JSON, as YAML that has nothing but that.
func netplanOf(data []byte) (string, error) {
	doc, err := parseYAML(data)
	if err != nil {
		return "", fmt.Errorf("invalid YAML/JSON metadata: %w", err)
	}
	var network []byte
	if doc != nil && doc.Kind == yaml.MappingNode {
		w := &jsonWriter{left: netplanSize}
		// All of the document must make sense, as its reader upstream demands.
		members, err := w.members(doc, 0)
		if err != nil {
			return "", fmt.Errorf("invalid YAML/JSON metadata: %w", err)
		}
		network = members["network"]
	}
	if network == nil {
		return "", errors.New("no 'network' key found")
	}
	text, err := netconf.FormatNetplan(fmt.Appendf(nil, `{"network":%s}`, network))
	return string(text), err
}

// jsonWriter writes a tree of nodes as JSON of the same meaning: without aliases, comments and styles, with the members
// of mappings in the order of their names.
type jsonWriter struct{ left int }

func (w *jsonWriter) write(n *yaml.Node, depth int) ([]byte, error) {
	if n = resolve(n); depth > netplanDepth {
		return nil, errors.New("recursion limit exceeded")
	}
	if w.left -= len(n.Value) + netplanNode; w.left < 0 {
		return nil, errors.New("repetition limit exceeded")
	}
	switch n.Kind {
	case yaml.MappingNode:
		members, err := w.members(n, depth)
		if err != nil {
			return nil, err
		}
		out := []byte{'{'}
		for i, name := range slices.Sorted(maps.Keys(members)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(append(out, jsonString(name)...), ':'), members[name]...)
		}
		return append(out, '}'), nil
	case yaml.SequenceNode:
		out := []byte{'['}
		for i, item := range n.Content {
			item, err := w.write(item, depth+1)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, item...)
		}
		return append(out, ']'), nil
	case yaml.ScalarNode:
		return jsonScalar(n)
	}
	return nil, fmt.Errorf("unexpected node at line %d", n.Line)
}

// members returns the values of a mapping as JSON; of several of a name the last one counts.
func (w *jsonWriter) members(n *yaml.Node, depth int) (map[string][]byte, error) {
	members := map[string][]byte{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("invalid type at line %d: expected a string key", key.Line)
		}
		value, err := w.write(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		w.left -= len(key.Value) + netplanNode
		members[key.Value] = value
	}
	return members, nil
}

// jsonScalar writes a scalar: one in quotes is a text, others are what YAML 1.2 takes them for.
func jsonScalar(n *yaml.Node) ([]byte, error) {
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
			return []byte(word), nil
		}
	}
	return jsonString(n.Value), nil
}

func jsonString(s string) []byte {
	text, _ := json.Marshal(s) // strings always can be
	return text
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
