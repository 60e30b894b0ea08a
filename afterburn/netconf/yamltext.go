package netconf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The YAML that libyaml writes for Rust's serde_yaml 0.9, byte for byte: block style,
// lists no deeper than their mapping, texts plain where they can be, else in single
// quotes, else in double quotes, of several lines as literal blocks.

// checkYAML refuses values that appendYAML cannot write.
func checkYAML(v *value) error {
	seen := make(map[string]bool, len(v.keys))
	for _, key := range v.keys {
		if seen[key] {
			return fmt.Errorf("line %d: duplicate entry with key %q", v.line, clip(key))
		}
		seen[key] = true
		if strings.ContainsFunc(key, isBreak) {
			return fmt.Errorf("line %d: keys of several lines are not supported", v.line)
		}
	}
	if v.tag != "" {
		return fmt.Errorf("line %d: the tag %q is not supported", v.line, clip(v.tag))
	}
	for _, item := range v.items {
		if err := checkYAML(item); err != nil {
			return err
		}
	}
	return nil
}

// appendYAML appends the mapping v as a document.
func appendYAML(out []byte, v *value) []byte {
	w := yamlWriter{out: out}
	w.block(v, 0, false)
	return w.out
}

type yamlWriter struct{ out []byte }

// block writes a mapping or list that is not empty, a line per entry. Inline means
// that the first line has begun already, behind a dash.
func (w *yamlWriter) block(v *value, indent int, inline bool) {
	for n, item := range v.items {
		if n > 0 || !inline {
			w.pad(indent)
		}
		if v.kind == list {
			w.out = append(w.out, "- "...)
			w.item(item, indent)
			continue
		}
		key := yamlScalar(v.keys[n], nil)
		if len(v.keys[n]) > 128 {
			// A longer key is not simple.
			w.out = append(w.out, "? "+key+"\n"...)
			w.pad(indent)
			w.out = append(w.out, ':')
			w.complexMember(item, indent)
			continue
		}
		w.out = append(w.out, key+":"...)
		w.member(item, indent)
	}
}

func (w *yamlWriter) pad(n int) { w.out = append(w.out, strings.Repeat(" ", n)...) }

// item writes what is behind a dash.
func (w *yamlWriter) item(v *value, indent int) {
	if v.kind == scalar || len(v.items) == 0 {
		w.leaf(v, indent)
		return
	}
	w.block(v, indent+2, true)
}

// member writes what is behind the colon of a key.
func (w *yamlWriter) member(v *value, indent int) {
	switch {
	case v.kind == scalar || len(v.items) == 0:
		w.out = append(w.out, ' ')
		w.leaf(v, indent)
	case v.kind == list:
		w.out = append(w.out, '\n')
		w.block(v, indent, false)
	default:
		w.out = append(w.out, '\n')
		w.block(v, indent+2, false)
	}
}

// complexMember writes what is behind the colon of a key that is not simple.
func (w *yamlWriter) complexMember(v *value, indent int) {
	w.out = append(w.out, ' ')
	w.item(v, indent)
}

// leaf writes a scalar or an empty collection and ends the line.
func (w *yamlWriter) leaf(v *value, indent int) {
	switch v.kind {
	case list:
		w.out = append(w.out, "[]\n"...)
	case mapping:
		w.out = append(w.out, "{}\n"...)
	case nothing:
		w.out = append(w.out, "null\n"...)
	default:
		if strings.Contains(v.text, "\n") && !v.plain && literalAllowed(v.text) {
			w.literal(v.text, indent+2)
			return
		}
		w.out = append(w.out, yamlScalar(v.text, v)+"\n"...)
	}
}

// literal writes a text of several lines as it is, behind a "|" that tells what
// becomes of its end.
func (w *yamlWriter) literal(s string, indent int) {
	w.out = append(w.out, '|')
	if s[0] == ' ' || s[0] == '\n' {
		w.out = append(w.out, '2')
	}
	switch {
	case !strings.HasSuffix(s, "\n"):
		w.out = append(w.out, '-')
	case s == "\n" || strings.HasSuffix(s, "\n\n"):
		w.out = append(w.out, '+')
	}
	w.out = append(w.out, '\n')
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		if line != "" {
			w.pad(indent)
		}
		w.out = append(w.out, line+"\n"...)
	}
}

// literalAllowed reports whether a text can stand in a literal block.
func literalAllowed(s string) bool {
	if strings.HasSuffix(s, " ") || strings.Contains(s, " \n") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && (isSpecial(r) || isBreak(r)) })
}

