package sign

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// Key is an OpenPGP public key ("certificate"): a primary key, the user IDs and subkeys
// bound to it, and the signatures that bind them. It is immutable and safe for concurrent use.
type Key struct {
	primary  *publicKey
	primSigs []*sigPacket // on the primary key itself: direct and revocations
	users    []*component
	subkeys  []*component

	once  sync.Once
	proof keyProof
}

// component is a user ID, user attribute or subkey with the signatures that follow it.
type component struct {
	packet rawPacket
	key    *publicKey // subkeys only
	sigs   []*sigPacket
}

// Fingerprint is the primary key's fingerprint, 40 upper-case hex digits.
func (k *Key) Fingerprint() string { return k.primary.hex() }

// KeyID is the long key ID, the last 16 digits of the fingerprint.
func (k *Key) KeyID() string { return k.primary.hex()[24:] }

// Created is when the primary key was made.
func (k *Key) Created() time.Time { return k.primary.created }

// publicKeys returns the primary key and its subkeys.
func (k *Key) publicKeys() []*publicKey {
	list := []*publicKey{k.primary}
	for _, sub := range k.subkeys {
		list = append(list, sub.key)
	}
	return list
}

// append writes the key as packets: primary, its signatures, user IDs, subkeys.
func (k *Key) append(dst []byte) []byte {
	dst = appendPacket(dst, rawPacket{tagPublicKey, k.primary.body})
	dst = appendSignatures(dst, k.primSigs)
	for _, list := range [][]*component{k.users, k.subkeys} {
		for _, c := range list {
			dst = appendPacket(dst, c.packet)
			dst = appendSignatures(dst, c.sigs)
		}
	}
	return dst
}

func appendSignatures(dst []byte, sigs []*sigPacket) []byte {
	for _, s := range sigs {
		dst = appendPacket(dst, rawPacket{tagSignature, s.raw})
	}
	return dst
}

// Bytes is the key in binary form, as `gpg --export` writes it.
func (k *Key) Bytes() []byte { return k.append(nil) }

// isSelf tells whether a signature claims to be made by the primary key.
func (k *Key) isSelf(s *sigPacket) bool {
	if len(s.issuerFpr) > 0 {
		return bytes.Equal(s.issuerFpr, k.primary.fingerprint[:])
	}
	return s.issuer == k.primary.keyID()
}

// userParts splits a user ID of the usual form "Name (comment) <address>", the way GPGME
// does: a user ID that is nothing but an address has no name.
func userParts(id string) (name, address string) {
	var comment string
	for id != "" {
		switch i := strings.IndexAny(id, "<("); {
		case i == 0 && id[0] == '<':
			var part string
			part, id = bracketed(id, '<', '>')
			address = firstOf(address, part)
		case i == 0:
			var part string
			part, id = bracketed(id, '(', ')')
			comment = firstOf(comment, part)
		case i < 0:
			name, id = firstOf(name, strings.Trim(id, " \t")), ""
		default:
			name, id = firstOf(name, strings.Trim(id[:i], " \t")), id[i:]
		}
	}
	if address == "" && comment == "" && isAddress(name) {
		return "", name
	}
	return name, address
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// bracketed cuts the bracketed part, nested brackets included, off the start of s.
func bracketed(s string, open, end byte) (inside, rest string) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case open:
			depth++
		case end:
			depth--
			if depth == 0 {
				return s[1:i], s[i+1:]
			}
		}
	}
	return "", ""
}

func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, " \t<>()\"") &&
		!strings.Contains(domain, "@") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}
