package sshkeys

import (
	"errors"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// ErrFormat is returned for a line that is not a public key, or whose parts contradict each other.
var ErrFormat = errors.New("invalid key format")

// ErrUTF8 is returned for text that should be UTF-8, in a line or in a key's blob.
var ErrUTF8 = errors.New("invalid UTF-8")

// Base64Error reports a key whose base64 text cannot be decoded.
type Base64Error struct{ Reason string }

// Error tells what is wrong with the text.
func (e *Base64Error) Error() string { return "invalid base64: " + e.Reason }

// UnsupportedTypeError reports a key of a type that is not known here, or a certificate.
type UnsupportedTypeError struct{ Type string }

// Error names the type, cut if it is long.
func (e *UnsupportedTypeError) Error() string { return "unsupported keytype: " + shown(e.Type) }

// UnsupportedCurveError reports an ECDSA key on a curve that SSH does not use.
type UnsupportedCurveError struct{ Curve string }

// Error names the curve, cut if it is long.
func (e *UnsupportedCurveError) Error() string { return "unsupported curve: " + shown(e.Curve) }

// UnknownUserError reports a name that is in none of the user databases.
type UnknownUserError struct{ Name string }

// Error names the user.
func (e *UnknownUserError) Error() string {
	return fmt.Sprintf("could not find user with username %q", e.Name)
}

// shown makes text from the network fit for a terminal: neither long nor with control characters.
func shown(s string) string {
	const limit = 128
	cut := len(s) > limit
	if cut {
		s = s[:limit]
		for s != "" && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			s = strconv.Quote(s)
			break
		}
	}
	if cut {
		s += "…"
	}
	return s
}
