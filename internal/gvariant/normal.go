package gvariant

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// IsNormal reports whether the bytes are the one serialization that the content
// has: padding is zero, framing offsets are in order and of the smallest width
// that fits, text is valid and terminated, booleans are 0 or 1, and nothing is
// nested deeper than [MaxDepth]. It takes linear time and does not allocate,
// but for variants of uncommon types.
//
// Data that is verified or hashed must be normal: other bytes may read
// differently elsewhere. The check is stricter than GLib's in one point: GLib
// also accepts a tuple of zero bytes where framing offsets are due, such as an
// empty (asas).
func (v Value) IsNormal() bool {
	return v.IsValid() && isNormal(v.typ, v.data, 0)
}

func isNormal(t Type, data []byte, depth int) bool {
	if depth >= MaxDepth {
		return false
	}
	switch c := t[0]; c {
	case 'a':
		return arrayNormal(t[1:], data, depth)
	case 'm':
		return maybeNormal(t[1:], data, depth)
	case '(', '{':
		return tupleNormal(t, data, depth)
	case 'v':
		return variantNormal(data, depth)
	case 's', 'o', 'g':
		return textNormal(c, data)
	case 'b':
		return len(data) == 1 && data[0] < 2
	}
	return len(data) != 0 // a number: fromBytes dropped wrong sizes
}

func arrayNormal(elem Type, data []byte, depth int) bool {
	if len(data) == 0 {
		return true
	}
	a := openArray(elem, data)
	if a.n == 0 {
		return false
	}
	if a.size != 0 {
		return fixedArrayNormal(&a, depth)
	}
	pos := 0
	for i := range a.n {
		end64 := a.end(i)
		if end64 < uint64(pos) || end64 > uint64(a.body) {
			return false
		}
		end := int(end64)
		start := padTo(pos, a.align)
		if start > end || !zero(data[pos:start]) || !isNormal(elem, data[start:end], depth+1) {
			return false
		}
		pos = end
	}
	return true
}

func fixedArrayNormal(a *array, depth int) bool {
	if len(a.elem) == 1 && a.elem != TypeBool {
		return depth+1 < MaxDepth // any bytes are numbers
	}
	for i := 0; i < len(a.data); i += a.size {
		if !isNormal(a.elem, a.data[i:i+a.size], depth+1) {
			return false
		}
	}
	return true
}

func maybeNormal(elem Type, data []byte, depth int) bool {
	if len(data) == 0 {
		return true
	}
	if maybeLen(elem, data) == 0 {
		return false
	}
	if elem.fixed() == 0 {
		if data[len(data)-1] != 0 {
			return false
		}
		data = data[:len(data)-1]
	}
	return isNormal(elem, data, depth+1)
}

func tupleNormal(t Type, data []byte, depth int) bool {
	s := string(t)
	pos, table, width, maxAlign := 0, len(data), offsetWidth(len(data)), 1
	fixed := true
	for at := 1; at < len(s)-1; {
		next, align, size := layout(s, at)
		start := padTo(pos, align)
		if start > table || !zero(data[pos:start]) {
			return false
		}
		end := table
		switch {
		case size != 0:
			end = start + size
		case next < len(s)-1: // variable, and not the last
			if width == 0 || table-start < width {
				return false
			}
			table -= width
			e := readOffset(data, table, width)
			if e > uint64(table) {
				return false
			}
			end = int(e)
		}
		if end < start || end > table || !isNormal(t[at:next], data[start:end], depth+1) {
			return false
		}
		pos, at = end, next
		maxAlign = max(maxAlign, align)
		fixed = fixed && size != 0
	}
	if fixed {
		want := max(1, padTo(pos, maxAlign))
		return len(data) == want && zero(data[pos:])
	}
	if pos != table {
		return false
	}
	if len(data) == 0 {
		return true
	}
	size, _ := framedSize(pos, (len(data)-table)/width)
	return size == len(data)
}

func variantNormal(data []byte, depth int) bool {
	c := variantChild(data)
	if c.typ == TypeUnit && c.data == nil {
		return false
	}
	if len(c.typ) > 1 && depth >= MaxDepth-c.typ.depth() {
		return false
	}
	return isNormal(c.typ, c.data, depth+1)
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// textNormal reports whether data is a normal s, o or g.
func textNormal(class byte, data []byte) bool {
	n := len(data) - 1
	if n < 0 || data[n] != 0 {
		return false
	}
	text := data[:n]
	switch class {
	case 'o':
		return isObjectPath(text)
	case 'g':
		return isSignature(text)
	}
	return bytes.IndexByte(text, 0) < 0 && utf8.Valid(text)
}

// isObjectPath implements the D-Bus rule: "/" or /word/word… of [A-Za-z0-9_].
func isObjectPath[S string | []byte](s S) bool {
	if len(s) == 0 || s[0] != '/' {
		return false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '/':
			if s[i-1] == '/' {
				return false
			}
		case c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'):
			return false
		}
	}
	return len(s) == 1 || s[len(s)-1] != '/'
}

// isSignature implements the D-Bus rule: any number of complete types, without
// maybes, which D-Bus does not know.
func isSignature[S string | []byte](s S) bool {
	for i := range len(s) {
		if strings.IndexByte("ybnqihuxtdvasog(){}", s[i]) < 0 {
			return false
		}
	}
	for i := 0; i < len(s); {
		next, ok := scanType(s, i, MaxDepth)
		if !ok {
			return false
		}
		i = next
	}
	return true
}
