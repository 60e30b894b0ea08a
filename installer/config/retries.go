package config

import (
	"errors"
	"strconv"
)

// Retries is how often a transfer is tried again after it failed. The zero value is never.
type Retries struct {
	// Infinite is set if there is no limit.
	Infinite bool
	// Count is the limit else.
	Count uint32
}

// ParseRetries reads "infinite" or a decimal number below 2³², which may have a plus sign.
func ParseRetries(s string) (Retries, error) {
	if s == "infinite" {
		return Retries{Infinite: true}, nil
	}
	n, err := parseUint32(s)
	if err != nil {
		return Retries{}, err
	}
	return Retries{Count: n}, nil
}

// String returns the text that [ParseRetries] reads.
func (r Retries) String() string {
	if r.Infinite {
		return "infinite"
	}
	return strconv.FormatUint(uint64(r.Count), 10)
}

// Allow reports whether a transfer that failed, and was repeated done times already, may
// be tried again.
func (r Retries) Allow(done uint32) bool { return r.Infinite || done < r.Count }

// parseUint32 reads a number as Rust's u32::from_str does, with its errors.
func parseUint32(s string) (uint32, error) {
	if s == "" {
		return 0, errors.New("cannot parse integer from empty string")
	}
	digits := s
	if s[0] == '+' && len(s) > 1 {
		digits = s[1:]
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errors.New("number too large to fit in target type")
	case err != nil || digits[0] == '+':
		return 0, errors.New("invalid digit found in string")
	}
	return uint32(n), nil
}
