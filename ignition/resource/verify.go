package resource

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// check is what the bytes of a resource are compared with.
type check struct {
	hash hash.Hash
	want []byte
}

// newCheck returns nil when nothing is to be verified. Digits of either case are fine.
func newCheck(v types.Verification) (*check, error) {
	if v.Hash == nil {
		return nil, nil
	}
	h, sum, err := hasher(*v.Hash)
	if err != nil {
		return nil, err
	}
	want, err := hex.DecodeString(sum)
	if err != nil {
		return nil, ErrHashMalformed
	}
	if len(want) != h.Size() {
		return nil, ErrHashSize
	}
	return &check{h, want}, nil
}

// hasher splits a verification hash.
func hasher(spec string) (hash.Hash, string, error) {
	function, sum, ok := strings.Cut(spec, "-")
	if !ok {
		return nil, "", ErrHashMalformed
	}
	switch function {
	case "sha512":
		return sha512.New(), sum, nil
	case "sha256":
		return sha256.New(), sum, nil
	}
	return nil, "", ErrHashUnknown
}

// verdict compares once all bytes have been hashed.
func (c *check) verdict(log Log) error {
	sum := c.hash.Sum(nil)
	if !bytes.Equal(sum, c.want) {
		return &HashError{hex.EncodeToString(sum), hex.EncodeToString(c.want)}
	}
	log.Debug("file matches expected sum of: %s", hex.EncodeToString(sum))
	return nil
}

// VerifyExact verifies data that were fetched without verification, as Ignition does
// for the configs that a config refers to: the sum is compared as text, so that one
// with upper-case digits never matches. It does for all other resources. Without a
// hash everything is right. A mismatch is a *HashError.
func VerifyExact(v types.Verification, data []byte) error {
	if v.Hash == nil {
		return nil
	}
	h, want, err := hasher(*v.Hash)
	if err != nil {
		return err
	}
	h.Write(data)
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return &HashError{got, want}
	}
	return nil
}
