package sign

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"hash"
	"slices"
	"time"
)

// keyProof holds the signatures of a key that its primary key really made. They do not
// change with time; what they mean does, see state.
type keyProof struct {
	direct  []*sigPacket
	revoked bool
	users   [][]*sigPacket // certifications and their revocations, by user
	subkeys []subkeyProof
}

type subkeyProof struct {
	bindings []*sigPacket
	revoked  bool
}

// proven verifies the self signatures, once.
func (k *Key) proven() *keyProof {
	k.once.Do(func() {
		p := &k.proof
		p.direct = k.provenOn(k.primSigs, nil, func(s *sigPacket) bool { return s.kind == sigDirect })
		p.revoked = len(k.provenOn(k.primSigs, nil, isKeyRevocation)) > 0
		for _, u := range k.users {
			p.users = append(p.users, k.provenOn(u.sigs, u, func(s *sigPacket) bool {
				return s.isCert() || s.kind == sigCertRevoke
			}))
		}
		for _, sub := range k.subkeys {
			p.subkeys = append(p.subkeys, subkeyProof{
				bindings: k.provenOn(sub.sigs, sub, func(s *sigPacket) bool { return s.kind == sigSubkeyBinding }),
				revoked:  len(k.provenOn(sub.sigs, sub, func(s *sigPacket) bool { return s.kind == sigSubkeyRevoke })) > 0,
			})
		}
	})
	return &k.proof
}

func isKeyRevocation(s *sigPacket) bool { return s.kind == sigKeyRevoke }

// provenOn returns the good self signatures of the wanted kind, oldest first.
func (k *Key) provenOn(sigs []*sigPacket, on *component, want func(*sigPacket) bool) []*sigPacket {
	var good []*sigPacket
	for _, s := range sigs {
		if want(s) && k.isSelf(s) && k.certify(k.primary, s, on) == nil {
			good = append(good, s)
		}
	}
	slices.SortStableFunc(good, func(a, b *sigPacket) int { return a.created.Compare(b.created) })
	return good
}

// certify checks a signature made by signer on the primary key and, if given, a component.
func (k *Key) certify(signer *publicKey, s *sigPacket, on *component) error {
	h, err := s.newHash()
	if err != nil {
		return err
	}
	k.primary.hashInto(h)
	if on != nil {
		on.hashInto(h, s.version)
	}
	return signer.verify(h, s)
}

// hashInto writes the component as signatures over it hash it.
func (c *component) hashInto(h hash.Hash, version byte) {
	if c.key != nil {
		c.key.hashInto(h)
		return
	}
	if version >= 4 {
		head := []byte{0xb4}
		if c.packet.tag == tagAttribute {
			head[0] = 0xd1
		}
		h.Write(binary.BigEndian.AppendUint32(head, uint32(len(c.packet.body))))
	}
	h.Write(c.packet.body)
}

// keyState is what a key's self signatures say at one moment.
type keyState struct {
	valid   bool // at least one self signature that counts
	revoked bool
	expired bool
	expires time.Time // zero: never
	flags   byte
	users   []userState // in the order of Key.users
	order   []int       // indices of users, the primary user ID first
	subkeys []subkeyState
}

type userState struct {
	valid   bool
	revoked bool
	expired bool
	primary bool
	created time.Time // of the deciding certification
	sig     *sigPacket
}

type subkeyState struct {
	valid   bool
	revoked bool
	expired bool
	expires time.Time
	flags   byte
	crossed bool // the subkey has signed the primary key in turn
}

// state judges the key at the given time, as GnuPG does: of several self signatures the
// newest that is not itself expired counts, revocations of keys count always. The ring is
// searched for designated revokers and may be nil.
func (k *Key) state(now time.Time, ring *Keyring) *keyState {
	p := k.proven()
	st := &keyState{revoked: p.revoked || k.revokedByOther(ring)}
	direct := latest(p.direct, now)
	for _, sigs := range p.users {
		st.users = append(st.users, judgeUser(sigs, now))
	}
	st.primaryFacts(k, direct)
	st.expired = passed(st.expires, now)
	st.orderUsers(k)
	for i := range st.users {
		st.users[i].expired = st.users[i].expired || st.expired
		st.users[i].revoked = st.users[i].revoked || st.revoked
	}
	for i, sub := range k.subkeys {
		s := k.judgeSubkey(sub, p.subkeys[i], now)
		s.revoked = s.revoked || st.revoked
		s.expired = s.expired || st.expired
		st.subkeys = append(st.subkeys, s)
	}
	return st
}

