package pgp

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// Signature types, as far as they can occur outside of keys.
const (
	TypeBinary = 0x00 // over the bytes; the only one that rpm accepts
	TypeText   = 0x01 // over the text with line ends CR LF
)

// Signature is a signature packet.
type Signature struct {
	Version    int // 3, 4 or 6
	Type       uint8
	PubkeyAlgo PubkeyAlgorithm
	HashAlgo   HashAlgorithm
	// KeyID is the issuer's key ID in 16 lower-case hexadecimal digits. All zeros if the
	// signature does not tell.
	KeyID string
	// Fingerprint is the issuer's, lower-case hexadecimal; empty if the signature does
	// not tell.
	Fingerprint string
	Created     time.Time
	// Lifetime is how long the signature is valid, 0 for ever.
	Lifetime time.Duration

	raw     []byte // the whole packet
	trailer []byte // hashed after the signed bytes
	salt    []byte // hashed before them
	left16  [2]byte
	mpis    []byte // algorithm-specific part
}

// ParseSignature reads a single signature, binary or armored.
func ParseSignature(b []byte) (*Signature, error) {
	sigs, err := ParseSignatures(b)
	if err != nil {
		return nil, err
	}
	if len(sigs) != 1 {
		return nil, fmt.Errorf("%d signatures where one is expected", len(sigs))
	}
	return sigs[0], nil
}

// ParseSignatures reads one or more signatures, binary or armored.
func ParseSignatures(b []byte) ([]*Signature, error) {
	if len(b) > maxSignatures*maxSignatureSize {
		return nil, errors.New("OpenPGP signature is too big")
	}
	blocks, err := dearmor(b, "PGP SIGNATURE")
	if err != nil {
		return nil, err
	}
	var sigs []*Signature
	for _, block := range blocks {
		for p, err := range packets(block) {
			if err != nil {
				return nil, err
			}
			if p.tag != tagSignature {
				return nil, fmt.Errorf("OpenPGP packet %d where a signature is expected", p.tag)
			}
			sig, err := parseSignature(p)
			if err != nil {
				return nil, err
			}
			if len(sigs) == maxSignatures {
				return nil, fmt.Errorf("more than %d OpenPGP signatures", maxSignatures)
			}
			sigs = append(sigs, sig)
		}
	}
	if len(sigs) == 0 {
		return nil, errors.New("no OpenPGP signature found")
	}
	return sigs, nil
}

func parseSignature(p rawPacket) (*Signature, error) {
	if len(p.body) == 0 {
		return nil, errTruncated
	}
	if len(p.body) > maxSignatureSize {
		return nil, errors.New("OpenPGP signature is too big")
	}
	s := &Signature{Version: int(p.body[0]), raw: p.raw, KeyID: strings.Repeat("0", 16)}
	c := &cursor{rest: p.body[1:]}
	switch s.Version {
	case 3:
		s.parseV3(c)
	case 4, 6:
		s.parseV4(c, p.body)
	default:
		return nil, fmt.Errorf("OpenPGP signature of version %d is not supported", s.Version)
	}
	if c.failed {
		return nil, errTruncated
	}
	switch s.PubkeyAlgo {
	case 2, 16, 18, 20, 21, 25, 26:
		return nil, fmt.Errorf("OpenPGP signature by %s, which makes none", s.PubkeyAlgo)
	}
	s.mpis = c.rest
	return s, nil
}

func (s *Signature) parseV3(c *cursor) {
	hashed := c.bytes(c.length(1))
	if len(hashed) != 5 {
		c.failed = true
		return
	}
	s.Type = hashed[0]
	s.Created = unix(hashed[1:])
	s.trailer = hashed
	s.KeyID = hex.EncodeToString(c.bytes(8))
	s.PubkeyAlgo = PubkeyAlgorithm(c.length(1))
	s.HashAlgo = HashAlgorithm(c.length(1))
	copy(s.left16[:], c.bytes(2))
}

