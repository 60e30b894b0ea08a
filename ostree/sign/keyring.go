package sign

import (
	"crypto/sha1"
	"errors"
	"fmt"
)

// ErrNoData reports key material in which there is not a single usable key. Its text is
// the one GPGME has for it.
var ErrNoData = errors.New("GPGME: No data")

// Keyring is an ordered set of OpenPGP public keys. The zero value is an empty keyring.
// Reading is safe for concurrent use; Import is not.
type Keyring struct {
	list  []*Key
	keys  map[[sha1.Size]byte]*Key
	loose []*sigPacket // revocations that came without their key
}

// ParseKeyring reads keys in any of the forms they are stored in: a binary keyring
// (`*.gpg`, also of secret keys, of which the public part is taken), GnuPG's keybox
// (`*.kbx`), or any number of ASCII-armored blocks. Keys of unsupported versions and
// signatures that cannot be parsed are left out, as GnuPG does. Empty data is an empty keyring;
// other data without any key is an error that wraps ErrNoData.
func ParseKeyring(data []byte) (*Keyring, error) {
	ring := &Keyring{}
	packets, err := keyPackets(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoData, err)
	}
	if err := ring.read(packets); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoData, err)
	}
	if len(data) > 0 && len(ring.list) == 0 && len(ring.loose) == 0 {
		return nil, ErrNoData
	}
	return ring, nil
}

// keyPackets unwraps a container.
func keyPackets(data []byte) ([]byte, error) {
	switch {
	case isKeybox(data):
		return keyboxBlocks(data)
	case len(data) > 0 && data[0]&0x80 == 0:
		return dearmor(data)
	}
	return data, nil
}

func (r *Keyring) read(data []byte) error {
	b := keyBuilder{ring: r}
	for len(data) > 0 {
		p, rest, err := nextPacket(data)
		if err != nil {
			return err
		}
		b.packet(p)
		data = rest
	}
	b.finish()
	return nil
}

// keyBuilder groups packets to keys.
type keyBuilder struct {
	ring    *Keyring
	key     *Key
	current *component // nil: the primary key
	skip    bool       // inside a key or component that cannot be used
}

func (b *keyBuilder) packet(p rawPacket) {
	switch p.tag {
	case tagSecretKey, tagPublicKey:
		b.finish()
		b.start(p)
	case tagSecretSubkey, tagPublicSubkey:
		b.subkey(p)
	case tagUserID, tagAttribute:
		if b.key != nil {
			b.skip, b.current = false, &component{packet: p}
			b.key.users = append(b.key.users, b.current)
		}
	case tagSignature:
		b.signature(p)
	}
}

func (b *keyBuilder) finish() {
	if b.key != nil {
		b.ring.add(b.key)
	}
	b.key, b.current, b.skip = nil, nil, false
}

func (b *keyBuilder) start(p rawPacket) {
	pub, err := publicPart(p)
	if err != nil {
		b.skip = true
		return
	}
	b.key = &Key{primary: pub}
}

func (b *keyBuilder) subkey(p rawPacket) {
	if b.key == nil {
		return
	}
	pub, err := publicPart(p)
	if err != nil {
		b.skip = true
		return
	}
	b.skip, b.current = false, &component{packet: rawPacket{tagPublicSubkey, pub.body}, key: pub}
	b.key.subkeys = append(b.key.subkeys, b.current)
}

func (b *keyBuilder) signature(p rawPacket) {
	if b.skip {
		return
	}
	s, err := parseSignature(p.body)
	switch {
	case err != nil:
	case b.key == nil && isKeyRevocation(s) && len(b.ring.loose) < maxSignatures:
		b.ring.loose = append(b.ring.loose, s)
	case b.key == nil:
	case b.current == nil:
		b.key.primSigs = append(b.key.primSigs, s)
	default:
		b.current.sigs = append(b.current.sigs, s)
	}
}

// publicPart parses a key packet, a secret one without its secret.
func publicPart(p rawPacket) (*publicKey, error) {
	if p.tag == tagSecretKey || p.tag == tagSecretSubkey {
		n, err := publicLength(p.body)
		if err != nil {
			return nil, err
		}
		return parsePublicKey(p.body[:n])
	}
	return parsePublicKey(p.body)
}

// publicLength is the length of the public part at the start of a secret key packet.
func publicLength(body []byte) (int, error) {
	if len(body) < 6 {
		return 0, errTruncated
	}
	rest, mpis, kdf := body[6:], 0, false
	var err error
	switch algo := body[5]; algo {
	case 1, 2, 3:
		mpis = 2
	case 16:
		mpis = 3
	case algoDSA:
		mpis = 4
	case 18, algoECDSA, algoEdDSA: // curve, point; ECDH also has parameters
		mpis, kdf = 1, algo == 18
		rest, err = skipField(rest)
	case 25, algoEd25519:
		rest, err = skipBytes(rest, 32)
	case 26:
		rest, err = skipBytes(rest, 56)
	case algoEd448:
		rest, err = skipBytes(rest, 57)
	default:
		return 0, fmt.Errorf("public key algorithm %d is not supported", algo)
	}
	for ; err == nil && mpis > 0; mpis-- {
		_, rest, err = readMPI(rest)
	}
	if err == nil && kdf {
		rest, err = skipField(rest)
	}
	return len(body) - len(rest), err
}

func skipField(data []byte) ([]byte, error) {
	if len(data) < 1 {
		return nil, errTruncated
	}
	return skipBytes(data[1:], int(data[0]))
}

func skipBytes(data []byte, n int) ([]byte, error) {
	if len(data) < n {
		return nil, errTruncated
	}
	return data[n:], nil
}

// add puts a key into the ring; one that is there already is merged with it.
func (r *Keyring) add(k *Key) {
	if r.keys == nil {
		r.keys = map[[sha1.Size]byte]*Key{}
	}
	fpr := k.primary.fingerprint
	old := r.keys[fpr]
	if old == nil {
		r.keys[fpr] = k
		r.list = append(r.list, k)
		return
	}
	r.replace(old, mergeKeys(old, k))
}

func (r *Keyring) replace(old, merged *Key) {
	r.keys[old.primary.fingerprint] = merged
	for i, k := range r.list {
		if k == old {
			r.list[i] = merged
		}
	}
}

// Keys returns the keys in order. The slice is the caller's.
func (r *Keyring) Keys() []*Key { return append([]*Key(nil), r.list...) }

// Len is the number of keys.
func (r *Keyring) Len() int { return len(r.list) }

// Add puts all keys of other rings into this one, keys present in both being merged,
// without the checks of Import: it is meant for keyrings that are trusted together.
func (r *Keyring) Add(others ...*Keyring) {
	for _, other := range others {
		for _, k := range other.list {
			r.add(k)
		}
		r.applyLoose(other.loose)
	}
}

// Bytes is the ring as a binary keyring file, the form of `<remote>.trustedkeys.gpg`. It
// depends on nothing but the keys and their order.
func (r *Keyring) Bytes() []byte {
	var out []byte
	for _, k := range r.list {
		out = k.append(out)
	}
	return out
}

// Armor is the ring as one ASCII-armored public key block.
func (r *Keyring) Armor() []byte { return enarmor(r.Bytes()) }
