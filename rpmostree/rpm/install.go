package rpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// signatureMoves are the tags of the signature header that are shown with a main header and kept with an installed one,
// with the form that they must have. A count of 0 is any.
var signatureMoves = [...]struct {
	from, to Tag
	typ      Type
	count    int
}{
	{SigDSA, TagDSAHeader, TypeBin, 0},
	{SigRSA, TagRSAHeader, TypeBin, 0},
	{SigSHA1, TagSHA1Header, TypeString, 1},
	{SigLongSize, TagLongSigSize, TypeInt64, 1},
	{SigLongArchiveSize, TagLongArchiveSize, TypeInt64, 1},
	{SigSHA256, TagSHA256Header, TypeString, 1},
	{SigFileSignatures, TagFileSignatures, TypeStringArray, 0},
	{SigFileSignatureLength, TagFileSignatureLength, TypeInt32, 1},
	{SigVeritySignatures, TagVeritySignatures, TypeStringArray, 0},
	{SigVerityAlgo, TagVeritySignatureAlgo, TypeInt32, 1},
	{SigOpenPGP, TagOpenPGP, TypeStringArray, 0},
	{SigSHA3, TagSHA3Header, TypeString, 1},
	{SigSize, TagSigSize, TypeInt32, 1},
	{SigPGP, TagSigPGP, TypeBin, 0},
	{SigMD5, TagSigMD5, TypeBin, 16},
	{SigGPG, TagSigGPG, TypeBin, 0},
	{SigPayloadSize, TagArchiveSize, TypeInt32, 1},
}

// signatureDribbles are the additions to the main header that come from the signature header. Nobody has signed them: what
// the main header says itself must not be contradicted by them.
func (p *Package) signatureDribbles(b *HeaderBuilder) error {
	for _, m := range signatureMoves {
		info, ok := p.Signature.Info(m.from)
		if !ok {
			continue
		}
		if p.Header.Has(m.to) || info.Type != m.typ || m.count != 0 && info.Count != m.count {
			return fmt.Errorf("%w package: invalid signature tag %s (%d)", ErrCorrupt, m.to, uint32(m.to))
		}
		b.Copy(p.Signature, m.from, m.to)
	}
	return nil
}

// InstallInfo is what a package's record in the database says of its installation.
type InstallInfo struct {
	Time   uint32      // of the installation, in seconds since 1970
	TID    uint32      // the transaction, by its beginning, in seconds since 1970
	Color  uint32      // of the transaction: 3 on 64-bit machines that run 32-bit programs, else 0
	States []FileState // of the files; nil means that all are normal
	// PackageSHA256 is the digest of the package file, hex, which rpm 6 records; empty to leave it out.
	PackageSHA256 string
}

// InstalledBlob returns the record of the installed package for a database: the main header unchanged, and behind it what
// is known of the installation and the contents of the signature header.
func (p *Package) InstalledBlob(o InstallInfo) ([]byte, error) {
	var b HeaderBuilder
	if err := p.signatureDribbles(&b); err != nil {
		return nil, err
	}
	b.SetUint32s(TagInstallTime, o.Time)
	b.SetUint32s(TagInstallTID, o.TID)
	b.SetUint32s(TagInstallColor, o.Color)
	b.Copy(p.Header, TagPrefixes, TagInstPrefixes) // where it could have been relocated from is where it is
	if n := p.Header.FileCount(); n > 0 {
		states := make([]byte, n)
		if o.States != nil && len(o.States) != n {
			return nil, fmt.Errorf("%d states for %d files", len(o.States), n)
		}
		for i, s := range o.States {
			states[i] = byte(s)
		}
		b.SetChars(TagFileStates, states)
	}
	if o.PackageSHA256 != "" {
		b.SetStrings(TagPackageDigests, o.PackageSHA256)
		b.SetUint32s(TagPackageDigestAlgos, uint32(SHA256))
	}
	return appendDribbles(p.Header, &b)
}

// TransactionColor returns the colour of transactions on a machine, by Go's name of its processor: 3 where programs of
// two word sizes are used side by side, else 0 (rpm's %_transaction_color).
func TransactionColor(goarch string) uint32 {
	switch goarch {
	case "amd64", "ppc64", "s390x", "mips64", "mips64le":
		return 3
	}
	return 0
}