// parseV4 reads versions 4 and 6, which differ in the size of lengths and in the salt.
func (s *Signature) parseV4(c *cursor, body []byte) {
	wide := 2
	if s.Version == 6 {
		wide = 4
	}
	s.Type = uint8(c.length(1))
	s.PubkeyAlgo = PubkeyAlgorithm(c.length(1))
	s.HashAlgo = HashAlgorithm(c.length(1))
	hashed := c.bytes(c.length(wide))
	covered := len(body) - len(c.rest)
	unhashed := c.bytes(c.length(wide))
	copy(s.left16[:], c.bytes(2))
	if s.Version == 6 {
		s.salt = c.bytes(c.length(1))
	}
	if c.failed {
		return
	}
	if !s.subpackets(hashed, true) || !s.subpackets(unhashed, false) {
		c.failed = true
		return
	}
	s.trailer = append(s.trailer, body[:covered]...)
	s.trailer = append(s.trailer, byte(s.Version), 0xff)
	s.trailer = binary.BigEndian.AppendUint32(s.trailer, uint32(covered))
}

// Subpacket types.
const (
	subCreated     = 2
	subLifetime    = 3
	subIssuer      = 16
	subFingerprint = 33
)

// subpackets takes over what is of interest. Only the issuer may stand in the unhashed area,
// where everybody can write.
func (s *Signature) subpackets(b []byte, hashed bool) bool {
	for len(b) > 0 {
		n, size := subpacketLength(b)
		if n == 0 || size == 0 || size > len(b)-n {
			return false
		}
		kind, value := b[n]&0x7f, b[n+1:n+size]
		b = b[n+size:]
		switch {
		case kind == subCreated && hashed && len(value) == 4:
			s.Created = unix(value)
		case kind == subLifetime && hashed && len(value) == 4:
			s.Lifetime = time.Duration(binary.BigEndian.Uint32(value)) * time.Second
		case kind == subIssuer && len(value) == 8:
			s.KeyID = hex.EncodeToString(value)
		case kind == subFingerprint && len(value) == 21 && value[0] == 4:
			s.issuer(value[1:], value[13:])
		case kind == subFingerprint && len(value) == 33 && value[0] == 6:
			s.issuer(value[1:], value[1:9])
		}
	}
	return true
}

func (s *Signature) issuer(fingerprint, keyID []byte) {
	if s.Fingerprint == "" {
		s.Fingerprint = hex.EncodeToString(fingerprint)
	}
	if strings.Trim(s.KeyID, "0") == "" {
		s.KeyID = hex.EncodeToString(keyID)
	}
}

func subpacketLength(b []byte) (head, size int) {
	switch {
	case b[0] < 192:
		return 1, int(b[0])
	case b[0] < 255:
		if len(b) >= 2 {
			return 2, int(b[0]-192)<<8 + int(b[1]) + 192
		}
	case len(b) >= 5 && b[1] == 0:
		return 5, int(binary.BigEndian.Uint32(b[1:]))
	}
	return 0, 0
}

// String describes the signature as rpm 4.18 does, without its verdict:
// `V4 RSA/SHA256 Signature, key ID f4a80eb5`.
func (s *Signature) String() string {
	return fmt.Sprintf("V%d %s/%s Signature, key ID %s", s.Version, s.PubkeyAlgo, s.HashAlgo, s.KeyID[8:])
}

// NewHash is a hash function that expects the signed bytes and is then handed to
// [Keyring.Check]. (A version 6 signature has its salt in it already.) The text of a
// [TypeText] signature must be written with line ends CR LF.
func (s *Signature) NewHash() (hash.Hash, error) {
	f := s.HashAlgo.Hash()
	if !f.Available() {
		return nil, fmt.Errorf("hash algorithm %d (%s) is not supported", uint8(s.HashAlgo), s.HashAlgo)
	}
	h := f.New()
	h.Write(s.salt)
	return h, nil
}

func unix(b []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC()
}

// cursor reads big-endian fields; failed says that one went beyond the end.
type cursor struct {
	rest   []byte
	failed bool
}

func (c *cursor) bytes(n int) []byte {
	if n > len(c.rest) || c.failed {
		c.failed = true
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) length(n int) int {
	v := 0
	for _, b := range c.bytes(n) {
		v = v<<8 | int(b)
	}
	return v
}
