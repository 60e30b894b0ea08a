// Package ndbtest builds files of rpm's ndb backend for tests.
package ndbtest

import (
	"encoding/binary"
	"hash/adler32"
)

// Package is a blob with its number.
type Package struct {
	Number uint32
	Blob   []byte
}

const page = 4096

// Build makes a Packages.db.
func Build(next uint32, packages []Package) []byte {
	le := binary.LittleEndian
	slotPages := (32 + 16*len(packages) + page - 1) / page
	out := make([]byte, slotPages*page)
	copy(out, "RpmP")
	le.PutUint32(out[8:], 1)
	le.PutUint32(out[12:], uint32(slotPages))
	le.PutUint32(out[16:], next)
	for i := 32; i < len(out); i += 16 {
		copy(out[i:], "Slot")
	}
	for i, p := range packages {
		slot := out[32+16*i:]
		blocks := (16 + len(p.Blob) + 12 + 15) / 16
		le.PutUint32(slot[4:], p.Number)
		le.PutUint32(slot[8:], uint32(len(out)/16))
		le.PutUint32(slot[12:], uint32(blocks))
		b := make([]byte, 16*blocks)
		copy(b, "BlbS")
		le.PutUint32(b[4:], p.Number)
		le.PutUint32(b[8:], 1)
		le.PutUint32(b[12:], uint32(len(p.Blob)))
		copy(b[16:], p.Blob)
		tail := b[len(b)-12:]
		le.PutUint32(tail, adler32.Checksum(b[:len(b)-12]))
		le.PutUint32(tail[4:], uint32(len(p.Blob)))
		copy(tail[8:], "BlbE")
		out = append(out, b...)
	}
	return out
}