// latest returns the newest signature that has not expired.
func latest(sigs []*sigPacket, now time.Time) *sigPacket {
	for _, s := range slices.Backward(sigs) {
		if !s.expired(now) {
			return s
		}
	}
	return nil
}

func judgeUser(sigs []*sigPacket, now time.Time) userState {
	s := latest(sigs, now)
	switch {
	case s == nil:
		return userState{expired: len(sigs) > 0}
	case s.kind == sigCertRevoke:
		return userState{revoked: true}
	}
	return userState{valid: true, primary: s.primaryUID, created: s.created, sig: s}
}

// primaryFacts finds expiry and usage of the primary key: those of a direct signature if
// it has them, else of the newest user ID that does.
func (st *keyState) primaryFacts(k *Key, direct *sigPacket) {
	var life, flags *sigPacket
	if direct != nil {
		st.valid = true
		if direct.hasKeyLife {
			life = direct
		}
		if direct.hasFlags {
			flags = direct
		}
	}
	lifeFixed, flagsFixed := life != nil, flags != nil
	for _, u := range st.users {
		if !u.valid {
			continue
		}
		st.valid = true
		if !lifeFixed && u.sig.keyLifetime != 0 && newer(u.sig, life) {
			life = u.sig
		}
		if !flagsFixed && u.sig.hasFlags && newer(u.sig, flags) {
			flags = u.sig
		}
	}
	if life != nil {
		st.expires = k.primary.lifetime(life.keyLifetime)
	}
	st.flags = usage(k.primary, flags)
}

func newer(s, than *sigPacket) bool { return than == nil || s.created.After(than.created) }

// lifetime turns a key's seconds of life into a date, zero for none.
func (k *publicKey) lifetime(seconds uint32) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return k.created.Add(time.Duration(seconds) * time.Second)
}

// usage returns what a key may be used for; a key without flags may do what its algorithm can.
func usage(k *publicKey, s *sigPacket) byte {
	if s != nil && s.hasFlags {
		return s.flags
	}
	if k.canSign() {
		return flagCertify | flagSign | flagAuthenticate
	}
	return flagEncryptComm | flagEncryptStorage
}

// orderUsers puts the primary user ID first: the newest of those marked so, or else the
// newest of all; equal dates are decided by length and text, as GnuPG does.
func (st *keyState) orderUsers(k *Key) {
	best := -1
	for i, u := range st.users {
		if u.valid && k.users[i].packet.tag == tagUserID && (best < 0 || st.prefer(k, i, best)) {
			best = i
		}
	}
	if best >= 0 {
		st.order = append(st.order, best)
	}
	for i := range st.users {
		if i != best {
			st.order = append(st.order, i)
		}
	}
}

func (st *keyState) prefer(k *Key, i, than int) bool {
	a, b := st.users[i], st.users[than]
	if a.primary != b.primary {
		return a.primary
	}
	if c := a.created.Compare(b.created); c != 0 {
		return c > 0
	}
	x, y := k.users[i].packet.body, k.users[than].packet.body
	return cmp.Or(cmp.Compare(len(x), len(y)), bytes.Compare(x, y)) > 0
}

func (k *Key) judgeSubkey(sub *component, p subkeyProof, now time.Time) subkeyState {
	s := latest(p.bindings, now)
	if s == nil {
		return subkeyState{revoked: p.revoked}
	}
	st := subkeyState{valid: true, revoked: p.revoked, flags: usage(sub.key, s), expires: sub.key.lifetime(s.keyLifetime)}
	st.expired = passed(st.expires, now)
	st.crossed = k.crossCertified(sub, s)
	return st
}

// crossCertified tells whether a signing subkey has confirmed to belong to this primary
// key, without which anyone could claim another's subkey for their own.
func (k *Key) crossCertified(sub *component, binding *sigPacket) bool {
	for _, raw := range binding.backSigs {
		s, err := parseSignature(raw)
		if err == nil && s.kind == sigKeyBinding && k.certify(sub.key, s, sub) == nil {
			return true
		}
	}
	return false
}

// revokedByOther tells whether a designated revoker, named in a direct self signature and
// present in the keyring, has revoked the key.
func (k *Key) revokedByOther(ring *Keyring) bool {
	if ring == nil {
		return false
	}
	for _, d := range k.proven().direct {
		for _, revoker := range d.revokers {
			if k.revokedBy(ring.keys[[sha1.Size]byte(revoker)]) {
				return true
			}
		}
	}
	return false
}

func (k *Key) revokedBy(other *Key) bool {
	if other == nil {
		return false
	}
	for _, s := range k.primSigs {
		if isKeyRevocation(s) && other.isSelf(s) && k.certify(other.primary, s, nil) == nil {
			return true
		}
	}
	return false
}
