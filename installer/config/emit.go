package config

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The style of a scalar is what serde_yaml asks of libyaml, and libyaml then does: plain if
// it can be, single quotes if not or if it would be no text, a block if there is more than
// one line, double quotes for what nothing else can hold.

// indentation is that of the lines of a scalar, which is a value of the root mapping or of a
// list in it.
const indentation = "  "

// writeScalar writes a text and the line feed behind it.
func writeScalar(b *bytes.Buffer, s string) {
	traits := analyze(s)
	switch {
	case strings.Contains(s, "\n"):
		if traits.blockAllowed {
			writeLiteral(b, s)
			return // it ends its last line itself
		}
		writeDoubleQuoted(b, s)
	case traits.plainAllowed && !looksTyped(s):
		b.WriteString(s)
	case traits.singleAllowed:
		writeSingleQuoted(b, s)
	default:
		writeDoubleQuoted(b, s)
	}
	b.WriteByte('\n')
}

// looksTyped reports whether a reader would take the plain scalar for something else than
// a text.
func looksTyped(s string) bool {
	if s == "" || isNull(s) || digitsButNoNumber(s) {
		return true
	}
	_, isBool := parseBool(s)
	_, isInt := parseInt(s)
	_, isFloat := parseFloat(s)
	return isBool || isInt || isFloat
}

// traits are the styles in which a text can be written.
type traits struct{ plainAllowed, singleAllowed, blockAllowed bool }

// analyze finds them by the rules of libyaml, which are stricter than those of YAML.
func analyze(s string) traits {
	if s == "" {
		return traits{plainAllowed: true, singleAllowed: true}
	}
	chars := []rune(s)
	indicators := strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...")
	var special, breaks, breakThenSpace, spaceThenBreak bool
	for i, c := range chars {
		before := i == 0 || isBlank(chars[i-1])
		after := i == len(chars)-1 || isBlank(chars[i+1])
		switch {
		case i == 0 && strings.ContainsRune("#,[]{}&*!|>'\"%@`", c),
			c == '#' && before,
			c == ':' && after,
			i == 0 && (c == '?' || c == '-') && after:
			indicators = true
		}
		special = special || !printable(c)
		breaks = breaks || isBreak(c)
		if i > 0 {
			breakThenSpace = breakThenSpace || isBreak(chars[i-1]) && c == ' '
			spaceThenBreak = spaceThenBreak || chars[i-1] == ' ' && isBreak(c)
		}
	}
	first, last := chars[0], chars[len(chars)-1]
	return traits{
		plainAllowed:  !indicators && !breaks && !special && first != ' ' && last != ' ',
		singleAllowed: !breakThenSpace && !spaceThenBreak && !special,
		blockAllowed:  last != ' ' && !spaceThenBreak && !special,
	}
}

func isBlank(c rune) bool { return c == ' ' || c == '\t' || isBreak(c) }

func isBreak(c rune) bool {
	return c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029'
}

// printable reports whether a character may stand outside of double quotes.
func printable(c rune) bool {
	switch {
	case c == '\n', ' ' <= c && c <= '~':
		return true
	case c < 0xa0, c == 0xfeff, c == 0xfffe, c == 0xffff:
		return false
	}
	return true
}

// writeLiteral writes a block that begins with |.
func writeLiteral(b *bytes.Buffer, s string) {
	b.WriteByte('|')
	if first, _ := utf8.DecodeRuneInString(s); first == ' ' || isBreak(first) {
		fmt.Fprint(b, len(indentation)) // readers cannot find it out
	}
	last, size := utf8.DecodeLastRuneInString(s)
	beforeLast, _ := utf8.DecodeLastRuneInString(s[:len(s)-size])
	switch {
	case !isBreak(last):
		b.WriteByte('-')
	case size == len(s), isBreak(beforeLast):
		b.WriteByte('+')
	}
	b.WriteByte('\n')
	lineStart := true
	for _, c := range s {
		if lineStart && !isBreak(c) {
			b.WriteString(indentation)
		}
		b.WriteRune(c)
		lineStart = isBreak(c)
	}
	if !lineStart {
		b.WriteByte('\n')
	}
}

func writeSingleQuoted(b *bytes.Buffer, s string) {
	b.WriteByte('\'')
	lineStart := false
	for _, c := range s {
		if lineStart && !isBreak(c) {
			b.WriteString(indentation)
		}
		if c == '\'' {
			b.WriteByte('\'')
		}
		b.WriteRune(c)
		lineStart = isBreak(c)
	}
	if lineStart {
		b.WriteString(indentation)
	}
	b.WriteByte('\'')
}

func writeDoubleQuoted(b *bytes.Buffer, s string) {
	short := map[rune]string{
		0: `\0`, 7: `\a`, 8: `\b`, 9: `\t`, 10: `\n`, 11: `\v`, 12: `\f`, 13: `\r`, 27: `\e`,
		'"': `\"`, '\\': `\\`, 0x85: `\N`, 0x2028: `\L`, 0x2029: `\P`,
	}
	b.WriteByte('"')
	for _, c := range s {
		switch escape := short[c]; {
		case escape != "":
			b.WriteString(escape)
		case printable(c):
			b.WriteRune(c)
		case c <= 0xff:
			fmt.Fprintf(b, `\x%02X`, c)
		default:
			fmt.Fprintf(b, `\u%04X`, c)
		}
	}
	b.WriteByte('"')
}
