package rdcore

import (
	"fmt"
	"strings"
	"unicode"
)

// rustQuote shows a text as Rust's debug format does.
func rustQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r == '"' {
			b.WriteString(`\"`)
			continue
		}
		b.WriteString(rustEscape(r))
	}
	b.WriteByte('"')
	return b.String()
}

// rustChar shows a character as Rust's debug format does.
func rustChar(r rune) string {
	if r == '\'' {
		return `'\''`
	}
	return "'" + rustEscape(r) + "'"
}

func rustEscape(r rune) string {
	switch r {
	case 0:
		return `\0`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\\':
		return `\\`
	}
	// What would combine with the character before it is not shown either.
	if !unicode.IsPrint(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend) {
		return fmt.Sprintf(`\u{%x}`, r)
	}
	return string(r)
}

// rustList shows a list of texts as Rust's debug format does.
func rustList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = rustQuote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
