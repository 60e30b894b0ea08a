package sign

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Reasons why a key could not be selected, with GPGME's texts.
var (
	ErrInvalidSelector = errors.New("GPGME: Invalid value") // shorter than a short key ID
	ErrKeyNotFound     = errors.New("GPGME: End of file")
	ErrAmbiguousKey    = errors.New("GPGME: Ambiguous name")
)

// Find returns the keys that a GnuPG user ID specification names: a key ID of 8 or 16 or a
// fingerprint of 40 hex digits, of a primary key or a subkey, with or without `0x` and with
// or without a `!` at the end; `=` and a whole user ID; `<` address `>`; `@` and a part of
// an address; `*` or nothing and a part of a user ID. Case does not count except after `=`.
func (r *Keyring) Find(spec string) []*Key {
	match := matcher(spec)
	var found []*Key
	for _, k := range r.list {
		if match(k) {
			found = append(found, k)
		}
	}
	return found
}

// Lookup returns the one key that spec (see Find) names, or ErrInvalidSelector,
// ErrKeyNotFound or ErrAmbiguousKey.
func (r *Keyring) Lookup(spec string) (*Key, error) {
	if len(spec) < 8 {
		return nil, ErrInvalidSelector
	}
	found := r.Find(spec)
	switch len(found) {
	case 0:
		return nil, ErrKeyNotFound
	case 1:
		return found[0], nil
	}
	return nil, ErrAmbiguousKey
}

// Select returns a ring with just the keys named, or with all keys if none is named. The
// errors are those of `ostree remote gpg-import`: they wrap ErrNoData if the ring is empty and no key
// is named, else what Lookup says.
func (r *Keyring) Select(specs []string) (*Keyring, error) {
	if len(specs) == 0 {
		if len(r.list) == 0 && len(r.loose) == 0 {
			return nil, fmt.Errorf("GPG: Unable to export keys: %w", ErrNoData)
		}
		return r, nil
	}
	out := &Keyring{}
	for _, spec := range specs {
		k, err := r.Lookup(spec)
		if err != nil {
			return nil, fmt.Errorf("GPG: Unable to find key \"%s\": %w", spec, err)
		}
		out.add(k)
	}
	return out, nil
}

// matcher translates a specification.
func matcher(spec string) func(*Key) bool {
	spec = strings.TrimLeft(spec, " \t")
	if id, ok := hexSelector(spec); ok {
		return func(k *Key) bool { return k.matchesHex(id) }
	}
	if spec == "" {
		return func(*Key) bool { return false }
	}
	rest := spec[1:]
	switch spec[0] {
	case '=':
		return userMatcher(func(id, _ string) bool { return id == rest })
	case '<':
		want := strings.TrimSuffix(rest, ">")
		return userMatcher(func(_, address string) bool { return strings.EqualFold(address, want) })
	case '@':
		return userMatcher(func(_, address string) bool { return containsFold(address, rest) })
	case '*':
		return userMatcher(func(id, _ string) bool { return containsFold(id, rest) })
	case '&', '#', '+', '/':
		return func(*Key) bool { return false } // keygrips and X.509 names
	}
	if strings.HasPrefix(spec, "0x") {
		return func(*Key) bool { return false }
	}
	return userMatcher(func(id, _ string) bool { return containsFold(id, spec) })
}

// hexSelector recognizes key IDs and fingerprints and returns their digits in upper case.
func hexSelector(spec string) (string, bool) {
	id := strings.TrimSuffix(strings.TrimPrefix(spec, "0x"), "!")
	if len(strings.Fields(id)) == 10 { // a fingerprint as printed
		id = strings.Join(strings.Fields(id), "")
	}
	if n := len(id); (n == 9 || n == 17 || n == 41) && id[0] == '0' {
		id = id[1:]
	}
	switch len(id) {
	case 8, 16, 40:
		_, err := hex.DecodeString(id)
		return strings.ToUpper(id), err == nil
	}
	return "", false
}

func (k *Key) matchesHex(id string) bool {
	for _, pub := range k.publicKeys() {
		if strings.HasSuffix(pub.hex(), id) {
			return true
		}
	}
	return false
}

// userMatcher matches keys any of whose user IDs fits.
func userMatcher(fits func(id, address string) bool) func(*Key) bool {
	return func(k *Key) bool {
		for _, u := range k.users {
			if u.packet.tag != tagUserID {
				continue
			}
			id := string(u.packet.body)
			if _, address := userParts(id); fits(id, address) {
				return true
			}
		}
		return false
	}
}

func containsFold(s, part string) bool {
	return strings.Contains(lowerASCII(s), lowerASCII(part))
}

// lowerASCII lowers the letters of ASCII alone, whatever the encoding of the rest.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// formatKeyID writes a key ID as 16 upper-case hex digits.
func formatKeyID(id uint64) string {
	s := strings.ToUpper(strconv.FormatUint(id, 16))
	return strings.Repeat("0", 16-len(s)) + s
}
