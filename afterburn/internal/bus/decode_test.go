package bus

import (
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

// decode is the way of a message from its first bytes to the values.
func decode(b []byte) ([]any, error) {
	if len(b) < fixedSize {
		return nil, io.ErrUnexpectedEOF
	}
	size, err := messageSize(b[:fixedSize])
	if err != nil {
		return nil, err
	}
	if size != len(b) {
		return nil, fmt.Errorf("%d bytes of %d", len(b), size)
	}
	m, err := parse(b)
	if err != nil {
		return nil, err
	}
	if m.kind != kindReply && m.kind != kindError {
		return nil, nil
	}
	return m.answer()
}

// little puts the fields and the body of a message together.
func little(kind byte, fields, body string) []byte {
	b := []byte{'l', kind, 0, 1}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = binary.LittleEndian.AppendUint32(b, 3)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(fields)))
	return append(pad(append(b, fields...), 8), body...)
}

const answersCall = "\x05\x01u\x00\x07\x00\x00\x00"

// withSignature are the fields of a reply.
func withSignature(s string) string {
	return answersCall + "\x08\x01g\x00" + string(byte(len(s))) + s + "\x00"
}

func TestRefusesMessages(t *testing.T) {
	body := func(signature, body string) []byte { return little(kindReply, withSignature(signature), body) }
	nested := func(n int) string {
		// A variant in a variant …
		return strings.Repeat("\x01v\x00", n) + "\x01y\x00\x2a"
	}
	entry := func(n int) string {
		b := pad([]byte(strings.Repeat("\x01v\x00", n-1)+"\x05a{yy}\x00"), 4)
		b = pad(append(b, 2, 0, 0, 0), 8)
		return string(append(b, 1, 2))
	}
	dictionaries := func(n int) dbus.Variant {
		v := dbus.MakeVariant("a")
		for range n {
			v = dbus.MakeVariant(map[string]dbus.Variant{"a": v})
		}
		return v
	}
	set := func(b []byte, at int, value byte) []byte { b[at] = value; return b }
	for want, messages := range map[string]map[string][]byte{
		"unknown order of bytes": {
			"order": set(body("y", "a"), 0, 'L'),
		},
		"unknown version": {
			"version": set(body("y", "a"), 3, 2),
			"kind":    set(body("y", "a"), 1, 0),
		},
		"it is too long": {
			"too long":         set(body("y", "a"), 7, 1),
			"fields too long":  set(body("y", "a"), 15, 255),
			"length near 2^32": append([]byte("l\x02\x00\x01\xf8\xff\xff\xff\x03\x00\x00\x00\xff\xff\xff\xff"), answersCall...),
		},
		"it has no serial": {
			"no serial": set(body("y", "a"), 8, 0),
		},
		"a field is missing": {
			"answer to nothing":     little(kindReply, "", ""),
			"answer to 0":           little(kindReply, "\x05\x01u\x00\x00\x00\x00\x00", ""),
			"error without name":    little(kindError, answersCall, ""),
			"error with a bad name": little(kindError, answersCall+"\x04\x01s\x00\x03\x00\x00\x00a.1\x00", ""),
		},
		"field 0": {
			"field 0": little(kindReply, answersCall+"\x00\x01y\x00a", ""),
		},
		"a field is of another type, or there twice": {
			"field twice":         little(kindReply, answersCall+answersCall, ""),
			"field of other type": little(kindReply, "\x05\x01i\x00\x07\x00\x00\x00", ""),
		},
		"a variant is not of one type": {
			"field of two types": little(kindReply, "\x05\x02uu\x00\x00\x00\x00\x07\x00\x00\x00\x07\x00\x00\x00", ""),
			"variant of nothing": body("v", "\x00\x00"),
			"variant of two":     body("v", "\x02yy\x00aa"),
		},
		"a value is too long": {
			"body is short":             body("yy", "a"),
			"variant is short":          body("v", "\x01y\x00"),
			"signature is too long":     body("g", "\xff"+strings.Repeat("y", 200)),
			"text too long":             body("s", "\xff\xff\xff\xffa\x00"),
			"no padding of empty array": body("at", "\x00\x00\x00\x00"),
		},
		"padding is not zero": {
			"padding of fields":      set(body("y", "a"), 16+8+7, 1),
			"padding":                body("yu", "a\x00\x01\x00\x01\x00\x00\x00"),
			"padding of empty array": body("at", "\x00\x00\x00\x00\x01\x00\x00\x00"),
		},
		"something is left over": {
			"body without signature": little(kindReply, answersCall, "a"),
			"body is long":           body("y", "aa"),
		},
		"a signature is none": {
			"signature is none":        body("z", "a"),
			"array of nothing":         body("a", "\x00\x00\x00\x00"),
			"empty structure":          body("()", ""),
			"open structure":           body("(y", "a"),
			"closed structure":         body("y)", "a"),
			"entry outside":            body("{yy}", "aa"),
			"entry of one":             body("a{y}", "\x00\x00\x00\x00\x00\x00\x00\x00"),
			"entry of three":           body("a{yyy}", "\x00\x00\x00\x00\x00\x00\x00\x00"),
			"entry with container key": body("a{vy}", "\x00\x00\x00\x00\x00\x00\x00\x00"),
			"arrays too deep":          body(strings.Repeat("a", 33)+"y", "\x00\x00\x00\x00"),
			"structures too deep":      body(strings.Repeat("(", 33)+"y"+strings.Repeat(")", 33), "a"),
			"entries too deep":         body(strings.Repeat("(", 32)+"a{yy}"+strings.Repeat(")", 32), "\x00\x00\x00\x00\x00\x00\x00\x00"),
		},
		"values are nested too deep": {
			"variants too deep": body("v", nested(64)),
			"entry too deep":    body("v", entry(63)),
		},
		"a boolean is neither 0 nor 1": {
			"boolean": body("b", "\x02\x00\x00\x00"),
		},
		"a text is not UTF-8 or has a NUL": {
			"field without value":   little(kindReply, answersCall+"\x08\x01", ""),
			"signature is NUL":      body("\x00", "a"),
			"signature without NUL": body("g", "\x01yy"),
			"text without NUL":      body("s", "\x01\x00\x00\x00aa"),
			"text with NUL":         body("s", "\x02\x00\x00\x00a\x00\x00"),
			"text not UTF-8":        body("s", "\x01\x00\x00\x00\xff\x00"),
			"text is a surrogate":   body("s", "\x03\x00\x00\x00\xed\xa0\x80\x00"),
		},
		"an object path is none": {
			"path":               body("o", "\x01\x00\x00\x00a\x00"),
			"path ends in slash": body("o", "\x03\x00\x00\x00/a/\x00"),
			"path in array":      body("ao", "\x06\x00\x00\x00\x01\x00\x00\x00-\x00"),
		},
		"an array is too long": {
			"array too long": body("ay", "\x02\x00\x00\x00a"),
			"array huge":     body("ai", "\xfc\xff\xff\xffabcd"),
		},
		"an array has another length": {
			"fields end in one":        set(little(kindReply, answersCall, ""), 12, 7),
			"array ends in an element": body("ai", "\x05\x00\x00\x00abcdabcd"),
			"array of texts":           body("as", "\x05\x00\x00\x00\x01\x00\x00\x00a\x00"),
			"entry ends early":         body("a{sy}", "\x06\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00a\x00b"),
		},
		"file descriptors are not supported": {
			"field is a descriptor": little(kindReply, answersCall+"\x0a\x01h\x00\x00\x00\x00\x00", ""),
			"descriptor":            body("h", "\x00\x00\x00\x00"),
			"descriptor as a key":   body("a{hy}", "\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a"),
		},
		"too many values": {
			"too many values": body("ab", "\x04\x00\x04\x00"+strings.Repeat("\x00", 4*maxValues+4)),
		},
	} {
		for name, b := range messages {
			t.Run(name, func(t *testing.T) {
				_, err := decode(b)
				require.EqualError(t, err, "invalid message: "+want)
			})
		}
	}
	// What is just good enough.
	for name, b := range map[string][]byte{
		"as deep":        body("v", nested(63)),
		"entries":        body("v", entry(62)),
		"dictionaries":   reply(t, binary.LittleEndian, dictionaries(21)),
		"other fields":   little(kindReply, answersCall+"\x63\x01y\x00a", ""),
		"arrays":         body(strings.Repeat("a", 32)+"y", "\x00\x00\x00\x00"),
		"structures":     body(strings.Repeat("(", 32)+"y"+strings.Repeat(")", 32), "a"),
		"none of those":  body("ah", "\x00\x00\x00\x00"),
		"many values":    body("ab", "\xfc\xff\x03\x00"+strings.Repeat("\x00", 4*maxValues-4)),
		"signature keys": body("a{gy}", "\x04\x00\x00\x00\x00\x00\x00\x00\x01y\x00a"),
		"unknown kind":   set(body("y", "a"), 1, 9),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(b)
			require.NoError(t, err)
		})
	}
}

