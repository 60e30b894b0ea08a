package gvariant

import "encoding/binary"

// This file finds the children inside the bytes of a container, whatever the
// bytes are. The rules for broken framing are those of GLib, so that both read
// the same content from the same file.

// offsetWidth returns the size of the framing offsets of a container of n bytes.
func offsetWidth(n int) int {
	switch {
	case uint64(n) > 0xffffffff:
		return 8
	case n > 0xffff:
		return 4
	case n > 0xff:
		return 2
	case n > 0:
		return 1
	}
	return 0
}

// framedSize returns the size of a container with body bytes of content and
// count framing offsets, and the width of the offsets.
func framedSize(body, count int) (size, width int) {
	b, c := uint64(body), uint64(count)
	switch {
	case b+c <= 0xff:
		width = 1
	case b+2*c <= 0xffff:
		width = 2
	case b+4*c <= 0xffffffff:
		width = 4
	default:
		width = 8
	}
	return body + width*count, width
}

// readOffset returns the framing offset of the given width at b[pos:].
func readOffset(b []byte, pos, width int) uint64 {
	b = b[pos : pos+width]
	switch width {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// array is an opened array.
type array struct {
	elem  Type
	align int
	size  int // of an element, 0 if variable
	n     int
	data  []byte
	body  int // end of the elements, start of the offsets
	width int // of an offset
}

// openArray reads the framing of an array with elements of type elem. An array
// with impossible framing has no elements.
func openArray(elem Type, data []byte) array {
	a := array{elem: elem, data: data}
	_, a.align, a.size = layout(string(elem), 0)
	if a.size != 0 {
		if len(data)%a.size == 0 {
			a.n = len(data) / a.size
		}
		a.body = len(data)
		return a
	}
	if len(data) == 0 {
		return a
	}
	a.width = offsetWidth(len(data))
	end := readOffset(data, len(data)-a.width, a.width)
	if end > uint64(len(data)) {
		return a
	}
	table := len(data) - int(end)
	if table == 0 || table%a.width != 0 {
		return a
	}
	n := table / a.width
	if size, _ := framedSize(int(end), n); size != len(data) {
		return a // wider offsets than needed
	}
	a.body, a.n = int(end), n
	return a
}

// end returns the end of variable-size element i.
func (a *array) end(i int) uint64 {
	return readOffset(a.data, a.body+i*a.width, a.width)
}

func (a *array) child(i int) Value {
	if a.size != 0 {
		return Value{a.elem, a.data[i*a.size : (i+1)*a.size : (i+1)*a.size]}
	}
	var start uint64
	if i > 0 {
		start = a.end(i - 1)
	}
	return a.between(start, a.end(i))
}

// between returns the element that follows an element ending at prev and that
// ends at end.
func (a *array) between(prev, end uint64) Value {
	if prev > end || end > uint64(a.body) {
		return Value{a.elem, nil}
	}
	start := padTo(int(prev), a.align)
	if start >= int(end) {
		return Value{a.elem, nil}
	}
	return Value{a.elem, a.data[start:end:end]}
}

func (a array) each(yield func(Value) bool) {
	if a.size != 0 {
		for i := range a.n {
			if !yield(a.child(i)) {
				return
			}
		}
		return
	}
	var prev uint64
	ordered := true
	for i := range a.n {
		c := Value{typ: a.elem}
		if ordered {
			end := a.end(i)
			if ordered = prev <= end && end <= uint64(a.body); ordered {
				c = a.between(prev, end)
			}
			prev = end
		}
		if !yield(c) {
			return
		}
	}
}

// tuple is an opened tuple or dictionary entry; next walks its members.
type tuple struct {
	typ   Type
	data  []byte
	at    int // in typ
	pos   uint64
	table int // start of the offsets read so far
	width int
	bad   bool // framing is broken from here on
}

func openTuple(typ Type, data []byte) tuple {
	return tuple{typ: typ, data: data, at: 1, table: len(data), width: offsetWidth(len(data))}
}

// next returns the next member.
func (t *tuple) next() (Value, bool) {
	if t.at >= len(t.typ)-1 {
		return Value{}, false
	}
	nextAt, align, size := layout(string(t.typ), t.at)
	c := Value{typ: t.typ[t.at:nextAt]}
	t.at = nextAt
	if t.bad {
		return c, true
	}
	start := (t.pos + uint64(align) - 1) &^ uint64(align-1)
	end, ok := t.memberEnd(start, size)
	if !ok || end < start || end > uint64(t.table) {
		// What follows has no trustworthy beginning.
		t.bad = true
		return c, true
	}
	t.pos = end
	if start < end {
		c.data = t.data[start:end:end]
	}
	return c, true
}

// memberEnd returns where the member that starts at start ends.
func (t *tuple) memberEnd(start uint64, size int) (end uint64, ok bool) {
	switch {
	case size != 0:
		return start + uint64(size), true
	case t.at == len(t.typ)-1: // the last member takes the rest
		return uint64(t.table), true
	case t.table < t.width || t.width == 0:
		return 0, false
	}
	t.table -= t.width
	return readOffset(t.data, t.table, t.width), true
}

func maybeLen(elem Type, data []byte) int {
	if len(data) == 0 {
		return 0
	}
	if sz := elem.fixed(); sz != 0 && sz != len(data) {
		return 0
	}
	return 1
}

// maybeChild returns the value of a maybe that is not empty.
func maybeChild(elem Type, data []byte) Value {
	if elem.fixed() != 0 {
		return Value{elem, data}
	}
	n := len(data) - 1
	if n == 0 {
		return Value{elem, nil}
	}
	return Value{elem, data[:n:n]}
}

// unit is what a broken variant contains.
var unit = Value{TypeUnit, nil}

// variantChild returns the value inside a variant: its bytes, a NUL, its type.
func variantChild(data []byte) Value {
	// No type contains a NUL, so the last one is the separator.
	sep := len(data) - 1
	for sep >= 0 && data[sep] != 0 {
		sep--
	}
	if sep < 0 {
		return unit
	}
	t := data[sep+1:]
	if len(t) != 1 {
		if next, ok := scanType(t, 0, MaxDepth); !ok || next != len(t) {
			return unit
		}
	} else if t[0] != 'v' && !isBasic(t[0]) {
		return unit
	}
	typ := internType(t)
	if sz := typ.fixed(); sz != 0 && sz != sep {
		return unit
	}
	if sep == 0 {
		return Value{typ, nil}
	}
	return Value{typ, data[:sep:sep]}
}
