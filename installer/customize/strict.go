package customize

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// checkText refuses what package json would take and change: bytes that are no UTF-8 and
// halves of surrogate pairs, which it replaces, and known keys that come twice, of which it merges the values. Unknown keys may
// come as often as they like. The document must be valid JSON.
func checkText(data []byte, into any) error {
	if !utf8.Valid(data) {
		return errors.New("invalid unicode code point at " + position(data, invalidByte(data)))
	}
	if at := loneSurrogate(data); at >= 0 {
		return errors.New("lone surrogate in hex escape at " + position(data, at))
	}
	c := &keyChecker{data: data, dec: json.NewDecoder(bytes.NewReader(data)), fields: map[reflect.Type]map[string]reflect.Type{}}
	c.dec.UseNumber()
	if err := c.value(reflect.TypeOf(into)); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// invalidByte is where the first byte is that is no UTF-8.
func invalidByte(data []byte) int64 {
	n := 0
	for n < len(data) {
		r, size := utf8.DecodeRune(data[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return int64(n)
}

// loneSurrogate is where the first escape of half a surrogate pair is, or -1.
func loneSurrogate(data []byte) int64 {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		if i++; data[i] != 'u' {
			continue
		}
		r, at := hexRune(data[i+1:]), int64(i)
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if next, ok := bytes.CutPrefix(data[i+1:], []byte(`\u`)); !ok || utf16.DecodeRune(r, hexRune(next)) == utf8.RuneError {
			return at
		}
		i += 6
	}
	return -1
}

// hexRune reads the four digits of an escape.
func hexRune(digits []byte) rune {
	n, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// keyChecker walks through a document along with the type that it is to be read into.
type keyChecker struct {
	data   []byte
	dec    *json.Decoder
	fields map[reflect.Type]map[string]reflect.Type
}

// value checks the next value, for a type or, if nobody knows it, nil.
func (c *keyChecker) value(t reflect.Type) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := c.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		err = c.list(t)
	case json.Delim('{'):
		err = c.object(t)
	default:
		return nil
	}
	if err == nil {
		_, err = c.dec.Token() // the closing bracket
	}
	return err
}

func (c *keyChecker) list(t reflect.Type) error {
	if t != nil && t.Kind() == reflect.Slice {
		t = t.Elem()
	} else {
		t = nil
	}
	for c.dec.More() {
		if err := c.value(t); err != nil {
			return err
		}
	}
	return nil
}

func (c *keyChecker) object(t reflect.Type) error {
	known := c.known(t)
	seen := map[string]bool{}
	for c.dec.More() {
		token, err := c.dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		field, isKnown := known[key]
		if isKnown && seen[key] {
			return fmt.Errorf("duplicate field `%s` at %s", key, position(c.data, c.dec.InputOffset()-1))
		}
		seen[key] = isKnown
		if err := c.value(field); err != nil {
			return err
		}
	}
	return nil
}

// known returns the types of the members of an object.
func (c *keyChecker) known(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	if m := c.fields[t]; m != nil {
		return m
	}
	m := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && f.IsExported() {
			m[name] = f.Type
		}
	}
	c.fields[t] = m
	return m
}

// position names a place, counted from 1.
func position(data []byte, offset int64) string {
	before := data[:offset]
	return fmt.Sprintf("line %d column %d", 1+bytes.Count(before, []byte("\n")), len(before)-bytes.LastIndexByte(before, '\n'))
}
