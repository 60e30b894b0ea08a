package keyfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a key file. The error is a *[ParseError].
func Parse(data []byte) (*File, error) {
	p := parser{file: New()}
	p.current = p.file.sections[0]
	for rest := string(data); rest != ""; {
		end := strings.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		p.number++
		if text := p.line(rest[:end]); text != "" {
			return nil, &ParseError{Line: p.number, Text: text}
		}
		rest = rest[end:]
	}
	return p.file, nil
}

type parser struct {
	file    *File
	current *section
	number  int
}

// line adds one line with its terminator to the file. It returns the message
// of the error, or nothing.
func (p *parser) line(raw string) string {
	whole := trimTerminator(raw)
	text := strings.TrimLeft(whole, asciiSpace)
	switch {
	case strings.IndexByte(raw, 0) >= 0:
		return notUnderstood(whole)
	case text == "" || text[0] == '#':
		p.current.lines = append(p.current.lines, line{raw: raw})
	case isHeader(text):
		return p.header(raw, text)
	case strings.IndexByte(text, '=') > 0:
		return p.pair(raw)
	default:
		return notUnderstood(whole)
	}
	return ""
}

func notUnderstood(text string) string {
	return fmt.Sprintf("Key file contains line “%s” which is not a key-value pair, group, or comment", quotable(text))
}

// isHeader reports whether text is a bracketed name followed by blanks only.
func isHeader(text string) bool {
	end := strings.IndexByte(text, ']')
	return text[0] == '[' && end > 0 && strings.TrimLeft(text[end+1:], " \t") == ""
}

func (p *parser) header(raw, text string) string {
	name := text[1:strings.IndexByte(text, ']')]
	if !validGroup(name) {
		return "Invalid group name: " + quotable(name)
	}
	p.current = p.file.addSection(name, raw)
	return ""
}

func (p *parser) pair(raw string) string {
	if p.current.name == "" {
		return "Key file does not start with a group"
	}
	l := newLine(raw)
	if !validKey(l.key) {
		return "Invalid key name: " + quotable(l.key)
	}
	// Only the first group says how the file is encoded.
	if l.key == "Encoding" && p.current.name == p.file.sections[1].name && !asciiEqualFold(l.value, "UTF-8") {
		return fmt.Sprintf("Key file contains unsupported encoding “%s”", quotable(l.value))
	}
	p.current.lines = append(p.current.lines, l)
	return ""
}

// newLine takes a line "key=value" apart; the caller has seen the "=".
func newLine(raw string) line {
	text := trimTerminator(raw)
	eq := strings.IndexByte(text, '=')
	value := strings.TrimLeft(text[eq+1:], asciiSpace)
	return line{
		raw:   raw,
		key:   strings.Trim(text[:eq], asciiSpace),
		value: value,
		start: len(text) - len(value),
	}
}

// asciiSpace is what GLib takes for white space: not the vertical tab.
const asciiSpace = " \t\n\f\r"

// trimTerminator removes LF or CRLF.
func trimTerminator(raw string) string {
	text, terminated := strings.CutSuffix(raw, "\n")
	if !terminated {
		return raw
	}
	return strings.TrimSuffix(text, "\r")
}

// validGroup reports whether name can stand between brackets.
func validGroup(name string) bool {
	bad := func(r rune) bool { return r == '[' || r == ']' || r < ' ' || r == 0x7f }
	return name != "" && strings.IndexFunc(name, bad) < 0
}

// validKey reports whether name is a key, which a locale in brackets may end.
func validKey(name string) bool {
	base, locale, translated := strings.Cut(name, "[")
	if base == "" || base[0] == ' ' || base[len(base)-1] == ' ' || strings.ContainsAny(base, "=]\x00\n") {
		return false
	}
	if !translated {
		return true
	}
	locale, closed := strings.CutSuffix(locale, "]")
	return closed && strings.IndexFunc(locale, notInLocale) < 0
}

func notInLocale(r rune) bool {
	if r == utf8.RuneError {
		return true
	}
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("-_.@", r)
}

func asciiEqualFold(s, t string) bool {
	return len(s) == len(t) && strings.EqualFold(s, t)
}
