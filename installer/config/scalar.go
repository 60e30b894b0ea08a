package config

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The types of plain scalars are those of the core schema of YAML 1.2 as Rust's serde_yaml
// reads it: "yes" and "010" are texts. A tag does not change the type.

// plain reports whether a scalar is written without quotes and is no block.
func plain(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

func null(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || !plain(n) {
		return false
	}
	return n.Value == "" || isNull(n.Value)
}

func isNull(s string) bool { return s == "null" || s == "Null" || s == "NULL" || s == "~" }

func boolean(n *yaml.Node) (value, ok bool) {
	if n.Kind != yaml.ScalarNode || !plain(n) {
		return false, false
	}
	return parseBool(n.Value)
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// describe says what a node is, for errors.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "map"
	case yaml.SequenceNode:
		return "sequence"
	}
	s := n.Value
	if plain(n) {
		if b, ok := parseBool(s); ok {
			return fmt.Sprintf("boolean `%t`", b)
		}
		if i, ok := parseInt(s); ok {
			return describeInt(i)
		}
		if f, ok := parseFloat(s); ok {
			return fmt.Sprintf("floating point `%s`", formatFloat(f))
		}
		if null(n) {
			return "unit value"
		}
	}
	return fmt.Sprintf("string %q", clip(s))
}

func describeInt(i *big.Int) string {
	switch {
	case i.IsInt64(), i.IsUint64():
		return fmt.Sprintf("integer `%v`", i)
	case i.Sign() < 0:
		return fmt.Sprintf("integer `%v` as i128", i)
	}
	return fmt.Sprintf("integer `%v` as u128", i)
}

// clip keeps errors short.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// parseInt reads an integer of at most 128 bits: decimal without leading zeros, 0x, 0o, 0b.
func parseInt(s string) (*big.Int, bool) {
	sign, digits := "", s
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, digits = s[:1], s[1:]
	}
	base := 10
	if len(digits) > 1 && digits[0] == '0' {
		base = map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]]
		digits = digits[2:]
	}
	// No number of 128 bits has more digits; leading zeros are not worth more.
	if base == 0 || len(digits) > 1000 || digits == "" || digits[0] == '+' || digits[0] == '-' || strings.Contains(digits, "_") {
		return nil, false
	}
	i, ok := new(big.Int).SetString(sign+digits, base)
	return i, ok && i.BitLen() <= 128
}

func parseFloat(s string) (float64, bool) {
	unsigned := strings.TrimPrefix(s, "+")
	switch unsigned {
	case ".inf", ".Inf", ".INF":
		return math.Inf(1), true
	}
	switch s {
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1), true
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	}
	if strings.ContainsAny(s, "xXpP_") || digitsButNoNumber(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// digitsButNoNumber reports whether s is a number with leading zeros, such as 010: octal
// to some readers of YAML, decimal to others, and so a text.
func digitsButNoNumber(s string) bool {
	s = strings.TrimLeft(s[:min(len(s), 1)], "+-") + s[min(len(s), 1):]
	return len(s) > 1 && s[0] == '0' && strings.Trim(s, "0123456789") == ""
}

// formatFloat words a number as Rust does: without exponent, and with a point if finite.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
