package gvariant

import "strings"

// A pattern is the type of a node as far as its text tells. It is a type string
// with four more letters:
//
//	*  any type
//	N  any numeric type
//	S  s, o or g
//	M  before a type: that type in any number of maybes
//
// Two patterns unify to the pattern of what fits both.

// pattern returns the pattern of n.
func (n *node) pattern() (string, error) {
	switch n.kind {
	case nodeTyped:
		return string(n.typ), nil
	case nodeMaybe:
		if len(n.kids) == 0 {
			return "m*", nil
		}
		k, err := n.kids[0].pattern()
		return "m" + k, err
	case nodeArray:
		if len(n.kids) == 0 {
			return "Ma*", nil
		}
		k, err := commonPattern(n.kids, 1)
		return "Ma" + k, err
	case nodeTuple:
		return n.tuplePattern()
	case nodeDict, nodeEntry:
		return n.dictPattern()
	}
	return n.leafPattern(), nil
}

func (n *node) leafPattern() string {
	switch n.kind {
	case nodeVariant:
		return "Mv"
	case nodeBool:
		return "Mb"
	case nodeString:
		return "MS"
	case nodeBytes:
		return "May"
	}
	if looksFloating(n.text) {
		return "Md"
	}
	return "MN"
}

func (n *node) tuplePattern() (string, error) {
	var b strings.Builder
	b.WriteString("M(")
	for _, k := range n.kids {
		p, err := k.pattern()
		if err != nil {
			return "", err
		}
		b.WriteString(p)
	}
	b.WriteString(")")
	return b.String(), nil
}

// dictPattern takes the type of the values from the first of them; the others
// must fit.
func (n *node) dictPattern() (string, error) {
	if len(n.kids) == 0 {
		return "Ma{**}", nil
	}
	key, err := commonPattern(n.kids, 2)
	if err != nil {
		return "", err
	}
	key = strings.TrimPrefix(key, "M")[:1] // keys are never maybes
	if !strings.Contains(basicChars+"NS", key) {
		return "", n.fail("dictionary keys must have basic types")
	}
	value, err := n.kids[1].pattern()
	if err != nil {
		return "", err
	}
	if n.kind == nodeEntry {
		return "M{" + key + value + "}", nil
	}
	return "Ma{" + key + value + "}", nil
}

// commonPattern returns what the patterns of every step-th node have in common.
func commonPattern(nodes []*node, step int) (string, error) {
	common, err := nodes[0].pattern()
	if err != nil {
		return "", err
	}
	for i := step; i < len(nodes); i += step {
		p, err := nodes[i].pattern()
		if err != nil {
			return "", err
		}
		both, ok := unify(common, p)
		if !ok {
			return "", conflict(nodes[:i], nodes[i], step)
		}
		common = both
	}
	return common, nil
}

// conflict names the first node that contradicts n.
func conflict(before []*node, n *node, step int) error {
	p, _ := n.pattern()
	first := before[0]
	for i := 0; i < len(before); i += step {
		q, _ := before[i].pattern()
		if _, ok := unify(p, q); !ok {
			first = before[i]
			break
		}
	}
	return &ParseError{
		Start: first.start, End: first.end, OtherStart: n.start, OtherEnd: n.end,
		Msg: "unable to find a common type",
	}
}

// unify returns the pattern of the types that fit both a and b.
func unify(a, b string) (string, bool) {
	if a == b {
		return a, true
	}
	out := make([]byte, 0, len(a)+len(b))
	for a != "" && b != "" {
		if a[0] == b[0] {
			out = append(out, a[0])
			a, b = a[1:], b[1:]
			continue
		}
		var ok bool
		if out, a, b, ok = yield(out, a, b); ok {
			continue
		}
		if out, b, a, ok = yield(out, b, a); !ok {
			return "", false
		}
	}
	return string(out), a == "" && b == ""
}

// yield lets a wildcard at the start of a give way to what b starts with.
func yield(out []byte, a, b string) (newOut []byte, newA, newB string, ok bool) {
	switch c := b[0]; {
	case a[0] == '*' && c != ')' && c != '}':
		n := patternLen(b)
		return append(out, b[:n]...), a[1:], b[n:], true
	case a[0] == 'M' && c == 'm':
		return append(out, c), a, b[1:], true
	case a[0] == 'M':
		return out, a[1:], b, true
	case a[0] == 'N' && strings.IndexByte("ynqiuxthd", c) >= 0,
		a[0] == 'S' && strings.IndexByte("sog", c) >= 0:
		return append(out, c), a[1:], b[1:], true
	}
	return out, a, b, false
}

// patternLen returns the length of the first complete type in a pattern.
func patternLen(s string) int {
	i := 0
	for i < len(s)-1 && (s[i] == 'a' || s[i] == 'm' || s[i] == 'M') {
		i++
	}
	for depth := 0; i < len(s); {
		switch s[i] {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		}
		i++
		if depth <= 0 {
			break
		}
	}
	return i
}

// settle chooses a type for what the pattern leaves open: no maybes, strings,
// 32-bit integers.
func settle(pattern string) (Type, bool) {
	if strings.Contains(pattern, "*") {
		return "", false
	}
	return Type(settler.Replace(pattern)), true
}

var settler = strings.NewReplacer("M", "", "S", "s", "N", "i")
