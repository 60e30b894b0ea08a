package rpmmd

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// ErrNotSupported is wrapped by errors about what this package does not do.
var ErrNotSupported = errors.New("not supported")

// ChecksumError reports bytes that are not those their checksum or size promises.
type ChecksumError struct {
	Name      string // file, or URL without secrets
	Want, Got string // "sha256:hex", or "N bytes"
}

// Error returns "NAME: checksum doesn't match: wanted A, got B".
func (e *ChecksumError) Error() string {
	what := "checksum"
	if strings.HasSuffix(e.Want, " bytes") {
		what = "size"
	}
	return fmt.Sprintf("%s: %s doesn't match: wanted %s, got %s", e.Name, what, e.Want, e.Got)
}

// checksumTypes are the algorithms, the weakest first.
var checksumTypes = []struct {
	name string
	new  func() hash.Hash
}{
	{"md5", md5.New},
	{"sha", sha1.New},
	{"sha1", sha1.New},
	{"sha224", sha256.New224},
	{"sha256", sha256.New},
	{"sha384", sha512.New384},
	{"sha512", sha512.New},
}

// strength is the rank of a known algorithm, -1 when it is unknown.
func strength(name string) int {
	for i, t := range checksumTypes {
		if t.name == strings.ToLower(name) {
			return i
		}
	}
	return -1
}

// String returns "type:hex".
func (c Checksum) String() string { return c.Type + ":" + c.Hex }

// newHash returns the algorithm of c, after checking that c can be a digest of it.
func (c Checksum) newHash() (hash.Hash, error) {
	i := strength(c.Type)
	if i < 0 {
		return nil, fmt.Errorf("checksum type %q: %w", limited(c.Type), ErrNotSupported)
	}
	h := checksumTypes[i].new()
	if raw, err := hex.DecodeString(c.Hex); err != nil || len(raw) != h.Size() {
		return nil, fmt.Errorf("malformed %s checksum %q", c.Type, limited(c.Hex))
	}
	return h, nil
}

func (c Checksum) matches(data []byte) bool {
	h, err := c.newHash()
	if err != nil {
		return false
	}
	h.Write(data)
	return c.check("", h) == nil
}

// check compares the digest that h arrived at.
func (c Checksum) check(name string, h hash.Hash) error {
	if got := hex.EncodeToString(h.Sum(nil)); got != strings.ToLower(c.Hex) {
		return &ChecksumError{Name: name, Want: c.String(), Got: c.Type + ":" + got}
	}
	return nil
}

// strongest picks the best checksum of a known type.
func strongest(list []Checksum) (best Checksum, ok bool) {
	rank := -1
	for _, c := range list {
		if r := strength(c.Type); r > rank {
			best, rank = c, r
		}
	}
	return best, rank >= 0
}

// limited bounds foreign text for an error.
func limited(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