func TestErrorAnswer(t *testing.T) {
	name := answersCall + "\x04\x01s\x00\x05\x00\x00\x00a.B_c\x00"
	_, err := decode(little(kindError, name, ""))
	require.EqualError(t, err, "a.B_c")
	name += "\x00\x00\x08\x01g\x00\x02su\x00"
	_, err = decode(little(kindError, name, "\x02\x00\x00\x00a\x1b\x00\x00\x01\x00\x00\x00"))
	require.Equal(t, &Error{Name: "a.B_c", Text: "a\x1b"}, err)
	require.EqualError(t, err, `a.B_c: "a\x1b"`)
}

func TestLastEntryCounts(t *testing.T) {
	values, err := decode(little(kindReply, withSignature("a{sy}"),
		"\x0f\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00a\x001\x00\x01\x00\x00\x00a\x002"))
	require.NoError(t, err)
	require.Equal(t, []any{map[string]any{"a": byte('2')}}, values)
}

// A message that makes the most of its size takes bounded memory.
func TestMemoryIsBounded(t *testing.T) {
	deep := strings.Repeat("(", 32) + "y" + strings.Repeat(")", 32)
	for name, b := range map[string][]byte{
		"structures":   little(kindReply, withSignature("a"+deep), "\xf0\xff\x0e\x00\x00\x00\x00\x00"+strings.Repeat("\x00", 0xefff0)),
		"dictionaries": little(kindReply, withSignature("aa{sv}"), "\xf0\xff\x0e\x00"+strings.Repeat("\x00", 0xefff0)),
		"texts":        little(kindReply, withSignature("as"), "\xf0\xff\x0e\x00"+strings.Repeat("\x00", 0xefff0)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decode(b)
			runtime.ReadMemStats(&after)
			t.Log(err, after.TotalAlloc-before.TotalAlloc)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(40<<20))
		})
	}
}
