package gvariant_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

func TestParseType(t *testing.T) {
	for _, s := range []string{"b", "v", "()", "(())", "a{sv}", "{s(ii)}", "mmay", strings.Repeat("a", 127) + "y"} {
		if typ, err := ParseType(s); err != nil || string(typ) != s {
			t.Errorf("ParseType(%q) = %q, %v", s, typ, err)
		}
	}
	for _, s := range []string{"", "a", "z", "ii", "(", ")", "(i", "{s}", "{vs}", "{ssi}", "{ss", "a*", "r", "?", "a{?s}", "(i))", strings.Repeat("a", 128) + "y"} {
		if typ, err := ParseType(s); err == nil {
			t.Errorf("ParseType(%q) = %q", s, typ)
		}
	}
}

func TestTypeLayout(t *testing.T) {
	tests := []struct {
		typ         Type
		align, size int
	}{
		{"y", 1, 1}, {"n", 2, 2}, {"u", 4, 4}, {"d", 8, 8}, {"s", 1, 0}, {"v", 8, 0},
		{"()", 1, 1}, {"(yu)", 4, 8}, {"(uy)", 4, 8}, {"(ty(nn))", 8, 16}, {"(ys)", 1, 0},
		{"(sx)", 8, 0}, {"{yx}", 8, 16}, {"ax", 8, 0}, {"mn", 2, 0}, {"bogus", 0, 0}, {"(", 0, 0},
	}
	for _, tt := range tests {
		if a, s := tt.typ.Align(), tt.typ.FixedSize(); a != tt.align || s != tt.size {
			t.Errorf("%s: alignment %d, size %d", tt.typ, a, s)
		}
	}
	if got := Type("(sa{sv}(i)m())").Members(); !slices.Equal(got, []Type{"s", "a{sv}", "(i)", "m()"}) {
		t.Errorf("members %q", got)
	}
	if got := Type("(s").Members(); got != nil {
		t.Errorf("members of a malformed type %q", got)
	}
}

// TestAccessorsAreTotal calls every accessor on values of every type, of the
// right size, of none, and on the invalid value.
func TestAccessorsAreTotal(t *testing.T) {
	values := []Value{{}}
	for _, typ := range []Type{"b", "y", "n", "q", "i", "u", "x", "t", "d", "h", "s", "o", "g", "v", "ay", "as", "a{sv}", "mi", "ms", "(is)", "{si}", "()"} {
		for _, n := range []int{0, 1, 3, 8, 9} {
			values = append(values, FromBytes(typ, bytes.Repeat([]byte{0xff}, n)), FromBytes(typ, make([]byte, n)))
		}
	}
	for _, v := range values {
		call := reflect.ValueOf(v)
		for i := range call.NumMethod() {
			m := call.Method(i)
			switch fn := m.Interface().(type) {
			case func(string) (Value, bool):
				fn("key")
			case func(string, Type) (Value, bool):
				fn("key", "s")
			case func(int) Value:
				for _, n := range []int{-1, 0, 1, 2, 1 << 30} {
					fn(n)
				}
			case func(Value) bool:
				fn(v)
			case func(bool) string:
				fn(true)
			default:
				m.Call(nil)
			}
		}
	}
}

func TestWrongTypeReadsAsZero(t *testing.T) {
	v := NewString("12345678")
	if v.Uint64() != 0 || v.Uint32() != 0 || v.Byte() != 0 || v.Bool() || v.Double() != 0 || v.ByteArray() != nil || v.Strings() != nil {
		t.Error("a string reads as something else")
	}
	if v.Variant().IsValid() || v.Child(0).IsValid() || v.Len() != 0 {
		t.Error("a string has children")
	}
	if got := NewUint32(5).Str(); got != "" {
		t.Errorf("a number reads as %q", got)
	}
}

