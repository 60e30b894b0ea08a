package pgp

import (
	"bytes"
	//lint:ignore SA1019 distributions of the EL 5 era have signed with DSA
	"crypto/dsa"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is a public key with its user IDs and subkeys. It does not change.
type Key struct {
	raw     []byte
	primary *component
	subkeys []*component
	userIDs []string
}

// component is the primary key or a subkey.
type component struct {
	pub     *packet.PublicKey
	id      string            // key ID as in Signature.KeyID
	binding *packet.Signature // newest valid self-signature; nil if there is none
	revoked bool
}

// Raw is the key in binary form, with everything that came with it.
func (k *Key) Raw() []byte { return bytes.Clone(k.raw) }

// ID is the key ID in 16 lower-case hexadecimal digits.
func (k *Key) ID() string { return k.primary.id }

// Fingerprint is lower-case hexadecimal.
func (k *Key) Fingerprint() string { return hex.EncodeToString(k.primary.pub.Fingerprint) }

// Created is when the key was made.
func (k *Key) Created() time.Time { return k.primary.pub.CreationTime.UTC() }

// Expires is when the key's validity ends; zero if it does not.
func (k *Key) Expires() time.Time { return k.primary.expires() }

// Revoked reports whether the owner has revoked the key.
func (k *Key) Revoked() bool { return k.primary.revoked }

// UserIDs are the key's user IDs in the order in which they were found.
func (k *Key) UserIDs() []string { return slices.Clone(k.userIDs) }

// SubkeyIDs are the key IDs of all subkeys, whatever they are for.
func (k *Key) SubkeyIDs() []string {
	ids := make([]string, len(k.subkeys))
	for i, sub := range k.subkeys {
		ids[i] = sub.id
	}
	return ids
}

// Version is the version of the `gpg-pubkey` package that stands for the key in an rpm database: the
// last eight digits of its ID.
func (k *Key) Version() string { return k.ID()[8:] }

// Release is the release of the `gpg-pubkey` package: the creation time in hexadecimal.
func (k *Key) Release() string { return fmt.Sprintf("%08x", k.Created().Unix()) }

// parseKeys reads the keys of a binary keyring. Keys that cannot be used are left out and
// reported in errs.
func parseKeys(b []byte) (keys []*Key, errs []error) {
	start, offset := -1, 0
	flush := func() {
		if start < 0 {
			return
		}
		if k, err := parseKey(b[start:offset]); err != nil {
			errs = append(errs, err)
		} else {
			keys = append(keys, k)
		}
		start = -1
	}
	for p, err := range packets(b) {
		if err != nil {
			// What precedes the damage may be cut short, a revocation missing.
			return keys, append(errs, err)
		}
		if p.tag == tagPublicKey {
			flush()
			start = offset
		}
		offset += len(p.raw)
	}
	flush()
	return keys, errs
}

// maxKeyPackets bounds the packets of a key; each may cost a signature check.
const maxKeyPackets = 10000

// parseKey reads a public key and what follows it.
func parseKey(raw []byte) (*Key, error) {
	k := &Key{raw: bytes.Clone(raw)}
	var userID *packet.UserId
	var current *component // what signatures refer to
	count := 0
	for p, err := range packets(k.raw) {
		if err != nil {
			return nil, err
		}
		if count++; count > maxKeyPackets {
			return nil, fmt.Errorf("OpenPGP key of more than %d packets is not supported", maxKeyPackets)
		}
		switch p.tag {
		case tagPublicKey, tagPublicSubkey:
			c, err := parseComponent(p)
			if p.tag == tagPublicKey && err != nil {
				return nil, fmt.Errorf("reading OpenPGP key: %w", err)
			}
			if userID, current = nil, c; err != nil {
				current = nil // a subkey of an unknown kind
			} else if p.tag == tagPublicKey {
				k.primary = c
			} else {
				k.subkeys = append(k.subkeys, c)
			}
		case tagUserID:
			userID, current = &packet.UserId{Id: string(p.body)}, k.primary
			k.userIDs = append(k.userIDs, userID.Id)
		case tagUserAttribute:
			userID, current = nil, nil
		case tagSignature:
			if sig := selfSignature(p); sig != nil && current != nil {
				k.apply(current, userID, sig)
			}
		}
	}
	return k, nil
}

func parseComponent(p rawPacket) (*component, error) {
	parsed, err := packet.Read(bytes.NewReader(p.raw))
	if err != nil {
		return nil, err
	}
	pub, ok := parsed.(*packet.PublicKey)
	if !ok {
		return nil, errors.New("not a public key")
	}
	switch key := pub.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n < 1024 || n > 16384 {
			return nil, fmt.Errorf("RSA key of %d bits is not supported", n)
		}
	case *dsa.PublicKey:
		if key.P.BitLen() > 16384 || key.Q.BitLen() > 512 || key.Q.Sign() == 0 {
			return nil, errors.New("DSA key of this size is not supported")
		}
	}
	return &component{pub: pub, id: fmt.Sprintf("%016x", pub.KeyId)}, nil
}

