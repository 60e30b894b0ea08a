package object

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// ChecksumSize is the length of a raw checksum in bytes.
const ChecksumSize = sha256.Size

// HexSize is the length of a checksum in its text form.
const HexSize = 2 * ChecksumSize

// Checksum is a raw SHA-256; its text form is 64 lower-case hexadecimal digits.
// The zero value stands for "no checksum", for example the parent of a first commit.
type Checksum [ChecksumSize]byte

// Sum returns the checksum of b. For metadata objects b is the serialized object, so this is the object's name.
func Sum(b []byte) Checksum { return sha256.Sum256(b) }

// ParseChecksum reads 64 lower-case hexadecimal digits. The error texts are those of the reference
// implementation: "Invalid rev TEXT" for a wrong length, "Invalid character 'N' in rev 'TEXT'"
// with the byte's decimal value for anything that is not a lower-case hexadecimal digit.
func ParseChecksum(s string) (Checksum, error) {
	var c Checksum
	if len(s) != HexSize {
		return c, fmt.Errorf("Invalid rev %s", s)
	}
	for i := range len(s) {
		b := s[i]
		if !isHexDigit(b) {
			return c, fmt.Errorf("Invalid character '%d' in rev '%s'", b, s)
		}
	}
	if _, err := hex.Decode(c[:], []byte(s)); err != nil {
		return c, fmt.Errorf("Invalid rev %s", s)
	}
	return c, nil
}

// MustChecksum is ParseChecksum for constants; it panics on a malformed text.
func MustChecksum(s string) Checksum {
	c, err := ParseChecksum(s)
	if err != nil {
		panic(err)
	}
	return c
}

// ChecksumFromBytes takes the 32 raw bytes that GVariants hold as "ay".
func ChecksumFromBytes(b []byte) (Checksum, error) {
	var c Checksum
	if len(b) != ChecksumSize {
		return c, fmt.Errorf("Invalid checksum of length %d expected %d", len(b), ChecksumSize)
	}
	copy(c[:], b)
	return c, nil
}

// IsChecksum tells whether s has the text form of a checksum.
func IsChecksum(s string) bool {
	if len(s) != HexSize {
		return false
	}
	return IsHex(s)
}

// IsHex tells whether s consists of lower-case hexadecimal digits only (an empty text does not).
func IsHex(s string) bool {
	for i := range len(s) {
		if !isHexDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isHexDigit(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' }

// String returns the 64 hexadecimal digits.
func (c Checksum) String() string { return hex.EncodeToString(c[:]) }

// AppendHex appends the 64 hexadecimal digits to b.
func (c Checksum) AppendHex(b []byte) []byte { return hex.AppendEncode(b, c[:]) }

// IsZero tells whether c is the "no checksum" value.
func (c Checksum) IsZero() bool { return c == Checksum{} }

// Base64 returns the 43 characters that name a commit in static delta paths: base64 in the
// standard alphabet with "/" replaced by "_" and no padding.
func (c Checksum) Base64() string {
	return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(c[:]), "/", "_")
}

// ParseBase64 is the inverse of [Checksum.Base64].
func ParseBase64(s string) (Checksum, error) {
	var c Checksum
	// The decoder passes over line breaks, which have no place in a path.
	b, err := base64.RawStdEncoding.Strict().DecodeString(strings.ReplaceAll(s, "_", "/"))
	if err != nil || len(b) != ChecksumSize || strings.ContainsAny(s, "/\r\n") {
		return c, fmt.Errorf("invalid base64 checksum %q", s)
	}
	copy(c[:], b)
	return c, nil
}

// Compare orders checksums bytewise, which is also the order of their text forms.
func (c Checksum) Compare(o Checksum) int {
	for i := range c {
		if c[i] != o[i] {
			return int(c[i]) - int(o[i])
		}
	}
	return 0
}

// MarshalText implements [encoding.TextMarshaler] so that checksums appear as hexadecimal digits in JSON.
func (c Checksum) MarshalText() ([]byte, error) {
	if c.IsZero() {
		return nil, nil
	}
	return c.AppendHex(nil), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (c *Checksum) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*c = Checksum{}
		return nil
	}
	v, err := ParseChecksum(string(b))
	if err != nil {
		return err
	}
	*c = v
	return nil
}
