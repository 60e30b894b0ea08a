package gvariant

import (
	"slices"
	"strings"
)

// Byteswap returns the value with the bytes of every multi-byte number
// reversed, inside variants too. Framing is little-endian always and stays. A
// value that is not normal is brought into normal form first.
func (v Value) Byteswap() Value {
	if !v.IsValid() {
		return v
	}
	if !v.IsNormal() {
		v = v.NormalForm()
	}
	if _, align, _ := layout(string(v.typ), 0); align == 1 {
		return v // no numbers, no variants
	}
	v.data = slices.Clone(v.data)
	swap(v)
	return v
}

// swap reverses the numbers in the bytes of v, which is normal.
func swap(v Value) {
	switch v.typ[0] {
	case 'a':
		if elem := v.typ[1:]; len(elem) == 1 && elem.fixed() != 0 {
			swapNumbers(v.data, elem.fixed())
			return
		}
	case 'm', '(', '{', 'v':
	default:
		swapNumbers(v.data, v.typ.fixed())
		return
	}
	if _, align, _ := layout(string(v.typ), 0); align > 1 {
		v.each(func(c Value) bool {
			swap(c)
			return true
		})
	}
}

func swapNumbers(b []byte, size int) {
	if size < 2 {
		return
	}
	for i := 0; i+size <= len(b); i += size {
		slices.Reverse(b[i : i+size])
	}
}

// NormalForm returns v when it is normal, else the normal value of what v reads
// as: parts that are out of place become defaults. Variants nested deeper than
// [MaxDepth] become the unit.
//
// The result of a hostile value can be larger than the value, up to the product
// of its size and the length of its types.
func (v Value) NormalForm() Value {
	if !v.IsValid() || v.IsNormal() {
		return v
	}
	return rebuild(v, 0)
}

func rebuild(v Value, depth int) Value {
	switch v.typ[0] {
	case 's', 'o', 'g':
		return newText(v.typ, v.Str())
	case 'b':
		return NewBool(v.Bool())
	case 'v':
		return NewVariant(rebuildIn(v.Variant(), depth))
	case 'm':
		if c, ok := v.Maybe(); ok {
			c = rebuild(c, depth+1)
			return NewMaybe(c.typ, &c)
		}
		return Value{v.typ, nil}
	case 'a':
		if elem := v.typ[1:]; len(elem) == 1 && elem.fixed() != 0 && elem != TypeBool {
			return Value{v.typ, v.data[:v.Len()*elem.fixed()]}
		}
		return NewArray(v.typ[1:], rebuildAll(v, depth)...)
	case '(':
		return NewTuple(rebuildAll(v, depth)...)
	case '{':
		c := rebuildAll(v, depth)
		return NewDictEntry(c[0], c[1])
	}
	return Value{v.typ, v.Bytes()}
}

// rebuildIn rebuilds the content of a variant at the given depth.
func rebuildIn(c Value, depth int) Value {
	need := c.typ.depth()
	if strings.Contains(string(c.typ), "v") {
		need++ // a variant needs room for at least the unit
	}
	if depth >= MaxDepth-need {
		return NewTuple()
	}
	return rebuild(c, depth+1)
}

func rebuildAll(v Value, depth int) []Value {
	out := make([]Value, 0, v.Len())
	for c := range v.Children() {
		out = append(out, rebuild(c, depth+1))
	}
	return out
}
