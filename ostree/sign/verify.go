package sign

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"time"
)

// MetadataKeyGPG is the detached metadata key (type `aay`) of OpenPGP signatures.
const MetadataKeyGPG = "ostree.gpgsigs"

// Why no signature was accepted; VerifyError wraps one of them.
var (
	ErrNoSignature      = errors.New("GPG verification enabled, but no signatures found (use gpg-verify=false in remote config to disable)")
	ErrBadSignature     = errors.New("bad signature")
	ErrMissingKey       = errors.New("public key not found")
	ErrRevokedKey       = errors.New("key revoked")
	ErrExpiredKey       = errors.New("key expired")
	ErrExpiredSignature = errors.New("signature expired")
)

// errNoSignatureData has the text of the reference for signatures that are not OpenPGP.
//
//lint:ignore ST1005 the reference's text
var errNoSignatureData = fmt.Errorf("Unable to complete signature verification: %w", ErrNoData)

// VerifyOptions adjusts a verification. The zero value is right for most.
type VerifyOptions struct {
	// Now is the time at which expiry is judged; zero is the present.
	Now time.Time
}

// Status is the outcome of checking one OpenPGP signature.
type Status int

// Outcomes, in the order in which they are looked for. Only StatusValid is good.
const (
	StatusValid Status = iota
	StatusMissingKey
	StatusBad
	StatusExpiredSignature
	StatusExpiredKey // of the key that signed or of its primary key
	StatusRevokedKey
)

// Err is the sentinel error that belongs to the status, nil for StatusValid.
func (s Status) Err() error {
	switch s {
	case StatusValid:
		return nil
	case StatusMissingKey:
		return ErrMissingKey
	case StatusExpiredSignature:
		return ErrExpiredSignature
	case StatusExpiredKey:
		return ErrExpiredKey
	case StatusRevokedKey:
		return ErrRevokedKey
	}
	return ErrBadSignature
}

// Signature is what became of one OpenPGP signature.
type Signature struct {
	Status             Status
	KeyID              string // long key ID of the signing (sub)key: 16 upper-case hex digits
	Fingerprint        string // of the signing (sub)key; "" if neither the key nor the signature gives it
	PrimaryFingerprint string // "" if the key is missing
	Created            time.Time
	Expires            time.Time // of the signature; zero: never
	KeyExpires         time.Time // of the signing (sub)key; zero: never
	PrimaryKeyExpires  time.Time
	Algorithm          string // "RSA", "DSA", "ECDSA", "EdDSA" …
	Hash               string // "SHA256" …
	UserName           string // of the primary user ID; "[unknown name]" without key
	UserEmail          string // "[unknown email]" without key
	Reason             error  // with StatusBad: what was wrong
}

// Result holds the outcome for all signatures, in their order.
type Result struct {
	Signatures []Signature
}

// Verify checks detached OpenPGP signatures over data. The blobs (the elements of
// `ostree.gpgsigs`) count as if they were one: each may hold several signature packets,
// binary or armored. Every key of the ring is trusted. The result lists each
// signature; whether they suffice is for Result.Require to say. It is an error if there is
// none (ErrNoSignature) or if the blobs are not OpenPGP signatures.
func (r *Keyring) Verify(data []byte, blobs [][]byte, opts *VerifyOptions) (*Result, error) {
	if len(blobs) == 0 {
		return nil, ErrNoSignature
	}
	var now time.Time
	if opts != nil {
		now = opts.Now
	}
	if now.IsZero() {
		now = time.Now()
	}
	packets, err := signaturePackets(blobs)
	if err != nil {
		return nil, err
	}
	c := &checker{ring: r, now: now, data: data, hashed: map[[2]byte]hash.Hash{}}
	result := &Result{}
	for _, body := range packets {
		result.Signatures = append(result.Signatures, c.check(body))
	}
	return result, nil
}

// checker verifies signatures over the same data.
type checker struct {
	ring   *Keyring
	now    time.Time
	data   []byte
	hashed map[[2]byte]hash.Hash // data hashed, by digest algorithm and signature type
}

// maxSignatures bounds the work that untrusted metadata can cause.
const maxSignatures = 1000

// signaturePackets returns the bodies of all signature packets.
func signaturePackets(blobs [][]byte) ([][]byte, error) {
	var stream []byte
	for _, blob := range blobs {
		if len(blob) > 0 && blob[0]&0x80 == 0 {
			plain, err := dearmor(blob)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errNoSignatureData, err)
			}
			blob = plain
		}
		stream = append(stream, blob...)
	}
	var list [][]byte
	for len(stream) > 0 {
		p, rest, err := nextPacket(stream)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoSignatureData, err)
		}
		switch p.tag {
		case tagSignature:
			list = append(list, p.body)
		case tagMarker:
		default:
			return nil, fmt.Errorf("%w: packet of type %d among signatures", errNoSignatureData, p.tag)
		}
		stream = rest
	}
	if len(list) == 0 {
		return nil, errNoSignatureData
	}
	if len(list) > maxSignatures {
		return nil, fmt.Errorf("%d signatures, more than %d", len(list), maxSignatures)
	}
	return list, nil
}

