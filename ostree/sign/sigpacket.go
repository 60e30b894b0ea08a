package sign

import (
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	//lint:ignore SA1019 GnuPG accepts signatures with this digest; they are only verified
	"golang.org/x/crypto/ripemd160"
)

// Signature types.
const (
	sigBinary        = 0x00
	sigText          = 0x01
	sigCertGeneric   = 0x10
	sigCertPositive  = 0x13
	sigSubkeyBinding = 0x18
	sigKeyBinding    = 0x19 // of the primary key by a signing subkey: the "back signature"
	sigDirect        = 0x1f
	sigKeyRevoke     = 0x20
	sigSubkeyRevoke  = 0x28
	sigCertRevoke    = 0x30
)

// Key usage flags, as in the key flags subpacket.
const (
	flagCertify byte = 1 << iota
	flagSign
	flagEncryptComm
	flagEncryptStorage
	_
	flagAuthenticate
)

// sigPacket is a parsed signature packet of version 3 or 4.
type sigPacket struct {
	raw      []byte // the packet's body
	version  byte
	kind     byte
	algo     byte
	hashAlgo byte
	suffix   []byte // what is hashed after the signed data
	tag      [2]byte
	mpis     []byte
	hashed   []byte // hashed subpackets

	created     time.Time
	lifetime    uint32 // of the signature, seconds; 0: for ever
	keyLifetime uint32
	hasKeyLife  bool
	issuer      uint64
	issuerFpr   []byte
	flags       byte
	hasFlags    bool
	primaryUID  bool
	local       bool // not exportable
	revokers    [][]byte
	backSigs    [][]byte
	problem     error // why it can never be valid, although it could be parsed
}

var errShortSignature = errors.New("truncated signature packet")

// parseSignature parses the body of a signature packet.
func parseSignature(body []byte) (*sigPacket, error) {
	if len(body) == 0 {
		return nil, errShortSignature
	}
	s := &sigPacket{raw: body, version: body[0]}
	switch s.version {
	case 2, 3:
		return s, s.parseV3(body)
	case 4:
		return s, s.parseV4(body)
	}
	return nil, fmt.Errorf("signature version %d is not supported", s.version)
}

func (s *sigPacket) parseV3(body []byte) error {
	if len(body) < 19 || body[1] != 5 {
		return errShortSignature
	}
	s.kind = body[2]
	s.suffix = body[2:7]
	s.created = unixTime(binary.BigEndian.Uint32(body[3:]))
	s.issuer = binary.BigEndian.Uint64(body[7:])
	s.algo, s.hashAlgo = body[15], body[16]
	s.tag = [2]byte(body[17:19])
	s.mpis = body[19:]
	return nil
}

func (s *sigPacket) parseV4(body []byte) error {
	if len(body) < 6 {
		return errShortSignature
	}
	s.kind, s.algo, s.hashAlgo = body[1], body[2], body[3]
	hashed, rest, err := lengthPrefixed(body[4:])
	if err != nil {
		return err
	}
	s.hashed = hashed
	head := body[:6+len(hashed)]
	s.suffix = append(append([]byte{}, head...), 4, 0xff)
	s.suffix = binary.BigEndian.AppendUint32(s.suffix, uint32(len(head)))
	unhashed, rest, err := lengthPrefixed(rest)
	if err != nil {
		return err
	}
	if len(rest) < 2 {
		return errShortSignature
	}
	s.tag, s.mpis = [2]byte(rest[:2]), rest[2:]
	if err := s.subpackets(hashed, true); err != nil {
		return err
	}
	if s.created.IsZero() {
		s.problem = errors.New("signature without a creation time")
	}
	return s.subpackets(unhashed, false)
}

// lengthPrefixed splits off bytes that follow a two-byte length.
func lengthPrefixed(data []byte) (field, rest []byte, err error) {
	if len(data) < 2 {
		return nil, nil, errShortSignature
	}
	n := int(binary.BigEndian.Uint16(data))
	if len(data)-2 < n {
		return nil, nil, errShortSignature
	}
	return data[2 : 2+n], data[2+n:], nil
}

func (s *sigPacket) subpackets(data []byte, hashed bool) error {
	for len(data) > 0 {
		length, rest, err := subpacketLength(data)
		if err != nil || length == 0 || uint64(length) > uint64(len(rest)) {
			return errShortSignature
		}
		kind, value := rest[0], rest[1:length]
		s.subpacket(kind&0x7f, value, kind&0x80 != 0, hashed)
		data = rest[length:]
	}
	return nil
}

