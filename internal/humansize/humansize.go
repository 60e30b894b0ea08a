package humansize

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// nbsp separates number and unit, except before "bytes".
const nbsp = "\u00a0"

var (
	siUnits  = []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	iecUnits = []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
)

// Format writes n bytes with SI units (powers of 1000). Rounding does not
// change the unit: 999999 is "1000.0 kB".
func Format(n uint64) string { return format(n, 1000, siUnits) }

// FormatIEC writes n bytes with binary units (powers of 1024).
func FormatIEC(n uint64) string { return format(n, 1024, iecUnits) }

func format(n, base uint64, units []string) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < base:
		return strconv.FormatUint(n, 10) + " bytes"
	}
	factor, unit := base, 0
	for unit < len(units)-1 && n/factor >= base {
		factor *= base
		unit++
	}
	return strconv.FormatFloat(float64(n)/float64(factor), 'f', 1, 64) + nbsp + units[unit]
}

// ErrFormat is returned by [Parse] for text of another form.
var ErrFormat error = message("It should be of the format '123MB', '123GB' or '123TB'")

// ErrTooHigh is returned by [Parse] for sizes of 2⁶⁴ bytes and more.
var ErrTooHigh error = message("Value was too high")

// message is an error with a text that OSTree prints.
type message string

func (m message) Error() string { return string(m) }

// Parse reads a size: decimal digits and MB, GB or TB, with nothing before,
// between or after. The units are binary: "1MB" is 1048576 bytes. The error is
// [ErrFormat] or [ErrTooHigh], whose texts follow the words
// "Invalid min-free-space-size '…': " in OSTree's message.
func Parse(text string) (uint64, error) {
	digits, shift := cutUnit(text)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, ErrFormat
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) || bits.Len64(n)+shift > 64 {
		return 0, ErrTooHigh
	}
	return n << shift, nil
}

// cutUnit returns what is before the unit and the power of two that it means.
func cutUnit(text string) (digits string, shift int) {
	for unit, shift := range map[string]int{"MB": 20, "GB": 30, "TB": 40} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			return digits, shift
		}
	}
	return "", 0
}
