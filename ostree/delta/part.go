package delta

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/xz"
	"github.com/nestos-dev/nestos/ostree/object"
)

// PartType is the GVariant type of a part file: compression and payload.
const PartType = gvariant.Type("(yay)")

// PayloadType is the type of a part's payload: modes (uid, gid, mode; big-endian), xattr sets, the
// data blob, the operations.
const PayloadType = gvariant.Type("(a(uuu)aa(ayay)ayay)")

// Compression types of a part file.
const (
	CompressionNone = 0
	CompressionXZ   = 'x'
)

// The operations of a part.
const (
	opOpenSpliceClose = 'S' // a whole object from the blob
	opOpen            = 'o' // begin a content object
	opWrite           = 'w' // append from the blob or the read source
	opSetReadSource   = 'r'
	opUnsetReadSource = 'R'
	opClose           = 'c'
	opBspatch         = 'B' // the whole object is a patched read source
)

const (
	xattrsType      = gvariant.Type("a(ayay)")  // one set of xattrs
	xattrsTableType = gvariant.Type("aa(ayay)") // all of a part
	modeSize        = 12                        // of an element of the modes, a (uuu)
	maxTableSize    = 64 << 20                  // modes and xattr sets together, and operations, in bytes
	xzMemoryLimit   = 256 << 20                 // a dictionary of preset 8 is 32 MiB, of preset 9 64 MiB
	payloadInMemory = 4 << 20                   // larger payloads go through a file
	maxSymlink      = 1 << 16                   // bytes of a target
	maxMetaObject   = 128 << 20                 // bytes of a metadata object
)

// maxPayload bounds the payload of a part by what its objects can need: the tables, a checksum or the target
// of a symlink for each object, and for content the data or a patch, which at worst has a step of 24 bytes for
// every 8 bytes it makes.
func (h *PartHeader) maxPayload() int64 {
	const most = 1 << 40
	return 2*maxTableSize + int64(len(h.Objects))*maxSymlink + 4*int64(min(h.USize, most))
}

// payload is an unpacked part: small tables in memory, the blob behind an io.ReaderAt.
type payload struct {
	modes  []mode
	sets   gvariant.Value // aa(ayay)
	blob   io.ReaderAt
	blobAt int64
	size   int64 // of the blob
	ops    []byte
	close  func()
}

type mode struct{ uid, gid, mode uint32 }

// ErrPartChecksum is wrapped by the error for a part file whose checksum is not the one in the superblock.
var ErrPartChecksum = errors.New("Checksum mismatch in static delta part")

// openPart reads a part file, unpacks it into memory or an unnamed file in tmp, and verifies its checksum.
// What is wrong with the compressed data counts only if the checksum is right.
func openPart(file io.Reader, h *PartHeader, tmp string) (*payload, error) {
	hash := sha256.New()
	tee := io.TeeReader(file, hash)
	s := &spool{dir: tmp, limit: payloadInMemory}
	n, err := unpack(s, tee, h.maxPayload())
	if _, drain := io.Copy(io.Discard, tee); err == nil {
		err = drain
	}
	if got := hash.Sum(nil); !bytes.Equal(got, h.Checksum[:]) {
		s.Close()
		return nil, fmt.Errorf("%w; expected=%s actual=%x", ErrPartChecksum, h.Checksum, got)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	p, err := parsePayload(s.readerAt(), n)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("Invalid delta part: %w", err)
	}
	p.close = s.Close
	return p, nil
}

// unpack writes the payload of a part file to w, at most limit bytes.
func unpack(w io.Writer, file io.Reader, limit int64) (int64, error) {
	var compression [1]byte
	if _, err := io.ReadFull(file, compression[:]); err != nil {
		return 0, fmt.Errorf("reading delta part: %w", err)
	}
	src := file
	switch compression[0] {
	case CompressionNone:
	case CompressionXZ:
		z, err := xz.NewReader(file, &xz.ReaderOptions{MemoryLimit: xzMemoryLimit})
		if err != nil {
			return 0, fmt.Errorf("delta part: %w", err)
		}
		src = z
	default:
		return 0, fmt.Errorf("Invalid compression type '%d'", compression[0])
	}
	n, err := io.Copy(w, io.LimitReader(src, limit+1))
	switch {
	case err != nil:
		return n, fmt.Errorf("unpacking delta part: %w", err)
	case n > limit:
		return n, fmt.Errorf("unpacking delta part: payload of more than %d bytes is too much for its objects", limit)
	}
	return n, nil
}