// subpacket takes over one subpacket. What is not covered by the hash may only help to
// find keys: the issuer and back signatures, which prove themselves.
func (s *sigPacket) subpacket(kind byte, value []byte, critical, hashed bool) {
	switch {
	case kind == 16 && len(value) == 8:
		if len(s.issuerFpr) == 0 {
			s.issuer = binary.BigEndian.Uint64(value)
		}
	case kind == 33 && len(value) == 21 && value[0] == 4:
		s.issuerFpr = value[1:]
		s.issuer = binary.BigEndian.Uint64(value[13:])
	case kind == 32:
		s.backSigs = append(s.backSigs, value)
	case hashed:
		s.hashedSubpacket(kind, value, critical)
	}
}

func (s *sigPacket) hashedSubpacket(kind byte, value []byte, critical bool) {
	number := func() uint32 {
		if len(value) != 4 {
			s.problem = fmt.Errorf("signature subpacket %d with %d bytes", kind, len(value))
			return 0
		}
		return binary.BigEndian.Uint32(value)
	}
	switch kind {
	case 2:
		s.created = unixTime(number())
	case 3:
		s.lifetime = number()
	case 4:
		s.local = len(value) == 1 && value[0] == 0
	case 9:
		s.keyLifetime, s.hasKeyLife = number(), true
	case 12: // class, algorithm, fingerprint; bit 7 of the class must be set
		if len(value) == 22 && value[0]&0x80 != 0 {
			s.revokers = append(s.revokers, value[2:])
		}
	case 25:
		s.primaryUID = len(value) == 1 && value[0] != 0
	case 27:
		s.hasFlags = true
		if len(value) > 0 {
			s.flags = value[0]
		}
	case 20:
		if critical {
			s.problem = errors.New("critical notation in signature")
		}
	case 5, 6, 7, 11, 21, 22, 23, 24, 26, 28, 29, 30, 31, 34, 35: // known, without effect on validity
	default:
		if critical {
			s.problem = fmt.Errorf("unknown critical signature subpacket %d", kind)
		}
	}
}

// expires is the end of the signature's validity, zero for none.
func (s *sigPacket) expires() time.Time {
	if s.lifetime == 0 {
		return time.Time{}
	}
	return s.created.Add(time.Duration(s.lifetime) * time.Second)
}

func (s *sigPacket) expired(now time.Time) bool { return passed(s.expires(), now) }

// isCert tells whether the signature certifies a user ID.
func (s *sigPacket) isCert() bool { return s.kind >= sigCertGeneric && s.kind <= sigCertPositive }

// identity is what must differ between two signatures for both to be kept: everything but
// the unhashed subpackets, which anyone can change.
func (s *sigPacket) identity() string {
	return string(s.suffix) + "\x00" + string(s.tag[:]) + string(s.mpis)
}

// newHash returns the hash for the signature's algorithm.
func (s *sigPacket) newHash() (hash.Hash, error) {
	h, ok := hashes[s.hashAlgo]
	if !ok || h.new == nil {
		return nil, fmt.Errorf("digest algorithm %s is not accepted", hashName(s.hashAlgo))
	}
	return h.new(), nil
}

type hashAlgorithm struct {
	name string
	id   crypto.Hash
	new  func() hash.Hash // nil: known by name only, too weak
}

// hashes lists OpenPGP's digest algorithms. SHA-1 and RIPEMD-160 are accepted as GnuPG
// does; MD5 is not.
var hashes = map[byte]hashAlgorithm{
	1:  {"MD5", crypto.MD5, nil},
	2:  {"SHA1", crypto.SHA1, crypto.SHA1.New},
	3:  {"RIPEMD160", crypto.RIPEMD160, ripemd160.New},
	8:  {"SHA256", crypto.SHA256, crypto.SHA256.New},
	9:  {"SHA384", crypto.SHA384, crypto.SHA384.New},
	10: {"SHA512", crypto.SHA512, crypto.SHA512.New},
	11: {"SHA224", crypto.SHA224, crypto.SHA224.New},
}

func hashName(id byte) string {
	if h, ok := hashes[id]; ok {
		return h.name
	}
	return unknownName
}

const unknownName = "[unknown name]"

// algorithmName names a public key algorithm as GPGME does.
func algorithmName(algo byte) string {
	switch algo {
	case 1:
		return "RSA"
	case 2:
		return "RSA-E"
	case 3:
		return "RSA-S"
	case 16:
		return "ELG-E"
	case 17:
		return "DSA"
	case 18:
		return "ECDH"
	case 19:
		return "ECDSA"
	case 22:
		return "EdDSA"
	case 27:
		return "Ed25519"
	case 28:
		return "Ed448"
	}
	return unknownName
}

func unixTime(seconds uint32) time.Time { return time.Unix(int64(seconds), 0) }

// passed tells whether a deadline, if there is one, lies behind now.
func passed(deadline, now time.Time) bool { return !deadline.IsZero() && !deadline.After(now) }
