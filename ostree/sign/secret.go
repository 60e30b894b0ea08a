package sign

import (
	"bytes"
	"crypto/dsa" //lint:ignore SA1019 old OpenPGP keys are DSA keys
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/ecdsa"
	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// ErrProtectedKey reports a secret key that only gpg-agent can use, because it is
// protected by a passphrase or lives on a card.
var ErrProtectedKey = errors.New("secret key is protected by a passphrase or held by a card")

// secretKey is the secret half of some public key.
type secretKey struct {
	id     string // see publicKey.match
	locked bool   // present, but not readable
	params *sexp  // of an agent's key file
	packet any    // go-crypto's key, of a secret keyring
}

// match identifies the key material, whatever it is wrapped in: the modulus of RSA, the
// public value of DSA, the point of a curve.
func (k *publicKey) match() string {
	switch k.algo {
	case 1, 2, 3:
		n, err := k.material(0)
		return matchID("rsa", n, err)
	case algoDSA:
		y, err := k.material(3)
		return matchID("dsa", y, err)
	case algoEd25519:
		return matchID("ecc", k.body[6:], nil)
	case 18, algoECDSA, algoEdDSA:
		rest, err := skipField(k.body[6:])
		if err != nil {
			return ""
		}
		q, _, err := readMPI(rest)
		return matchID("ecc", q, err)
	}
	return ""
}

func matchID(family string, value []byte, err error) string {
	if err != nil || len(value) == 0 {
		return ""
	}
	if family == "ecc" && len(value) == 33 && value[0] == 0x40 {
		value = value[1:] // OpenPGP's mark of a native point
	}
	return family + string(trimZeros(value))
}

// parseAgentKey reads a file of private-keys-v1.d: an S-expression alone, or the extended
// format of "Name: value" lines with the S-expression as the value of "Key".
func parseAgentKey(data []byte) (*secretKey, error) {
	if len(data) == 0 || data[0] != '(' {
		data = extendedKey(data)
	}
	x, err := parseSexp(data)
	if err != nil {
		return nil, err
	}
	if len(x.list) < 2 {
		return nil, errSexp
	}
	secret := &secretKey{params: x.list[1]}
	switch x.name() {
	case "private-key":
	case "protected-private-key", "shadowed-private-key":
		secret.locked = true
	default:
		return nil, fmt.Errorf("key file of type %q is not supported", x.name())
	}
	switch algo := secret.params.name(); algo {
	case "rsa":
		secret.id = matchID(algo, secret.params.value("n"), nil)
	case "dsa":
		secret.id = matchID(algo, secret.params.value("y"), nil)
	case "ecc", "ecdsa", "ecdh":
		secret.id = matchID("ecc", secret.params.value("q"), nil)
	}
	if secret.id == "" {
		return nil, fmt.Errorf("key algorithm %q is not supported", secret.params.name())
	}
	return secret, nil
}

// extendedKey returns the value of "Key", whose continuation lines begin with a space.
func extendedKey(data []byte) []byte {
	var value []byte
	inside := false
	for line := range bytes.Lines(data) {
		switch {
		case inside && (line[0] == ' ' || line[0] == '\t'):
			value = append(value, line...)
		case len(line) >= 4 && strings.EqualFold(string(line[:4]), "key:"):
			inside = true
			value = append(value, line[4:]...)
		default:
			inside = false
		}
	}
	return value
}

// parseSecring reads the secret keys of an old secring.gpg. Keys whose secret is elsewhere
// (GnuPG's "dummy" keys) are left out.
func parseSecring(data []byte) ([]*secretKey, error) {
	var list []*secretKey
	for len(data) > 0 {
		p, rest, err := nextPacket(data)
		if err != nil {
			return nil, err
		}
		if p.tag == tagSecretKey || p.tag == tagSecretSubkey {
			if secret := parseSecretPacket(p); secret != nil {
				list = append(list, secret)
			}
		}
		data = rest
	}
	return list, nil
}

func parseSecretPacket(p rawPacket) *secretKey {
	pub, err := publicPart(p)
	if err != nil {
		return nil
	}
	parsed, err := packet.Read(bytes.NewReader(appendPacket(nil, p)))
	if err != nil {
		return &secretKey{id: pub.match(), locked: true} // a protection that is not known
	}
	priv, ok := parsed.(*packet.PrivateKey)
	if !ok || priv.Dummy() {
		return nil
	}
	return &secretKey{id: pub.match(), locked: priv.Encrypted, packet: priv.PrivateKey}
}

// sign makes the algorithm-specific part of a signature by pub over the digest.
func (s *secretKey) sign(pub *publicKey, digest []byte, hash hashAlgorithm) ([]byte, error) {
	if s.locked {
		return nil, ErrProtectedKey
	}
	key := s.packet
	if s.params != nil {
		var err error
		if key, err = s.unpack(pub); err != nil {
			return nil, err
		}
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, hash.id, digest)
		return appendMPI(nil, sig), err
	case *dsa.PrivateKey:
		r, t, err := dsa.Sign(rand.Reader, key, truncate(digest, key.Q))
		return appendInts(r, t, err)
	case *ecdsa.PrivateKey:
		r, t, err := ecdsa.Sign(rand.Reader, key, digest)
		return appendInts(r, t, err)
	case *eddsa.PrivateKey:
		r, t, err := eddsa.Sign(key, digest)
		return appendMPI(appendMPI(nil, r), t), err
	case *ed25519.PrivateKey:
		return ed25519.Sign(key, digest)
	}
	return nil, fmt.Errorf("signing with %s is not supported", algorithmName(pub.algo))
}

