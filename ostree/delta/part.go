package delta

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

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

// Limits on what a part may ask for; hostile ones exist.
const (
	maxTableSize   = 64 << 20 // modes, xattr sets and operations, in bytes
	maxPayloadSize = 8 << 30
	xzMemoryLimit  = 256 << 20
	spoolInMemory  = 4 << 20 // payloads up to this size stay in memory
)

// payload is an unpacked part: small tables in memory, the blob behind an io.ReaderAt.
type payload struct {
	modes  []mode
	xattrs []byte // the serialized aa(ayay)
	sets   []gvariant.Value
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
func openPart(r io.Reader, want object.Checksum, tmp string) (p *payload, err error) {
	hash := sha256.New()
	tee := io.TeeReader(r, hash)
	var compression [1]byte
	if _, err := io.ReadFull(tee, compression[:]); err != nil {
		return nil, fmt.Errorf("reading delta part: %w", err)
	}
	var src io.Reader
	switch compression[0] {
	case CompressionNone:
		src = tee
	case CompressionXZ:
		z, err := xz.NewReader(tee, &xz.ReaderOptions{MemoryLimit: xzMemoryLimit})
		if err != nil {
			return nil, fmt.Errorf("delta part: %w", err)
		}
		src = z
	default:
		// The checksum tells damage from a format that is not known.
		if _, err := io.Copy(io.Discard, tee); err != nil {
			return nil, err
		}
		if err := checkPart(hash.Sum(nil), want); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("Invalid compression type '%d'", compression[0])
	}
	s := &spool{dir: tmp}
	n, err := io.Copy(s, io.LimitReader(src, maxPayloadSize+1))
	if err == nil && n > maxPayloadSize {
		err = errors.New("payload is too large")
	}
	if _, drain := io.Copy(io.Discard, tee); err == nil {
		err = drain
	}
	if sumErr := checkPart(hash.Sum(nil), want); sumErr != nil {
		s.Close()
		return nil, sumErr
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("unpacking delta part: %w", err)
	}
	p, err = parsePayload(s.readerAt(), n)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("Invalid delta part: %w", err)
	}
	p.close = s.Close
	return p, nil
}

func checkPart(got []byte, want object.Checksum) error {
	if !bytes.Equal(got, want[:]) {
		return fmt.Errorf("%w; expected=%s actual=%x", ErrPartChecksum, want, got)
	}
	return nil
}

// spool keeps small data in memory and moves to a file that has no name when they grow.
type spool struct {
	dir  string
	mem  []byte
	file *os.File
}

func (s *spool) Write(b []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(b)
	}
	if len(s.mem)+len(b) <= spoolInMemory {
		s.mem = append(s.mem, b...)
		return len(b), nil
	}
	f, err := os.CreateTemp(s.dir, "delta-part-")
	if err != nil {
		return 0, err
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return 0, err
	}
	if _, err := f.Write(s.mem); err != nil {
		return 0, err
	}
	s.mem = nil
	return f.Write(b)
}

func (s *spool) readerAt() io.ReaderAt {
	if s.file != nil {
		return s.file
	}
	return bytes.NewReader(s.mem)
}

func (s *spool) Close() {
	if s.file != nil {
		s.file.Close()
	}
}

// parsePayload finds the four members; only the blob stays where it is.
func parsePayload(r io.ReaderAt, size int64) (*payload, error) {
	width := int64(1)
	for limit := int64(0xff); size > limit && width < 8; limit = limit<<(8*width) | limit {
		width *= 2
	}
	if size < 3*width {
		return nil, object.ErrNotNormal
	}
	tail := make([]byte, 8*4)
	framing := tail[:3*width]
	if _, err := r.ReadAt(framing, size-3*width); err != nil && err != io.EOF {
		return nil, err
	}
	end := func(i int64) int64 {
		var b [8]byte
		copy(b[:], framing[(2-i)*width:(3-i)*width])
		return int64(binary.LittleEndian.Uint64(b[:]) & (1<<62 - 1))
	}
	modesEnd, xattrsEnd, blobEnd, opsEnd := end(0), end(1), end(2), size-3*width
	if modesEnd > xattrsEnd || xattrsEnd > blobEnd || blobEnd > opsEnd {
		return nil, object.ErrNotNormal
	}
	if xattrsEnd > maxTableSize || opsEnd-blobEnd > maxTableSize {
		return nil, fmt.Errorf("tables of %d and %d bytes are too large", xattrsEnd, opsEnd-blobEnd)
	}
	tables := make([]byte, xattrsEnd)
	ops := make([]byte, opsEnd-blobEnd)
	for _, read := range []struct {
		b  []byte
		at int64
	}{{tables, 0}, {ops, blobEnd}} {
		if n, err := r.ReadAt(read.b, read.at); n < len(read.b) {
			return nil, err
		}
	}
	p := &payload{blob: r, blobAt: xattrsEnd, size: blobEnd - xattrsEnd, ops: ops}
	return p, p.parseTables(tables[:modesEnd], tables[modesEnd:])
}

func (p *payload) parseTables(modes, xattrs []byte) error {
	if len(modes)%12 != 0 {
		return object.ErrNotNormal
	}
	for ; len(modes) > 0; modes = modes[12:] {
		p.modes = append(p.modes, mode{binary.BigEndian.Uint32(modes), binary.BigEndian.Uint32(modes[4:]), binary.BigEndian.Uint32(modes[8:])})
	}
	v := gvariant.FromBytes("aa(ayay)", xattrs)
	if !v.IsNormal() {
		return object.ErrNotNormal
	}
	p.sets = make([]gvariant.Value, 0, v.Len())
	for c := range v.Children() {
		p.sets = append(p.sets, c)
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

func (p *payload) header(modeIndex, xattrIndex uint64) (*object.FileHeader, error) {
	if modeIndex >= uint64(len(p.modes)) {
		return nil, fmt.Errorf("Invalid mode index %d of %d", modeIndex, len(p.modes))
	}
	if xattrIndex >= uint64(len(p.sets)) {
		return nil, fmt.Errorf("Invalid xattr index %d of %d", xattrIndex, len(p.sets))
	}
	x, err := object.ParseXattrs(p.sets[xattrIndex].Bytes())
	if err != nil {
		return nil, err
	}
	m := p.modes[modeIndex]
	return &object.FileHeader{UID: m.uid, GID: m.gid, Mode: m.mode, Xattrs: x}, nil
}
