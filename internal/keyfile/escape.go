package keyfile

import (
	"fmt"
	"strings"
)

const errTrailingBackslash message = "Key file contains escape character at end of line"

// escapes are the letters that stand for a character after a backslash.
var escapes = map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\'}

func unescape(s string) (string, error) { return replaceEscapes(s, false) }

func unescapeElement(s string) (string, error) { return replaceEscapes(s, true) }

func replaceEscapes(s string, element bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", errTrailingBackslash
		}
		c, ok := escapes[s[i]]
		if element && s[i] == ';' {
			c, ok = ';', true
		}
		if !ok {
			return "", message(fmt.Sprintf("Key file contains invalid escape sequence “\\%c”", s[i]))
		}
		b = append(b, c)
	}
	return string(b), nil
}

// cutElement splits a list after its first element, which keeps its escapes.
func cutElement(s string) (element, rest string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ';':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// escape writes s so that it survives being read. White space needs an escape
// at the beginning only, a semicolon only in an element of a list.
func escape(s string, element bool) string {
	var b strings.Builder
	leading := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' && leading:
			b.WriteString(`\s`)
		case c == '\t' && leading:
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\\':
			b.WriteString(`\\`)
			leading = false
		case c == ';' && element:
			b.WriteString(`\;`)
			leading = true
		default:
			b.WriteByte(c)
			leading = false
		}
	}
	return b.String()
}
