package driver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Documents are walked member by member instead of decoded into structs: names are compared exactly, as JSON demands,
// and a member that is there twice does not go unnoticed.

var (
	errNotObject = errors.New("not an object")
	errNotArray  = errors.New("not an array")
)

// walkObject calls f for each member of an object, in order. The data must be valid JSON.
func walkObject(data []byte, f func(key string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return cmpError(err, errNotObject)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return errNotObject
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := f(key, value); err != nil {
			return err
		}
	}
	return end(d)
}

// walkArray calls f for each element of an array, in order. The data must be valid JSON.
func walkArray(data []byte, f func(value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return cmpError(err, errNotArray)
	}
	for d.More() {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := f(value); err != nil {
			return err
		}
	}
	return end(d)
}

// end reads the closing bracket; nothing may follow.
func end(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("trailing characters")
	}
	return nil
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// members holds the members of an object that somebody reads.
type members map[string]json.RawMessage

// pick reads the members with the given names. A name that is there twice is an error, but the rest is read all the
// same; the last value counts then.
func pick(data []byte, names ...string) (members, error) {
	m := members{}
	var twice error
	err := walkObject(data, func(key string, value json.RawMessage) error {
		for _, n := range names {
			if n != key {
				continue
			}
			if _, dup := m[key]; dup && twice == nil {
				twice = fmt.Errorf("duplicate field `%s`", key)
			}
			m[key] = value
		}
		return nil
	})
	return m, cmpError(err, twice)
}

// text reads a string; null and absence are nil.
func (m members) text(key string) (*string, error) {
	raw, ok := m[key]
	if !ok || isNull(raw) {
		return nil, nil
	}
	s, err := stringOf(raw)
	if err != nil {
		return nil, fmt.Errorf("field `%s`: %w", key, err)
	}
	return &s, nil
}

// need reads a string that must be there.
func (m members) need(key string) (string, error) {
	s, err := m.text(key)
	if err == nil && s == nil {
		err = fmt.Errorf("missing field `%s`", key)
	}
	if err != nil {
		return "", err
	}
	return *s, nil
}

// flag reads a boolean; ok is false if it is absent.
func (m members) flag(key string) (value, ok bool, err error) {
	raw, ok := m[key]
	switch string(bytes.TrimSpace(raw)) {
	case "true":
		return true, true, nil
	case "false":
		return false, true, nil
	}
	if !ok {
		return false, false, nil
	}
	return false, true, fmt.Errorf("field `%s`: not a boolean", key)
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func isString(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '"'
}

// stringOf reads a string. encoding/json replaces what is no Unicode by U+FFFD; here that is an error, like with other
// readers of JSON.
func stringOf(raw json.RawMessage) (string, error) {
	if !isString(raw) {
		return "", errors.New("not a string")
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	const replacement = "\uFFFD"
	if strings.Contains(s, replacement) && !bytes.Contains(raw, []byte(replacement)) && !bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`)) {
		return "", errors.New("invalid Unicode")
	}
	if !utf8.Valid(raw) {
		return "", errors.New("invalid UTF-8")
	}
	return s, nil
}
