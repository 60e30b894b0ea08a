package bus

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

// randomType returns the signature of a type that godbus can encode: it has no booleans or signatures as keys.
func randomType(r *rand.Rand, depth int) string {
	basic := func(set string) string { return string(set[r.IntN(len(set))]) }
	if depth == 0 || r.IntN(2) == 0 {
		return basic("ybnqiuxtdsog")
	}
	switch r.IntN(4) {
	case 0:
		return "v"
	case 1:
		return "a" + randomType(r, depth-1)
	case 2:
		return "a{" + basic("ynqiuxtdso") + randomType(r, depth-1) + "}"
	}
	members := ""
	for range 1 + r.IntN(4) {
		members += randomType(r, depth-1)
	}
	return "(" + members + ")"
}

// goType returns the type that godbus encodes as t.
func goType(t string) reflect.Type {
	switch t[0] {
	case 'a':
		if t[1] == '{' {
			return reflect.MapOf(goType(t[2:3]), goType(t[3:len(t)-1]))
		}
		return reflect.SliceOf(goType(t[1:]))
	case '(':
		var fields []reflect.StructField
		for _, member := range membersOf(t) {
			fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", len(fields)), Type: goType(member)})
		}
		return reflect.StructOf(fields)
	}
	return map[byte]reflect.Type{
		'y': reflect.TypeFor[byte](), 'b': reflect.TypeFor[bool](), 'n': reflect.TypeFor[int16](),
		'q': reflect.TypeFor[uint16](), 'i': reflect.TypeFor[int32](), 'u': reflect.TypeFor[uint32](),
		'x': reflect.TypeFor[int64](), 't': reflect.TypeFor[uint64](), 'd': reflect.TypeFor[float64](),
		's': reflect.TypeFor[string](), 'o': reflect.TypeFor[dbus.ObjectPath](), 'g': reflect.TypeFor[dbus.Signature](),
		'v': reflect.TypeFor[dbus.Variant](),
	}[t[0]]
}

func membersOf(t string) (members []string) {
	(&decoder{}).members(t[1:len(t)-1], func(member string) { members = append(members, member) })
	return members
}

// randomValue makes a value of type t for godbus, and the one that it must be decoded to.
func randomValue(r *rand.Rand, t string, depth int) (reflect.Value, any) {
	is := func(theirs, ours any) (reflect.Value, any) { return reflect.ValueOf(theirs), ours }
	n := r.Uint64() >> r.IntN(64)
	switch t[0] {
	case 'y':
		return is(byte(n), byte(n))
	case 'b':
		return is(n&1 == 1, n&1 == 1)
	case 'n':
		return is(int16(n), int16(n))
	case 'q':
		return is(uint16(n), uint16(n))
	case 'i':
		return is(int32(n), int32(n))
	case 'u':
		return is(uint32(n), uint32(n))
	case 'x':
		return is(int64(n), int64(n))
	case 't':
		return is(n, n)
	case 'd':
		f := []float64{r.NormFloat64(), math.Inf(-1), 0, math.MaxFloat64}[r.IntN(4)]
		return is(f, f)
	case 's':
		s := strings.Repeat("aß€🜨", 5)
		s = strings.ToValidUTF8(s[:r.IntN(len(s))], "")
		return is(s, s)
	case 'o':
		p := strings.Repeat("/a_0/B", r.IntN(5))
		if p == "" {
			p = "/"
		}
		return is(dbus.ObjectPath(p), ObjectPath(p))
	case 'g':
		s := ""
		for range r.IntN(3) {
			s += randomType(r, 2)
		}
		return is(dbus.ParseSignatureMust(s), Signature(s))
	case 'v':
		inner := randomType(r, depth)
		theirs, ours := randomValue(r, inner, max(depth-1, 0))
		return is(dbus.MakeVariantWithSignature(theirs.Interface(), dbus.ParseSignatureMust(inner)), ours)
	case '(':
		theirs, ours := reflect.New(goType(t)).Elem(), []any{}
		for i, member := range membersOf(t) {
			value, want := randomValue(r, member, depth)
			theirs.Field(i).Set(value)
			ours = append(ours, want)
		}
		return theirs, ours
	}
	length := r.IntN(4)
	if t[1] == '{' {
		theirs := reflect.MakeMap(goType(t))
		byText, byAny := map[string]any{}, map[any]any{}
		for range length {
			key, wantKey := randomValue(r, t[2:3], depth)
			value, want := randomValue(r, t[3:len(t)-1], depth)
			theirs.SetMapIndex(key, value)
			byAny[wantKey] = want
			if text, ok := wantKey.(string); ok {
				byText[text] = want
			}
		}
		if t[2] == 's' {
			return theirs, byText
		}
		return theirs, byAny
	}
	theirs := reflect.MakeSlice(goType(t), 0, length)
	values, octets, texts, paths := []any{}, []byte{}, []string{}, []ObjectPath{}
	for range length {
		value, want := randomValue(r, t[1:], depth)
		theirs = reflect.Append(theirs, value)
		values = append(values, want)
		switch want := want.(type) {
		case byte:
			octets = append(octets, want)
		case string:
			texts = append(texts, want)
		case ObjectPath:
			paths = append(paths, want)
		}
	}
	switch t[1] {
	case 'y':
		return theirs, octets
	case 's':
		return theirs, texts
	case 'o':
		return theirs, paths
	}
	return theirs, values
}

