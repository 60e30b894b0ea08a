package miniso

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nestos-dev/nestos/internal/bincode"
	"github.com/nestos-dev/nestos/internal/iso9660"
)

const (
	magic   = "MINISO\x00\x00"
	version = 1
	// maxSize bounds the file; that of Fedora CoreOS has 3 KB.
	maxSize = 1 << 20
)

// ErrFormat reports data that are something else.
var ErrFormat = errors.New("not a miniso file!")

// Data is the content of miniso.dat.
type Data struct {
	// Application is the version of the program that wrote the data; for people only.
	Application string
	// Table tells where the content of files is, ordered by Minimal, without overlaps.
	Table []Extent
	// Digest is the SHA-256 of the minimal ISO.
	Digest [sha256.Size]byte
	// Packed is an .xz file of what is in the minimal ISO around the files.
	Packed []byte
}

// Extent is the content of a file: at the sectors Minimal and Full, of 2048 bytes each, of
// the minimal and of the full ISO, Length in bytes.
type Extent struct{ Minimal, Full, Length uint32 }

func (e Extent) offset() int64 { return int64(e.Minimal) * iso9660.SectorSize }
func (e Extent) end() int64    { return e.offset() + int64(e.Length) }

// Read decodes miniso.dat. It reads at most 1 MiB; what follows the data is ignored.
func Read(r io.Reader) (*Data, error) {
	b := bincode.NewReader(bufio.NewReader(io.LimitReader(r, maxSize)))
	d := new(Data)
	if err := d.readHeader(b); err != nil {
		return nil, err
	}
	// Grown by what is there, not by what is promised.
	for range b.Len(maxSize / 3) {
		d.Table = append(d.Table, Extent{b.Uint32(), b.Uint32(), b.Uint32()})
		if b.Err() != nil {
			break
		}
	}
	b.Full(d.Digest[:])
	d.Packed = b.Bytes(maxSize)
	if err := b.Err(); err != nil {
		return nil, fmt.Errorf("failed to deserialize data: %w", err)
	}
	if err := validate(d.Table); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Data) readHeader(b *bincode.Reader) error {
	var got [len(magic)]byte
	b.Full(got[:])
	number := b.Uint32()
	d.Application = string(b.Bytes(maxSize))
	switch {
	case string(got[:]) != magic && b.Offset() >= int64(len(magic)):
		return fmt.Errorf("validating header: %w", ErrFormat)
	case b.Err() != nil:
		return fmt.Errorf("failed to deserialize header: %w", b.Err())
	case number != version:
		err := fmt.Errorf("incompatible miniso file version: %d vs %d (created by %s)", version, number, d.Application)
		return fmt.Errorf("validating header: %w", err)
	}
	return nil
}

// Encode returns the content of miniso.dat.
func (d *Data) Encode() ([]byte, error) {
	b := []byte(magic)
	b = bincode.AppendUint(b, version)
	b = bincode.AppendBytes(b, d.Application)
	b = bincode.AppendUint(b, uint64(len(d.Table)))
	for _, e := range d.Table {
		b = bincode.AppendUint(b, uint64(e.Minimal))
		b = bincode.AppendUint(b, uint64(e.Full))
		b = bincode.AppendUint(b, uint64(e.Length))
	}
	b = append(b, d.Digest[:]...)
	b = bincode.AppendBytes(b, d.Packed)
	if len(b) > maxSize {
		return nil, fmt.Errorf("miniso data of %d bytes exceed %d", len(b), maxSize)
	}
	return b, nil
}

// validate checks that the extents are in order and apart.
func validate(table []Extent) error {
	if err := overlap(table); err != nil {
		return fmt.Errorf("validating table: %w", err)
	}
	return nil
}

func overlap(table []Extent) error {
	if len(table) == 0 {
		return errors.New("table is empty; ISOs have no files in common?")
	}
	for i, next := range table[1:] {
		if e := table[i]; e.end() > next.offset() {
			return fmt.Errorf("Files at offsets %d and %d overlap", e.offset(), next.offset())
		}
	}
	return nil
}

// newTable returns the extents of the files of the minimal ISO, which must be in the full one.
func newTable(full, minimal []iso9660.Entry) ([]Extent, error) {
	byPath := make(map[string]iso9660.Entry, len(full))
	for _, file := range full {
		byPath[file.Path] = file
	}
	var table []Extent
	for _, file := range minimal {
		twin, ok := byPath[file.Path]
		if !ok {
			return nil, fmt.Errorf("missing minimal file %s in full ISO", file.Path)
		}
		if twin.Size != file.Size {
			return nil, fmt.Errorf("File %s has different lengths in full and minimal ISOs", file.Path)
		}
		if file.Size > 0 {
			table = append(table, Extent{file.Sector, twin.Sector, file.Size})
		}
	}
	slices.SortFunc(table, func(a, b Extent) int {
		return cmp.Or(cmp.Compare(a.Minimal, b.Minimal), cmp.Compare(a.Full, b.Full), cmp.Compare(a.Length, b.Length))
	})
	table = slices.Compact(table) // hard links
	return table, validate(table)
}
