package gvariant_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
)

// vectors returns the fields of the lines of a file in testdata.
func vectors(t testing.TB, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "# ") {
			rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no vectors in %s", name)
	}
	return rows
}

func mustType(t testing.TB, s string) gvariant.Type {
	t.Helper()
	typ, err := gvariant.ParseType(s)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rebuild makes the value again out of what the accessors say.
func rebuild(v gvariant.Value) gvariant.Value {
	t := v.Type()
	switch t[0] {
	case 'v':
		return gvariant.NewVariant(rebuild(v.Variant()))
	case 'm':
		c, ok := v.Maybe()
		if !ok {
			return gvariant.NewMaybe(t.Elem(), nil)
		}
		c = rebuild(c)
		return gvariant.NewMaybe(t.Elem(), &c)
	case 'a':
		var items []gvariant.Value
		for i := range v.Len() {
			items = append(items, rebuild(v.Child(i)))
		}
		return gvariant.NewArray(t.Elem(), items...)
	case '(':
		var items []gvariant.Value
		for c := range v.Children() {
			items = append(items, rebuild(c))
		}
		return gvariant.NewTuple(items...)
	case '{':
		return gvariant.NewDictEntry(rebuild(v.Child(0)), rebuild(v.Child(1)))
	}
	return rebuildBasic(v)
}

func rebuildBasic(v gvariant.Value) gvariant.Value {
	switch v.Type() {
	case "b":
		return gvariant.NewBool(v.Bool())
	case "y":
		return gvariant.NewByte(v.Byte())
	case "n":
		return gvariant.NewInt16(v.Int16())
	case "q":
		return gvariant.NewUint16(v.Uint16())
	case "i":
		return gvariant.NewInt32(v.Int32())
	case "h":
		return gvariant.NewHandle(v.Int32())
	case "u":
		return gvariant.NewUint32(v.Uint32())
	case "x":
		return gvariant.NewInt64(v.Int64())
	case "t":
		return gvariant.NewUint64(v.Uint64())
	case "d":
		return gvariant.NewDouble(v.Double())
	case "s":
		return gvariant.NewString(v.Str())
	case "o":
		return gvariant.NewObjectPath(v.Str())
	}
	return gvariant.NewSignature(v.Str())
}

func TestValuesMatchGLib(t *testing.T) {
	for _, row := range vectors(t, "values.txt") {
		typ, data := mustType(t, row[0]), unhex(t, row[1])
		v := gvariant.FromBytes(typ, data)
		if !v.IsNormal() {
			t.Errorf("%s %s: not normal", typ, row[1])
			continue
		}
		checkHex(t, row, "rebuilt", rebuild(v), row[1])
		checkHex(t, row, "byte-swapped", v.Byteswap(), row[2])
		checkHex(t, row, "byte-swapped twice", v.Byteswap().Byteswap(), row[1])
		if got := v.Text(true); got != row[3] {
			t.Errorf("%s: text %s, want %s", typ, got, row[3])
		}
		if got := v.Text(false); got != row[4] {
			t.Errorf("%s: bare text %s, want %s", typ, got, row[4])
		}
		for text, want := range map[string]gvariant.Type{row[3]: "", row[4]: typ} {
			back, err := gvariant.Parse(text, want)
			if err != nil || !back.Equal(v) {
				t.Errorf("%s: parsing %s: %v, %v", typ, text, back, err)
			}
		}
	}
}

func checkHex(t *testing.T, row []string, what string, v gvariant.Value, want string) {
	t.Helper()
	if got := hex.EncodeToString(v.Bytes()); got != want || string(v.Type()) != row[0] {
		t.Errorf("%s %s: %s %s\n got %s\nwant %s", row[0], row[1], what, v.Type(), got, want)
	}
}

func TestDamagedValues(t *testing.T) {
	for _, row := range vectors(t, "notnormal.txt") {
		typ, data := mustType(t, row[0]), unhex(t, row[1])
		v := gvariant.FromBytes(typ, data)
		if v.IsNormal() {
			t.Errorf("%s %s: normal", typ, row[1])
		}
		n := v.NormalForm()
		if !n.IsNormal() || n.Type() != typ {
			t.Errorf("%s %s: the normal form %s %x is not normal", typ, row[1], n.Type(), n.Bytes())
		}
		if back, err := gvariant.Parse(v.Text(true), ""); err != nil || back.Type() != typ {
			t.Errorf("%s %s: text does not parse: %v", typ, row[1], err)
		}
	}
}

func TestParseMatchesGLib(t *testing.T) {
	for _, row := range vectors(t, "parse.txt") {
		var text string
		if err := json.Unmarshal([]byte(row[0]), &text); err != nil {
			t.Fatal(err)
		}
		want := gvariant.Type(strings.TrimPrefix(row[1], "-"))
		v, err := gvariant.Parse(text, want)
		if row[2] == "error" {
			if err == nil || err.Error() != row[3] {
				t.Errorf("%q as %q: %v, want error %s", text, want, err, row[3])
			}
			continue
		}
		if err != nil {
			t.Errorf("%q as %q: %v", text, want, err)
			continue
		}
		var printed string
		if err := json.Unmarshal([]byte(row[5]), &printed); err != nil {
			t.Fatal(err)
		}
		if string(v.Type()) != row[3] || hex.EncodeToString(v.Bytes()) != row[4] || v.Text(true) != printed {
			t.Errorf("%q as %q: %s %x %s\nwant %s", text, want, v.Type(), v.Bytes(), v, row[3:])
		}
	}
}

func TestHashOrderMatchesGLib(t *testing.T) {
	for _, row := range vectors(t, "hashorder.txt") {
		keys, want := strings.Fields(row[0]), row[1]
		if got := strings.Join(gvariant.HashOrder(keys), " "); got != want {
			t.Errorf("%d keys:\n got %s\nwant %s", len(keys), got, want)
		}
		var d gvariant.Dict
		for i, k := range keys {
			d.Set(k, gvariant.NewUint32(uint32(i)))
		}
		ordered := gvariant.DictFromValue(d.HashOrdered())
		if got := strings.Join(ordered.Keys(), " "); got != want {
			t.Errorf("HashOrdered: %s, want %s", got, want)
		}
	}
}
