package keyfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String returns a value without escapes. Besides the errors of [File.Value]
// there is *[ValueError] for text that is not UTF-8 and for unknown escapes.
func (f *File) String(group, key string) (string, error) {
	value, err := f.text(group, key)
	if err != nil {
		return "", err
	}
	s, err := unescape(value)
	if err != nil {
		return "", notInterpretable(group, key, value, err)
	}
	return s, nil
}

// Strings returns the elements of a value that is a list, each ended by a
// semicolon, which the last one may lack. Errors are as for [File.String].
func (f *File) Strings(group, key string) ([]string, error) {
	value, err := f.text(group, key)
	if err != nil {
		return nil, err
	}
	var list []string
	for rest := value; rest != ""; {
		element, next := cutElement(rest)
		s, err := unescapeElement(element)
		if err != nil {
			return nil, notInterpretable(group, key, value, err)
		}
		list = append(list, s)
		rest = next
	}
	return list, nil
}

// Bool returns a value that is true, false, 1 or 0. Besides the errors of
// [File.Value] there is *[ValueError].
func (f *File) Bool(group, key string) (bool, error) {
	value, err := f.Value(group, key)
	if err != nil {
		return false, err
	}
	b, err := ParseBool(value)
	if err != nil {
		return false, notInterpretable(group, key, value, err)
	}
	return b, nil
}

// ParseBool returns the truth value that s writes: true or 1, false or 0.
// White space after it is ignored, upper case is not accepted.
func ParseBool(s string) (bool, error) {
	switch strings.TrimRight(s, asciiSpace) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, message(fmt.Sprintf("Value “%s” cannot be interpreted as a boolean.", quotable(s)))
}

// Int returns a decimal number of 32 bits. Besides the errors of [File.Value]
// there is *[ValueError].
func (f *File) Int(group, key string) (int32, error) {
	value, err := f.Value(group, key)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(numberPrefix(value), 10, 32)
	if err != nil {
		text := fmt.Sprintf("Key file contains key “%s” in group “%s” which has a value that cannot be interpreted.", key, group)
		return 0, &ValueError{group, key, value, text, numberError(value, err)}
	}
	return int32(n), nil
}

// numberPrefix cuts s at the first white space: readers of 32-bit numbers do
// not look further.
func numberPrefix(s string) string {
	if end := strings.IndexAny(s, asciiSpace); end >= 0 {
		return s[:end]
	}
	return s
}

func numberError(value string, err error) error {
	if errors.Is(err, strconv.ErrRange) {
		return message(fmt.Sprintf("Integer value “%s” out of range", quotable(value)))
	}
	return message(fmt.Sprintf("Value “%s” cannot be interpreted as a number.", quotable(value)))
}

// Int64 returns a decimal number of 64 bits. Besides the errors of
// [File.Value] there is *[ValueError].
func (f *File) Int64(group, key string) (int64, error) {
	value, err := f.Value(group, key)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, unexpected(group, key, value, "int64", err)
	}
	return n, nil
}

// Uint64 returns a decimal number of 64 bits without sign. Besides the errors
// of [File.Value] there is *[ValueError].
func (f *File) Uint64(group, key string) (uint64, error) {
	value, err := f.Value(group, key)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(value, "+"), 10, 64)
	if err != nil || strings.HasPrefix(value, "++") {
		return 0, unexpected(group, key, value, "uint64", err)
	}
	return n, nil
}

// SetString sets a value that [File.String] gives back.
func (f *File) SetString(group, key, value string) error {
	return f.SetValue(group, key, escape(value, false))
}

// SetStrings sets a list that [File.Strings] gives back.
func (f *File) SetStrings(group, key string, list []string) error {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(escape(s, true))
		b.WriteByte(';')
	}
	return f.SetValue(group, key, b.String())
}

// SetBool sets a value to true or false.
func (f *File) SetBool(group, key string, value bool) error {
	return f.SetValue(group, key, strconv.FormatBool(value))
}

// SetInt64 sets a decimal number.
func (f *File) SetInt64(group, key string, value int64) error {
	return f.SetValue(group, key, strconv.FormatInt(value, 10))
}

// SetUint64 sets a decimal number.
func (f *File) SetUint64(group, key string, value uint64) error {
	return f.SetValue(group, key, strconv.FormatUint(value, 10))
}

// text returns a value that is valid UTF-8.
func (f *File) text(group, key string) (string, error) {
	value, err := f.Value(group, key)
	if err == nil && !utf8.ValidString(value) {
		text := fmt.Sprintf("Key file contains key “%s” with value “%s” which is not UTF-8", key, quotable(value))
		return "", &ValueError{group, key, value, text, nil}
	}
	return value, err
}

func notInterpretable(group, key, value string, cause error) error {
	text := fmt.Sprintf("Key file contains key “%s” which has a value that cannot be interpreted.", key)
	return &ValueError{group, key, value, text, cause}
}

func unexpected(group, key, value, kind string, cause error) error {
	text := fmt.Sprintf("Key “%s” in group “%s” has value “%s” where %s was expected", key, group, quotable(value), kind)
	return &ValueError{group, key, value, text, cause}
}
