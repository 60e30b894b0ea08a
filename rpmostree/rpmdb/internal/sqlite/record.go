package sqlite

import "fmt"

// Record builds the record of a row or of an index entry. The zero value is an
// empty record.
type Record struct {
	types []byte
	body  []byte
	out   []byte
}

// Reset empties the record.
func (r *Record) Reset() { r.types, r.body = r.types[:0], r.body[:0] }

// Null adds a NULL.
func (r *Record) Null() { r.types = append(r.types, 0) }

// Int adds an integer.
func (r *Record) Int(v int64) {
	t := intType(v)
	r.types = append(r.types, t)
	r.body = putInt(r.body, t, v)
}

// Text adds a text.
func (r *Record) Text(s string) {
	r.types = putVarint(r.types, textType(len(s)))
	r.body = append(r.body, s...)
}

// Blob adds bytes.
func (r *Record) Blob(b []byte) {
	r.BlobLater(len(b))
	r.body = append(r.body, b...)
}

// BlobLater adds bytes that are not in the record: they follow it, so this is
// the last value.
func (r *Record) BlobLater(n int) { r.types = putVarint(r.types, blobType(n)) }

// Bytes returns the record, valid until the next call of a method.
func (r *Record) Bytes() []byte {
	n := len(r.types) + 1
	if varintLen(uint64(n)) > 1 {
		n++
	}
	r.out = putVarint(r.out[:0], uint64(n))
	r.out = append(r.out, r.types...)
	r.out = append(r.out, r.body...)
	return r.out
}

// Value is a value of a record that was read. Type is the serial type.
type Value struct {
	Type uint64
	Data []byte
}

// IsBytes reports whether the value is a text or a blob.
func (v Value) IsBytes() bool { return v.Type >= 12 }

// Int returns an integer; ok is false for other types.
func (v Value) Int() (i int64, ok bool) {
	if v.Type == 0 || v.Type == 7 || v.Type > 9 {
		return 0, false
	}
	return getInt(v.Type, v.Data), true
}

// ParseRecord appends the values of a record to dst; they share its memory.
func ParseRecord(dst []Value, rec []byte) ([]Value, error) {
	hdr, n := getVarint(rec)
	if n == 0 || hdr > uint64(len(rec)) || hdr < uint64(n) {
		return nil, fmt.Errorf("record header: %w", errVarint)
	}
	types, body := rec[n:hdr], rec[hdr:]
	for len(types) > 0 {
		t, n := getVarint(types)
		if n == 0 {
			return nil, fmt.Errorf("record header: %w", errVarint)
		}
		types = types[n:]
		if t == 10 || t == 11 {
			return nil, fmt.Errorf("reserved value type %d", t)
		}
		size := typeSize(t)
		if size > uint64(len(body)) {
			return nil, fmt.Errorf("value of %d bytes in a record with %d", size, len(body))
		}
		dst = append(dst, Value{t, body[:size]})
		body = body[size:]
	}
	return dst, nil
}