func (c *checker) check(body []byte) Signature {
	out := Signature{Status: StatusBad, UserName: unknownName, UserEmail: "[unknown email]"}
	s, err := parseSignature(body)
	if err != nil {
		out.Algorithm, out.Hash, out.KeyID, out.Reason = unknownName, unknownName, formatKeyID(0), err
		return out
	}
	out.KeyID = formatKeyID(s.issuer)
	out.Fingerprint = upperHex(s.issuerFpr)
	out.Created, out.Expires = s.created, s.expires()
	out.Algorithm, out.Hash = algorithmName(s.algo), hashName(s.hashAlgo)
	out.Status = StatusMissingKey
	for _, k := range c.ring.list {
		for i, pub := range k.publicKeys() {
			if out.Status != StatusValid && s.madeBy(pub) {
				c.judge(&out, s, k, i-1)
			}
		}
	}
	return out
}

// madeBy tells whether the signature claims to be made by the key.
func (s *sigPacket) madeBy(pub *publicKey) bool {
	if len(s.issuerFpr) > 0 {
		return bytes.Equal(s.issuerFpr, pub.fingerprint[:])
	}
	return s.issuer == pub.keyID()
}

// judge fills in the outcome for the given subkey of k, or its primary key if sub is -1.
func (c *checker) judge(out *Signature, s *sigPacket, k *Key, sub int) {
	st := k.state(c.now, c.ring)
	signer := subkeyState{valid: st.valid, revoked: st.revoked, expired: st.expired, expires: st.expires, flags: st.flags, crossed: true}
	pub := k.primary
	if sub >= 0 {
		signer, pub = st.subkeys[sub], k.subkeys[sub].key
	}
	out.Fingerprint, out.PrimaryFingerprint = pub.hex(), k.Fingerprint()
	out.KeyExpires, out.PrimaryKeyExpires = signer.expires, st.expires
	out.UserName, out.UserEmail = k.userOf(st)
	out.Reason = c.checkData(s, pub)
	if out.Reason == nil {
		out.Reason = signer.mayHaveSigned(st)
	}
	switch {
	case out.Reason != nil:
		out.Status = StatusBad
	case s.expired(c.now):
		out.Status = StatusExpiredSignature
	case signer.expired:
		out.Status = StatusExpiredKey
	case signer.revoked:
		out.Status = StatusRevokedKey
	default:
		out.Status = StatusValid
	}
}

// checkData checks the signature over data and that its date fits the key's.
func (c *checker) checkData(s *sigPacket, pub *publicKey) error {
	h, err := c.hash(s)
	if err != nil {
		return err
	}
	if err := pub.verify(h, s); err != nil {
		return err
	}
	switch {
	case pub.created.After(s.created):
		return errors.New("signature is older than its key")
	case pub.created.After(c.now):
		return errors.New("key was made in the future")
	}
	return nil
}

// hash returns the data hashed for a signature over a document, to be written on.
func (c *checker) hash(s *sigPacket) (hash.Hash, error) {
	id := [2]byte{s.hashAlgo, s.kind}
	if h, ok := c.hashed[id].(hash.Cloner); ok {
		return h.Clone()
	}
	h, err := s.newHash()
	if err != nil {
		return nil, err
	}
	switch s.kind {
	case sigBinary:
		h.Write(c.data)
	case sigText: // lines end in CR LF
		lines := bytes.ReplaceAll(c.data, []byte("\r\n"), []byte("\n"))
		h.Write(bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n")))
	default:
		return nil, fmt.Errorf("signature of type 0x%02x is not over a document", s.kind)
	}
	if cloner, ok := h.(hash.Cloner); ok {
		c.hashed[id] = h
		return cloner.Clone()
	}
	return h, nil
}

// mayHaveSigned checks that a key is one whose signatures over data count.
func (s *subkeyState) mayHaveSigned(st *keyState) error {
	switch {
	case !st.valid || !s.valid:
		return errors.New("key has no valid self signature")
	case s.flags&flagSign == 0:
		return errors.New("key is not meant for signatures over data")
	case !s.crossed:
		return errors.New("signing subkey is not cross-certified")
	}
	return nil
}

// userOf returns name and address of the primary user ID.
func (k *Key) userOf(st *keyState) (name, address string) {
	for _, i := range st.order {
		if k.users[i].packet.tag == tagUserID {
			return userParts(string(k.users[i].packet.body))
		}
	}
	return unknownName, "[unknown email]"
}

// Valid counts the valid signatures.
func (r *Result) Valid() int {
	n := 0
	for _, s := range r.Signatures {
		if s.Status == StatusValid {
			n++
		}
	}
	return n
}

// Lookup returns the index of the first signature made by the key that spec (see
// Keyring.Find) names in ring, or by a subkey of it, or -1. Signatures whose key was missing when they
// were checked are found too, as long as ring has the key.
func (r *Result) Lookup(ring *Keyring, spec string) int {
	key, err := ring.Lookup(spec)
	if err != nil {
		return -1
	}
	for i, s := range r.Signatures {
		if key.matchesHex(firstOf(s.Fingerprint, s.KeyID)) {
			return i
		}
	}
	return -1
}
