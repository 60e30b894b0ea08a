package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// SuperblockType is the GVariant type of a superblock: metadata, time (big-endian), from, to, the
// target commit, prerequisites (always empty), parts, fallbacks.
const SuperblockType = gvariant.Type("(a{sv}tayay(a{sv}aya(say)sstayay)aya(uayttay)a(yaytt))")

// SignedType is the type of a signed delta: magic, superblock bytes, signatures.
const SignedType = gvariant.Type("(taya{sv})")

// SignedMagic is the first member of a signed delta, big-endian "OSTSGNDT".
const SignedMagic = 0x4f535453474e4454

// MaxPartVersion is the newest format of parts that is known.
const MaxPartVersion = 0

// KeyEndianness is the metadata key (type y) that tells the byte order of sizes: 'l' or 'B'.
const KeyEndianness = "ostree.endianness"

// Endianness is the byte order of the sizes in a superblock.
type Endianness struct {
	Big       bool
	Heuristic bool // guessed from the sizes, as in deltas made before the mark existed
	Invalid   bool // the mark has an unknown value
}

// String returns the text that "static-delta show" prints.
func (e Endianness) String() string {
	s := "little"
	switch {
	case e.Invalid:
		return "invalid"
	case e.Big:
		s = "big"
	}
	if e.Heuristic {
		s += " (heuristic)"
	}
	return s
}

// PartHeader describes a part: which objects it makes, and the file that holds it.
type PartHeader struct {
	Version  uint32
	Checksum object.Checksum // of the part's file
	Size     uint64          // of the file in bytes
	USize    uint64          // of all objects made, in bytes
	Objects  []object.Name   // in the order in which the operations make them
}

// Fallback is an object that is not in the delta and has to be fetched by itself.
type Fallback struct {
	Name  object.Name
	Size  uint64 // of the stored object
	USize uint64 // of its payload
}

// Superblock is the head of a static delta.
type Superblock struct {
	Metadata   object.Variant // a{sv}; holds parts when the delta is inline
	Timestamp  uint64         // seconds since the epoch
	Name       Name
	Commit     []byte // the target commit object, serialized
	Parts      []PartHeader
	Fallbacks  []Fallback
	Endianness Endianness
	Signed     bool
	Signatures object.Variant // a{sv} of a signed delta
	// Payload is the superblock proper: of a signed delta the bytes that are signed.
	Payload []byte
}

// ParseSuperblock reads a superblock, signed or not. Signatures are not verified.
func ParseSuperblock(b []byte) (*Superblock, error) {
	s := &Superblock{Payload: b}
	if payload, sigs, ok := openSigned(b); ok {
		s.Signed, s.Signatures, s.Payload = true, sigs, payload
	}
	v := gvariant.FromBytes(SuperblockType, s.Payload)
	if !v.IsNormal() {
		return nil, fmt.Errorf("Invalid static delta superblock: %w", object.ErrNotNormal)
	}
	if err := s.read(v); err != nil {
		return nil, fmt.Errorf("Invalid static delta superblock: %w", err)
	}
	return s, nil
}

// openSigned splits a signed delta into the superblock and its signatures.
func openSigned(b []byte) (payload []byte, sigs object.Variant, ok bool) {
	if len(b) < 8 || binary.BigEndian.Uint64(b) != SignedMagic {
		return nil, sigs, false
	}
	v := gvariant.FromBytes(SignedType, b)
	if !v.IsNormal() {
		return nil, sigs, false
	}
	return v.Child(1).ByteArray(), v.Child(2), true
}

func (s *Superblock) read(v gvariant.Value) (err error) {
	s.Metadata = v.Child(0)
	s.Timestamp = v.Child(1).Uint64BE()
	if from := v.Child(2).ByteArray(); len(from) > 0 {
		if s.Name.From, err = object.ChecksumFromBytes(from); err != nil {
			return err
		}
	}
	if s.Name.To, err = object.ChecksumFromBytes(v.Child(3).ByteArray()); err != nil {
		return err
	}
	s.Commit = v.Child(4).Bytes()
	if got := object.Sum(s.Commit); got != s.Name.To {
		return fmt.Errorf("commit in it has checksum %s, expected %s", got, s.Name.To)
	}
	if len(v.Child(5).ByteArray()) > 0 {
		return errors.New("prerequisite deltas are not supported")
	}
	order, err := s.findEndianness(v)
	if err != nil {
		return err
	}
	for p := range v.Child(6).Children() {
		h, err := s.readPartHeader(p, order)
		if err != nil {
			return err
		}
		s.Parts = append(s.Parts, h)
	}
	for f := range v.Child(7).Children() {
		fb, err := s.readFallback(f, order)
		if err != nil {
			return err
		}
		s.Fallbacks = append(s.Fallbacks, fb)
	}
	return nil
}

