//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The language is a part of JSONPath: $, .name, ['name'], [n], [n,m], .*, [*] and ..name.

// jsonValue is a JSON value whose objects keep the order of their members.
type jsonValue struct {
	raw     json.RawMessage
	names   []string // of an object
	members []*jsonValue
	object  bool
}

// MarshalJSON returns the value as it was.
func (v *jsonValue) MarshalJSON() ([]byte, error) { return v.raw, nil }

// queryJSON returns the values that an expression selects.
func queryJSON(expr string, v any) ([]*jsonValue, error) {
	steps, err := compilePath(expr)
	if err != nil {
		return nil, fmt.Errorf("While compiling jsonpath: %w", err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	root, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	found := []*jsonValue{root}
	for _, step := range steps {
		next := []*jsonValue{}
		for _, f := range found {
			next = step(f, next)
		}
		found = next
	}
	return found, nil
}

func parseJSON(data []byte) (*jsonValue, error) {
	v := &jsonValue{raw: data}
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return nil, errors.New("no JSON")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if trimmed[0] != '{' && trimmed[0] != '[' {
		return v, nil
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	v.object = trimmed[0] == '{'
	for d.More() {
		if v.object {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v.names = append(v.names, name.(string))
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		m, err := parseJSON(raw)
		if err != nil {
			return nil, err
		}
		v.members = append(v.members, m)
	}
	return v, nil
}

// pathStep appends what it selects of a value.
type pathStep func(v *jsonValue, out []*jsonValue) []*jsonValue

func compilePath(expr string) ([]pathStep, error) {
	rest, ok := strings.CutPrefix(expr, "$")
	if !ok {
		return nil, errors.New("Only one root node is allowed in a JSONPath expression")
	}
	var steps []pathStep
	for rest != "" {
		var step pathStep
		var err error
		switch {
		case strings.HasPrefix(rest, ".."):
			name, after := cutName(rest[2:])
			if name == "" {
				return nil, fmt.Errorf("expression %q is not supported", expr)
			}
			step, rest = descend(name), after
		case rest[0] == '.':
			name, after := cutName(rest[1:])
			if name == "" {
				return nil, errors.New("Missing member name or wildcard after . character")
			}
			step, rest = memberStep(name), after
		case rest[0] == '[':
			if step, rest, err = bracket(rest[1:]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("Invalid first character '%c'", rest[0])
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func cutName(s string) (name, rest string) {
	if i := strings.IndexAny(s, ".["); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// bracket reads what is between brackets.
func bracket(s string) (pathStep, string, error) {
	inside, rest, ok := cutBracket(s)
	switch {
	case !ok:
		return nil, "", errors.New("Malformed slice expression")
	case inside == "*":
		return memberStep("*"), rest, nil
	case len(inside) >= 2 && (inside[0] == '\'' || inside[0] == '"') && inside[len(inside)-1] == inside[0]:
		return memberStep(inside[1 : len(inside)-1]), rest, nil
	}
	var indexes []int
	for part := range strings.SplitSeq(inside, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, "", fmt.Errorf("[%s] is not supported", inside)
		}
		indexes = append(indexes, n)
	}
	return indexStep(indexes), rest, nil
}

// cutBracket finds the closing bracket; one in quotes is not it.
func cutBracket(s string) (inside, rest string, ok bool) {
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		end := strings.Index(s[1:], s[:1]+"]")
		if end < 0 {
			return "", "", false
		}
		return s[:end+2], s[end+3:], true
	}
	return strings.Cut(s, "]")
}

func memberStep(name string) pathStep {
	return func(v *jsonValue, out []*jsonValue) []*jsonValue {
		for i, m := range v.members {
			if name == "*" || v.object && v.names[i] == name {
				out = append(out, m)
			}
		}
		return out
	}
}

func indexStep(indexes []int) pathStep {
	return func(v *jsonValue, out []*jsonValue) []*jsonValue {
		if v.object {
			return out
		}
		for _, n := range indexes {
			if n < 0 {
				n += len(v.members)
			}
			if n >= 0 && n < len(v.members) {
				out = append(out, v.members[n])
			}
		}
		return out
	}
}

// descend selects the members of a name in a value and in all that it holds.
func descend(name string) pathStep {
	member := memberStep(name)
	var all pathStep
	all = func(v *jsonValue, out []*jsonValue) []*jsonValue {
		out = member(v, out)
		for _, m := range v.members {
			out = all(m, out)
		}
		return out
	}
	return all
}
