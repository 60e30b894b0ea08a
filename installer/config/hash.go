package config

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Hash is an expected digest, as [ParseHash] reads it. Values are comparable; the zero Hash
// is no digest.
type Hash struct {
	kind   string // "sha256", "sha512"
	digest string // the bytes
}

// ParseHash reads a digest, "sha256-" or "sha512-" and hexadecimal digits in either case.
func ParseHash(s string) (Hash, error) {
	kind, digits, ok := strings.Cut(s, "-")
	if !ok {
		return Hash{}, fmt.Errorf("failed to detect hash-type and digest in '%s'", s)
	}
	size := map[string]int{"sha256": sha256.Size, "sha512": sha512.Size}[kind]
	if size == 0 {
		return Hash{}, fmt.Errorf("unknown hash type '%s'", kind)
	}
	digest, err := hex.DecodeString(digits)
	if err != nil {
		return Hash{}, fmt.Errorf("decoding hex digest: %w", hexError(digits))
	}
	if len(digest) != size {
		return Hash{}, fmt.Errorf("wrong digest length (%d)", len(digest)*8)
	}
	return Hash{kind: kind, digest: string(digest)}, nil
}

// hexError says what is wrong with digits, a character before the length.
func hexError(digits string) error {
	if len(digits)%2 != 0 {
		return errors.New("Odd number of digits")
	}
	for i, c := range digits {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return fmt.Errorf("Invalid character %q at position %d", c, i)
		}
	}
	return errors.New("Invalid string length")
}

// IsZero reports whether h is no digest.
func (h Hash) IsZero() bool { return h.kind == "" }

// String returns the digest as it is read, with lower-case digits; "" for none.
func (h Hash) String() string {
	if h.IsZero() {
		return ""
	}
	return h.kind + "-" + hex.EncodeToString([]byte(h.digest))
}

// New returns the hash function of the digest; nil for none.
func (h Hash) New() hash.Hash {
	switch h.kind {
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// Check compares what computed has been given with the digest. No digest fits everything.
func (h Hash) Check(computed hash.Hash) error {
	if h.IsZero() {
		return nil
	}
	if sum := computed.Sum(nil); string(sum) != h.digest {
		return fmt.Errorf("hash mismatch, computed '%x' but expected '%x'", sum, h.digest)
	}
	return nil
}

// CheckReader reads r to its end and compares its bytes with the digest. Without a digest
// it reads nothing.
func (h Hash) CheckReader(r io.Reader) error {
	if h.IsZero() {
		return nil
	}
	sum := h.New()
	if _, err := io.Copy(sum, r); err != nil {
		return err
	}
	return h.Check(sum)
}
