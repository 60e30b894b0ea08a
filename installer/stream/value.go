package stream

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// value is a part of a document whose syntax has been checked. Values and their strings refer
// to the text of the document instead of copying it, so that reading one takes no more memory
// than what is kept of it.
type value struct {
	text       string // the document
	start, end int
}

// rootValue is the whole of a valid document.
func rootValue(text string) value {
	v := value{text: text}
	v.start = v.skipSpace(0)
	v.end = v.skipValue(v.start)
	return v
}

// members calls f for each member of an object. A key may come again.
func (v value) members(expected string, f func(key string, member value) error) error {
	if v.text[v.start] != '{' {
		return v.mismatch(expected)
	}
	for i := v.skipSpace(v.start + 1); v.text[i] != '}'; {
		name := value{v.text, i, v.skipString(i)}
		key, err := name.str()
		if err != nil {
			return err
		}
		m := value{text: v.text, start: v.skipSpace(v.skipSpace(name.end) + 1)} // past the colon
		m.end = v.skipValue(m.start)
		if err := f(key, m); err != nil {
			return err
		}
		if i = v.skipSpace(m.end); v.text[i] == ',' {
			i = v.skipSpace(i + 1)
		}
	}
	return nil
}

// table reads an object whose keys are names. Of members with the same name the last counts.
func table[T any](v value, read func(value) (T, error)) (map[string]T, error) {
	m := map[string]T{}
	return m, v.members("a map", func(key string, member value) (err error) {
		m[key], err = read(member)
		return err
	})
}

// str reads a string.
func (v value) str() (string, error) {
	if v.text[v.start] != '"' {
		return "", v.mismatch("a string")
	}
	raw := v.text[v.start+1 : v.end-1]
	if strings.IndexByte(raw, '\\') < 0 {
		return raw, nil
	}
	var s string
	if err := json.Unmarshal([]byte(v.text[v.start:v.end]), &s); err != nil {
		return "", err
	}
	if loneSurrogate(raw) {
		return "", v.fail("lone surrogate in hex escape")
	}
	return s, nil
}

// loneSurrogate tells whether valid JSON has an escape of half a pair, for which package json
// puts U+FFFD.
func loneSurrogate(raw string) bool {
	for i := strings.IndexByte(raw, '\\'); i >= 0 && i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		r := hexRune(raw[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if next, ok := strings.CutPrefix(raw[i+1:], `\u`); !ok || utf16.DecodeRune(r, hexRune(next)) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// hexRune reads the four digits of an escape.
func hexRune(s string) rune {
	n, err := strconv.ParseUint(s[:4], 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// keep reads what nobody depends on as far as it fits.
func (v value) keep(to any) { _ = json.Unmarshal([]byte(v.text[v.start:v.end]), to) }

func (v value) skipSpace(i int) int {
	for i < len(v.text) && strings.IndexByte(" \t\r\n", v.text[i]) >= 0 {
		i++
	}
	return i
}

// skipString returns what is behind the string at i.
func (v value) skipString(i int) int {
	for i++; v.text[i] != '"'; i++ {
		if v.text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns what is behind the value at i.
func (v value) skipValue(i int) int {
	for depth := 0; i < len(v.text); {
		switch v.text[i] {
		case '"':
			i = v.skipString(i)
		case '{', '[':
			i, depth = i+1, depth+1
			continue
		case '}', ']':
			i, depth = i+1, depth-1
		default:
			i = v.skipPlain(i)
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// skipPlain returns what is behind a number or word, or behind a single other character.
func (v value) skipPlain(i int) int {
	n := strings.IndexAny(v.text[i:], ",:]} \t\r\n")
	if n < 0 {
		return len(v.text)
	}
	return i + max(n, 1)
}

// fail reports an error at the end of the value.
func (v value) fail(text string) error {
	return fmt.Errorf("%s at %s", text, position([]byte(v.text), int64(v.end-1)))
}

// missing reports an object without a member that it must have.
func (v value) missing(field string) error { return v.fail("missing field `" + field + "`") }

// mismatch reports a value of the wrong type. The place is where serde_json notices it.
func (v value) mismatch(expected string) error {
	raw := bounded(v.text[v.start:v.end])
	kind := "floating point `" + raw + "`"
	at := v
	switch v.text[v.start] {
	case '{':
		kind, at.end = "map", v.start+1
	case '[':
		kind, at.end = "sequence", v.start+1
	case '"':
		kind = "string " + raw
	case 'n':
		kind = "null"
	case 't', 'f':
		kind = "boolean `" + raw + "`"
	default:
		if !strings.ContainsAny(raw, ".eE") {
			kind = "integer `" + raw + "`"
		}
		at.end++ // a number ends where something else comes
	}
	return at.fail("invalid type: " + kind + ", expected " + expected)
}
