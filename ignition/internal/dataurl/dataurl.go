package dataurl

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

var (
	errUnescapeEnd = errors.New("rfc2396: unexpected end of unescape sequence")
	// Ignition prints the percent sign, not the wrong digit.
	errUnescapeChar = errors.New("rfc2396: invalid char 0x25 in unescape sequence")
	errDataChar     = errors.New("invalid data character")
)

// Check reports what is wrong with a data URL, or nil. It takes linear time and
// allocates nothing for the data.
func Check(s string) error {
	data, isBase64, err := head(s)
	if err != nil {
		return err
	}
	if isBase64 {
		if !allIn(data, &base64Char) {
			return errDataChar
		}
		return checkBase64(data)
	}
	if !allIn(data, &urlChar) {
		return errDataChar
	}
	return checkEscapes(data)
}

// Decode returns the bytes of a data URL. It is never nil without an error.
func Decode(s string) ([]byte, error) {
	data, isBase64, err := head(s)
	if err != nil {
		return nil, err
	}
	if isBase64 {
		if !allIn(data, &base64Char) {
			return nil, errDataChar
		}
		b, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return nil, err
		}
		return b, nil
	}
	if !allIn(data, &urlChar) {
		return nil, errDataChar
	}
	return unescape(data)
}

// Escape writes every byte but A-Z a-z 0-9 - _ . ! ~ * ' ( ) as % and two
// capital hexadecimal digits.
func Escape(b []byte) string {
	const digits = "0123456789ABCDEF"
	n := len(b)
	for _, c := range b {
		if !unreserved[c] {
			n += 2
		}
	}
	var out strings.Builder
	out.Grow(n)
	for _, c := range b {
		if unreserved[c] {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(digits[c>>4])
		out.WriteByte(digits[c&15])
	}
	return out.String()
}

// checkBase64 reports what decoding would, without making the output unless
// there is an error to describe.
func checkBase64(data string) error {
	digits, pads := 0, 0
	for i := range len(data) {
		switch data[i] {
		case '\n':
		case '=':
			pads++
		default:
			digits++
			if pads > 0 {
				digits = 1 // no valid length: the decoder tells where
			}
		}
	}
	if (digits+pads)%4 == 0 && pads == (4-digits%4)%4 && pads < 3 {
		return nil
	}
	_, err := base64.StdEncoding.DecodeString(data)
	return err
}

func checkEscapes(s string) error {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return nil
		}
		if _, err := escaped(s[i:]); err != nil {
			return err
		}
		s = s[i+3:]
	}
}

// escaped is the byte that a %xx at the start of s stands for.
func escaped(s string) (byte, error) {
	for i := 1; i <= 2; i++ {
		if i >= len(s) {
			return 0, errUnescapeEnd
		}
		if !isHex(s[i]) {
			return 0, errUnescapeChar
		}
	}
	v, err := strconv.ParseUint(s[1:3], 16, 8)
	return byte(v), err
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return append(out, s...), nil
		}
		out = append(out, s[:i]...)
		c, err := escaped(s[i:])
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		s = s[i+3:]
	}
}

func allIn(s string, set *[256]bool) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}
