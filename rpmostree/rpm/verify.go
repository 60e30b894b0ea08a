package rpm

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

// VerifyLevel says what a package must have to be accepted: rpm's %_pkgverify_level.
type VerifyLevel uint8

// The levels. At each of them, what a package has must be right; and once a signature is right, everything must be
// covered by one.
const (
	LevelDigest    VerifyLevel = iota // digests of everything; the default, as in rpm 4.18
	LevelNone                         // nothing
	LevelSignature                    // signatures of everything
	LevelAll                          // both; the default of rpm 6
)

// needs are the kinds of proof that a level demands.
func (l VerifyLevel) needs() proofKind {
	return [...]proofKind{LevelDigest: proofDigest, LevelNone: 0, LevelSignature: proofSignature, LevelAll: proofDigest | proofSignature}[l]
}

// VerifyOptions are the settings of [Verify]. The zero value, like nil, knows no keys and demands digests.
type VerifyOptions struct {
	Keyring *pgp.Keyring // the keys that are trusted; nil is none
	Level   VerifyLevel
}

// VerifyStatus is the result of one check.
type VerifyStatus = pgp.Status

// VerifyItem is one check of a package.
type VerifyItem struct {
	// What is checked, in rpm's words: "Header SHA256 digest", "V4 RSA/SHA256 Signature, key ID 4f2a6fd2".
	What      string
	Signature bool // or else a digest
	Status    VerifyStatus
	// Detail is what rpm prints behind a status of BAD, in parentheses; empty for signatures, whose Reason is not shown.
	Detail string
	Reason string
}

// String returns the line that rpmkeys -Kv prints for the check, without the indentation.
func (i *VerifyItem) String() string {
	if i.Detail != "" {
		return fmt.Sprintf("%s: %s (%s)", i.What, i.Status, i.Detail)
	}
	return fmt.Sprintf("%s: %s", i.What, i.Status)
}

// VerifyReport is the result of [Verify].
type VerifyReport struct {
	NEVRA NEVRA
	// Items are the checks that matter, in the order in which rpm prints them. Digests and signatures that are not
	// there are among them only where something demands them.
	Items []VerifyItem
	// Size is the length of the package in bytes, and SHA256 the digest of all of it in hex.
	Size   int64
	SHA256 string
}

// OK reports whether every check succeeded; rpmkeys ends with status 0 then.
func (r *VerifyReport) OK() bool {
	return !slices.ContainsFunc(r.Items, func(i VerifyItem) bool { return i.Status != pgp.OK })
}

// Err returns nil if every check succeeded, else an error with what rpmkeys would say of the package.
func (r *VerifyReport) Err() error {
	if r.OK() {
		return nil
	}
	return errors.New(r.Summary())
}

// Signed reports whether a signature by a trusted key is among the checks that succeeded.
func (r *VerifyReport) Signed() bool {
	return slices.ContainsFunc(r.Items, func(i VerifyItem) bool { return i.Signature && i.Status == pgp.OK })
}

// Summary returns what rpmkeys -K prints behind the name of the file: "digests signatures OK", and with what has failed
// in capitals, "digests SIGNATURES NOT OK".
func (r *VerifyReport) Summary() string {
	var words []string
	for _, signature := range [...]bool{false, true} {
		seen, failed := false, false
		for i := range r.Items {
			if r.Items[i].Signature == signature {
				seen = true
				failed = failed || r.Items[i].Status != pgp.OK
			}
		}
		word := "digests"
		if signature {
			word = "signatures"
		}
		if failed {
			word = strings.ToUpper(word)
		}
		if seen {
			words = append(words, word)
		}
	}
	if !r.OK() {
		words = append(words, "NOT")
	}
	return strings.Join(append(words, "OK"), " ")
}

// proofKind says whether something is a digest or a signature, or both, as bits.
type proofKind uint8

const (
	proofDigest proofKind = 1 << iota
	proofSignature
)

// coverage is the part of a package that a digest or a signature is of, as bits.
type coverage uint8

const (
	coversHeader coverage = 1 << iota
	coversPayload
)

// String is the beginning of rpm's name of a check.
func (c coverage) String() string {
	return [...]string{coversHeader: "Header ", coversPayload: "Payload ", coversHeader | coversPayload: ""}[c]
}

// proof is a digest or a signature that a package has or could have.
type proof struct {
	tag      Tag
	kind     proofKind
	strength proofKind // what it counts as: digests in a signed header count as a signature
	covers   coverage
	algo     DigestAlgo
	name     string // of a signature that is not there; of a digest, what follows the algorithm
	plain    bool   // of the archive as it is before compression
	modern   bool   // of rpm 6: not missed where it is absent
	inHeader bool   // in the main header

	found     bool
	want      string // hex digest
	signature *pgp.Signature
	sum       hash.Hash
	item      VerifyItem
}

