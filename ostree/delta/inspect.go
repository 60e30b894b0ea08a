package delta

import (
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/ostree/object"
)

// Ops counts the operations of a part.
type Ops struct {
	OpenSpliceClose int `json:"open_splice_close"`
	Open            int `json:"open"`
	Write           int `json:"write"`
	SetRead         int `json:"set_read"`
	UnsetRead       int `json:"unset_read"`
	Close           int `json:"close"`
	Bspatch         int `json:"bspatch"`
}

// PartInfo is what "static-delta show" tells of a part.
type PartInfo struct {
	Modes, XattrSets int
	BlobSize         int64
	OpsSize          int
	Ops              Ops
}

// InspectPart unpacks a part file, verifies its checksum and counts what is in it.
func InspectPart(h *PartHeader, file io.Reader, tmp string) (*PartInfo, error) {
	p, err := openPart(file, h, tmp)
	if err != nil {
		return nil, err
	}
	defer p.close()
	info := &PartInfo{Modes: len(p.modes), XattrSets: p.sets.Len(), BlobSize: p.size, OpsSize: len(p.ops)}
	return info, info.count(p.ops, h.Objects)
}

func (info *PartInfo) count(ops []byte, objects []object.Name) error {
	d := decoder{ops}
	for next := 0; len(d.ops) > 0; {
		at := len(ops) - len(d.ops)
		op, err := d.next()
		if err == nil && (op.code == opOpenSpliceClose || op.code == opOpen) {
			if next >= len(objects) {
				return errors.New("more objects than the part lists")
			}
			if op.code == opOpenSpliceClose {
				err = d.splice(&op, objects[next].Type.IsMeta())
			}
			next++
		}
		if err != nil {
			return fmt.Errorf("%w at offset %d", err, at)
		}
		info.Ops.add(op.code)
	}
	return nil
}

func (o *Ops) add(code byte) {
	switch code {
	case opOpenSpliceClose:
		o.OpenSpliceClose++
	case opOpen:
		o.Open++
	case opWrite:
		o.Write++
	case opSetReadSource:
		o.SetRead++
	case opUnsetReadSource:
		o.UnsetRead++
	case opClose:
		o.Close++
	case opBspatch:
		o.Bspatch++
	}
}
