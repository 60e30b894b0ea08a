package delta

import (
	"bytes"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// KeyInline returns the metadata key under which a superblock holds the file of part i.
func (n Name) KeyInline(i int) string { return n.PartPath(i) }

// KeyCommitMeta returns the metadata key under which a superblock holds the target's detached metadata.
func (n Name) KeyCommitMeta() string { return "deltas/" + n.Dir() + "/commitmeta" }

// Marshal returns the bytes of an unsigned superblock; sizes are written in the order that
// Endianness says, which must agree with the mark in Metadata.
func (s *Superblock) Marshal() []byte {
	var b bytes.Buffer
	_ = s.write(&b, nil) // a buffer never fails
	return b.Bytes()
}

// WriteInline writes an unsigned superblock that holds its parts: after the other metadata, each as open
// returns it, with the size that the part's header gives.
func (s *Superblock) WriteInline(w io.Writer, open func(part int) (io.ReadCloser, error)) error {
	return s.write(w, open)
}

func (s *Superblock) write(w io.Writer, open func(int) (io.ReadCloser, error)) error {
	f := &framer{w: w}
	tuple := f.begin()
	if err := s.writeMetadata(f, open); err != nil {
		return err
	}
	tuple.end()
	f.align(8)
	f.write(gvariant.NewUint64BE(s.Timestamp).Bytes())
	if !s.Name.From.IsZero() {
		f.write(s.Name.From[:])
	}
	tuple.end()
	f.write(s.Name.To[:])
	tuple.end()
	f.align(8)
	f.write(s.Commit)
	tuple.end()
	tuple.end() // no prerequisites
	f.align(8)
	f.write(s.partHeaders().Bytes())
	tuple.end()
	f.align(8)
	f.write(s.fallbackHeaders().Bytes())
	tuple.closeTuple()
	return f.err
}

func (s *Superblock) writeMetadata(f *framer, open func(int) (io.ReadCloser, error)) error {
	dict := f.begin()
	for e := range s.Metadata.Children() {
		f.align(8)
		f.write(e.Bytes())
		dict.end()
	}
	for i := range s.Parts {
		if open == nil {
			break
		}
		if err := s.writeInlinePart(f, i, open); err != nil {
			return err
		}
		dict.end()
	}
	dict.closeArray()
	return f.err
}

// writeInlinePart writes a {sv} with the file of a part.
func (s *Superblock) writeInlinePart(f *framer, i int, open func(int) (io.ReadCloser, error)) error {
	r, err := open(i)
	if err != nil {
		return err
	}
	defer r.Close()
	f.align(8)
	entry := f.begin()
	f.write([]byte(s.Name.KeyInline(i) + "\x00"))
	entry.end()
	f.align(8)
	f.copy(r, int64(s.Parts[i].Size))
	f.write([]byte("\x00" + PartType))
	entry.closeTuple()
	if f.err != nil {
		return fmt.Errorf("part %d: %w", i, f.err)
	}
	return nil
}

func (s *Superblock) uint64(n uint64) gvariant.Value {
	if s.Endianness.Big {
		return gvariant.NewUint64BE(n)
	}
	return gvariant.NewUint64(n)
}

func (s *Superblock) uint32(n uint32) gvariant.Value {
	if s.Endianness.Big {
		return gvariant.NewUint32BE(n)
	}
	return gvariant.NewUint32(n)
}

func (s *Superblock) partHeaders() gvariant.Value {
	list := make([]gvariant.Value, len(s.Parts))
	for i, p := range s.Parts {
		names := make([]byte, 0, len(p.Objects)*objectEntrySize)
		for _, n := range p.Objects {
			names = append(append(names, byte(n.Type)), n.Checksum[:]...)
		}
		list[i] = gvariant.NewTuple(s.uint32(p.Version), gvariant.NewByteArray(p.Checksum[:]),
			s.uint64(p.Size), s.uint64(p.USize), gvariant.NewByteArray(names))
	}
	return gvariant.NewArray("(uayttay)", list...)
}

func (s *Superblock) fallbackHeaders() gvariant.Value {
	list := make([]gvariant.Value, len(s.Fallbacks))
	for i, f := range s.Fallbacks {
		list[i] = gvariant.NewTuple(gvariant.NewByte(byte(f.Name.Type)), gvariant.NewByteArray(f.Name.Checksum[:]),
			s.uint64(f.Size), s.uint64(f.USize))
	}
	return gvariant.NewArray("(yaytt)", list...)
}

// Sign wraps a superblock with signatures, an a{sv} of "ostree.sign.ENGINE" (aay).
func Sign(superblock []byte, signatures object.Variant) []byte {
	var b bytes.Buffer
	_ = WriteSigned(&b, superblock, signatures)
	return b.Bytes()
}

// WriteSigned is [Sign] for a superblock that should not be copied.
func WriteSigned(w io.Writer, superblock []byte, signatures object.Variant) error {
	f := &framer{w: w}
	tuple := f.begin()
	f.write(gvariant.NewUint64BE(SignedMagic).Bytes())
	f.write(superblock)
	tuple.end()
	f.align(8)
	f.write(signatures.Bytes())
	tuple.closeTuple()
	return f.err
}
