package sign

import (
	"bytes"
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 old OpenPGP keys are DSA keys
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/ecdsa"
	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/ed448"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Public key algorithm numbers.
const (
	algoRSA     = 1
	algoRSASign = 3
	algoDSA     = 17
	algoECDSA   = 19
	algoEdDSA   = 22
	algoEd25519 = 27
	algoEd448   = 28
)

// publicKey is a version 4 public key or subkey packet.
type publicKey struct {
	body        []byte
	created     time.Time
	algo        byte
	fingerprint [sha1.Size]byte
}

// parsePublicKey parses the body of a public key packet. Algorithms that are not known
// are no error: such keys can be listed and copied, not used.
func parsePublicKey(body []byte) (*publicKey, error) {
	if len(body) < 6 {
		return nil, errTruncated
	}
	if body[0] != 4 {
		return nil, fmt.Errorf("key version %d is not supported", body[0])
	}
	if len(body) > 0xffff {
		return nil, errors.New("public key of more than 65535 bytes")
	}
	k := &publicKey{body: body, created: unixTime(binary.BigEndian.Uint32(body[1:])), algo: body[5]}
	h := sha1.New()
	k.hashInto(h)
	h.Sum(k.fingerprint[:0])
	return k, nil
}

// hashInto writes the key as signatures over keys and fingerprints hash it.
func (k *publicKey) hashInto(h hash.Hash) {
	h.Write([]byte{0x99, byte(len(k.body) >> 8), byte(len(k.body))})
	h.Write(k.body)
}

func (k *publicKey) keyID() uint64 { return binary.BigEndian.Uint64(k.fingerprint[12:]) }

func (k *publicKey) hex() string { return strings.ToUpper(hex.EncodeToString(k.fingerprint[:])) }

// canSign tells whether the algorithm makes signatures at all.
func (k *publicKey) canSign() bool {
	switch k.algo {
	case algoRSA, algoRSASign, algoDSA, algoECDSA, algoEdDSA, algoEd25519, algoEd448:
		return true
	}
	return false
}

// material returns the n-th multi-precision integer of the key.
func (k *publicKey) material(n int) ([]byte, error) {
	rest := k.body[6:]
	for ; ; n-- {
		value, tail, err := readMPI(rest)
		if err != nil || n == 0 {
			return value, err
		}
		rest = tail
	}
}

func (k *publicKey) bigMaterial(count int) ([]*big.Int, error) {
	return readMPIs(k.body[6:], count)
}

func readMPIs(data []byte, count int) ([]*big.Int, error) {
	list := make([]*big.Int, count)
	for i := range list {
		value, rest, err := readMPI(data)
		if err != nil {
			return nil, err
		}
		list[i], data = new(big.Int).SetBytes(value), rest
	}
	return list, nil
}

func (k *publicKey) rsaKey() (*rsa.PublicKey, error) {
	m, err := k.bigMaterial(2)
	if err != nil {
		return nil, err
	}
	if m[1].BitLen() > 31 {
		return nil, errors.New("RSA exponent too large")
	}
	return &rsa.PublicKey{N: m[0], E: int(m[1].Int64())}, nil
}

func (k *publicKey) dsaKey() (*dsa.PublicKey, error) {
	m, err := k.bigMaterial(4)
	if err != nil {
		return nil, err
	}
	for _, v := range m {
		if v.BitLen() > 4096 || v.Sign() == 0 {
			return nil, errors.New("DSA parameter out of range")
		}
	}
	return &dsa.PublicKey{Parameters: dsa.Parameters{P: m[0], Q: m[1], G: m[2]}, Y: m[3]}, nil
}

// library parses the key with go-crypto, which knows the elliptic curves.
func (k *publicKey) library() (*packet.PublicKey, error) {
	p, err := packet.Read(bytes.NewReader(appendPacket(nil, rawPacket{tagPublicKey, k.body})))
	if err != nil {
		return nil, err
	}
	key, ok := p.(*packet.PublicKey)
	if !ok {
		return nil, errors.New("not a public key")
	}
	return key, nil
}

// errBadSignature reports a signature that does not fit the data or the key.
var errBadSignature = errors.New("signature does not match")

// verify checks the signature over what was written to h, without its suffix.
func (k *publicKey) verify(h hash.Hash, s *sigPacket) error {
	if s.problem != nil {
		return s.problem
	}
	h.Write(s.suffix)
	digest := h.Sum(nil)
	switch {
	case k.algo == algoRSA || k.algo == algoRSASign:
		if s.algo != algoRSA && s.algo != algoRSASign {
			return errBadSignature
		}
		return k.verifyRSA(digest, s)
	case k.algo != s.algo:
		return errBadSignature
	case k.algo == algoDSA:
		return k.verifyDSA(digest, s)
	}
	return k.verifyCurve(digest, s)
}

func (k *publicKey) verifyRSA(digest []byte, s *sigPacket) error {
	key, err := k.rsaKey()
	if err != nil {
		return err
	}
	value, _, err := readMPI(s.mpis)
	if err != nil {
		return err
	}
	value = trimZeros(value)
	if len(value) > key.Size() {
		return errBadSignature
	}
	padded := make([]byte, key.Size())
	copy(padded[len(padded)-len(value):], value)
	id := hashes[s.hashAlgo].id
	if id == crypto.RIPEMD160 { // crypto/rsa has another object identifier for it
		id, digest = 0, append(bytes.Clone(ripemd160Info), digest...)
	}
	return rsa.VerifyPKCS1v15(key, id, digest, padded)
}

// ripemd160Info is the start of the DigestInfo for RIPEMD-160 in OpenPGP.
var ripemd160Info = []byte{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x24, 0x03, 0x02, 0x01, 0x05, 0x00, 0x04, 0x14}

func (k *publicKey) verifyDSA(digest []byte, s *sigPacket) error {
	key, err := k.dsaKey()
	if err != nil {
		return err
	}
	m, err := readMPIs(s.mpis, 2)
	if err != nil {
		return err
	}
	if !dsa.Verify(key, truncate(digest, key.Q), m[0], m[1]) {
		return errBadSignature
	}
	return nil
}

// truncate shortens a digest to the size of q (FIPS 186, section 4.6).
func truncate(digest []byte, q *big.Int) []byte {
	return digest[:min(len(digest), (q.BitLen()+7)/8)]
}

func (k *publicKey) verifyCurve(digest []byte, s *sigPacket) error {
	key, err := k.library()
	if err != nil {
		return err
	}
	ok := false
	switch pub := key.PublicKey.(type) {
	case *ecdsa.PublicKey:
		m, err := readMPIs(s.mpis, 2)
		if err != nil {
			return err
		}
		ok = ecdsa.Verify(pub, digest, m[0], m[1])
	case *eddsa.PublicKey:
		r, rest, err := readMPI(s.mpis)
		if err != nil {
			return err
		}
		t, _, err := readMPI(rest)
		if err != nil {
			return err
		}
		ok = eddsa.Verify(pub, digest, r, t)
	case *ed25519.PublicKey:
		ok = len(s.mpis) == 64 && ed25519.Verify(pub, digest, s.mpis)
	case *ed448.PublicKey:
		ok = len(s.mpis) == 114 && ed448.Verify(pub, digest, s.mpis)
	}
	if !ok {
		return errBadSignature
	}
	return nil
}