// proofs are those that rpm knows, in the order in which it names missing ones.
func proofs() []proof {
	const all = coversHeader | coversPayload
	return []proof{
		{tag: SigOpenPGP, kind: proofSignature, covers: coversHeader, modern: true},
		{tag: SigRSA, kind: proofSignature, covers: coversHeader, name: "RSA signature"},
		{tag: SigDSA, kind: proofSignature, covers: coversHeader, name: "DSA signature"},
		{tag: SigSHA3, kind: proofDigest, covers: coversHeader, algo: SHA3_256, modern: true},
		{tag: SigSHA256, kind: proofDigest, covers: coversHeader, algo: SHA256},
		{tag: SigSHA1, kind: proofDigest, covers: coversHeader, algo: SHA1},
		{tag: TagPayloadSHA3, kind: proofDigest, covers: coversPayload, algo: SHA3_256, modern: true, inHeader: true},
		{tag: TagPayloadSHA3Alt, kind: proofDigest, covers: coversPayload, algo: SHA3_256, name: " ALT", plain: true, modern: true, inHeader: true},
		{tag: TagPayloadSHA512, kind: proofDigest, covers: coversPayload, algo: SHA512, modern: true, inHeader: true},
		{tag: TagPayloadSHA512Alt, kind: proofDigest, covers: coversPayload, algo: SHA512, name: " ALT", plain: true, modern: true, inHeader: true},
		{tag: TagPayloadDigest, kind: proofDigest, covers: coversPayload, algo: SHA256, inHeader: true},
		{tag: TagPayloadDigestAlt, kind: proofDigest, covers: coversPayload, algo: SHA256, name: " ALT", plain: true, inHeader: true},
		{tag: SigPGP, kind: proofSignature, covers: all, name: "RSA signature"},
		{tag: SigGPG, kind: proofSignature, covers: all, name: "DSA signature"},
		{tag: SigMD5, kind: proofDigest, covers: all, algo: MD5},
	}
}

// Verify reads a whole package from r and checks all its digests and signatures. The error is that of a file that is no
// package or cannot be read; what is wrong with a package is in the report.
func Verify(ctx context.Context, r io.Reader, opts *VerifyOptions) (*VerifyReport, error) {
	o := VerifyOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Keyring == nil {
		o.Keyring = &pgp.Keyring{}
	}
	whole := SHA256.New()
	in := &countingReader{ctx: ctx, r: io.TeeReader(r, whole)}
	b := bufio.NewReaderSize(in, 128<<10)
	// Like rpmkeys, this has nothing to say of holes in headers, which digests and signatures may be right for.
	p, err := readHeaders(b)
	if err != nil {
		return nil, err
	}
	list := p.findProofs()
	if err := hashParts(list, p, b); err != nil {
		return nil, err
	}
	report := &VerifyReport{NEVRA: p.NEVRA(), Size: in.n, SHA256: hex.EncodeToString(whole.Sum(nil))}
	for i := range list {
		list[i].judge(o.Keyring)
	}
	report.Items = relevant(list, o.Level.needs())
	return report, nil
}

// countingReader counts bytes, and stops when its context ends.
type countingReader struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// findProofs finds the digests and signatures of a package, and prepares those that can be computed. A package that has
// signatures in the form of rpm 6 is not asked for others.
func (p *Package) findProofs() []proof {
	var list []proof
	modern := p.Signature.Has(SigOpenPGP)
	for _, item := range proofs() {
		h := p.Signature
		if item.inHeader {
			h = p.Header
		}
		if item.kind == proofSignature && modern && item.tag != SigOpenPGP {
			continue
		}
		found := h.Has(item.tag)
		if !found && item.modern {
			continue
		}
		item.strength = item.kind
		item.found = found
		item.item = VerifyItem{Signature: item.kind == proofSignature, Status: pgp.NotFound}
		switch {
		case item.kind == proofDigest:
			item.findDigest(h)
			list = append(list, item)
		case item.tag == SigOpenPGP:
			list = append(list, item.openPGP(h)...)
		default:
			item.item.What = item.covers.String() + item.name
			if found {
				item.findSignature(h.Bytes(item.tag))
			}
			list = append(list, item)
		}
	}
	return list
}

func (p *proof) findDigest(h *Header) {
	name := p.name
	if p.covers == coversHeader|coversPayload || name == "" {
		name = ""
	}
	p.item.What = fmt.Sprintf("%s%s%s digest", p.covers, p.algo, name)
	if !p.found {
		return
	}
	text := h.String(p.tag)
	if p.tag == SigMD5 {
		text = hex.EncodeToString(h.Bytes(p.tag))
	}
	if p.sum = p.algo.New(); p.sum == nil || len(text) != 2*p.algo.Size() {
		p.bad(fmt.Sprintf("package tag %d: invalid data", p.tag))
		return
	}
	if _, err := hex.DecodeString(text); err != nil {
		p.bad(fmt.Sprintf("package: tag %d: invalid hex", p.tag))
		return
	}
	p.want = text
}

// bad decides that the digest or signature cannot be used at all.
func (p *proof) bad(detail string) {
	p.sum = nil
	p.item.Status, p.item.Detail = pgp.Bad, detail
}

func (p *proof) findSignature(data []byte) {
	s, err := pgp.ParseSignature(data)
	if err != nil {
		p.bad(fmt.Sprintf("package tag %d: invalid OpenPGP signature", p.tag))
		p.item.Reason = err.Error()
		return
	}
	p.useSignature(s, s.String())
}

