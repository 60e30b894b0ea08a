package container

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree"
)

// Prefixes of the refs that hold container images.
const (
	LayerPrefix     = "ostree/container/blob"      // one commit per layer
	ImagePrefix     = "ostree/container/image"     // the merge commit of each pulled image
	BaseImagePrefix = "ostree/container/baseimage" // keeps the layers of images that others build upon
)

// EscapeRef turns any text into a part of a ref name: ASCII letters, digits and "-" stay, "/" stays
// after a letter or digit unless it is the last, "_" is doubled, and each other byte becomes "_XX_".
func EscapeRef(s string) (string, error) {
	if s == "" {
		return "", errors.New("Invalid empty string for ref")
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case isAlnum(c) || c == '-':
			b.WriteByte(c)
		case c == '/' && i > 0 && isAlnum(s[i-1]) && i < len(s)-1:
			b.WriteByte(c)
		case c == '_':
			b.WriteString("__")
		default:
			fmt.Fprintf(&b, "_%02X_", c)
		}
	}
	return b.String(), nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// UnescapeRef is the inverse of [EscapeRef]. Text that it could not have made is an error.
func UnescapeRef(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] != '_':
			b.WriteByte(s[i])
			i++
		case i+1 < len(s) && s[i+1] == '_':
			b.WriteByte('_')
			i += 2
		case i+3 < len(s) && s[i+3] == '_':
			hi, ok1 := hexDigit(s[i+1])
			lo, ok2 := hexDigit(s[i+2])
			if !ok1 || !ok2 {
				return "", fmt.Errorf("Invalid escape sequence in ref: %s", s)
			}
			b.WriteByte(hi<<4 | lo)
			i += 4
		default:
			return "", fmt.Errorf("Invalid escape sequence in ref: %s", s)
		}
	}
	if back, err := EscapeRef(b.String()); err != nil || back != s {
		return "", fmt.Errorf("Not an escaped ref: %s", s)
	}
	return b.String(), nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// prefixedRef returns PREFIX/ESCAPED after a check that it can be a ref.
func prefixedRef(prefix, s string) (string, error) {
	e, err := EscapeRef(s)
	if err != nil {
		return "", err
	}
	ref := prefix + "/" + e
	return ref, ostree.ValidateRefName(ref)
}

// LayerRef returns the ref of a layer by its digest, for instance "sha256:2c26…".
func LayerRef(digest string) (string, error) { return prefixedRef(LayerPrefix, digest) }

// ImageRef returns the ref of an image's merge commit.
func ImageRef(img ImageReference) (string, error) { return prefixedRef(ImagePrefix, img.String()) }