func TestDefaults(t *testing.T) {
	tests := []struct {
		typ  Type
		data string
		want string
	}{
		{"u", "123", "uint32 0"},
		{"s", "abc", "''"},
		{"s", "a\x00b\x00", "''"},
		{"s", "\xff\x00", "''"},
		{"o", "a\x00", "objectpath '/'"},
		{"v", "", "<()>"},
		{"v", "\x05\x00i", "<()>"},
		{"v", "abc\x00zz", "<()>"},
		{"(us)", "\x01", "(uint32 0, '')"},
		{"as", "abc\x09", "@as []"},
		{"as", "a\x00\x02\x01", "['', '', '']"},
		{"au", "12345", "@au []"},
		{"mu", "12345", "@mu nothing"},
	}
	for _, tt := range tests {
		v := FromBytes(tt.typ, []byte(tt.data))
		if v.IsNormal() || v.Text(true) != tt.want {
			t.Errorf("%s %q: normal %v, %s, want %s", tt.typ, tt.data, v.IsNormal(), v, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	check := func(name string, ok bool) {
		if !ok {
			t.Error(name)
		}
	}
	check("n", NewInt16(math.MinInt16).Int16() == math.MinInt16)
	check("q", NewUint16(65535).Uint16() == 65535)
	check("i", NewInt32(-2).Int32() == -2)
	check("h", NewHandle(7).Int32() == 7 && NewHandle(7).Type() == "h")
	check("x", NewInt64(math.MinInt64).Int64() == math.MinInt64)
	check("t", NewUint64(math.MaxUint64).Uint64() == math.MaxUint64)
	check("d", NewDouble(-1.5).Double() == -1.5)
	check("u be", NewUint32BE(0x81a4).Uint32() == 0xa4810000 && NewUint32BE(0x81a4).Uint32BE() == 0x81a4)
	check("t be", NewUint64BE(6).Byteswap().Uint64() == 6 && NewUint64BE(6).Uint64BE() == 6)
}

func TestByteStrings(t *testing.T) {
	v := NewByteString("user.k")
	if v.ByteString() != "user.k" || string(v.ByteArray()) != "user.k\x00" || v.Type() != "ay" {
		t.Errorf("%q %q", v.ByteString(), v.ByteArray())
	}
	if got := NewByteArray([]byte("abc")).ByteString(); got != "" {
		t.Errorf("without NUL: %q", got)
	}
	if got := NewByteArray([]byte("a\x00b\x00")).ByteString(); got != "a" {
		t.Errorf("with two NULs: %q", got)
	}
	b := []byte("abc")
	v = NewByteArray(b)
	b[0] = 'x'
	if string(v.ByteArray()) != "abc" {
		t.Error("NewByteArray does not copy")
	}
}

// TestOffsetWidths crosses the sizes at which framing offsets grow.
func TestOffsetWidths(t *testing.T) {
	for _, n := range []int{0, 1, 100, 252, 253, 254, 255, 256, 300, 65530, 65531, 65532, 65533, 65534, 65535, 65536, 70000} {
		list := []string{strings.Repeat("x", n), "y"}
		v := NewStrings(list)
		same := NewArray("s", NewString(list[0]), NewString(list[1]))
		if !v.IsNormal() || !v.Equal(same) || !slices.Equal(v.Strings(), list) {
			t.Errorf("as with a text of %d bytes", n)
		}
		tuple := NewTuple(NewString(list[0]), NewVariant(NewString(list[0])), NewUint16(7))
		if !tuple.IsNormal() || tuple.Child(1).Variant().Str() != list[0] || tuple.Child(2).Uint16() != 7 {
			t.Errorf("tuple with texts of %d bytes", n)
		}
		var d Dict
		d.Set("k", NewString(list[0]))
		d.Set(list[0]+"z", NewByte(1))
		dict := d.Value()
		if !dict.IsNormal() || !dict.Equal(rebuild(dict)) {
			t.Errorf("a{sv} with a text of %d bytes", n)
		}
	}
}

func TestInvalidTextIsNotNormal(t *testing.T) {
	for _, v := range []Value{NewString("\xff"), NewString("a\x00"), NewObjectPath("a"), NewObjectPath("/a/"), NewObjectPath("/a//b"), NewSignature("mi"), NewSignature("(")} {
		if v.IsNormal() || strings.Trim(v.Str(), "/") != "" {
			t.Errorf("%s %q: normal %v, reads as %q", v.Type(), v.Bytes(), v.IsNormal(), v.Str())
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	v := NewByte(1)
	for range MaxDepth - 1 {
		v = NewVariant(v)
	}
	if !v.IsNormal() {
		t.Errorf("%d levels are not normal", MaxDepth)
	}
	deeper := NewVariant(v)
	if deeper.IsNormal() {
		t.Errorf("%d levels are normal", MaxDepth+1)
	}
	if !deeper.NormalForm().IsNormal() {
		t.Error("normal form is too deep")
	}
	hostile := append([]byte{1}, bytes.Repeat([]byte("\x00v"), 1<<20)...)
	hv := FromBytes("v", hostile)
	if hv.IsNormal() || len(hv.Text(true)) > 1000 || hv.NormalForm().Size() > 1000 {
		t.Error("a million variants are read")
	}
	for _, open := range []string{"[", "(", "<", "{1:", "just ", "@v ", "<["} {
		if _, err := Parse(strings.Repeat(open, 1<<18), ""); err == nil || !strings.HasSuffix(err.Error(), ":variant nested too deeply") {
			t.Errorf("many %q: %v", open, err)
		}
	}
}

func TestConstructorsPanicOnMismatch(t *testing.T) {
	for name, f := range map[string]func(){
		"array element":  func() { NewArray("s", NewByte(1)) },
		"maybe content":  func() { v := NewByte(1); NewMaybe("s", &v) },
		"invalid member": func() { NewTuple(Value{}) },
		"container key":  func() { NewDictEntry(NewTuple(), NewByte(1)) },
		"type":           func() { FromBytes("zz", nil) },
		"array type":     func() { NewArray("zz") },
		"deep type":      func() { NewArray(Type(strings.Repeat("a", MaxDepth-1) + "y")) },
		"wanted type":    func() { _, _ = Parse("1", "zz") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestAllocations(t *testing.T) {
	var d Dict
	for i := range 50 {
		d.Set(fmt.Sprintf("key.%d", i), NewString("value"))
	}
	dict := d.Value()
	commit := NewTuple(dict, NewByteArray(nil), NewArray("(say)"), NewString("s"), NewString("b"), NewUint64BE(1), NewByteArray(make([]byte, 32)), NewByteArray(make([]byte, 32)))
	a, b := NewString("a"), NewByteArray(make([]byte, 32))
	list := []string{"x", "y", "z"}
	for name, tt := range map[string]struct {
		max float64
		f   func()
	}{
		"Child":       {0, func() { commit.Child(7) }},
		"array Child": {0, func() { dict.Child(30).Child(1).Variant() }},
		"Lookup":      {0, func() { dict.Lookup("key.49") }},
		"IsNormal":    {0, func() { commit.IsNormal() }},
		"Children": {0, func() {
			for c := range dict.Children() {
				_ = c.Size()
			}
		}},
		"NewTuple":   {1, func() { NewTuple(a, b) }},
		"NewVariant": {1, func() { NewVariant(a) }},
		"NewString":  {1, func() { NewString("text") }},
		"NewStrings": {1, func() { NewStrings(list) }},
		"NewArray":   {1, func() { NewArray("s", a, a) }},
		"Dict.Value": {1, func() { d.Value() }},
	} {
		if got := testing.AllocsPerRun(100, tt.f); got > tt.max {
			t.Errorf("%s allocates %v times, want at most %v", name, got, tt.max)
		}
	}
}
