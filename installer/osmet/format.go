package osmet

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/nestos-dev/nestos/internal/bincode"
)

const (
	magic   = "OSMET\x00\x00\x00"
	version = 1
)

// Bounds of what is read. An image has two partitions and, per object, little more than one mapping.
const (
	maxText       = 64 << 10
	maxPartitions = 1024
	maxMappings   = 2 << 20
)

// ErrFormat reports data that are not an osmet file.
var ErrFormat = errors.New("not an OSMET file!")

// Header is what a file says of its image.
type Header struct {
	AppVersion   string // of the program that packed it, for information
	SectorSize   int    // of the disk, in bytes
	Description  string // of the operating system, as PRETTY_NAME in os-release
	Architecture string // as uname -m
}

// Extent is a piece of a file and its place on the file system; all in bytes.
type Extent struct {
	Logical  int64 `json:"logical"`  // offset in the file
	Physical int64 `json:"physical"` // offset on the partition
	Length   int64 `json:"length"`
}

// Mapping says that a piece of a partition is a piece of an object.
type Mapping struct {
	Extent
	Object [32]byte // checksum of the object in the repository
}

// Partition is a part of the image.
type Partition struct {
	Start, End int64 // bytes from the start of the image; End is not part of it
	Mappings   []Mapping
}

// Layout describes the image.
type Layout struct {
	Partitions []Partition // those with mappings, at least one
	Checksum   [32]byte    // SHA-256 of the image
	Size       int64       // of the image in bytes
}

// ReadHeader reads the part of an osmet file that tells what it is for. r should be buffered.
func ReadHeader(r io.Reader) (*Header, error) {
	return readHeader(bincode.NewReader(r))
}

func readHeader(r *bincode.Reader) (*Header, error) {
	var start [len(magic)]byte
	r.Full(start[:])
	if r.Err() == nil && string(start[:]) != magic {
		return nil, ErrFormat
	}
	v := r.Uint32()
	if r.Err() == nil && v != version {
		return nil, fmt.Errorf("incompatible OSMET file version %d", v)
	}
	h := &Header{AppVersion: string(r.Bytes(maxText)), SectorSize: int(r.Uint32())}
	h.Description = string(r.Bytes(maxText))
	h.Architecture = string(r.Bytes(maxText))
	return h, parsing(r.Err())
}

// parsing gives an error of decoding the text of coreos-installer.
func parsing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("failed to deserialize osmet file: %w", err)
}

// offset decodes an integer that must not need its highest bit.
func offset(r *bincode.Reader) (int64, error) {
	v := r.Uint64()
	if err := r.Err(); err != nil {
		return 0, err
	}
	if v > math.MaxInt64 {
		return 0, fmt.Errorf("%d: %w", v, bincode.ErrRange)
	}
	return int64(v), nil
}

// readLayout reads what follows the header.
func readLayout(r *bincode.Reader) (*Layout, error) {
	l := &Layout{}
	left := maxMappings
	for n := r.Len(maxPartitions); n > 0; n-- {
		p, err := readPartition(r, left)
		if err != nil {
			return nil, parsing(err)
		}
		left -= len(p.Mappings)
		l.Partitions = append(l.Partitions, p)
	}
	r.Full(l.Checksum[:])
	var err error
	if l.Size, err = offset(r); err != nil {
		return nil, parsing(err)
	}
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("validating after reading: %w", err)
	}
	return l, nil
}

func readPartition(r *bincode.Reader, limit int) (p Partition, err error) {
	if p.Start, err = offset(r); err != nil {
		return p, err
	}
	if p.End, err = offset(r); err != nil {
		return p, err
	}
	// The vector grows with the data that are there, whatever its length claims.
	for n := r.Len(int64(limit)); n > 0; n-- {
		m, err := readMapping(r)
		if err != nil {
			return p, err
		}
		p.Mappings = append(p.Mappings, m)
	}
	return p, r.Err()
}

