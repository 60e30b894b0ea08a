package sign

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"hash"
	"maps"
	"reflect"
	"time"
)

// errWriteAfterResult reports a verdict that was asked for too early.
var errWriteAfterResult = errors.New("signed data go on after the verdict on them")

// StreamVerifier checks detached OpenPGP signatures over data that pass by, such as a disk
// image while it is written: the data are only hashed, never held. [Keyring.NewVerifier]
// makes one.
//
// The verdict is on all bytes written until [StreamVerifier.Result] is called. Nothing that
// was made of the data may be trusted before.
type StreamVerifier struct {
	ring    *Keyring
	now     time.Time
	packets [][]byte
	hashed  map[[2]byte]hash.Hash // by digest algorithm and signature type
	binary  []hash.Hash
	text    []hash.Hash
	afterCR bool
	scratch []byte
	result  *Result
}

// NewVerifier prepares the check of detached signatures by the rules of [Keyring.Verify],
// whose errors it returns for blobs that are missing or are not OpenPGP signatures. Later
// changes of the ring do not matter. With a zero VerifyOptions.Now expiry is judged at the
// time of the verdict.
func (r *Keyring) NewVerifier(blobs [][]byte, opts *VerifyOptions) (*StreamVerifier, error) {
	if len(blobs) == 0 {
		return nil, ErrNoSignature
	}
	packets, err := signaturePackets(blobs)
	if err != nil {
		return nil, err
	}
	v := &StreamVerifier{
		ring:    &Keyring{list: r.Keys(), keys: maps.Clone(r.keys)},
		packets: packets,
		hashed:  map[[2]byte]hash.Hash{},
	}
	if opts != nil {
		v.now = opts.Now
	}
	for _, body := range packets {
		v.prepare(body)
	}
	return v, nil
}

// prepare starts the hash that a signature needs. Every signature over a document gets one,
// known key or not: a hash that was missing in the end could only be one over no data.
func (v *StreamVerifier) prepare(body []byte) {
	s, err := parseSignature(body)
	if err != nil || s.kind != sigBinary && s.kind != sigText {
		return
	}
	id := [2]byte{s.hashAlgo, s.kind}
	if v.hashed[id] != nil {
		return
	}
	h, err := s.newHash()
	if err != nil {
		return // never valid: the verdict says why
	}
	if _, ok := h.(hash.Cloner); !ok {
		h = copyable{h}
	}
	v.hashed[id] = h
	if s.kind == sigText {
		v.text = append(v.text, h)
	} else {
		v.binary = append(v.binary, h)
	}
}

// copyable makes a hash of a package without [hash.Cloner] one that has it. The state of such
// a hash (that of RIPEMD-160) is a struct without pointers.
type copyable struct{ hash.Hash }

// Clone copies the state.
func (c copyable) Clone() (hash.Cloner, error) {
	state := reflect.ValueOf(c.Hash).Elem()
	fresh := reflect.New(state.Type())
	fresh.Elem().Set(state)
	return copyable{fresh.Interface().(hash.Hash)}, nil
}

// Write hashes the next part of the data. It fails only after Result.
func (v *StreamVerifier) Write(p []byte) (int, error) {
	if v.result != nil {
		return 0, errWriteAfterResult
	}
	for _, h := range v.binary {
		h.Write(p)
	}
	if len(v.text) > 0 {
		v.writeText(p)
	}
	return len(p), nil
}

// writeText hashes p with lines that end in CR LF.
func (v *StreamVerifier) writeText(p []byte) {
	const piece = 32 << 10
	for len(p) > 0 {
		n := min(len(p), piece)
		v.scratch = v.scratch[:0]
		for _, c := range p[:n] {
			if c == '\n' && !v.afterCR {
				v.scratch = append(v.scratch, '\r')
			}
			v.scratch = append(v.scratch, c)
			v.afterCR = c == '\r'
		}
		for _, h := range v.text {
			h.Write(v.scratch)
		}
		p = p[n:]
	}
}

// Result gives the outcome for all signatures over what was written, as [Keyring.Verify]
// does. It is final: further calls return the same, and Write fails.
func (v *StreamVerifier) Result() *Result { return v.ResultAt(v.now) }

// ResultAt is Result with expiry judged at another time than VerifyOptions.Now said; zero is
// the present.
func (v *StreamVerifier) ResultAt(now time.Time) *Result {
	if v.result != nil {
		return v.result
	}
	if now.IsZero() {
		now = time.Now()
	}
	c := &checker{ring: v.ring, now: now, hashed: v.hashed}
	v.result = &Result{}
	for _, body := range v.packets {
		v.result.Signatures = append(v.result.Signatures, c.check(body))
	}
	return v.result
}

// Claim is what a signature packet says of itself, true or not.
type Claim struct {
	Version           int       // of the packet
	Created           time.Time // zero when the packet cannot be read
	Expires           time.Time // zero: never
	Algorithm         string    // as in Signature
	KeyID             string    // long key ID, 16 upper-case hex digits
	IssuerFingerprint string    // 40 upper-case hex digits, "" when it is not said
	SignerUserID      string    // often an e-mail address, usually not said; as it came
}

// Claims lists what the signatures say of themselves, in the order of Result.Signatures.
func (v *StreamVerifier) Claims() []Claim {
	var list []Claim
	for _, body := range v.packets {
		list = append(list, claimOf(body))
	}
	return list
}

func claimOf(body []byte) Claim {
	s, err := parseSignature(body)
	if err != nil {
		c := Claim{Algorithm: unknownName, KeyID: formatKeyID(0)}
		if len(body) > 0 {
			c.Version = int(body[0])
		}
		return c
	}
	return Claim{
		Version: int(s.version), Created: s.created, Expires: s.expires(),
		Algorithm: algorithmName(s.algo), KeyID: formatKeyID(s.issuer),
		IssuerFingerprint: upperHex(s.issuerFpr), SignerUserID: s.signerUserID(),
	}
}

// signerUserID is the value of the hashed subpacket "Signer's User ID".
func (s *sigPacket) signerUserID() string {
	const signersUserID = 28
	for data := s.hashed; len(data) > 0; {
		length, rest, err := subpacketLength(data)
		if err != nil || length == 0 || uint64(length) > uint64(len(rest)) {
			return ""
		}
		if rest[0]&0x7f == signersUserID {
			value, _, _ := bytes.Cut(rest[1:length], []byte{0})
			return string(value)
		}
		data = rest[length:]
	}
	return ""
}

// Mismatch reports whether the signature simply does not fit the data: they, or it, were
// changed. Other reasons for StatusBad are about the key or the form of the signature.
func (s *Signature) Mismatch() bool {
	return s.Status == StatusBad && (errors.Is(s.Reason, errBadSignature) || errors.Is(s.Reason, rsa.ErrVerification))
}
