package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Option describes one option of a command.
type Option struct {
	// Long is the name without dashes. It is required.
	Long string
	// Short is the one-letter name, 0 for none.
	Short byte
	// Arg stands for the value in the help text; empty shows none, though the
	// option may take one.
	Arg string
	// Help is the description in the help text.
	Help string
	// Hidden leaves the option out of the help text.
	Hidden bool
	// Value receives what the command line says.
	Value Value
}

// Value binds an option to a variable or a function. Use [Bool], [String] …
// to make one.
type Value struct {
	arg argument
	// set is called with the option as written ("--name", "-n"), and its
	// value if given.
	set func(option, value string, given bool) error
}

type argument int

const (
	argRequired argument = iota
	argNone
	argOptional
)

// Bool is a flag that sets a variable to true.
func Bool(p *bool) Value { return Func(func(string) error { *p = true; return nil }) }

// BoolOff is a flag that sets a variable to false, as --no-… options do.
func BoolOff(p *bool) Value { return Func(func(string) error { *p = false; return nil }) }

// String sets a variable to the value, which must be UTF-8. Repeated, the last counts.
func String(p *string) Value {
	return ArgFunc(func(_, value string) error { return setString(p, value) })
}

// Filename is [String] for paths, which may hold any bytes.
func Filename(p *string) Value {
	return ArgFunc(func(_, value string) error { *p = value; return nil })
}

// Strings appends each value to a slice; they must be UTF-8.
func Strings(p *[]string) Value {
	return ArgFunc(func(_, value string) error {
		var s string
		err := setString(&s, value)
		*p = append(*p, s)
		return err
	})
}

// Filenames is [Strings] for paths, which may hold any bytes.
func Filenames(p *[]string) Value {
	return ArgFunc(func(_, value string) error { *p = append(*p, value); return nil })
}

// Int sets a variable to a number of 32 bits in C notation.
func Int(p *int) Value {
	return ArgFunc(func(option, value string) error {
		n, err := parseInteger(option, value, math.MinInt32, math.MaxInt32)
		*p = int(n)
		return err
	})
}

// Int64 sets a variable to a number of 64 bits in C notation.
func Int64(p *int64) Value {
	return ArgFunc(func(option, value string) (err error) {
		*p, err = parseInteger(option, value, math.MinInt64, math.MaxInt64)
		return err
	})
}

// Float sets a variable to a floating-point number.
func Float(p *float64) Value {
	return ArgFunc(func(option, value string) (err error) {
		*p, err = parseFloat(option, value)
		return err
	})
}

// Func is a flag that calls a function with the option as it was written.
func Func(f func(option string) error) Value {
	return Value{argNone, func(option, _ string, _ bool) error { return f(option) }}
}

// ArgFunc is an option with a value, passed to a function.
func ArgFunc(f func(option, value string) error) Value {
	return Value{argRequired, func(option, value string, _ bool) error { return f(option, value) }}
}

// OptionalFunc is an option with an optional value; given tells whether there
// was one.
func OptionalFunc(f func(option, value string, given bool) error) Value {
	return Value{argOptional, f}
}

var errEncoding = errors.New("Invalid byte sequence in conversion input") //nolint:staticcheck // GLib's text

func setString(p *string, value string) error {
	if !utf8.ValidString(value) {
		return errEncoding
	}
	*p = value
	return nil
}

const space = " \t\n\v\f\r"

// parseInteger is strtol with base 0 and GOption's messages.
func parseInteger(option, value string, low, high int64) (int64, error) {
	digits := strings.TrimLeft(value, space)
	negative := strings.HasPrefix(digits, "-")
	if negative || strings.HasPrefix(digits, "+") {
		digits = digits[1:]
	}
	base := 10
	switch {
	case len(digits) > 2 && (strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X")):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0"):
		base = 8
	}
	if !allDigits(digits, base) {
		digits = "" // ParseInt would take a second sign, and not see what follows too large a number
	} else if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, fmt.Errorf("Cannot parse integer value “%s” for %s", value, option) //nolint:staticcheck // GLib's text
	}
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("Integer value “%s” for %s out of range", value, option) //nolint:staticcheck // GLib's text
	}
	return n, nil
}

func allDigits(s string, base int) bool {
	valid := "0123456789abcdefABCDEF"
	if base < 16 {
		valid = valid[:base]
	}
	return strings.Trim(s, valid) == ""
}

func parseFloat(option, value string) (float64, error) {
	digits := strings.TrimLeft(value, space)
	f, err := strconv.ParseFloat(digits, 64)
	if errors.Is(err, strconv.ErrSyntax) || strings.Contains(digits, "_") {
		return 0, fmt.Errorf("Cannot parse double value “%s” for %s", value, option) //nolint:staticcheck // GLib's text
	}
	if err != nil {
		return 0, fmt.Errorf("Double value “%s” for %s out of range", value, option) //nolint:staticcheck // GLib's text
	}
	return f, nil
}
