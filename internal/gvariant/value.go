package gvariant

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"
)

// Value is an immutable serialized value: a type and its bytes.
//
// Reading is lazy and total: nothing is decoded before it is asked for, and no
// bytes make a method panic. A part that lies outside its container, or has the
// wrong size, reads as the default of its type (0, false, "", empty, the unit
// inside a variant). Accessors called on a value of another type return the zero
// of their result. Whoever needs the strict form asks [Value.IsNormal].
//
// The zero Value is invalid. Values may be used by several goroutines, as long
// as nobody changes the bytes given to [FromBytes].
type Value struct {
	typ Type
	// data is nil for a fixed-size value whose bytes are missing or of the
	// wrong length; it then reads as zeros.
	data []byte
}

// FromBytes returns the value of type t whose serialization is data, which it
// keeps and which must not change afterwards. The bytes are not checked. It
// panics when t is not a valid type; see [ParseType].
func FromBytes(t Type, data []byte) Value {
	if !t.valid() {
		panic("gvariant: invalid type " + string(t))
	}
	return fromBytes(t, data)
}

// fromBytes is FromBytes for a type known to be valid.
func fromBytes(t Type, data []byte) Value {
	if sz := t.fixed(); sz != 0 && sz != len(data) {
		data = nil
	}
	return Value{t, data}
}

// IsValid reports whether v is a value at all, not the zero Value.
func (v Value) IsValid() bool { return v.typ != "" }

// Type returns the type of the value, "" for the zero Value.
func (v Value) Type() Type { return v.typ }

// Bytes returns the serialization. It aliases the bytes the value was made of
// and must not be changed.
func (v Value) Bytes() []byte {
	if v.data == nil && v.IsValid() {
		if sz := v.typ.fixed(); sz != 0 {
			return make([]byte, sz)
		}
	}
	return v.data
}

// Size returns the length of the serialization in bytes.
func (v Value) Size() int {
	if v.data == nil && v.IsValid() {
		return v.typ.fixed()
	}
	return len(v.data)
}

// Equal reports whether both values have the same type and the same bytes. For
// values in normal form that is equality of content.
func (v Value) Equal(o Value) bool {
	return v.typ == o.typ && bytes.Equal(v.Bytes(), o.Bytes())
}

// is reports whether v has the one-letter type c and, for fixed sizes, bytes.
func (v Value) is(c byte) bool {
	return len(v.typ) == 1 && v.typ[0] == c && len(v.data) > 0
}

// Bool returns the value of a b. Any byte other than 0 is true.
func (v Value) Bool() bool { return v.is('b') && v.data[0] != 0 }

// Byte returns the value of a y.
func (v Value) Byte() byte {
	if !v.is('y') {
		return 0
	}
	return v.data[0]
}

// Int16 returns the value of an n.
func (v Value) Int16() int16 {
	if !v.is('n') {
		return 0
	}
	return int16(binary.LittleEndian.Uint16(v.data))
}

// Uint16 returns the value of a q.
func (v Value) Uint16() uint16 {
	if !v.is('q') {
		return 0
	}
	return binary.LittleEndian.Uint16(v.data)
}

// Int32 returns the value of an i or h (handle).
func (v Value) Int32() int32 {
	if !v.is('i') && !v.is('h') {
		return 0
	}
	return int32(binary.LittleEndian.Uint32(v.data))
}

// Uint32 returns the value of a u.
func (v Value) Uint32() uint32 {
	if !v.is('u') {
		return 0
	}
	return binary.LittleEndian.Uint32(v.data)
}

// Uint32BE returns the value of a u whose bytes are stored in big-endian order.
func (v Value) Uint32BE() uint32 {
	if !v.is('u') {
		return 0
	}
	return binary.BigEndian.Uint32(v.data)
}

// Int64 returns the value of an x.
func (v Value) Int64() int64 {
	if !v.is('x') {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(v.data))
}

// Uint64 returns the value of a t.
func (v Value) Uint64() uint64 {
	if !v.is('t') {
		return 0
	}
	return binary.LittleEndian.Uint64(v.data)
}