// yamlScalar returns a scalar within its line. With a plain v it is a null, a boolean
// or a number in its canonical form, else a text.
func yamlScalar(s string, v *value) string {
	if v != nil && v.plain {
		if canonical, ok := canonicalScalar(s); ok {
			return canonical
		}
	}
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return isSpecial(r) || isBreak(r) }):
		return doubleQuoted(s)
	case isTyped(s) || !plainAllowed(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}

// isTyped reports whether a plain s would be no text, or looks like a number that is
// none (with leading zeros).
func isTyped(s string) bool {
	if _, ok := canonicalScalar(s); ok {
		return true
	}
	digits := strings.TrimLeft(s, "+-")
	return len(s)-len(digits) <= 1 && len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == ""
}

// canonicalScalar returns the canonical form of a plain null, boolean or number.
func canonicalScalar(s string) (string, bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return "null", true
	case "true", "True", "TRUE":
		return "true", true
	case "false", "False", "FALSE":
		return "false", true
	}
	if n, ok := integer(s); ok {
		return n, true
	}
	return float(s)
}

// integer normalises decimal, 0x, 0o and 0b numbers of any size up to 128 bits.
func integer(s string) (string, bool) {
	sign, digits := "", s
	switch {
	case strings.HasPrefix(s, "-"):
		sign, digits = "-", s[1:]
	case strings.HasPrefix(s, "+"):
		digits = s[1:]
	}
	base := 10
	if len(digits) > 2 && digits[0] == '0' {
		base = map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]]
		digits = digits[2:]
	} else if len(digits) > 1 && digits[0] == '0' {
		return "", false
	}
	if base == 0 || digits == "" {
		return "", false
	}
	for _, r := range []byte(digits) {
		if v := strings.IndexByte("0123456789abcdef", r|0x20); v < 0 || v >= base || r < '0' {
			return "", false
		}
	}
	if n, err := strconv.ParseUint(digits, base, 64); err == nil {
		if n == 0 {
			sign = ""
		}
		return sign + strconv.FormatUint(n, 10), true
	}
	// Larger ones have no canonical form: a reader would make them floats.
	return s, base != 10 || len(digits) <= 38
}

// float normalises a finite decimal fraction and YAML's words for others.
func float(s string) (string, bool) {
	unsigned := strings.TrimPrefix(s, "+")
	switch unsigned {
	case ".inf", ".Inf", ".INF":
		return ".inf", true
	}
	switch s {
	case "-.inf", "-.Inf", "-.INF":
		return "-.inf", true
	case ".nan", ".NaN", ".NAN":
		return ".nan", true
	}
	if strings.Trim(s, "0123456789.eE+-") != "" || !strings.ContainsAny(s, "0123456789") {
		return "", false
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(unsigned), "e")
	whole, _, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	if len(whole) > 1 && whole[0] == '0' && strings.Trim(s, "0123456789+-") == "" {
		return "", false // digits that are no number
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", false
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-5 || abs >= 1e16) {
		format = 'e'
	}
	text := strconv.FormatFloat(f, format, -1, 64)
	if format == 'f' && !strings.Contains(text, ".") {
		text += ".0"
	}
	text = strings.Replace(text, "e+", "e", 1)
	text = strings.Replace(text, "e0", "e", 1)
	return strings.Replace(text, "e-0", "e-", 1), true
}

// plainAllowed reports whether a text of one line without special characters means
// itself when it stands without quotes in block style.
func plainAllowed(s string) bool {
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	if strings.IndexByte("#,[]{}&*!|>'\"%@`", s[0]) >= 0 {
		return false
	}
	if strings.IndexByte("-?", s[0]) >= 0 && (len(s) == 1 || s[1] == ' ') {
		return false
	}
	return s[len(s)-1] != ':' && !strings.Contains(s, ": ") && !strings.Contains(s, " #")
}

// isBreak reports YAML's line breaks.
func isBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// isSpecial reports characters other than line breaks that have to be escaped.
func isSpecial(r rune) bool {
	switch r {
	case '\uFEFF', '\uFFFE', '\uFFFF':
		return true
	}
	return (r < 0x20 || r >= 0x7f && r < 0xa0) && !isBreak(r)
}

// doubleQuoted returns a text in double quotes with escapes.
func doubleQuoted(s string) string {
	const short = "\x00\\0\a\\a\b\\b\t\\t\n\\n\v\\v\f\\f\r\\r\x1b\\e\"\\\"\\\\\\\u0085\\N\u2028\\L\u2029\\P"
	var b bytes.Buffer
	b.WriteByte('"')
	for _, r := range s {
		switch at := strings.IndexRune(short, r); {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case isSpecial(r) || isBreak(r):
			if at >= 0 {
				b.WriteString(short[at+utf8.RuneLen(r):][:2])
				continue
			}
			fmt.Fprintf(&b, map[bool]string{true: `\x%02X`, false: `\u%04X`}[r < 0x100], r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
