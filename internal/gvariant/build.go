package gvariant

import (
	"encoding/binary"
	"math"
)

// NewBool returns a b.
func NewBool(b bool) Value {
	d := []byte{0}
	if b {
		d[0] = 1
	}
	return Value{TypeBool, d}
}

// NewByte returns a y.
func NewByte(n byte) Value { return Value{"y", []byte{n}} }

// NewInt16 returns an n.
func NewInt16(n int16) Value { return newU16("n", uint16(n)) }

// NewUint16 returns a q.
func NewUint16(n uint16) Value { return newU16("q", n) }

// NewInt32 returns an i.
func NewInt32(n int32) Value { return newU32("i", uint32(n)) }

// NewUint32 returns a u.
func NewUint32(n uint32) Value { return newU32("u", n) }

// NewHandle returns an h, the index of a file descriptor in a D-Bus message.
func NewHandle(n int32) Value { return newU32("h", uint32(n)) }

// NewInt64 returns an x.
func NewInt64(n int64) Value { return newU64("x", uint64(n)) }

// NewUint64 returns a t.
func NewUint64(n uint64) Value { return newU64("t", n) }

// NewDouble returns a d.
func NewDouble(f float64) Value { return newU64("d", math.Float64bits(f)) }

// NewUint32BE returns a u whose bytes are in big-endian order, as OSTree stores
// user ids, modes and the like.
func NewUint32BE(n uint32) Value {
	return Value{"u", binary.BigEndian.AppendUint32(make([]byte, 0, 4), n)}
}

// NewUint64BE returns a t whose bytes are in big-endian order, as OSTree stores
// timestamps and sizes.
func NewUint64BE(n uint64) Value {
	return Value{"t", binary.BigEndian.AppendUint64(make([]byte, 0, 8), n)}
}

func newU16(t Type, n uint16) Value {
	return Value{t, binary.LittleEndian.AppendUint16(make([]byte, 0, 2), n)}
}

func newU32(t Type, n uint32) Value {
	return Value{t, binary.LittleEndian.AppendUint32(make([]byte, 0, 4), n)}
}

func newU64(t Type, n uint64) Value {
	return Value{t, binary.LittleEndian.AppendUint64(make([]byte, 0, 8), n)}
}

// NewString returns an s. The text must be UTF-8 without NUL: other text is
// kept as it is, but the value is then not normal ([Value.IsNormal]) and reads
// as "".
func NewString(s string) Value { return newText("s", s) }

// NewObjectPath returns an o, with the same reservation as [NewString].
func NewObjectPath(s string) Value { return newText("o", s) }

// NewSignature returns a g, with the same reservation as [NewString].
func NewSignature(s string) Value { return newText("g", s) }

func newText(t Type, s string) Value {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return Value{t, b}
}

// NewByteArray returns an ay that holds a copy of b.
func NewByteArray(b []byte) Value {
	if len(b) == 0 {
		return Value{TypeByteArray, nil}
	}
	d := make([]byte, len(b))
	copy(d, b)
	return Value{TypeByteArray, d}
}

// NewByteString returns an ay of the bytes of s and a NUL.
func NewByteString(s string) Value { return newText(TypeByteArray, s) }

// NewStrings returns an as.
func NewStrings(list []string) Value {
	body := 0
	for _, s := range list {
		body += len(s) + 1
	}
	size, width := framedSize(body, len(list))
	if len(list) == 0 {
		return Value{TypeStringArray, nil}
	}
	d := make([]byte, size)
	pos := 0
	for i, s := range list {
		copy(d[pos:], s)
		pos += len(s) + 1
		putOffset(d, body+i*width, width, pos)
	}
	return Value{TypeStringArray, d}
}

// NewVariant returns a v that holds child.
func NewVariant(child Value) Value {
	mustValid(child)
	n := child.Size()
	d := make([]byte, n+1+len(child.typ))
	copy(d, child.data)
	copy(d[n+1:], child.typ)
	return Value{TypeVariant, d}
}