func (p *proof) useSignature(s *pgp.Signature, what string) {
	p.item.What = p.covers.String() + what
	sum, err := s.NewHash()
	if err != nil {
		p.item.Status, p.item.Reason = pgp.Bad, err.Error()
		return
	}
	p.signature, p.sum = s, sum
}

// maxSignatures bounds how often a header is hashed for signatures of different algorithms and makers.
const maxSignatures = 32

// openPGP finds the signatures in the tag that rpm 6 has for them, any number in Base64.
func (p proof) openPGP(h *Header) []proof {
	var list []proof
	for _, text := range h.Strings(p.tag) {
		one := p
		one.item.What = one.covers.String() + "OpenPGP signature"
		if len(list) >= maxSignatures {
			one.bad(fmt.Sprintf("more than %d signatures", maxSignatures))
			return append(list, one)
		}
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			one.bad(fmt.Sprintf("package tag %d: invalid base64", p.tag))
			list = append(list, one)
			continue
		}
		signatures, err := pgp.ParseSignatures(data)
		if err != nil {
			one.bad(fmt.Sprintf("package tag %d: invalid OpenPGP signature", p.tag))
			one.item.Reason = err.Error()
			list = append(list, one)
			continue
		}
		for _, s := range signatures[:min(len(signatures), maxSignatures)] {
			each := p
			what := fmt.Sprintf("OpenPGP V%d %s/%s signature, key ", s.Version, s.PubkeyAlgo, s.HashAlgo)
			if s.Fingerprint != "" {
				what += "fingerprint: " + s.Fingerprint
			} else {
				what += "ID: " + s.KeyID
			}
			each.useSignature(s, what)
			list = append(list, each)
		}
	}
	return list
}

// hashParts feeds header and payload to everything that is computed of them.
func hashParts(list []proof, p *Package, payload io.Reader) error {
	var sums []io.Writer
	for i := range list {
		if list[i].sum == nil {
			continue
		}
		if list[i].covers&coversHeader != 0 {
			list[i].sum.Write(magic[:])
			list[i].sum.Write(p.Header.blob)
		}
		if list[i].covers&coversPayload != 0 {
			sums = append(sums, list[i].sum)
		}
	}
	_, err := io.Copy(io.MultiWriter(sums...), payload)
	return err
}

// judge compares what was computed.
func (p *proof) judge(keys *pgp.Keyring) {
	if p.sum == nil {
		return
	}
	if p.kind == proofSignature {
		result := keys.Check(p.signature, p.sum)
		p.item.Status, p.item.Reason = result.Status, result.Reason
		return
	}
	got := hex.EncodeToString(p.sum.Sum(nil))
	p.item.Status = pgp.OK
	if !strings.EqualFold(got, p.want) {
		p.item.Status = pgp.Bad
		p.item.Detail = fmt.Sprintf("Expected %s != %s", p.want, got)
	}
}

// relevant sorts the checks and leaves out what is missing without being missed.
func relevant(list []proof, needs proofKind) []VerifyItem {
	slices.SortStableFunc(list, func(a, b proof) int {
		return cmp.Or(cmp.Compare(a.covers, b.covers), cmp.Compare(b.kind, a.kind), cmp.Compare(b.order(), a.order()))
	})
	verified := strengthen(list)
	if verified[proofSignature] != 0 {
		needs |= proofSignature // a package must not be signed in part
	}
	var items []VerifyItem
	for i := range list {
		p := &list[i]
		var required coverage
		for _, kind := range [...]proofKind{proofDigest, proofSignature} {
			if needs&p.strength&kind != 0 {
				required |= p.covers &^ verified[kind]
			}
		}
		if p.item.Status == pgp.NotFound && required == 0 || p.excused(list) {
			continue
		}
		items = append(items, p.item)
	}
	return items
}

// order puts what was found and can be used first, greater tags before smaller ones.
func (p *proof) order() Tag {
	if !p.found || p.kind == proofSignature && p.item.Detail != "" {
		return 0
	}
	return p.tag
}

// strengthen finds out what is proved by digests and by signatures. A digest in a header that is signed is as good as a
// signature.
func strengthen(list []proof) (verified [3]coverage) {
	for i := range list {
		p := &list[i]
		if p.inHeader && verified[proofSignature]&coversHeader != 0 {
			p.strength |= proofSignature
		}
		if p.item.Status != pgp.OK {
			continue
		}
		for _, kind := range [...]proofKind{proofDigest, proofSignature} {
			if p.strength&kind != 0 {
				verified[kind] |= p.covers
			}
		}
	}
	return verified
}

// excused reports whether a digest of the payload is wrong, but that of its other form is right: the payload is either
// compressed or not.
func (p *proof) excused(list []proof) bool {
	if p.covers != coversPayload || p.item.Status != pgp.Bad {
		return false
	}
	return slices.ContainsFunc(list, func(q proof) bool {
		return q.covers == coversPayload && q.algo == p.algo && q.plain != p.plain && q.item.Status == pgp.OK
	})
}