func readMapping(r *bincode.Reader) (m Mapping, err error) {
	for _, v := range []*int64{&m.Logical, &m.Physical, &m.Length} {
		if *v, err = offset(r); err != nil {
			return m, err
		}
	}
	r.Full(m.Object[:])
	return m, r.Err()
}

// Validate checks that everything is in order, does not overlap, and is within the image.
func (l *Layout) Validate() error {
	if len(l.Partitions) == 0 {
		return errors.New("OSMET file has no partitions!")
	}
	var cursor int64
	for i, p := range l.Partitions {
		if cursor > p.Start {
			return fmt.Errorf("cursor past partition start: %d vs %d", cursor, p.Start)
		}
		used, err := p.used()
		if err != nil {
			return fmt.Errorf("partition %d: %w", i, err)
		}
		if used > math.MaxInt64-p.Start {
			return fmt.Errorf("overflow after partition %d", i)
		}
		if p.Start+used > p.End {
			return fmt.Errorf("cursor past partition end: %d vs %d", p.Start+used, p.End)
		}
		cursor = p.End
	}
	if cursor > l.Size {
		return fmt.Errorf("cursor past image end: %d vs %d", cursor, l.Size)
	}
	return nil
}

// used checks the mappings and returns where on the partition the last one ends.
func (p *Partition) used() (int64, error) {
	var cursor int64
	for i, m := range p.Mappings {
		if cursor > m.Physical {
			return 0, fmt.Errorf("cursor past mapping start: %d vs %d", cursor, m.Physical)
		}
		if m.Length < 0 || m.Length > math.MaxInt64-m.Physical || m.Length > math.MaxInt64-max(m.Logical, 0) {
			return 0, fmt.Errorf("overflow after mapping %d", i)
		}
		if m.Logical < 0 {
			return 0, fmt.Errorf("negative offset in mapping %d", i)
		}
		cursor = m.Physical + m.Length
	}
	return cursor, nil
}

// Skipped returns how many bytes of the image are in mappings.
func (l *Layout) Skipped() int64 {
	var n int64
	for _, p := range l.Partitions {
		for _, m := range p.Mappings {
			n += m.Length
		}
	}
	return n
}

// Write writes an osmet file; packed is the xz stream of the image without what is mapped.
func Write(w io.Writer, h *Header, l *Layout, packed io.Reader) error {
	head, err := encode(h, l)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = io.Copy(w, packed)
	return err
}

// encode returns everything before the packed image.
func encode(h *Header, l *Layout) ([]byte, error) {
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("validating before writing: %w", err)
	}
	if h.SectorSize < 0 || int64(h.SectorSize) > math.MaxUint32 {
		return nil, fmt.Errorf("validating before writing: sector size %d", h.SectorSize)
	}
	b := bincode.AppendUint([]byte(magic), version)
	b = bincode.AppendBytes(b, h.AppVersion)
	b = bincode.AppendUint(b, uint64(h.SectorSize))
	b = bincode.AppendBytes(b, h.Description)
	b = bincode.AppendBytes(b, h.Architecture)
	b = bincode.AppendUint(b, uint64(len(l.Partitions)))
	for _, p := range l.Partitions {
		b = appendPartition(b, &p)
	}
	b = append(b, l.Checksum[:]...)
	return bincode.AppendUint(b, uint64(l.Size)), nil
}

func appendPartition(b []byte, p *Partition) []byte {
	b = bincode.AppendUint(b, uint64(p.Start))
	b = bincode.AppendUint(b, uint64(p.End))
	b = bincode.AppendUint(b, uint64(len(p.Mappings)))
	for _, m := range p.Mappings {
		b = bincode.AppendUint(b, uint64(m.Logical))
		b = bincode.AppendUint(b, uint64(m.Physical))
		b = bincode.AppendUint(b, uint64(m.Length))
		b = append(b, m.Object[:]...)
	}
	return b
}