// NewMaybe returns an m of elem: nothing when child is nil.
func NewMaybe(elem Type, child *Value) Value {
	t := composeType('m', elem)
	if child == nil {
		return Value{t, nil}
	}
	mustType(*child, elem)
	n := child.Size()
	if elem.fixed() == 0 {
		n++
	}
	d := make([]byte, n)
	copy(d, child.data)
	return Value{t, d}
}

// NewArray returns an array of elements of type elem.
func NewArray(elem Type, items ...Value) Value {
	t := composeType('a', elem)
	_, align, fixed := layout(string(elem), 0)
	body := 0
	for i := range items {
		mustType(items[i], elem)
		body = padTo(body, align) + items[i].Size()
	}
	if len(items) == 0 {
		return Value{t, nil}
	}
	if fixed != 0 {
		d := make([]byte, body)
		for i := range items {
			copy(d[i*fixed:], items[i].data)
		}
		return Value{t, d}
	}
	size, width := framedSize(body, len(items))
	d := make([]byte, size)
	pos := 0
	for i := range items {
		pos = padTo(pos, align)
		pos += copy(d[pos:], items[i].data)
		putOffset(d, body+i*width, width, pos)
	}
	return Value{t, d}
}

// NewTuple returns the tuple of the given members.
func NewTuple(members ...Value) Value {
	return newTuple('(', ')', members)
}

// NewDictEntry returns a dictionary entry. The key must be of a basic type.
func NewDictEntry(key, value Value) Value {
	mustValid(key)
	if !key.typ.IsBasic() {
		panic("gvariant: dictionary key of type " + string(key.typ))
	}
	return newTuple('{', '}', []Value{key, value})
}

func newTuple(open, end byte, members []Value) Value {
	var buf [64]byte
	name := append(buf[:0], open)
	body, maxAlign, framed, fixed := 0, 1, 0, true
	for i := range members {
		mustValid(members[i])
		name = append(name, members[i].typ...)
		_, align, sz := layout(string(members[i].typ), 0)
		body = padTo(body, align) + members[i].Size()
		maxAlign = max(maxAlign, align)
		if sz == 0 {
			fixed = false
			if i < len(members)-1 {
				framed++
			}
		}
	}
	t := internType(append(name, end))
	mustDepth(t)
	size, width := framedSize(body, framed)
	if fixed {
		size = max(1, padTo(body, maxAlign))
	}
	if size == 0 {
		return Value{t, nil}
	}
	d := make([]byte, size)
	pos, table := 0, size
	for i := range members {
		_, align, sz := layout(string(members[i].typ), 0)
		pos = padTo(pos, align)
		copy(d[pos:], members[i].data)
		pos += members[i].Size()
		if sz == 0 && i < len(members)-1 {
			table -= width
			putOffset(d, table, width, pos)
		}
	}
	return Value{t, d}
}

// putOffset stores a framing offset.
func putOffset(d []byte, at, width, offset int) {
	d = d[at : at+width]
	switch width {
	case 1:
		d[0] = byte(offset)
	case 2:
		binary.LittleEndian.PutUint16(d, uint16(offset))
	case 4:
		binary.LittleEndian.PutUint32(d, uint32(offset))
	case 8:
		binary.LittleEndian.PutUint64(d, uint64(offset))
	}
}

// composeType returns the array or maybe type of elem.
func composeType(class byte, elem Type) Type {
	if !elem.valid() {
		panic("gvariant: invalid type " + string(elem))
	}
	var buf [64]byte
	t := internType(append(append(buf[:0], class), elem...))
	mustDepth(t)
	return t
}

func mustDepth(t Type) {
	if t.depth() > MaxDepth {
		panic("gvariant: type nested too deeply")
	}
}

func mustValid(v Value) {
	if !v.IsValid() {
		panic("gvariant: invalid (zero) Value in a container")
	}
}

func mustType(v Value, t Type) {
	if v.typ != t {
		panic("gvariant: value of type " + string(v.typ) + " where " + string(t) + " is needed")
	}
}
