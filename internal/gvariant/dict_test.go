package gvariant_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

func TestLookup(t *testing.T) {
	var d Dict
	d.Set("a", NewUint32(1))
	d.Set("b", NewString("two"))
	d.Set("", NewBool(true))
	v := d.Value()
	if got, ok := v.Lookup("b"); !ok || got.Str() != "two" {
		t.Errorf("b: %v, %v", got, ok)
	}
	if got, ok := v.Lookup(""); !ok || !got.Bool() {
		t.Errorf("empty key: %v, %v", got, ok)
	}
	for _, key := range []string{"c", "a\x00", "aa"} {
		if got, ok := v.Lookup(key); ok {
			t.Errorf("%q: %v", key, got)
		}
	}
	if _, ok := v.LookupType("a", "s"); ok {
		t.Error("a number was found as a string")
	}
	if got, ok := v.LookupType("a", "u"); !ok || got.Uint32() != 1 {
		t.Errorf("a: %v, %v", got, ok)
	}
	plain, err := Parse("{'x': 5, 'x': 6}", "a{si}")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := plain.Lookup("x"); !ok || got.Int32() != 5 {
		t.Errorf("first of two: %v, %v", got, ok)
	}
	if _, ok := NewStrings([]string{"x"}).Lookup("x"); ok {
		t.Error("an array of strings is a dictionary")
	}
}

// TestDictAgainstModel runs random operations on a Dict and on a slice of keys
// with a map.
func TestDictAgainstModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var d Dict
	var keys []string
	values := map[string]uint32{}
	for i := range uint32(3000) {
		key := strconv.Itoa(rnd.IntN(40))
		_, had := values[key]
		if rnd.IntN(3) == 0 {
			if d.Delete(key) != had {
				t.Fatalf("Delete(%s), had it: %v", key, had)
			}
			delete(values, key)
			keys = slices.DeleteFunc(keys, func(k string) bool { return k == key })
		} else {
			d.Set(key, NewUint32(i))
			values[key] = i
			if !had {
				keys = append(keys, key)
			}
		}
		if !slices.Equal(d.Keys(), keys) || d.Len() != len(keys) {
			t.Fatalf("keys %v, want %v", d.Keys(), keys)
		}
		got, ok := d.Get(key)
		if want, has := values[key]; ok != has || got.Uint32() != want {
			t.Fatalf("Get(%s) = %v, %v, want %d, %v", key, got, ok, want, has)
		}
	}
	back := DictFromValue(d.Value())
	if !slices.Equal(back.Keys(), keys) || !d.Value().IsNormal() || !back.Value().Equal(d.Value()) {
		t.Error("the serialized dictionary differs")
	}
}

func TestDictFromValue(t *testing.T) {
	v, err := Parse("{'a': <1>, 'b': <2>, 'a': <3>}", "a{sv}")
	if err != nil {
		t.Fatal(err)
	}
	if got := DictFromValue(v).Value().Text(false); got != "{'a': <3>, 'b': <2>}" {
		t.Error(got)
	}
	if DictFromValue(NewByte(1)).Len() != 0 || (&Dict{}).Value().Size() != 0 {
		t.Error("empty dictionaries are not empty")
	}
}

func TestDictKeepsRepeatedEntries(t *testing.T) {
	var d Dict
	for i, k := range []string{"a", "b", "a", "c", "a"} {
		d.Add(k, NewInt32(int32(i)))
	}
	if got := d.Value().Text(false); got != "{'a': <0>, 'b': <1>, 'a': <2>, 'c': <3>, 'a': <4>}" {
		t.Error(got)
	}
	if got := d.HashOrdered(); got.Child(0).Child(0).Str() == "" || len(HashOrder([]string{"a", "b", "c"})) != 3 {
		t.Error(got.Text(false))
	} else if a, _ := got.Lookup("a"); a.Int32() != 4 {
		t.Error("of repeated entries the last value must stay in a hash table")
	}
	c := d.Clone()
	if !c.Delete("a") || c.Delete("a") || c.Value().Text(false) != "{'b': <1>, 'c': <3>}" {
		t.Error(c.Value().Text(false))
	}
	if v, ok := c.Get("c"); !ok || v.Int32() != 3 {
		t.Error("the index of what is left is wrong")
	}
	if d.Len() != 5 {
		t.Error("deleting from the copy changed the original")
	}
}
