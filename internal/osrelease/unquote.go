package osrelease

import (
	"errors"
	"strings"
)

// ErrUnmatched is the error of [Unquote].
var ErrUnmatched = errors.New("Unmatched quotation mark in command line or other shell-quoted text")

// Unquote removes the quotes of a shell, like g_shell_unquote of GLib:
// stretches in single and double quotes and bare ones follow each other in any
// order. A backslash is not special in single quotes, escapes " \ ` $ and the
// line feed in double quotes, and anything outside of quotes, where a line feed
// after it vanishes.
func Unquote(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		c := s[0]
		s = s[1:]
		var err error
		switch c {
		case '\'':
			s, err = single(&b, s)
		case '"':
			s, err = double(&b, s)
		case '\\':
			s = bareEscape(&b, s)
		default:
			b.WriteByte(c)
		}
		if err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func single(b *strings.Builder, s string) (rest string, err error) {
	text, rest, ok := strings.Cut(s, "'")
	if !ok {
		return "", ErrUnmatched
	}
	b.WriteString(text)
	return rest, nil
}

func double(b *strings.Builder, s string) (rest string, err error) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[i+1:], nil
		case c == '\\' && i+1 < len(s) && strings.IndexByte("\"\\`$\n", s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", ErrUnmatched
}

// bareEscape handles what follows a backslash outside of quotes; at the end of
// the text the backslash is dropped.
func bareEscape(b *strings.Builder, s string) (rest string) {
	if s == "" {
		return ""
	}
	if s[0] != '\n' {
		b.WriteByte(s[0])
	}
	return s[1:]
}