// QueryHeader returns the main header together with the contents of the signature header, as queries show a package. That
// of a package from before rpm 3.0.4 gets the form of later ones: its list of files is split, and it provides itself.
func (p *Package) QueryHeader() (*Header, error) {
	var b HeaderBuilder
	base := p.Header
	if !base.HasRegion() {
		var err error
		if base, err = retrofit(base); err != nil {
			return nil, err
		}
	}
	if err := p.signatureDribbles(&b); err != nil {
		return nil, err
	}
	switch {
	case base.Has(TagSourcePackage) || base.Has(TagSourceRPM):
	case base.IsSource():
		b.SetUint32s(TagSourcePackage, 1)
	default:
		b.SetString(TagSourceRPM, "(none)")
	}
	blob, err := appendDribbles(base, &b)
	if err != nil {
		return nil, err
	}
	return ParseBlob(blob)
}

// appendDribbles adds tags behind a header. A header without a region is built anew, with all tags sorted.
func appendDribbles(h *Header, b *HeaderBuilder) ([]byte, error) {
	if !h.HasRegion() {
		all := &HeaderBuilder{}
		all.copyAll(h)
		for _, e := range b.entries {
			all.set(e)
		}
		return checkedBlob(all.Blob(0))
	}
	il := int(binary.BigEndian.Uint32(h.blob))
	index := slices.Clone(h.blob[intro : intro+il*indexEntry])
	data := slices.Clone(h.data)
	for i := range b.entries {
		index, data = b.entries[i].appendTo(index, data)
	}
	out := make([]byte, 0, intro+len(index)+len(data))
	out = binary.BigEndian.AppendUint32(out, uint32(il+len(b.entries)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return checkedBlob(append(append(out, index...), data...))
}

// checkedBlob refuses headers that the additions made too large to be read again.
func checkedBlob(b []byte) ([]byte, error) {
	if _, err := blobRules.sizes(b); err != nil {
		return nil, err
	}
	return b, nil
}

// RegionBytes returns what the digests and signatures of the header are of: magic, region and the numbers that describe
// it. For a header without a region that is all of it.
func (h *Header) RegionBytes() []byte {
	il := int(binary.BigEndian.Uint32(h.blob))
	ril, rdl := h.region.entries, h.region.data
	if !h.HasRegion() {
		ril, rdl = il, len(h.data)
	}
	b := make([]byte, 0, len(magic)+intro+ril*indexEntry+rdl)
	b = append(b, magic[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(ril))
	b = binary.BigEndian.AppendUint32(b, uint32(rdl))
	b = append(b, h.blob[intro:intro+ril*indexEntry]...)
	return append(b, h.data[:rdl]...)
}

// CheckDigests compares the header of an installed package with the digests in it. The error wraps [ErrCorrupt]; a
// header without digests has none.
func (h *Header) CheckDigests() error {
	var sealed []byte
	for _, d := range [...]struct {
		tag  Tag
		algo DigestAlgo
	}{{TagSHA3Header, SHA3_256}, {TagSHA256Header, SHA256}, {TagSHA1Header, SHA1}} {
		want := h.String(d.tag)
		if want == "" {
			continue
		}
		if sealed == nil {
			sealed = h.RegionBytes()
		}
		sum := d.algo.New()
		sum.Write(sealed)
		if got := fmt.Sprintf("%x", sum.Sum(nil)); !strings.EqualFold(got, want) {
			return corrupt("%s digest is %s, not %s", d.algo, got, want)
		}
	}
	return nil
}

// ReadHeaderList yields the headers of an exported database (rpmdb --exportdb): headers with their magic, one behind the
// other, as WriteHeader writes them. The first error ends it.
func ReadHeaderList(r io.Reader) iter.Seq2[*Header, error] {
	return func(yield func(*Header, error) bool) {
		for {
			h, err := readHeader(r, &blobRules)
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

// WriteHeader writes a header in the form of an exported database.
func WriteHeader(w io.Writer, h *Header) error {
	_, err := w.Write(slices.Concat(magic[:], h.blob))
	return err
}

// EqualSealed reports whether two headers are of the same build of a package: their regions are equal.
func EqualSealed(a, b *Header) bool { return bytes.Equal(a.RegionBytes(), b.RegionBytes()) }