// Uint64BE returns the value of a t whose bytes are stored in big-endian order.
func (v Value) Uint64BE() uint64 {
	if !v.is('t') {
		return 0
	}
	return binary.BigEndian.Uint64(v.data)
}

// Double returns the value of a d.
func (v Value) Double() float64 {
	if !v.is('d') {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(v.data))
}

// Str returns the text of an s, o or g. Bytes that are not normal for the type
// read as its default: "", or "/" for an object path.
func (v Value) Str() string {
	if len(v.typ) != 1 {
		return ""
	}
	switch c := v.typ[0]; c {
	case 's', 'o', 'g':
		if textNormal(c, v.data) {
			return string(v.data[:len(v.data)-1])
		}
		if c == 'o' {
			return "/"
		}
	}
	return ""
}

// ByteArray returns the content of an ay. It aliases the value and must not be
// changed.
func (v Value) ByteArray() []byte {
	if v.typ != TypeByteArray {
		return nil
	}
	return v.data
}

// ByteString returns the content of an ay up to its first NUL. An array that
// does not end in a NUL is not a byte string and reads as "".
func (v Value) ByteString() string {
	n := len(v.data)
	if v.typ != TypeByteArray || n == 0 || v.data[n-1] != 0 {
		return ""
	}
	return string(v.data[:bytes.IndexByte(v.data, 0)])
}

// Strings returns the texts of an as, ao or ag.
func (v Value) Strings() []string {
	switch v.typ {
	case "as", "ao", "ag":
	default:
		return nil
	}
	out := make([]string, 0, v.Len())
	for c := range v.Children() {
		out = append(out, c.Str())
	}
	return out
}

// Variant returns the value inside a v.
func (v Value) Variant() Value {
	if v.typ != TypeVariant {
		return Value{}
	}
	return variantChild(v.data)
}

// Maybe returns the value inside an m and whether there is one.
func (v Value) Maybe() (Value, bool) {
	if v.typ.class() != 'm' || v.Len() == 0 {
		return Value{}, false
	}
	return v.Child(0), true
}

// Len returns the number of children of a container: the elements of an array,
// the members of a tuple, 2 for a dictionary entry, 1 for a variant, 0 or 1 for
// a maybe. Values of basic types have none.
func (v Value) Len() int {
	switch v.typ.class() {
	case 'a':
		return openArray(v.typ[1:], v.data).n
	case 'm':
		return maybeLen(v.typ[1:], v.data)
	case '(', '{':
		return v.typ.members()
	case 'v':
		return 1
	}
	return 0
}

// Child returns child number i of a container, the zero Value when there is
// none of that number.
//
// Elements of an array are found in constant time. Child checks the framing of
// the one element only, so that in bytes which are not in normal form different
// indexes may give overlapping elements; [Value.Children] never does.
func (v Value) Child(i int) Value {
	if i < 0 {
		return Value{}
	}
	switch v.typ.class() {
	case 'a':
		if a := openArray(v.typ[1:], v.data); i < a.n {
			return a.child(i)
		}
	case 'm':
		if i < maybeLen(v.typ[1:], v.data) {
			return maybeChild(v.typ[1:], v.data)
		}
	case '(', '{':
		t := openTuple(v.typ, v.data)
		for c, ok := t.next(); ok; c, ok = t.next() {
			if i == 0 {
				return c
			}
			i--
		}
	case 'v':
		if i == 0 {
			return variantChild(v.data)
		}
	}
	return Value{}
}

// Children returns an iterator over the children in order. It takes linear time
// for any bytes: after the first framing offset that is out of order all
// children read as defaults.
func (v Value) Children() iter.Seq[Value] {
	return func(yield func(Value) bool) { v.each(yield) }
}

func (v Value) each(yield func(Value) bool) {
	switch v.typ.class() {
	case 'a':
		openArray(v.typ[1:], v.data).each(yield)
	case '(', '{':
		t := openTuple(v.typ, v.data)
		for c, ok := t.next(); ok; c, ok = t.next() {
			if !yield(c) {
				return
			}
		}
	case 'm', 'v':
		if c := v.Child(0); c.IsValid() {
			yield(c)
		}
	}
}
