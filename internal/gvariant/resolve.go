package gvariant

import (
	"strings"
	"unicode/utf8"
)

// resolveAs returns the value of n with type t, or with the type that fits best
// if t is "".
func (n *node) resolveAs(t Type) (Value, error) {
	if t != "" {
		return n.value(t)
	}
	p, err := n.pattern()
	if err != nil {
		return Value{}, err
	}
	t, ok := settle(p)
	if !ok {
		return Value{}, n.fail("unable to infer type")
	}
	if !t.valid() {
		return Value{}, n.fail(msgDeep)
	}
	return n.value(t)
}

// value returns the value of n with type t.
func (n *node) value(t Type) (Value, error) {
	switch n.kind {
	case nodeTyped:
		return n.kids[0].value(t)
	case nodeMaybe:
		return n.maybeValue(t)
	}
	if t[0] != 'm' {
		return n.baseValue(t)
	}
	// A value without "just" fits a maybe of its type.
	v, err := n.value(t[1:])
	if err != nil {
		return Value{}, err
	}
	return NewMaybe(v.typ, &v), nil
}

func (n *node) maybeValue(t Type) (Value, error) {
	if t[0] != 'm' {
		return Value{}, n.typeError(t)
	}
	if len(n.kids) == 0 {
		return NewMaybe(t[1:], nil), nil
	}
	v, err := n.kids[0].value(t[1:])
	if err != nil {
		return Value{}, err
	}
	return NewMaybe(t[1:], &v), nil
}

func (n *node) typeError(t Type) error {
	return n.fail("can not parse as value of type '" + string(t) + "'")
}

// baseValue returns the value of a node with type t, which is not a maybe.
func (n *node) baseValue(t Type) (Value, error) {
	switch {
	case n.kind == nodeNumber:
		return n.numberValue(t)
	case n.kind == nodeString:
		return n.stringValue(t)
	case n.kind == nodeBool && t == TypeBool:
		return NewBool(n.text == "true"), nil
	case n.kind == nodeBytes && t == TypeByteArray:
		s, _, _ := strings.Cut(n.text, "\x00")
		return NewByteString(s), nil
	case n.kind == nodeVariant && t == TypeVariant:
		v, err := n.kids[0].resolveAs("")
		if err != nil {
			return Value{}, err
		}
		return NewVariant(v), nil
	case n.kind == nodeArray && t[0] == 'a':
		return n.arrayValue(t[1:])
	case n.kind == nodeTuple && t[0] == '(':
		return n.tupleValue(t)
	case n.kind == nodeEntry && t[0] == '{':
		return n.entryValue(0, t[1:2], t[2:len(t)-1])
	case n.kind == nodeDict && len(t) > 2 && t[:2] == "a{":
		return n.dictValue(t[1:])
	}
	return Value{}, n.typeError(t)
}

func (n *node) arrayValue(elem Type) (Value, error) {
	items := make([]Value, len(n.kids))
	for i, k := range n.kids {
		v, err := k.value(elem)
		if err != nil {
			return Value{}, err
		}
		items[i] = v
	}
	return NewArray(elem, items...), nil
}

func (n *node) tupleValue(t Type) (Value, error) {
	types := t.Members()
	items := make([]Value, len(n.kids))
	for i, k := range n.kids {
		if i >= len(types) {
			return Value{}, n.typeError(t)
		}
		v, err := k.value(types[i])
		if err != nil {
			return Value{}, err
		}
		items[i] = v
	}
	if len(items) < len(types) {
		return Value{}, n.typeError(t)
	}
	return NewTuple(items...), nil
}

// entryValue returns the entry whose key is number i of the kids.
func (n *node) entryValue(i int, key, value Type) (Value, error) {
	k, err := n.kids[i].value(key)
	if err != nil {
		return Value{}, err
	}
	v, err := n.kids[i+1].value(value)
	if err != nil {
		return Value{}, err
	}
	return NewDictEntry(k, v), nil
}

func (n *node) dictValue(entry Type) (Value, error) {
	items := make([]Value, 0, len(n.kids)/2)
	for i := 0; i < len(n.kids); i += 2 {
		e, err := n.entryValue(i, entry[1:2], entry[2:len(entry)-1])
		if err != nil {
			return Value{}, err
		}
		items = append(items, e)
	}
	return NewArray(entry, items...), nil
}

func (n *node) stringValue(t Type) (Value, error) {
	switch t {
	case "s":
		if !utf8.ValidString(n.text) || strings.Contains(n.text, "\x00") {
			return Value{}, n.fail("not a valid string")
		}
	case "o":
		if !isObjectPath(n.text) {
			return Value{}, n.fail("not a valid object path")
		}
	case "g":
		if !isSignature(n.text) {
			return Value{}, n.fail("not a valid signature")
		}
	default:
		return Value{}, n.typeError(t)
	}
	return newText(t, n.text), nil
}