// parsePayload finds the four members; only the blob stays where it is.
func parsePayload(r io.ReaderAt, size int64) (*payload, error) {
	width := int64(offsetWidth(size, 0))
	if size < 3*width {
		return nil, object.ErrNotNormal
	}
	framing, err := readRange(r, size-3*width, 3*width)
	if err != nil {
		return nil, err
	}
	var ends [3]uint64 // of modes, xattr sets, blob
	for i := range ends {
		var b [8]byte
		copy(b[:], framing[int64(2-i)*width:][:width])
		ends[i] = binary.LittleEndian.Uint64(b[:])
	}
	opsEnd := uint64(size - 3*width)
	if ends[0] > ends[1] || ends[1] > ends[2] || ends[2] > opsEnd {
		return nil, object.ErrNotNormal
	}
	if ends[1] > maxTableSize || opsEnd-ends[2] > maxTableSize {
		return nil, fmt.Errorf("tables of %d and %d bytes are too large", ends[1], opsEnd-ends[2])
	}
	p := &payload{blob: r, blobAt: int64(ends[1]), size: int64(ends[2] - ends[1])}
	if p.ops, err = readRange(r, int64(ends[2]), int64(opsEnd-ends[2])); err != nil {
		return nil, err
	}
	tables, err := readRange(r, 0, int64(ends[1]))
	if err != nil {
		return nil, err
	}
	return p, p.parseTables(tables[:ends[0]], tables[ends[0]:])
}

func readRange(r io.ReaderAt, at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if m, err := r.ReadAt(b, at); int64(m) < n {
		return nil, err
	}
	return b, nil
}

func (p *payload) parseTables(modes, xattrs []byte) error {
	if len(modes)%modeSize != 0 {
		return object.ErrNotNormal
	}
	p.modes = make([]mode, 0, len(modes)/modeSize)
	for ; len(modes) > 0; modes = modes[modeSize:] {
		p.modes = append(p.modes, mode{binary.BigEndian.Uint32(modes), binary.BigEndian.Uint32(modes[4:]), binary.BigEndian.Uint32(modes[8:])})
	}
	p.sets = gvariant.FromBytes(xattrsTableType, xattrs)
	if !p.sets.IsNormal() {
		return object.ErrNotNormal
	}
	return nil
}

// section is a range of the blob.
func (p *payload) section(offset, length uint64) (*io.SectionReader, error) {
	if offset > uint64(p.size) || length > uint64(p.size)-offset {
		return nil, fmt.Errorf("Invalid offset/length %d/%d", offset, length)
	}
	return io.NewSectionReader(p.blob, p.blobAt+int64(offset), int64(length)), nil
}

// checksum reads one from the blob.
func (p *payload) checksum(offset uint64) (*object.Checksum, error) {
	s, err := p.section(offset, object.ChecksumSize)
	if err != nil {
		return nil, err
	}
	c := new(object.Checksum)
	_, err = io.ReadFull(s, c[:])
	return c, err
}

// header makes the header of a file of its indexes in the tables.
func (p *payload) header(modeIndex, xattrIndex uint64) (*object.FileHeader, error) {
	if modeIndex >= uint64(len(p.modes)) {
		return nil, fmt.Errorf("Invalid mode index %d of %d", modeIndex, len(p.modes))
	}
	if xattrIndex >= uint64(p.sets.Len()) {
		return nil, fmt.Errorf("Invalid xattr index %d of %d", xattrIndex, p.sets.Len())
	}
	x, err := object.ParseXattrs(p.sets.Child(int(xattrIndex)).Bytes())
	if err != nil {
		return nil, err
	}
	m := p.modes[modeIndex]
	return &object.FileHeader{UID: m.uid, GID: m.gid, Mode: m.mode, Xattrs: x}, nil
}
