package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// operation is one decoded operation.
type operation struct {
	code byte
	args [4]uint64
}

// decoder reads operations one by one.
type decoder struct{ ops []byte }

var errOps = errors.New("Unexpected end of data")

// errUnknownOp reports a code that is none; the caller knows the offset.
type errUnknownOp byte

func (e errUnknownOp) Error() string { return fmt.Sprintf("Unknown opcode %d", byte(e)) }

// next reads an operation with its arguments. A splice has four, or, where the object is metadata, two: see
// splice.
func (d *decoder) next() (op operation, err error) {
	if len(d.ops) == 0 {
		return op, errOps
	}
	op.code = d.ops[0]
	d.ops = d.ops[1:]
	args := 0
	switch op.code {
	case opOpen:
		args = 3
	case opWrite, opBspatch:
		args = 2
	case opSetReadSource:
		args = 1
	case opOpenSpliceClose, opUnsetReadSource, opClose:
	default:
		return op, errUnknownOp(op.code)
	}
	return op, d.arguments(&op, args)
}

// splice reads the arguments of opOpenSpliceClose: length and offset of a metadata object, or mode, xattrs,
// size and offset of a content object.
func (d *decoder) splice(op *operation, isMeta bool) error {
	if isMeta {
		return d.arguments(op, 2)
	}
	return d.arguments(op, 4)
}

func (d *decoder) arguments(op *operation, n int) error {
	for i := range n {
		v, size := binary.Uvarint(d.ops)
		if size == 0 {
			return errOps
		}
		if size < 0 {
			return errors.New("number of more than 64 bits")
		}
		op.args[i] = v
		d.ops = d.ops[size:]
	}
	return nil
}