func appendInts(r, s *big.Int, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return appendMPI(appendMPI(nil, r.Bytes()), s.Bytes()), nil
}

// unpack builds the key from an agent's parameters.
func (s *secretKey) unpack(pub *publicKey) (any, error) {
	number := func(name string) *big.Int { return new(big.Int).SetBytes(s.params.value(name)) }
	switch pub.algo {
	case algoRSA, algoRSASign:
		rsaPub, err := pub.rsaKey()
		if err != nil {
			return nil, err
		}
		key := &rsa.PrivateKey{PublicKey: *rsaPub, D: number("d"), Primes: []*big.Int{number("p"), number("q")}}
		if err := key.Validate(); err != nil {
			return nil, err
		}
		key.Precompute()
		return key, nil
	case algoDSA:
		dsaPub, err := pub.dsaKey()
		return &dsa.PrivateKey{PublicKey: derefDSA(dsaPub), X: number("x")}, err
	}
	return s.unpackCurve(pub)
}

func derefDSA(k *dsa.PublicKey) dsa.PublicKey {
	if k == nil {
		return dsa.PublicKey{}
	}
	return *k
}

func (s *secretKey) unpackCurve(pub *publicKey) (any, error) {
	lib, err := pub.library()
	if err != nil {
		return nil, err
	}
	d := trimZeros(s.params.value("d"))
	if len(d) == 0 {
		return nil, errors.New("key file without a secret")
	}
	switch p := lib.PublicKey.(type) {
	case *ecdsa.PublicKey:
		key := ecdsa.NewPrivateKey(*p)
		if err := key.UnmarshalIntegerSecret(d); err != nil {
			return nil, err
		}
		return key, ecdsa.Validate(key)
	case *eddsa.PublicKey:
		key := eddsa.NewPrivateKey(*p)
		if err := key.UnmarshalByteSecret(d); err != nil {
			return nil, err
		}
		return key, eddsa.Validate(key)
	case *ed25519.PublicKey:
		key := ed25519.NewPrivateKey(*p)
		if err := key.UnmarshalByteSecret(append(make([]byte, max(0, 32-len(d))), d...)); err != nil {
			return nil, err
		}
		return key, ed25519.Validate(key)
	}
	return nil, fmt.Errorf("signing with %s is not supported", algorithmName(pub.algo))
}
