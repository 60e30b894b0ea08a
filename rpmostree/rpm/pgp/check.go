package pgp

import (
	"bytes"
	//lint:ignore SA1019 distributions of the EL 5 era have signed with DSA
	"crypto/dsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"hash"
	"math/big"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Status is the verdict on a signature.
type Status uint8

// The verdicts, the best one first.
const (
	OK         Status = iota
	NotTrusted        // the signature fits, but the key or the algorithm is not to be trusted
	NoKey             // the key is not in the keyring
	Bad               // the signature does not fit the bytes
	NotFound          // there is no signature
)

// String is the word that rpm prints: OK, NOTTRUSTED, NOKEY, BAD or NOTFOUND.
func (s Status) String() string {
	return [...]string{"OK", "NOTTRUSTED", "NOKEY", "BAD", "NOTFOUND"}[s]
}

// Result is the verdict on a signature with its grounds.
type Result struct {
	Status Status
	// Reason tells more where the status is not OK; empty where it says everything.
	Reason string
	// Key is the key that made the signature, if it is in the keyring.
	Key *Key
}

// String prints the status, and the reason behind it in parentheses.
func (r Result) String() string {
	if r.Reason == "" {
		return r.Status.String()
	}
	return fmt.Sprintf("%s (%s)", r.Status, r.Reason)
}

// Check judges a signature. h comes from s.NewHash and has seen the signed bytes; it cannot be
// used afterwards. A nil signature is NotFound; types other than [TypeBinary] are bad.
func (k *Keyring) Check(s *Signature, h hash.Hash) Result {
	if s == nil {
		return Result{Status: NotFound}
	}
	if s.Type != TypeBinary {
		return Result{Status: Bad, Reason: fmt.Sprintf("signature type 0x%02x is not that of a binary document", s.Type)}
	}
	return k.check(s, h)
}

func (k *Keyring) check(s *Signature, h hash.Hash) Result {
	h.Write(s.trailer)
	digest := h.Sum(nil)
	if !bytes.HasPrefix(digest, s.left16[:]) {
		return Result{Status: Bad, Reason: errMismatch.Error()} // whoever made it
	}
	found := k.candidates(s)
	if len(found) == 0 {
		return Result{Status: NoKey}
	}
	best := Result{Status: NotFound}
	// Key IDs are short enough that somebody may have made two keys of the same one.
	for _, c := range found {
		if r := k.judge(s, digest, c); r.Status < best.Status {
			best = r
		}
	}
	return best
}

func (k *Keyring) judge(s *Signature, digest []byte, c candidate) Result {
	if err := c.part.verify(s, digest); err != nil {
		return Result{Bad, err.Error(), c.key}
	}
	reason := k.objection(s)
	if reason == "" {
		reason = c.key.objection(c.part, s.Created)
	}
	if reason != "" {
		return Result{NotTrusted, reason, c.key}
	}
	return Result{OK, "", c.key}
}

// objection says why the signature itself is not to be trusted.
func (k *Keyring) objection(s *Signature) string {
	switch {
	case s.HashAlgo == hashMD5, s.HashAlgo == hashSHA1 && k.RejectSHA1:
		return s.HashAlgo.String() + " is too weak"
	case s.Lifetime != 0 && !k.Now.IsZero() && !k.Now.Before(s.Created.Add(s.Lifetime)):
		return "the signature has expired"
	}
	return ""
}

var errMismatch = errors.New("signature does not match")

// verify checks the mathematics.
func (c *component) verify(s *Signature, digest []byte) error {
	if !bytes.HasPrefix(digest, s.left16[:]) {
		return errMismatch
	}
	switch key := c.pub.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.Version != 6 {
			return s.verifyRSA(key, digest)
		}
	case *dsa.PublicKey:
		return s.verifyDSA(key, digest)
	}
	if s.Version == 3 {
		return fmt.Errorf("version 3 signature with algorithm %s is not supported", s.PubkeyAlgo)
	}
	parsed, err := packet.Read(bytes.NewReader(s.raw))
	if err != nil {
		return err
	}
	sig, ok := parsed.(*packet.Signature)
	if !ok {
		return errMismatch
	}
	return c.pub.VerifySignature(finished{digest}, sig)
}

func (s *Signature) verifyRSA(key *rsa.PublicKey, digest []byte) error {
	if s.PubkeyAlgo != pubkeyRSA && s.PubkeyAlgo != pubkeyRSASign {
		return errors.New("signature and key are of different algorithms")
	}
	n, err := s.integers(1)
	if err != nil {
		return err
	}
	if n[0].BitLen() > key.N.BitLen() {
		return errMismatch
	}
	return rsa.VerifyPKCS1v15(key, s.HashAlgo.Hash(), digest, n[0].FillBytes(make([]byte, key.Size())))
}

func (s *Signature) verifyDSA(key *dsa.PublicKey, digest []byte) error {
	if s.PubkeyAlgo != pubkeyDSA {
		return errors.New("signature and key are of different algorithms")
	}
	n, err := s.integers(2)
	if err != nil {
		return err
	}
	if size := (key.Q.BitLen() + 7) / 8; len(digest) > size {
		digest = digest[:size]
	}
	if !dsa.Verify(key, digest, n[0], n[1]) {
		return errMismatch
	}
	return nil
}

// integers reads the n multiprecision integers of the signature.
func (s *Signature) integers(n int) ([]*big.Int, error) {
	c := &cursor{rest: s.mpis}
	list := make([]*big.Int, n)
	for i := range list {
		list[i] = new(big.Int).SetBytes(c.bytes((c.length(2) + 7) / 8))
	}
	if c.failed {
		return nil, errTruncated
	}
	return list, nil
}

// finished hands a digest to a function that wants to finish it.
type finished struct{ digest []byte }

func (f finished) Write(p []byte) (int, error) { return len(p), nil }
func (f finished) Sum(b []byte) []byte         { return append(b, f.digest...) }
func (f finished) Reset()                      {}
func (f finished) Size() int                   { return len(f.digest) }
func (f finished) BlockSize() int              { return 1 }
