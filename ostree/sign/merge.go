package sign

import "bytes"

// ImportResult counts what Import did with the keys offered.
type ImportResult struct {
	Imported  int // new keys; the number that "Imported %u GPG key" reports
	Updated   int // known keys that got new user IDs, subkeys or signatures
	Unchanged int // known keys without anything new
	Rejected  int // keys without a valid user ID
}

// Import merges the keys of src into the ring by the rules of `gpg --import`: user IDs and
// subkeys need a valid self signature, forged self signatures and local certifications
// are dropped, a new key needs at least one user ID, and revocation certificates on their own are
// applied to the keys they revoke. New keys come after the old ones, in the order of src.
func (r *Keyring) Import(src *Keyring) ImportResult {
	var result ImportResult
	for _, k := range src.list {
		r.importKey(k.clean(), &result)
	}
	result.Updated += r.applyLoose(src.loose)
	return result
}

func (r *Keyring) importKey(k *Key, result *ImportResult) {
	old := r.keys[k.primary.fingerprint]
	switch {
	case old == nil && len(k.users) == 0:
		result.Rejected++
	case old == nil:
		r.add(k)
		result.Imported++
	default:
		merged := mergeKeys(old, k)
		if bytes.Equal(merged.Bytes(), old.Bytes()) {
			result.Unchanged++
			return
		}
		r.replace(old, merged)
		result.Updated++
	}
}

// applyLoose adds revocations to the keys that made them and counts the keys changed.
func (r *Keyring) applyLoose(sigs []*sigPacket) int {
	changed := 0
	for _, s := range sigs {
		for _, k := range r.Keys() {
			if !k.isSelf(s) || k.certify(k.primary, s, nil) != nil {
				continue
			}
			merged := mergeKeys(k, &Key{primary: k.primary, primSigs: []*sigPacket{s}})
			if len(merged.primSigs) > len(k.primSigs) {
				r.replace(k, merged)
				changed++
			}
		}
	}
	return changed
}

// mergeKeys returns a key with all that a and b have, a's parts first.
func mergeKeys(a, b *Key) *Key {
	return &Key{
		primary:  a.primary,
		primSigs: mergeSignatures(a.primSigs, b.primSigs),
		users:    mergeComponents(a.users, b.users),
		subkeys:  mergeComponents(a.subkeys, b.subkeys),
	}
}

func mergeComponents(a, b []*component) []*component {
	var list []*component
	index := map[string]*component{}
	for _, c := range append(append([]*component{}, a...), b...) {
		id := string(c.packet.tag) + string(c.packet.body)
		have := index[id]
		if have == nil {
			have = &component{packet: c.packet, key: c.key}
			index[id] = have
			list = append(list, have)
		}
		have.sigs = mergeSignatures(have.sigs, c.sigs)
	}
	return list
}

func mergeSignatures(a, b []*sigPacket) []*sigPacket {
	var list []*sigPacket
	seen := map[string]bool{}
	for _, s := range append(append([]*sigPacket{}, a...), b...) {
		if id := s.identity(); !seen[id] {
			seen[id] = true
			list = append(list, s)
		}
	}
	return list
}

// clean returns the key without what its owner has not signed. Certifications by others
// cannot be checked here and stay, unless they are marked local.
func (k *Key) clean() *Key {
	p := k.proven()
	out := &Key{primary: k.primary, primSigs: k.cleanSigs(k.primSigs, nil)}
	for i, u := range k.users {
		if len(p.users[i]) > 0 {
			out.users = append(out.users, &component{packet: u.packet, sigs: k.cleanSigs(u.sigs, u)})
		}
	}
	for i, sub := range k.subkeys {
		if len(p.subkeys[i].bindings) > 0 {
			out.subkeys = append(out.subkeys, &component{packet: sub.packet, key: sub.key, sigs: k.cleanSigs(sub.sigs, sub)})
		}
	}
	return out
}

func (k *Key) cleanSigs(sigs []*sigPacket, on *component) []*sigPacket {
	var list []*sigPacket
	for _, s := range sigs {
		if s.local || k.isSelf(s) && k.certify(k.primary, s, on) != nil {
			continue
		}
		list = append(list, s)
	}
	return mergeSignatures(nil, list)
}