// findEndianness looks for the mark, or guesses: sizes that make no sense in little-endian are big-endian.
func (s *Superblock) findEndianness(v gvariant.Value) (binary.ByteOrder, error) {
	if mark, ok := s.Metadata.LookupType(KeyEndianness, "y"); ok {
		switch mark.Byte() {
		case 'l':
		case 'B':
			s.Endianness.Big = true
		default:
			s.Endianness.Invalid = true
			return nil, fmt.Errorf("Invalid endianness '%d' in static delta", mark.Byte())
		}
	} else {
		s.Endianness.Heuristic = true
		s.Endianness.Big = looksBigEndian(v)
	}
	if s.Endianness.Big {
		return binary.BigEndian, nil
	}
	return binary.LittleEndian, nil
}

// looksBigEndian applies the rules for unmarked deltas: a part that is larger compressed than 1.2
// times what it makes, or objects of more than 4 GiB on average, cannot be meant.
func looksBigEndian(v gvariant.Value) bool {
	var total float64
	objects := 0
	for p := range v.Child(6).Children() {
		size := binary.LittleEndian.Uint64(fixed8(p.Child(2)))
		usize := binary.LittleEndian.Uint64(fixed8(p.Child(3)))
		if usize > 0 && float64(size)/float64(usize) > 1.2 && size > usize {
			return true
		}
		total += float64(usize)
		objects += len(p.Child(4).ByteArray()) / objectEntrySize
	}
	for f := range v.Child(7).Children() {
		total += float64(binary.LittleEndian.Uint64(fixed8(f.Child(3))))
		objects++
	}
	return objects > 0 && total/float64(objects) > math.MaxUint32
}

func fixed8(v gvariant.Value) []byte {
	b := v.Bytes()
	if len(b) != 8 {
		return make([]byte, 8)
	}
	return b
}

const objectEntrySize = 1 + object.ChecksumSize

// checkObject sees that a delta makes nothing but what belongs to the target's tree, and the target itself: any
// other commit could become visible without its tree.
func (s *Superblock) checkObject(n object.Name) error {
	switch n.Type {
	case object.TypeFile, object.TypeDirTree, object.TypeDirMeta:
		return nil
	case object.TypeCommit:
		if n.Checksum == s.Name.To {
			return nil
		}
	}
	return fmt.Errorf("Invalid object type %d in static delta: %s", n.Type, n)
}

func (s *Superblock) readPartHeader(p gvariant.Value, order binary.ByteOrder) (h PartHeader, err error) {
	vb := p.Child(0).Bytes()
	if len(vb) == 4 {
		h.Version = order.Uint32(vb)
	}
	if h.Version > MaxPartVersion {
		return h, fmt.Errorf("Delta part has too new version %d", h.Version)
	}
	if h.Checksum, err = object.ChecksumFromBytes(p.Child(1).ByteArray()); err != nil {
		return h, err
	}
	h.Size, h.USize = order.Uint64(fixed8(p.Child(2))), order.Uint64(fixed8(p.Child(3)))
	if h.Size > math.MaxInt64 || h.USize > math.MaxInt64 {
		return h, fmt.Errorf("invalid size of a part: %d, %d", h.Size, h.USize)
	}
	list := p.Child(4).ByteArray()
	if len(list)%objectEntrySize != 0 {
		return h, fmt.Errorf("Invalid objects array of length %d", len(list))
	}
	for ; len(list) > 0; list = list[objectEntrySize:] {
		n := object.Name{Type: object.Type(list[0])}
		copy(n.Checksum[:], list[1:])
		if err := s.checkObject(n); err != nil {
			return h, err
		}
		h.Objects = append(h.Objects, n)
	}
	return h, nil
}

func (s *Superblock) readFallback(f gvariant.Value, order binary.ByteOrder) (fb Fallback, err error) {
	fb.Name.Type = object.Type(f.Child(0).Byte())
	if fb.Name.Checksum, err = object.ChecksumFromBytes(f.Child(1).ByteArray()); err != nil {
		return fb, err
	}
	if err := s.checkObject(fb.Name); err != nil {
		return fb, err
	}
	fb.Size, fb.USize = order.Uint64(fixed8(f.Child(2))), order.Uint64(fixed8(f.Child(3)))
	return fb, nil
}

// InlinePart returns the file of part i if it is part of the superblock.
func (s *Superblock) InlinePart(i int) ([]byte, bool) {
	v, ok := s.Metadata.LookupType(fmt.Sprintf("%s/%d", s.inlineDir(), i), PartType)
	if !ok {
		return nil, false
	}
	return v.Bytes(), true
}

// InlineCommitMeta returns the detached metadata of the target commit, if the superblock has it.
func (s *Superblock) InlineCommitMeta() (object.Variant, bool) {
	return s.Metadata.LookupType(s.inlineDir()+"/commitmeta", "a{sv}")
}

func (s *Superblock) inlineDir() string { return "deltas/" + s.Name.Dir() }
