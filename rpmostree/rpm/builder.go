package rpm

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// HeaderBuilder makes headers. The zero value is empty and ready to use. Setting a tag again replaces its value.
type HeaderBuilder struct {
	entries []builtEntry
}

type builtEntry struct {
	tag   Tag
	typ   Type
	count int
	data  []byte
}

func (b *HeaderBuilder) set(e builtEntry) {
	i, found := slices.BinarySearchFunc(b.entries, e.tag, func(e builtEntry, t Tag) int { return cmp.Compare(e.tag, t) })
	if found {
		b.entries[i] = e
		return
	}
	b.entries = slices.Insert(b.entries, i, e)
}

// Remove takes a tag out.
func (b *HeaderBuilder) Remove(t Tag) {
	b.entries = slices.DeleteFunc(b.entries, func(e builtEntry) bool { return e.tag == t })
}

// SetString sets a tag to a single string, which must not contain a NUL.
func (b *HeaderBuilder) SetString(t Tag, s string) {
	b.set(builtEntry{t, TypeString, 1, append([]byte(s), 0)})
}

// SetStrings sets a tag to a list of strings; an empty list sets nothing.
func (b *HeaderBuilder) SetStrings(t Tag, list ...string) { b.setStrings(t, TypeStringArray, list) }

// SetI18N sets a tag to a text in the languages of TagHeaderI18NTable, in their order.
func (b *HeaderBuilder) SetI18N(t Tag, list ...string) { b.setStrings(t, TypeI18N, list) }

func (b *HeaderBuilder) setStrings(t Tag, typ Type, list []string) {
	if len(list) == 0 {
		return
	}
	var data []byte
	for _, s := range list {
		data = append(append(data, s...), 0)
	}
	b.set(builtEntry{t, typ, len(list), data})
}

// SetBytes sets a tag to binary data; none set nothing.
func (b *HeaderBuilder) SetBytes(t Tag, data []byte) { b.setData(t, TypeBin, len(data), data) }

// SetChars sets a tag to a list of single bytes; an empty list sets nothing.
func (b *HeaderBuilder) SetChars(t Tag, data []byte) { b.setData(t, TypeChar, len(data), data) }

// SetUint16s sets a tag to a list of 16-bit numbers; an empty list sets nothing.
func (b *HeaderBuilder) SetUint16s(t Tag, list ...uint16) {
	var data []byte
	for _, v := range list {
		data = binary.BigEndian.AppendUint16(data, v)
	}
	b.setData(t, TypeInt16, len(list), data)
}

// SetUint32s sets a tag to a list of 32-bit numbers; an empty list sets nothing.
func (b *HeaderBuilder) SetUint32s(t Tag, list ...uint32) {
	var data []byte
	for _, v := range list {
		data = binary.BigEndian.AppendUint32(data, v)
	}
	b.setData(t, TypeInt32, len(list), data)
}

// SetUint64s sets a tag to a list of 64-bit numbers; an empty list sets nothing.
func (b *HeaderBuilder) SetUint64s(t Tag, list ...uint64) {
	var data []byte
	for _, v := range list {
		data = binary.BigEndian.AppendUint64(data, v)
	}
	b.setData(t, TypeInt64, len(list), data)
}

func (b *HeaderBuilder) setData(t Tag, typ Type, count int, data []byte) {
	if count > 0 {
		b.set(builtEntry{t, typ, count, data})
	}
}

// Copy sets a tag to what a header has under another, or the same; it reports whether the header has it.
func (b *HeaderBuilder) Copy(h *Header, from, to Tag) bool {
	e, ok := h.find(from)
	if ok {
		b.set(builtEntry{to, e.typ, int(e.count), h.bytesOf(e)})
	}
	return ok
}

// copyAll sets all that a header has.
func (b *HeaderBuilder) copyAll(h *Header) {
	for _, e := range h.entries {
		b.entries = append(b.entries, builtEntry{e.tag, e.typ, int(e.count), h.bytesOf(e)})
	}
}

// Blob returns the header in the form that databases hold, sealed by a region with the given tag, or without one if the
// tag is 0. A builder without tags and region gives nothing that can be read.
func (b *HeaderBuilder) Blob(region Tag) []byte {
	var index, data []byte
	for _, e := range b.entries {
		index, data = e.appendTo(index, data)
	}
	il := len(b.entries)
	if region != 0 {
		il++
		trailer := builtEntry{region, TypeBin, indexEntry, appendIndex(nil, region, TypeBin, uint32(-il*indexEntry), indexEntry)}
		var first []byte
		first, data = trailer.appendTo(nil, data)
		index = append(first, index...)
	}
	out := make([]byte, 0, intro+len(index)+len(data))
	out = binary.BigEndian.AppendUint32(out, uint32(il))
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return append(append(out, index...), data...)
}

// appendTo appends the entry to an index and its data, aligned, to the data.
func (e *builtEntry) appendTo(index, data []byte) ([]byte, []byte) {
	for len(data)%e.typ.size() != 0 {
		data = append(data, 0)
	}
	index = appendIndex(index, e.tag, e.typ, uint32(len(data)), uint32(e.count))
	return index, append(data, e.data...)
}

func appendIndex(index []byte, t Tag, typ Type, off, count uint32) []byte {
	for _, v := range [...]uint32{uint32(t), uint32(typ), off, count} {
		index = binary.BigEndian.AppendUint32(index, v)
	}
	return index
}