// reply is what godbus makes of a reply with values.
func reply(t testing.TB, order binary.ByteOrder, values ...any) []byte {
	m := dbus.Message{Type: dbus.TypeMethodReply, Body: values, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(7)),
		dbus.FieldSender:      dbus.MakeVariant(":1.5"),
	}}
	if len(values) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(values...))
	}
	var b bytes.Buffer
	require.NoError(t, m.EncodeTo(&b, order))
	order.PutUint32(b.Bytes()[8:], 3)
	return b.Bytes()
}

func TestDecodesWhatGodbusEncodes(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20000 {
		var signature string
		var theirs, ours []any
		for range r.IntN(4) {
			one := randomType(r, 4)
			value, want := randomValue(r, one, 2)
			if one == "v" {
				inner := value.Interface().(dbus.Variant).Signature().String()
				want = Variant{Signature(inner), want}
			}
			signature += one
			theirs, ours = append(theirs, value.Interface()), append(ours, want)
		}
		if len(signature) > maxSignature {
			continue
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			got, err := decode(reply(t, order, theirs...))
			require.NoError(t, err, signature)
			if len(got) != len(ours) || len(ours) > 0 && !reflect.DeepEqual(got, ours) {
				t.Fatalf("%s:\ngot  %#v\nwant %#v", signature, got, ours)
			}
		}
	}
}

func FuzzMessage(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		value, _ := randomValue(r, randomType(r, 3), 2)
		f.Add(reply(f, binary.LittleEndian, value.Interface()))
		f.Add(reply(f, binary.BigEndian, value.Interface()))
	}
	f.Add(little(kindError, answersCall+"\x04\x01s\x00\x05\x00\x00\x00a.B_c\x00\x00\x00\x08\x01g\x00\x01s\x00", "\x02\x00\x00\x00no\x00"))
	f.Add(reply(f, binary.LittleEndian, dbus.MakeVariant(map[string]dbus.Variant{"a": dbus.MakeVariant("b")})))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := decode(b)
		if err != nil || b[1] != kindReply {
			return
		}
		// What is accepted is something that godbus understands, too.
		m, err := dbus.DecodeMessage(bytes.NewReader(b))
		if err != nil {
			t.Skip(err)
		}
		if len(m.Body) != len(values) {
			t.Fatalf("%d values, godbus has %d", len(values), len(m.Body))
		}
		for i, theirs := range m.Body {
			ours := values[i]
			if v, ok := ours.(Variant); ok {
				if string(v.Signature) != theirs.(dbus.Variant).Signature().String() {
					t.Fatal(v.Signature)
				}
				ours = v.Value
			}
			if want := plain(reflect.ValueOf(theirs)); fmt.Sprintf("%#v", ours) != fmt.Sprintf("%#v", want) {
				t.Fatalf("%#v\ngodbus has %#v", ours, want)
			}
		}
	})
}

// plain makes of a value of godbus what we make of it.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case dbus.Variant:
		return plain(reflect.ValueOf(x.Value()))
	case dbus.ObjectPath:
		return ObjectPath(x)
	case dbus.Signature:
		return Signature(x.String())
	case []byte, []string:
		return x
	case []dbus.ObjectPath:
		paths := []ObjectPath{}
		for _, path := range x {
			paths = append(paths, ObjectPath(path))
		}
		return paths
	}
	switch {
	case v.Kind() == reflect.Interface:
		return plain(v.Elem())
	case v.Kind() == reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	case v.Kind() == reflect.Map && v.Type().Key() == reflect.TypeFor[string]():
		entries := map[string]any{}
		for k, value := range v.Seq2() {
			entries[k.String()] = plain(value)
		}
		return entries
	case v.Kind() == reflect.Map:
		entries := map[any]any{}
		for k, value := range v.Seq2() {
			entries[plain(k)] = plain(value)
		}
		return entries
	}
	return v.Interface()
}
