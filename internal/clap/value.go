package clap

import (
	"errors"
	"strings"
)

// Parser checks a value and converts it to what [Value] returns.
type Parser func(text string) (any, error)

// Errors of numbers, as Rust words them.
var (
	errEmptyNumber = errors.New("cannot parse integer from empty string")
	errDigit       = errors.New("invalid digit found in string")
	errTooLarge    = errors.New("number too large to fit in target type")
)

// Uint returns a parser of unsigned decimal numbers of the given width in bits; the value is a uint64.
func Uint(bits int) Parser {
	limit := ^uint64(0) >> (64 - bits)
	return func(text string) (any, error) { return parseUint(text, limit) }
}

func parseUint(text string, limit uint64) (any, error) {
	if text == "" {
		return nil, errEmptyNumber
	}
	digits := strings.TrimPrefix(text, "+")
	if digits == "" {
		return nil, errDigit
	}
	var n uint64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return nil, errDigit
		}
		d := uint64(c - '0')
		if n > (limit-d)/10 {
			return nil, errTooLarge
		}
		n = n*10 + d
	}
	return n, nil
}
