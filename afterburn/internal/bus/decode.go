package bus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deep values are nested.
	maxDepth = 64
	// maxValues bounds the values of a message, which take much more memory than their bytes do.
	maxValues = 1 << 16
)

func invalid(why string) error { return errors.New("invalid message: " + why) }

// decoder reads values. After the first error they are zero.
type decoder struct {
	b      []byte
	order  binary.ByteOrder
	pos    int
	values int
	err    error
}

func (d *decoder) fail(why string) {
	if d.err == nil {
		d.err = invalid(why)
	}
}

// body reads values of the types in a signature, which is valid, and nothing else.
func (d *decoder) body(signature string) []any {
	values := []any{}
	d.members(signature, func(t string) {
		if t == "v" {
			values = append(values, d.variant(1))
		} else {
			values = append(values, d.value(t, 0))
		}
	})
	if d.pos != len(d.b) {
		d.fail("something is left over")
	}
	return values
}

// members calls f for each type of a valid signature.
func (d *decoder) members(signature string, f func(t string)) {
	for signature != "" && d.err == nil {
		n := typeSize(signature, 0, 0)
		f(signature[:n])
		signature = signature[n:]
	}
}

// each calls f until the position is end.
func (d *decoder) each(end int, f func()) {
	for d.err == nil && d.pos < end {
		f()
	}
	if d.pos != end {
		d.fail("an array has another length")
	}
}

// take returns the next n bytes, nil after an error.
func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)-d.pos) {
		d.fail("a value is too long")
	}
	if d.err != nil {
		return nil
	}
	d.pos += int(n)
	return d.b[d.pos-int(n) : d.pos]
}

func (d *decoder) align(n int) {
	for _, padding := range d.take(uint64(-d.pos & (n - 1))) {
		if padding != 0 {
			d.fail("padding is not zero")
		}
	}
}

// number reads a number of so many bytes.
func (d *decoder) number(size int) uint64 {
	d.align(size)
	b := d.take(uint64(size))
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(d.order.Uint16(b))
	case 4:
		return uint64(d.order.Uint32(b))
	case 8:
		return d.order.Uint64(b)
	}
	return 0
}

// text reads n bytes of text and the NUL behind it.
func (d *decoder) text(n uint64) string {
	b := d.take(n + 1)
	if len(b) == 0 {
		return ""
	}
	if bytes.IndexByte(b, 0) != int(n) || !utf8.Valid(b) {
		d.fail("a text is not UTF-8 or has a NUL")
	}
	return string(b[:n])
}

func (d *decoder) path() ObjectPath {
	p := ObjectPath(d.text(d.number(4)))
	if !p.Valid() {
		d.fail("an object path is none")
	}
	return p
}

func (d *decoder) signature() Signature {
	s := d.text(d.number(1))
	if !validSignature(s) {
		d.fail("a signature is none")
	}
	return Signature(s)
}

// variant reads a variant whose value is inside of so many containers.
func (d *decoder) variant(depth int) Variant {
	s := d.signature()
	if typeSize(string(s), 0, 0) != len(s) {
		d.fail("a variant is not of one type")
		return Variant{}
	}
	return Variant{s, d.value(string(s), depth)}
}

// value reads a value of a valid type that is inside of so many containers.
func (d *decoder) value(t string, depth int) any {
	if d.values++; d.values > maxValues {
		d.fail("too many values")
	}
	if d.err != nil {
		return nil
	}
	switch t[0] {
	case 'y':
		return byte(d.number(1))
	case 'b':
		n := d.number(4)
		if n > 1 {
			d.fail("a boolean is neither 0 nor 1")
		}
		return n == 1
	case 'n':
		return int16(d.number(2))
	case 'q':
		return uint16(d.number(2))
	case 'i':
		return int32(d.number(4))
	case 'u':
		return uint32(d.number(4))
	case 'x':
		return int64(d.number(8))
	case 't':
		return d.number(8)
	case 'd':
		return math.Float64frombits(d.number(8))
	case 's':
		return d.text(d.number(4))
	case 'o':
		return d.path()
	case 'g':
		return d.signature()
	case 'h':
		d.fail("file descriptors are not supported")
		return nil
	}
	return d.container(t, depth+1)
}

// container reads a container whose values are inside of so many.
func (d *decoder) container(t string, depth int) any {
	if depth > maxDepth {
		d.fail("values are nested too deep")
		return nil
	}
	switch t[0] {
	case 'v':
		return d.variant(depth).Value
	case '(':
		d.align(8)
		list := []any{}
		d.members(t[1:len(t)-1], func(t string) { list = append(list, d.value(t, depth)) })
		return list
	}
	return d.array(t[1:], depth)
}

// array reads an array of values of type t.
func (d *decoder) array(t string, depth int) any {
	size := d.number(4)
	d.align(alignment(t[0]))
	if size > uint64(len(d.b)-d.pos) {
		d.fail("an array is too long")
		return nil
	}
	end := d.pos + int(size)
	switch t[0] {
	case 'y':
		return bytes.Clone(d.take(size))
	case 's':
		list := []string{}
		d.each(end, func() { list = append(list, d.text(d.number(4))) })
		return list
	case 'o':
		list := []ObjectPath{}
		d.each(end, func() { list = append(list, d.path()) })
		return list
	case '{':
		return d.dictionary(t[1:2], t[2:len(t)-1], end, depth+1)
	}
	list := []any{}
	d.each(end, func() { list = append(list, d.value(t, depth)) })
	return list
}

// dictionary reads entries up to end.
func (d *decoder) dictionary(key, value string, end, depth int) any {
	if depth > maxDepth {
		d.fail("values are nested too deep")
		return nil
	}
	if key == "s" {
		entries := map[string]any{}
		d.each(end, func() {
			d.align(8)
			k := d.text(d.number(4))
			entries[k] = d.value(value, depth)
		})
		return entries
	}
	entries := map[any]any{}
	d.each(end, func() {
		d.align(8)
		k := d.value(key, depth)
		entries[k] = d.value(value, depth)
	})
	return entries
}

// alignment returns what the position of a value of a type is a multiple of.
func alignment(t byte) int {
	switch t {
	case 'y', 'g', 'v':
		return 1
	case 'n', 'q':
		return 2
	case 'x', 't', 'd', '(', '{':
		return 8
	}
	return 4
}
