package gvariant

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Text returns the value in GVariant text format, as GLib prints it. With
// annotate the text names every type that [Parse] would not infer, so that it
// parses back to the same value; without, the type is needed to read it.
//
// A variant nested deeper than [MaxDepth] prints as <()>. The text of a hostile
// value that is not normal can be long, up to the product of its size and the
// length of its types.
func (v Value) Text(annotate bool) string {
	if !v.IsValid() {
		return ""
	}
	p := printer{buf: make([]byte, 0, 2*len(v.data)+16)}
	p.value(v, annotate, 0)
	return string(p.buf)
}

// String returns the annotated text of the value; see [Value.Text].
func (v Value) String() string { return v.Text(true) }

type printer struct {
	buf []byte
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

// typeWords are the words that annotate basic values. Booleans, strings and
// 32-bit integers need none, doubles show a point or exponent.
var typeWords = map[byte]string{
	'y': "byte ", 'n': "int16 ", 'q': "uint16 ", 'u': "uint32 ", 'h': "handle ",
	'x': "int64 ", 't': "uint64 ", 'o': "objectpath ", 'g': "signature ",
}

func (p *printer) value(v Value, annotate bool, depth int) {
	switch c := v.typ[0]; c {
	case 'a':
		p.array(v, annotate, depth)
	case 'm':
		p.maybe(v, annotate, depth)
	case '(':
		p.tuple(v, annotate, depth)
	case '{':
		p.str("{")
		p.value(v.Child(0), annotate, depth+1)
		p.str(", ")
		p.value(v.Child(1), annotate, depth+1)
		p.str("}")
	case 'v':
		inner := v.Variant()
		if depth >= MaxDepth-inner.typ.depth() {
			inner = unit
		}
		p.str("<")
		p.value(inner, true, depth+1)
		p.str(">")
	default:
		if annotate {
			p.str(typeWords[c])
		}
		p.basic(v, c)
	}
}

func (p *printer) basic(v Value, class byte) {
	switch class {
	case 'b':
		p.buf = strconv.AppendBool(p.buf, v.Bool())
	case 'y':
		p.buf = fmt.Appendf(p.buf, "0x%02x", v.Byte())
	case 'n':
		p.buf = strconv.AppendInt(p.buf, int64(v.Int16()), 10)
	case 'q':
		p.buf = strconv.AppendUint(p.buf, uint64(v.Uint16()), 10)
	case 'i', 'h':
		p.buf = strconv.AppendInt(p.buf, int64(v.Int32()), 10)
	case 'u':
		p.buf = strconv.AppendUint(p.buf, uint64(v.Uint32()), 10)
	case 'x':
		p.buf = strconv.AppendInt(p.buf, v.Int64(), 10)
	case 't':
		p.buf = strconv.AppendUint(p.buf, v.Uint64(), 10)
	case 'd':
		p.double(v.Double())
	case 's':
		p.quoted(v.Str())
	case 'o', 'g': // no character of theirs needs an escape
		p.str("'")
		p.str(v.Str())
		p.str("'")
	}
}

// double prints 17 significant digits, as C's %.17g, recognizably not integral.
func (p *printer) double(f float64) {
	switch {
	case math.IsNaN(f):
		if math.Signbit(f) {
			p.str("-")
		}
		p.str("nan")
		return
	case math.IsInf(f, 0):
		if f < 0 {
			p.str("-")
		}
		p.str("inf")
		return
	}
	start := len(p.buf)
	p.buf = strconv.AppendFloat(p.buf, f, 'g', 17, 64)
	if !bytes.ContainsAny(p.buf[start:], ".e") {
		p.str(".0")
	}
}

// printable are the assigned characters other than controls and formats.
var printable = []*unicode.RangeTable{
	unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Co,
}

// escapes maps control characters to the letters of their escapes.
const escapes = "\aa\bb\ff\nn\rr\tt\vv"

func (p *printer) quoted(s string) {
	quote := '\''
	if strings.IndexByte(s, '\'') >= 0 {
		quote = '"'
	}
	p.buf = append(p.buf, byte(quote))
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			p.buf = append(p.buf, '\\', byte(r))
		case r >= ' ' && r < 0x7f || r >= 0x80 && unicode.In(r, printable...):
			p.buf = append(p.buf, string(r)...)
		case r >= 0x10000:
			p.buf = fmt.Appendf(p.buf, `\U%08x`, r)
		default:
			if i := strings.IndexRune(escapes, r); i >= 0 {
				p.buf = append(p.buf, '\\', escapes[i+1])
			} else {
				p.buf = fmt.Appendf(p.buf, `\u%04x`, r)
			}
		}
	}
	p.buf = append(p.buf, byte(quote))
}

// byteString prints an ay whose only NUL is its last byte.
func (p *printer) byteString(b []byte) {
	quote := byte('\'')
	if bytes.IndexByte(b, '\'') >= 0 {
		quote = '"'
	}
	p.buf = append(p.buf, 'b', quote)
	for _, c := range b {
		switch {
		case c == '\\' || c == '"':
			p.buf = append(p.buf, '\\', c)
		case c >= ' ' && c < 0x7f:
			p.buf = append(p.buf, c)
		case c >= '\b' && c <= '\r':
			p.buf = append(p.buf, '\\', escapes[strings.IndexByte(escapes, c)+1])
		default:
			p.buf = fmt.Appendf(p.buf, `\%03o`, c)
		}
	}
	p.buf = append(p.buf, quote)
}

func (p *printer) array(v Value, annotate bool, depth int) {
	if n := len(v.data) - 1; v.typ == TypeByteArray && n >= 0 && bytes.IndexByte(v.data, 0) == n {
		p.byteString(v.data[:n])
		return
	}
	brackets := "[]"
	if v.typ[1] == '{' {
		brackets = "{}"
	}
	n := v.Len()
	if n == 0 && annotate {
		p.typePrefix(v.typ)
	}
	p.str(brackets[:1])
	first := true
	for c := range v.Children() {
		if !first {
			p.str(", ")
		}
		// The type of the first element tells those of the others.
		if ann := annotate && first; brackets == "{}" {
			p.value(c.Child(0), ann, depth+2)
			p.str(": ")
			p.value(c.Child(1), ann, depth+2)
		} else {
			p.value(c, ann, depth+1)
		}
		first = false
	}
	p.str(brackets[1:])
}

func (p *printer) typePrefix(t Type) {
	p.str("@")
	p.str(string(t))
	p.str(" ")
}

// maybe prints the bare value; only nested nothings need a "just".
func (p *printer) maybe(v Value, annotate bool, depth int) {
	if annotate {
		p.typePrefix(v.typ)
	}
	c, ok := v.Maybe()
	if !ok {
		p.str("nothing")
		return
	}
	start := len(p.buf)
	p.value(c, false, depth+1)
	if bytes.HasSuffix(p.buf[start:], []byte("nothing")) {
		p.buf = slices.Insert(p.buf, start, []byte("just ")...)
	}
}

func (p *printer) tuple(v Value, annotate bool, depth int) {
	p.str("(")
	n := 0
	for c := range v.Children() {
		if n > 0 {
			p.str(", ")
		}
		p.value(c, annotate, depth+1)
		n++
	}
	if n == 1 {
		p.str(",")
	}
	p.str(")")
}
