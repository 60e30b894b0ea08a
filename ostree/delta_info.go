package ostree

import (
	"context"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// DeltaInfo is what there is to know of a static delta. Sizes are in bytes.
type DeltaInfo struct {
	Delta      string              `json:"delta"` // as it was asked for
	Signed     bool                `json:"signed"`
	From       object.Checksum     `json:"from,omitzero"` // missing: from scratch
	To         object.Checksum     `json:"to"`
	Endianness string              `json:"endianness"`
	Timestamp  uint64              `json:"timestamp"` // seconds since the epoch
	Fallbacks  []DeltaFallbackInfo `json:"fallbacks"`
	Parts      []DeltaPartInfo     `json:"parts"`
}

// DeltaFallbackInfo is an object that is not in the delta.
type DeltaFallbackInfo struct {
	Object string `json:"object"`
	Size   uint64 `json:"size"`  // as the repository stores it
	USize  uint64 `json:"usize"` // of the content
}

// DeltaPartInfo describes a part.
type DeltaPartInfo struct {
	Objects    int       `json:"objects"`
	Size       uint64    `json:"size"`  // of the file
	USize      uint64    `json:"usize"` // of the objects
	Modes      int       `json:"modes"`
	XattrSets  int       `json:"xattr_sets"`
	BlobSize   int64     `json:"blob_size"`
	OpsSize    int       `json:"ops_size"`
	Operations delta.Ops `json:"operations"`
}

// DeltaInfo unpacks and describes a delta: one that the repository has, named as by [delta.Name.String], or, if
// there is a slash in ref, the file of a superblock. The checksums of the parts are verified.
func (r *Repo) DeltaInfo(ctx context.Context, ref string) (*DeltaInfo, error) {
	d, err := r.openDelta(ref)
	if err != nil {
		return nil, err
	}
	defer d.close()
	info := &DeltaInfo{Delta: ref, Signed: d.Signed, From: d.Name.From, To: d.Name.To, Endianness: d.Endianness.String(),
		Timestamp: d.Timestamp, Fallbacks: []DeltaFallbackInfo{}, Parts: []DeltaPartInfo{}}
	for _, f := range d.Fallbacks {
		info.Fallbacks = append(info.Fallbacks, DeltaFallbackInfo{f.Name.String(), f.Size, f.USize})
	}
	for i := range d.Parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := r.partInfo(d, i)
		if err != nil {
			return nil, d.partError(i, err)
		}
		info.Parts = append(info.Parts, *p)
	}
	return info, nil
}

func (r *Repo) partInfo(d *openedDelta, i int) (*DeltaPartInfo, error) {
	file, err := d.openPart(i)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	tmp := "" // the system's, if the repository cannot be written to
	if r.tmpFD >= 0 {
		tmp = fdPath(r.tmpFD)
	}
	h := &d.Parts[i]
	p, err := delta.InspectPart(h, file, tmp)
	if err != nil {
		return nil, err
	}
	return &DeltaPartInfo{Objects: len(h.Objects), Size: h.Size, USize: h.USize, Modes: p.Modes, XattrSets: p.XattrSets,
		BlobSize: p.BlobSize, OpsSize: p.OpsSize, Operations: p.Ops}, nil
}

// Text returns the lines that "ostree static-delta show" prints.
func (i *DeltaInfo) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	size := func(name string, n uint64) { line("%s: %d (%s)", name, n, humansize.Format(n)) }
	line("Delta: %s", i.Delta)
	line("Signed: %s", yesNo(i.Signed))
	if i.From.IsZero() {
		line("From <scratch>")
	} else {
		line("From: %s", i.From)
	}
	line("To: %s", i.To)
	line("Endianness: %s", i.Endianness)
	line("Timestamp: %d", i.Timestamp)
	line("Number of parents: 0")
	line("Number of fallback entries: %d", len(i.Fallbacks))
	var total, utotal uint64
	for _, f := range i.Fallbacks {
		line("  %s", strings.TrimSuffix(f.Object, ".file"))
		total, utotal = total+f.Size, utotal+f.USize
	}
	size("Total Fallback Size", total)
	size("Total Fallback Uncompressed Size", utotal)
	line("Number of parts: %d", len(i.Parts))
	var parts, uparts uint64
	for n := range i.Parts {
		i.Parts[n].describe(line, n)
		parts, uparts = parts+i.Parts[n].Size, uparts+i.Parts[n].USize
	}
	size("Total Part Size", parts)
	size("Total Part Uncompressed Size", uparts)
	size("Total Size", total+parts)
	size("Total Uncompressed Size", utotal+uparts)
	return b.String()
}

func (p *DeltaPartInfo) describe(line func(format string, args ...any), n int) {
	line("PartMeta%d: nobjects=%d size=%d usize=%d", n, p.Objects, p.Size, p.USize)
	line("PartPayload%d: nmodes=%d nxattrs=%d blobsize=%d opsize=%d", n, p.Modes, p.XattrSets, p.BlobSize, p.OpsSize)
	o := &p.Operations
	line("PartPayloadOps%d: openspliceclose=%d open=%d write=%d setread=%d unsetread=%d close=%d bspatch=%d",
		n, o.OpenSpliceClose, o.Open, o.Write, o.SetRead, o.UnsetRead, o.Close, o.Bspatch)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
