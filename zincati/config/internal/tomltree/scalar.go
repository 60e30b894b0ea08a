package tomltree

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// scalar reads what is not quoted: a boolean, number, date or time.
func (p *parser) scalar() (*Value, error) {
	start := p.pos
	for !p.end() && isScalar(p.text[p.pos]) {
		p.pos++
	}
	if word := p.text[start:p.pos]; isDate(word) && p.peek() == ' ' && p.pos+1 < len(p.text) && isDigit(p.text[p.pos+1]) {
		for p.pos++; !p.end() && isScalar(p.text[p.pos]); {
			p.pos++
		}
	}
	span := Span{start, p.pos}
	word := p.text[start:p.pos]
	v, message := scalarValue(word)
	if message != "" {
		p.pos = start
		return nil, p.errorAt(span, message)
	}
	return v, nil
}

func isScalar(c byte) bool { return isBareKey(c) || c == '.' || c == '+' || c == ':' }

// scalarValue interprets a word; a message tells why it has no meaning.
func scalarValue(word string) (v *Value, message string) {
	switch word {
	case "":
		return nil, "string values must be quoted, expected literal string"
	case "true", "false":
		return &Value{Kind: Boolean, Bool: word == "true"}, ""
	case "inf", "+inf":
		return &Value{Kind: Float, Float: math.Inf(1)}, ""
	case "-inf":
		return &Value{Kind: Float, Float: math.Inf(-1)}, ""
	case "nan", "+nan", "-nan":
		return &Value{Kind: Float, Float: math.NaN()}, ""
	}
	unsigned := strings.TrimLeft(word[:1], "+-") + word[1:]
	switch {
	case strings.EqualFold(word, "true") || strings.EqualFold(word, "false"):
		return nil, "invalid boolean, expected `true`, `false`"
	case unsigned == "" || !isDigit(unsigned[0]) && unsigned[0] != '_' && unsigned[0] != '.':
		return nil, "string values must be quoted, expected literal string"
	case looksLikeTime(word):
		if message := checkDatetime(word); message != "" {
			return nil, message
		}
		return &Value{Kind: Datetime, Str: word}, ""
	case len(unsigned) > 1 && unsigned[0] == '0' && strings.IndexByte("xobXOB", unsigned[1]) >= 0:
		return radixInteger(word)
	case strings.ContainsAny(word, ".eE"):
		return floatValue(word)
	}
	return decimalInteger(word)
}

// digitsMessage checks a run of decimal digits with single underscores between them.
func digitsMessage(s, what string) string {
	switch {
	case s == "":
		return "invalid " + what + ", expected digits"
	case s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__"):
		return "`_` may only go between digits, expected nothing"
	case strings.Trim(s, "0123456789_") != "":
		return "invalid " + what + ", expected digits"
	}
	for i := range len(s) {
		if !isDigit(s[i]) && s[i] != '_' {
			return "invalid " + what + ", expected digits"
		}
	}
	return ""
}

func leadingZero(s string) bool { return len(s) > 1 && s[0] == '0' }

func decimalInteger(word string) (*Value, string) {
	digits := strings.TrimLeft(word[:1], "+-") + word[1:]
	if message := digitsMessage(digits, "integer"); message != "" {
		return nil, message
	}
	if leadingZero(digits) {
		return nil, "unexpected leading zero, expected nothing"
	}
	sign := ""
	if word[0] == '-' {
		sign = "-"
	}
	return integer(sign+strings.ReplaceAll(digits, "_", ""), 10)
}

func radixInteger(word string) (*Value, string) {
	if word[0] != '0' {
		return nil, "integers with a radix cannot be signed, expected nothing"
	}
	base, digits := 0, "0123456789abcdefABCDEF"
	switch word[1] {
	case 'x':
		base = 16
	case 'o':
		base, digits = 8, "01234567"
	case 'b':
		base, digits = 2, "01"
	default:
		return nil, "radix must be lowercase, expected `0x`, `0o`, `0b`"
	}
	rest := word[2:]
	if rest != "" && (rest[0] == '_' || rest[len(rest)-1] == '_' || strings.Contains(rest, "__")) {
		return nil, "`_` may only go between digits, expected nothing"
	}
	for i := range len(rest) {
		if rest[i] != '_' && strings.IndexByte(digits, rest[i]) < 0 {
			return nil, "invalid number with a radix, expected digits"
		}
	}
	return integer(strings.ReplaceAll(rest, "_", ""), base)
}

// integer reads up to 128 bits with sign.
func integer(digits string, base int) (*Value, string) {
	const overflow = "integer number overflowed"
	trimmed := strings.TrimLeft(strings.TrimPrefix(digits, "-"), "0")
	if digits == "" || len(trimmed) > 128 { // not even in binary; keeps the conversion cheap
		return nil, overflow
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil, overflow
	}
	// The range of a 128-bit integer: -2^127 is the only one of its length that fits.
	if n.BitLen() > 127 && (n.Sign() > 0 || n.BitLen() > 128 || n.TrailingZeroBits() != 127) {
		return nil, overflow
	}
	return &Value{Kind: Integer, Int: n}, ""
}

func floatValue(word string) (*Value, string) {
	rest := strings.TrimLeft(word[:1], "+-") + word[1:]
	mantissa, exponent, hasExponent := rest, "", false
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = rest[:i], rest[i+1:], true
	}
	whole, fraction, hasFraction := strings.Cut(mantissa, ".")
	if message := digitsMessage(whole, "mantissa"); message != "" {
		return nil, message
	}
	if leadingZero(whole) {
		return nil, "unexpected leading zero, expected nothing"
	}
	if hasFraction {
		if message := digitsMessage(fraction, "fraction"); message != "" {
			return nil, message
		}
	}
	if hasExponent {
		if exponent != "" {
			exponent = strings.TrimLeft(exponent[:1], "+-") + exponent[1:]
		}
		if message := digitsMessage(exponent, "exponent"); message != "" {
			return nil, message
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(word, "_", ""), 64)
	if err != nil {
		return nil, "floating-point number overflowed"
	}
	return &Value{Kind: Float, Float: f}, ""
}
