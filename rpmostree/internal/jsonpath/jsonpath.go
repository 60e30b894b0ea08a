// Package jsonpath selects values of a JSON document with a part of JSONPath, as "rpm-ostree status --jsonpath" does:
// $, .name, ['name'], [n], [n,m], .*, [*] and ..name. Objects keep the order of their members; errors have the words of
// json-glib, which the reference program uses.
package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// value is a JSON value whose objects keep the order of their members.
type value struct {
	raw     json.RawMessage
	names   []string // of an object
	members []*value
	object  bool
}

// Query returns the values that an expression selects of v, which is anything that encoding/json takes.
func Query(expr string, v any) ([]json.RawMessage, error) {
	steps, err := compile(expr)
	if err != nil {
		return nil, fmt.Errorf("While compiling jsonpath: %w", err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	found := []*value{root}
	for _, do := range steps {
		var next []*value
		for _, f := range found {
			next = do(f, next)
		}
		found = next
	}
	out := make([]json.RawMessage, len(found))
	for i, f := range found {
		out[i] = f.raw
	}
	return out, nil
}

func parse(data []byte) (*value, error) {
	v := &value{raw: data}
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
		m, err := parse(raw)
		if err != nil {
			return nil, err
		}
		v.members = append(v.members, m)
	}
	return v, nil
}

// step appends what it selects of a value.
type step func(v *value, out []*value) []*value

func compile(expr string) ([]step, error) {
	rest, ok := strings.CutPrefix(expr, "$")
	if !ok {
		return nil, errors.New("Only one root node is allowed in a JSONPath expression")
	}
	var steps []step
	for rest != "" {
		var do step
		var err error
		switch {
		case strings.HasPrefix(rest, ".."):
			name, after := cutName(rest[2:])
			if name == "" {
				return nil, fmt.Errorf("expression %q is not supported", expr)
			}
			do, rest = descend(name), after
		case rest[0] == '.':
			name, after := cutName(rest[1:])
			if name == "" {
				return nil, errors.New("Missing member name or wildcard after . character")
			}
			do, rest = memberStep(name), after
		case rest[0] == '[':
			if do, rest, err = bracket(rest[1:]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("Invalid first character '%c'", rest[0])
		}
		steps = append(steps, do)
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
func bracket(s string) (step, string, error) {
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

func memberStep(name string) step {
	return func(v *value, out []*value) []*value {
		for i, m := range v.members {
			if name == "*" || v.object && v.names[i] == name {
				out = append(out, m)
			}
		}
		return out
	}
}

func indexStep(indexes []int) step {
	return func(v *value, out []*value) []*value {
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
func descend(name string) step {
	member := memberStep(name)
	var all step
	all = func(v *value, out []*value) []*value {
		out = member(v, out)
		for _, m := range v.members {
			out = all(m, out)
		}
		return out
	}
	return all
}
