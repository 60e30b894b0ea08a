package sshkeys

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// strict refuses bits behind the last byte, as the reference does: one key has one text.
var strict = base64.StdEncoding.Strict()

func decodeBase64(s string) ([]byte, error) {
	data, err := strict.DecodeString(s)
	if err != nil {
		return nil, &Base64Error{Reason: whyNotBase64(s)}
	}
	return data, nil
}

// whyNotBase64 tells what is wrong with a text that cannot be decoded, in the words of the Rust library base64,
// which looks at the last character first if it is one too many, and takes '=' for padding only where the last
// four characters can have it.
func whyNotBase64(s string) string {
	n := len(s)
	if n%4 == 1 {
		if s[n-1] == '=' || inAlphabet(s[n-1]) {
			return "Encoded text cannot have a 6-bit remainder."
		}
		return invalidByte(s, n-1)
	}
	end := 0 // of the symbols
	for end < n && inAlphabet(s[end]) {
		end++
	}
	padding := strings.TrimLeft(s[end:], "=") == "" && end >= (n-1)/4*4+2
	switch {
	case end < n && !padding:
		return invalidByte(s, end)
	case n%4 != 0:
		return "Invalid padding"
	}
	return fmt.Sprintf("Invalid last symbol %d, offset %d.", s[end-1], end-1)
}

func invalidByte(s string, i int) string { return fmt.Sprintf("Invalid byte %d, offset %d.", s[i], i) }

func inAlphabet(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}
