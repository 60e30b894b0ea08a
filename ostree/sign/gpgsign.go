package sign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrUnusableKey reports a key that exists but cannot sign: expired, revoked, not meant
// for signatures, or without its secret.
var ErrUnusableKey = errors.New("GPGME: Unusable secret key")

// Signer makes OpenPGP signatures with one key of a GnuPG home.
type Signer struct {
	home   *Home
	key    *Key
	pub    *publicKey
	secret *secretKey
	// Now is the date of the signatures; nil is the present.
	Now func() time.Time
}

// Signer finds the secret key that spec (see Keyring.Find) names. Of several keys that
// belong together the newest subkey that can sign is taken, as gpg does; `!` at the end of a key ID or
// fingerprint insists on just that one. The errors are those of `ostree gpg-sign`.
func (h *Home) Signer(ctx context.Context, spec string) (*Signer, error) {
	ring, err := h.Keyring(ctx)
	if err != nil {
		return nil, err
	}
	secrets, err := h.secrets()
	if err != nil {
		return nil, err
	}
	key, err := h.secretKey(ring, secrets, spec)
	if err != nil {
		return nil, err
	}
	s := &Signer{home: h, key: key}
	if s.pub = key.signingKey(ring, secrets, exactID(spec)); s.pub == nil {
		//lint:ignore ST1005 the reference's text
		return nil, fmt.Errorf("Failure signing commit file: %w", ErrUnusableKey)
	}
	s.secret = secrets[s.pub.match()]
	return s, nil
}

// secretKey finds the one key of that name of which any secret is there.
func (h *Home) secretKey(ring *Keyring, secrets map[string]*secretKey, spec string) (*Key, error) {
	own := &Keyring{}
	for _, k := range ring.list {
		for _, pub := range k.publicKeys() {
			if secrets[pub.match()] != nil {
				own.add(k)
				break
			}
		}
	}
	key, err := own.Lookup(spec)
	switch {
	case errors.Is(err, ErrKeyNotFound):
		return nil, &lookupError{fmt.Sprintf("No gpg key found with ID %s (homedir: %s)", spec, h.label()), err}
	case errors.Is(err, ErrAmbiguousKey):
		return nil, &lookupError{fmt.Sprintf("gpg key id %s ambiguous (homedir: %s). Try the fingerprint instead", spec, h.label()), err}
	case err != nil:
		//lint:ignore ST1005 the reference's text
		return nil, fmt.Errorf("Unable to lookup key ID %s: %w", spec, err)
	}
	return key, nil
}

// lookupError has a text of its own and the reason as a sentinel.
type lookupError struct {
	text string
	err  error
}

func (e *lookupError) Error() string { return e.text }
func (e *lookupError) Unwrap() error { return e.err }

// exactID returns the digits of a specification that ends in `!`.
func exactID(spec string) string {
	if !strings.HasSuffix(spec, "!") {
		return ""
	}
	id, _ := hexSelector(strings.TrimLeft(spec, " \t"))
	return id
}

// signingKey chooses the primary key or the subkey to sign with.
func (k *Key) signingKey(ring *Keyring, secrets map[string]*secretKey, exact string) *publicKey {
	now := time.Now()
	st := k.state(now, ring)
	usable := func(pub *publicKey, s subkeyState) bool {
		return s.valid && !s.revoked && !s.expired && s.flags&flagSign != 0 && pub.canSign() &&
			!pub.created.After(now) && secrets[pub.match()] != nil &&
			(exact == "" || strings.HasSuffix(pub.hex(), exact))
	}
	if !st.valid || st.revoked || st.expired {
		return nil
	}
	var best *publicKey
	for i, sub := range k.subkeys {
		if usable(sub.key, st.subkeys[i]) && (best == nil || sub.key.created.After(best.created)) {
			best = sub.key
		}
	}
	if best == nil && usable(k.primary, subkeyState{valid: true, flags: st.flags}) {
		best = k.primary
	}
	return best
}

// Key is the key that signs, whose primary key may not be the one that does it.
func (s *Signer) Key() *Key { return s.key }

// Fingerprint is that of the primary key or subkey which makes the signatures.
func (s *Signer) Fingerprint() string { return s.pub.hex() }

// Sign returns a detached binary signature over data, ready to be an element of
// `ostree.gpgsigs`. A key that is protected is used through the gpg program, which may ask for the
// passphrase by way of its agent; if that cannot be, the error wraps ErrProtectedKey.
func (s *Signer) Sign(ctx context.Context, data []byte) ([]byte, error) {
	if s.secret.locked {
		sig, err := s.home.run(ctx, data, "-o", "-", "--detach-sign", "--local-user", s.pub.hex()+"!")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProtectedKey, err)
		}
		return sig, nil
	}
	now := time.Now()
	if s.Now != nil {
		now = s.Now()
	}
	return makeSignature(s.pub, s.secret, data, now)
}

// Sign is Signer and Signer.Sign in one.
func (h *Home) Sign(ctx context.Context, spec string, data []byte) ([]byte, error) {
	s, err := h.Signer(ctx, spec)
	if err != nil {
		return nil, err
	}
	return s.Sign(ctx, data)
}

// makeSignature writes a version 4 signature packet over a binary document, with the
// subpackets that GnuPG writes: issuer fingerprint and date hashed, issuer key ID unhashed.
func makeSignature(pub *publicKey, secret *secretKey, data []byte, now time.Time) ([]byte, error) {
	algo := digestFor(pub)
	hashed := append([]byte{22, 33, 4}, pub.fingerprint[:]...)
	hashed = binary.BigEndian.AppendUint32(append(hashed, 5, 2), uint32(now.Unix()))
	body := []byte{4, sigBinary, pub.algo, algo, 0, byte(len(hashed))}
	body = append(body, hashed...)
	h := hashes[algo].new()
	h.Write(data)
	h.Write(body)
	h.Write(binary.BigEndian.AppendUint32([]byte{4, 0xff}, uint32(len(body))))
	digest := h.Sum(nil)
	value, err := secret.sign(pub, digest, hashes[algo])
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", pub.hex(), err)
	}
	body = append(body, 0, 10, 9, 16)
	body = binary.BigEndian.AppendUint64(body, pub.keyID())
	body = append(append(body, digest[:2]...), value...)
	return appendPacket(nil, rawPacket{tagSignature, body}), nil
}

// digestFor chooses a digest at least as long as the key's order.
func digestFor(pub *publicKey) byte {
	const sha256, sha384, sha512 = 8, 9, 10
	switch pub.algo {
	case algoEdDSA:
		return sha512
	case algoECDSA:
		rest, err := skipField(pub.body[6:])
		if err != nil {
			return sha512
		}
		switch point, _, _ := readMPI(rest); {
		case len(point) > 97:
			return sha512
		case len(point) > 65:
			return sha384
		}
	}
	return sha256
}
