package gvariant_test

import (
	"bytes"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

// FuzzFromBytes reads arbitrary bytes as arbitrary types: nothing panics, and
// bytes in normal form are those the constructors make.
func FuzzFromBytes(f *testing.F) {
	for _, row := range vectors(f, "values.txt")[:60] {
		f.Add(row[0], unhex(f, row[1]))
	}
	for _, row := range vectors(f, "notnormal.txt")[:60] {
		f.Add(row[0], unhex(f, row[1]))
	}
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		wanted, err := ParseType(typ)
		if err != nil || len(typ)*len(data) > 1<<16 {
			return
		}
		before := bytes.Clone(data)
		v := FromBytes(wanted, data)
		normal := v.IsNormal()
		if normal && !bytes.Equal(rebuild(v).Bytes(), data) {
			t.Errorf("%s %x: rebuilt as %x", typ, data, rebuild(v).Bytes())
		}
		n := v.NormalForm()
		if !n.IsNormal() || normal && !n.Equal(v) {
			t.Errorf("%s %x: normal %v, normal form %x", typ, data, normal, n.Bytes())
		}
		if s := v.Byteswap(); !s.Byteswap().Equal(n) {
			t.Errorf("%s %x: swapped twice %x, want %x", typ, data, s.Byteswap().Bytes(), n.Bytes())
		}
		v.Lookup("a")
		v.Text(false)
		if !bytes.Equal(before, data) {
			t.Error("reading changed the bytes")
		}
	})
}

// FuzzParse parses arbitrary text; what parses has a text that parses to the
// same value.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"{'a': <1>, 'b': <[uint32 1, 2]>}", "(1, 'a', b'x\\377', 1.5e3, @mi nothing)", "[@ay [], b'a']",
		"just just nothing", "{1, 'x'}", "'\\u00e9\\U0001f600\\n'", "@a{sv} {}", "-0x10", "[1, just 2]", "<<@(ss) ('a', \"b\")>>",
	} {
		f.Add(s, "")
		f.Add(s, "a{sv}")
	}
	f.Fuzz(func(t *testing.T, text, want string) {
		if want != "" {
			if _, err := ParseType(want); err != nil {
				return
			}
		}
		v, err := Parse(text, Type(want))
		if err != nil {
			return
		}
		if !v.IsNormal() || want != "" && v.Type() != Type(want) {
			t.Fatalf("%q as %q: %s %x", text, want, v.Type(), v.Bytes())
		}
		printed := v.Text(true)
		back, err := Parse(printed, "")
		if err != nil || !back.Equal(v) {
			t.Errorf("%q prints as %q, which parses as %v, %v", text, printed, back, err)
		}
		bare := v.Text(false)
		if back, err := Parse(bare, v.Type()); err != nil || !back.Equal(v) {
			t.Errorf("%q prints as %q, which parses as %v, %v", text, bare, back, err)
		}
	})
}
