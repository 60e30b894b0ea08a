package sshkeys

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a key from a line, with or without options before it. White space around it does not matter.
//
// Its errors are [ErrFormat], [ErrUTF8], [*Base64Error], [*UnsupportedTypeError] and [*UnsupportedCurveError].
// When neither the line nor what follows its options is a key, the error tells what is wrong with the line read
// as one without options.
func Parse(line string) (Key, error) {
	if !utf8.ValidString(line) {
		return Key{}, ErrUTF8
	}
	line = strings.TrimSpace(line)
	k, err := parseKey(line)
	if err == nil {
		return k, nil
	}
	n := optionsEnd(line)
	// A line break in options would make two lines of them in the file.
	if n < 0 || strings.Contains(line, "\n") {
		return Key{}, err
	}
	k, err2 := parseKey(strings.TrimSpace(line[n:]))
	if err2 != nil {
		return Key{}, err
	}
	k.Options = line[:n]
	return k, nil
}

// optionsEnd returns the place of the blank that ends the options of a line, or -1. Between a marker, such as
// @cert-authority, and its pattern there is a blank that does not.
//
// Any row of backslashes escapes the one character after it: in "\\" the second quote is part of the string.
// sshd and Afterburn agree on that.
func optionsEnd(line string) int {
	marker := strings.HasPrefix(line, "@")
	quoted, escaped := false, false
	for i := range len(line) {
		c := line[i]
		switch {
		case c == '\\':
			escaped = true
		case escaped:
			escaped = false // of a character of several bytes none is special
		case c == '"':
			quoted = !quoted
		case quoted || c != ' ' && c != '\t':
		case marker:
			marker = false
		default:
			return i
		}
	}
	return -1
}

// parseKey reads a line without options.
func parseKey(line string) (Key, error) {
	kind, rest, ok := cutSpace(line)
	if !ok {
		return Key{}, ErrFormat
	}
	text, comment, _ := cutSpace(rest)
	comment = strings.TrimSpace(comment)
	if strings.Contains(comment, "\n") {
		return Key{}, ErrFormat
	}
	data, err := decodeBase64(text)
	if err != nil {
		return Key{}, err
	}
	kind, blob, err := canonical(kind, data)
	if err != nil {
		return Key{}, err
	}
	return Key{Type: kind, Blob: blob, Comment: comment}, nil
}

// cutSpace splits s at its first white space.
func cutSpace(s string) (before, after string, ok bool) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeftFunc(s[i:], unicode.IsSpace), true
}
