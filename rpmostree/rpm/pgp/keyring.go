package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Keyring is a set of trusted keys. The zero value is empty and usable.
type Keyring struct {
	// RejectSHA1 makes signatures over SHA-1 untrusted.
	RejectSHA1 bool
	// Now is the time by which signatures with a limited lifetime are judged; zero
	// means that they are valid for ever, as for rpm 4.18.
	Now time.Time

	keys []*Key
}

// ReadKeyring makes a keyring of all keys of the readers, each of which is a whole key file.
func ReadKeyring(readers ...io.Reader) (*Keyring, error) {
	k := new(Keyring)
	for _, r := range readers {
		b, err := io.ReadAll(io.LimitReader(r, maxKeyringSize+1))
		if err != nil {
			return nil, fmt.Errorf("reading keys: %w", err)
		}
		if err := k.Add(b); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Add adds the keys of a key file, binary or armored. Keys of unsupported kinds beside
// usable ones are ignored; it is an error if no key can be used. A key that is there
// already is extended by the new copy's user IDs, signatures and subkeys.
func (k *Keyring) Add(b []byte) error {
	if len(b) > maxKeyringSize {
		return errors.New("OpenPGP keyring is too big")
	}
	blocks, err := dearmor(b, "PGP PUBLIC KEY BLOCK")
	if err != nil {
		return err
	}
	var added []*Key
	var errs []error
	for _, block := range blocks {
		keys, bad := parseKeys(block)
		added, errs = append(added, keys...), append(errs, bad...)
	}
	if len(added) == 0 {
		return errors.Join(append(errs, errors.New("no usable OpenPGP key found"))...)
	}
	for _, key := range added {
		if err := k.insert(key); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keyring) insert(key *Key) error {
	i := slices.IndexFunc(k.keys, func(old *Key) bool {
		return bytes.Equal(old.primary.pub.Fingerprint, key.primary.pub.Fingerprint)
	})
	switch {
	case i < 0:
		k.keys = append(k.keys, key)
	case !bytes.Equal(k.keys[i].raw, key.raw):
		merged, err := merge(k.keys[i].raw, key.raw)
		if err != nil {
			return err
		}
		k.keys[i] = merged
	}
	return nil
}

// merge puts two copies of a key together. Each primary key or user ID or subkey is a group with
// the signatures behind it; groups of the second copy are joined to those of the first.
func merge(a, b []byte) (*Key, error) {
	var groups [][]rawPacket
	for _, raw := range [][]byte{a, b} {
		at := -1
		for p, err := range packets(raw) {
			if err != nil {
				return nil, err
			}
			same := func(q rawPacket) bool { return q.tag == p.tag && bytes.Equal(q.body, p.body) }
			switch p.tag {
			case tagPublicKey, tagPublicSubkey, tagUserID, tagUserAttribute:
				at = slices.IndexFunc(groups, func(g []rawPacket) bool { return same(g[0]) })
				if at < 0 {
					at, groups = len(groups), append(groups, []rawPacket{p})
				}
			case tagSignature:
				if !slices.ContainsFunc(groups[at], same) {
					groups[at] = append(groups[at], p)
				}
			}
		}
	}
	var raw []byte
	for _, g := range groups {
		for _, p := range g {
			raw = append(raw, p.raw...)
		}
	}
	return parseKey(raw)
}

// Keys lists the keys in the order in which they were added.
func (k *Keyring) Keys() []*Key { return slices.Clone(k.keys) }

// candidate is a key that may have made a signature.
type candidate struct {
	key  *Key
	part *component
}

func (k *Keyring) candidates(s *Signature) []candidate {
	var found []candidate
	for _, key := range k.keys {
		if key.primary.id == s.KeyID {
			found = append(found, candidate{key, key.primary})
		}
		for _, sub := range key.subkeys {
			if sub.id == s.KeyID {
				found = append(found, candidate{key, sub})
			}
		}
	}
	return found
}