// selfSignature returns nil for what is not understood: old versions, weak hashes.
func selfSignature(p rawPacket) *packet.Signature {
	parsed, err := packet.Read(bytes.NewReader(p.raw))
	if err != nil {
		return nil
	}
	sig, _ := parsed.(*packet.Signature)
	return sig
}

// apply takes a signature over c into account if the primary key made it.
func (k *Key) apply(c *component, userID *packet.UserId, sig *packet.Signature) {
	primary := k.primary.pub
	if sig.IssuerKeyId != nil && *sig.IssuerKeyId != primary.KeyId {
		return
	}
	var err error
	revocation := false
	switch {
	case c != k.primary && sig.SigType == packet.SigTypeSubkeyBinding:
		err = primary.VerifyKeySignature(c.pub, sig)
	case c != k.primary && sig.SigType == packet.SigTypeSubkeyRevocation:
		revocation, err = true, primary.VerifySubkeyRevocationSignature(sig, c.pub)
	case c != k.primary:
		return
	case sig.SigType == packet.SigTypeKeyRevocation:
		revocation, err = true, primary.VerifyRevocationSignature(sig)
	case sig.SigType == packet.SigTypeDirectSignature:
		err = primary.VerifyDirectKeySignature(sig)
	case userID != nil && isCertification(sig.SigType):
		err = primary.VerifyUserIdSignature(userID.Id, primary, sig)
	default:
		return
	}
	switch {
	case err != nil:
	case revocation:
		c.revoked = true
	case c.binding == nil || !sig.CreationTime.Before(c.binding.CreationTime):
		c.binding = sig
	}
}

func isCertification(t packet.SignatureType) bool {
	return t >= packet.SigTypeGenericCert && t <= packet.SigTypePositiveCert
}

// expires is zero for a component without end.
func (c *component) expires() time.Time {
	if c.binding == nil || c.binding.KeyLifetimeSecs == nil || *c.binding.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	return c.pub.CreationTime.Add(time.Duration(*c.binding.KeyLifetimeSecs) * time.Second).UTC()
}

func (c *component) expired(at time.Time) bool {
	end := c.expires()
	return !end.IsZero() && !at.Before(end)
}

// objection says why a signature made by c (the primary key or a subkey of k) at the given
// time is not to be trusted; empty if it is.
func (k *Key) objection(c *component, at time.Time) string {
	id := c.id
	switch {
	case k.primary.revoked:
		return "key " + k.ID() + " is revoked"
	case c.revoked:
		return "subkey " + id + " is revoked"
	case c != k.primary && c.binding == nil:
		return "subkey " + id + " is not bound to its key"
	case k.primary.expired(at):
		return "key " + k.ID() + " had expired when the signature was made"
	case c.expired(at):
		return "subkey " + id + " had expired when the signature was made"
	case c.binding != nil && c.binding.FlagsValid && !c.binding.FlagSign:
		return "key " + id + " is not for signing"
	case c != k.primary && !c.binding.FlagsValid:
		return "subkey " + id + " is not for signing"
	}
	return ""
}
