package gvariant

import (
	"bytes"
	"maps"
	"slices"
)

// Lookup returns the value stored under key in a dictionary with text keys
// (a{s…} or a{o…}). Values of a{sv} come without their variant. Of several
// entries with the key the first counts. It does not allocate for the common
// types.
func (v Value) Lookup(key string) (Value, bool) {
	if len(v.typ) < 5 || v.typ[:2] != "a{" || v.typ[2] != 's' && v.typ[2] != 'o' {
		return Value{}, false
	}
	a := openArray(v.typ[1:], v.data)
	var prev uint64
	for i := range a.n {
		end := a.end(i)
		if prev > end || end > uint64(a.body) {
			break
		}
		t := openTuple(a.elem, a.between(prev, end).data)
		prev = end
		if k, _ := t.next(); !keyEqual(k.data, key) {
			continue
		}
		val, _ := t.next()
		if val.typ == TypeVariant {
			val = variantChild(val.data)
		}
		return val, true
	}
	return Value{}, false
}

// LookupType is [Value.Lookup] for a value that must have type t; a value of
// another type counts as missing.
func (v Value) LookupType(key string, t Type) (Value, bool) {
	val, ok := v.Lookup(key)
	if !ok || val.typ != t {
		return Value{}, false
	}
	return val, true
}

// keyEqual reports whether data is the serialized text key.
func keyEqual(data []byte, key string) bool {
	n := len(data) - 1
	if n < 0 {
		return key == "" // a broken key reads as ""
	}
	return data[n] == 0 && string(data[:n]) == key && bytes.IndexByte(data[:n], 0) < 0
}

// Dict builds an a{sv}, the dictionary of texts to anything, and keeps the
// order of its entries. The zero Dict is empty and ready for use. A Dict is not
// safe for concurrent use.
type Dict struct {
	entries []dictEntry
	index   map[string]int
}

type dictEntry struct {
	key   string
	value Value
}

// DictFromValue returns a Dict with the entries of an a{sv} in their order. Of
// several entries with the same key the last value stays, at the place of the
// first. A value of another type gives an empty Dict.
func DictFromValue(v Value) *Dict {
	d := new(Dict)
	if v.typ != TypeDict {
		return d
	}
	for e := range v.Children() {
		d.Set(e.Child(0).Str(), e.Child(1).Variant())
	}
	return d
}

// Set stores v (not wrapped in a variant) under key: in place of the value that
// is there, else at the end.
func (d *Dict) Set(key string, v Value) {
	mustValid(v)
	if i, ok := d.index[key]; ok {
		d.entries[i].value = v
		return
	}
	if d.index == nil {
		d.index = make(map[string]int)
	}
	d.index[key] = len(d.entries)
	d.entries = append(d.entries, dictEntry{key, v})
}

// Add appends an entry even if there is one with the key: an a{sv} is an array,
// and programs that build it entry by entry keep what they were given twice.
// Get and Set concern the first of them.
func (d *Dict) Add(key string, v Value) {
	if _, ok := d.index[key]; !ok {
		d.Set(key, v)
		return
	}
	mustValid(v)
	d.entries = append(d.entries, dictEntry{key, v})
}

// Clone returns a copy that shares only the values.
func (d *Dict) Clone() *Dict {
	return &Dict{slices.Clone(d.entries), maps.Clone(d.index)}
}

// Delete removes all entries with the key and reports whether there were any.
// The others keep their order.
func (d *Dict) Delete(key string) bool {
	if _, ok := d.index[key]; !ok {
		return false
	}
	d.entries = slices.DeleteFunc(d.entries, func(e dictEntry) bool { return e.key == key })
	clear(d.index)
	for i, e := range d.entries {
		if _, ok := d.index[e.key]; !ok {
			d.index[e.key] = i
		}
	}
	return true
}

// Get returns the value under key.
func (d *Dict) Get(key string) (Value, bool) {
	i, ok := d.index[key]
	if !ok {
		return Value{}, false
	}
	return d.entries[i].value, true
}

// Keys returns the keys in order, those of repeated entries repeated.
func (d *Dict) Keys() []string {
	keys := make([]string, len(d.entries))
	for i := range d.entries {
		keys[i] = d.entries[i].key
	}
	return keys
}

// Len returns the number of entries.
func (d *Dict) Len() int { return len(d.entries) }

// Value returns the a{sv} in the order of the Dict.
func (d *Dict) Value() Value {
	return dictValue(d.entries)
}

// HashOrdered returns the a{sv} in the order in which GLib's string hash table
// would iterate over the keys, had they been inserted in the order of the Dict
// (see [HashOrder]). Of several entries with the same key the last value stays.
func (d *Dict) HashOrdered() Value {
	if len(d.index) < len(d.entries) {
		d = DictFromValue(d.Value())
	}
	order := HashOrder(d.Keys())
	entries := make([]dictEntry, len(order))
	for i, key := range order {
		entries[i] = d.entries[d.index[key]]
	}
	return dictValue(entries)
}

// dictValue serializes an a{sv} in one go.
func dictValue(entries []dictEntry) Value {
	if len(entries) == 0 {
		return Value{TypeDict, nil}
	}
	body := 0
	for i := range entries {
		size, _ := framedSize(entries[i].body(), 1)
		body = padTo(body, 8) + size
	}
	size, width := framedSize(body, len(entries))
	b := make([]byte, size)
	pos := 0
	for i := range entries {
		e := &entries[i]
		start := padTo(pos, 8)
		n, w := framedSize(e.body(), 1)
		pos = start + n
		e.put(b[start:pos], w)
		putOffset(b, body+i*width, width, pos)
	}
	return Value{TypeDict, b}
}

// body returns the size of the {sv} without its framing offset.
func (e *dictEntry) body() int {
	return padTo(len(e.key)+1, 8) + e.value.Size() + 1 + len(e.value.typ)
}

// put writes the {sv} to b, which is zero and of the right size.
func (e *dictEntry) put(b []byte, width int) {
	copy(b, e.key)
	at := padTo(len(e.key)+1, 8)
	copy(b[at:], e.value.data)
	at += e.value.Size() + 1
	copy(b[at:], e.value.typ)
	putOffset(b, len(b)-width, width, len(e.key)+1)
}
