package gvariant

import (
	"math"
	"strconv"
	"strings"
)

// looksFloating reports whether a number without a type is a double.
func looksFloating(tok string) bool {
	return strings.Contains(tok, ".") ||
		strings.Contains(tok, "e") && !strings.HasPrefix(tok, "0x") ||
		strings.Contains(tok, "inf") || strings.Contains(tok, "nan")
}

// numberValue returns a number as the numeric type t.
func (n *node) numberValue(t Type) (Value, error) {
	if t == "d" {
		return n.doubleValue()
	}
	tok, negative := strings.CutPrefix(n.text, "-")
	abs, end, overflow := scanUint(tok)
	if overflow {
		return Value{}, n.fail("integer too big for any type")
	}
	if end < len(tok) {
		return Value{}, n.badDigit(len(n.text) - len(tok) + end)
	}
	return n.intValue(t, abs, negative && abs != 0)
}

// badDigit reports the character number i of the token.
func (n *node) badDigit(i int) error {
	return &ParseError{Start: n.start + i, End: n.start + i + 1, Msg: "invalid character in number"}
}

// intValue returns the integer as type t, if it fits.
func (n *node) intValue(t Type, abs uint64, negative bool) (Value, error) {
	bits, signed := intBits(t)
	if bits == 0 {
		return Value{}, n.typeError(t)
	}
	limit := uint64(math.MaxUint64) >> (64 - bits)
	if signed {
		limit >>= 1
		if negative {
			limit++
		}
	} else if negative {
		limit = 0
	}
	if abs > limit {
		return Value{}, n.fail("number out of range for type '" + string(t) + "'")
	}
	if negative {
		abs = -abs
	}
	switch bits {
	case 8:
		return NewByte(byte(abs)), nil
	case 16:
		return newU16(t, uint16(abs)), nil
	case 32:
		return newU32(t, uint32(abs)), nil
	}
	return newU64(t, abs), nil
}

// intBits returns the width of an integer type, 0 for other types.
func intBits(t Type) (bits int, signed bool) {
	switch t {
	case "y":
		return 8, false
	case "n":
		return 16, true
	case "q":
		return 16, false
	case "i", "h":
		return 32, true
	case "u":
		return 32, false
	case "x":
		return 64, true
	case "t":
		return 64, false
	}
	return 0, false
}

// scanUint reads an unsigned number like C's strtoull with base 0: an optional
// sign (minus negates modulo 2⁶⁴), 0x… is hexadecimal, 0… octal. It returns
// where the number ends, 0 if there is none.
func scanUint(s string) (n uint64, end int, overflow bool) {
	i := 0
	negate := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negate = s[0] == '-'
		i++
	}
	base := uint64(10)
	if i < len(s) && s[i] == '0' {
		base = 8
		if i+2 < len(s) && s[i+1]|0x20 == 'x' && isHex(s[i+2]) {
			base = 16
			i += 2
		}
	}
	first := i
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d >= base {
			break
		}
		if n > (math.MaxUint64-d)/base {
			overflow = true
		}
		n = n*base + d
	}
	if i == first {
		return 0, 0, false
	}
	if negate {
		n = -n
	}
	return n, i, overflow
}

// digit returns the value of a digit, 99 if it is none.
func digit(c byte) uint64 {
	switch {
	case isDigit(c):
		return uint64(c - '0')
	case isAlpha(c):
		return uint64(c|0x20-'a') + 10
	}
	return 99
}

func (n *node) doubleValue() (Value, error) {
	f, end, ok := scanDouble(n.text)
	if !ok {
		return Value{}, n.fail("number too big for any type")
	}
	if end < len(n.text) {
		return Value{}, n.badDigit(end)
	}
	return NewDouble(f), nil
}

// scanDouble reads a number like C's strtod: decimal or hexadecimal, inf or
// infinity, nan. It returns where the number ends, 0 if there is none; ok is
// false if it is too big.
func scanDouble(s string) (f float64, end int, ok bool) {
	sign := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign = 1
	}
	word := strings.ToLower(s[sign:])
	switch {
	case strings.HasPrefix(word, "infinity"):
		end = sign + len("infinity")
	case strings.HasPrefix(word, "inf"), strings.HasPrefix(word, "nan"):
		end = sign + len("inf")
	default:
		return scanFinite(s, sign)
	}
	bits := uint64(0x7ff0000000000000)
	if word[0] == 'n' {
		bits |= 1 << 51
	}
	if s[0] == '-' {
		bits |= 1 << 63
	}
	return math.Float64frombits(bits), end, true
}

// scanFinite is scanDouble for digits, which begin at s[i].
func scanFinite(s string, i int) (f float64, end int, ok bool) {
	isDig, exp, hex := isDigit, byte('e'), false
	if hasHexDigits(s[i:]) {
		isDig, exp, hex = isHex, 'p', true
		i += 2
	}
	whole := prefixLen(s[i:], isDig)
	i += whole
	fraction := 0
	if i < len(s) && s[i] == '.' {
		fraction = prefixLen(s[i+1:], isDig)
		if whole+fraction > 0 {
			i += 1 + fraction
		}
	}
	if whole+fraction == 0 {
		return 0, 0, true
	}
	mantissa := i
	if i < len(s) && s[i]|0x20 == exp {
		j := i + 1
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			j++
		}
		if n := prefixLen(s[j:], isDigit); n > 0 {
			i = j + n
		}
	}
	text := s[:i]
	if hex && i == mantissa {
		text += "p0"
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, i, err == nil
}

// hasHexDigits reports whether s begins with 0x and a hexadecimal number.
func hasHexDigits(s string) bool {
	if len(s) < 3 || s[0] != '0' || s[1]|0x20 != 'x' {
		return false
	}
	return isHex(s[2]) || s[2] == '.' && len(s) > 3 && isHex(s[3])
}
