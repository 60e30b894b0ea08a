package blockdev

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// MaxEntries is the number of entries that a GPT may have here.
const MaxEntries = 16384

var (
	// ErrNoTable reports a device without a partition table.
	ErrNoTable = errors.New("no partition table")
	// ErrBroken reports a protective MBR without a valid GPT.
	ErrBroken = errors.New("no partition table found")
	// ErrNotGPT reports a partition table of another type.
	ErrNotGPT = errors.New("disk does not have a GPT")
)

// GPT is a GUID partition table.
type GPT struct {
	// SectorSize is the size of logical sectors in bytes; all other numbers are in them.
	SectorSize int
	// Sectors is the size of the disk.
	Sectors int64
	// GUID is the disk's, in upper case.
	GUID string
	// First and Last are the sectors that partitions may use, both included.
	First, Last int64
	// Slots is the number of entries, used or not.
	Slots int
	// Backup is set when the primary table is damaged and this is the one at the end.
	Backup bool
	// Partitions are the used entries, by number.
	Partitions []Partition
}

// Partition is an entry of a GPT.
type Partition struct {
	Number      int    // from 1
	Type, GUID  string // upper case
	Name        string // UTF-8
	Start, Size int64  // logical sectors
	Attributes  uint64
}

// Partition returns the one with a number.
func (g *GPT) Partition(number int) (Partition, bool) {
	for _, p := range g.Partitions {
		if p.Number == number {
			return p, true
		}
	}
	return Partition{}, false
}

// ReadGPT reads the table of a disk of size bytes. If the primary table is
// damaged the backup is read. A disk without any table is ErrNoTable, one with another
// table ErrNotGPT, one whose protective MBR protects no valid table ErrBroken.
func ReadGPT(r io.ReaderAt, size int64, sectorSize int) (*GPT, error) {
	if sectorSize <= 0 {
		sectorSize = 512
	}
	p := newReader(r, size, sectorSize)
	table := tableType(p)
	if p.err != nil {
		return nil, p.err
	}
	switch table {
	case "gpt":
		return readGPT(p)
	case "":
		return nil, ErrNoTable
	case "PMBR":
		return nil, ErrBroken
	}
	return nil, ErrNotGPT
}

func readGPT(p *reader) (*GPT, error) {
	last := p.size/int64(p.sector) - 1
	g, err := gptAt(p, 1, last)
	if err == nil || p.err != nil {
		return g, errors.Join(err, p.err)
	}
	g, backupErr := gptAt(p, last, last)
	if backupErr != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, errors.Join(err, backupErr, p.err))
	}
	g.Backup = true
	return g, nil
}

func gptAt(p *reader, lba, last int64) (*GPT, error) {
	h := p.at(lba*int64(p.sector), int64(p.sector))
	if h == nil {
		return nil, errors.New("no header")
	}
	size := le.Uint32(h[12:])
	if string(h[:8]) != "EFI PART" || size < 92 || int64(size) > int64(len(h)) {
		return nil, errors.New("no header")
	}
	sum := crc32.ChecksumIEEE(h[:16])
	sum = crc32.Update(sum, crc32.IEEETable, make([]byte, 4))
	if crc32.Update(sum, crc32.IEEETable, h[20:size]) != le.Uint32(h[16:]) {
		return nil, errors.New("checksum of the header is wrong")
	}
	first, end := le.Uint64(h[40:]), le.Uint64(h[48:])
	if le.Uint64(h[24:]) != uint64(lba) || first > end || end > uint64(last) || first < uint64(lba) && uint64(lba) < end {
		return nil, errors.New("header does not fit the disk")
	}
	g := &GPT{
		SectorSize: p.sector, Sectors: last + 1, GUID: guid(h[56:]),
		First: int64(first), Last: int64(end), Slots: int(min(le.Uint32(h[80:]), MaxEntries+1)),
	}
	if g.Slots == 0 || g.Slots > MaxEntries || le.Uint32(h[84:]) != 128 {
		return nil, errors.New("table has an unusual number or size of entries")
	}
	start := le.Uint64(h[72:])
	if start > uint64(last) {
		return nil, errors.New("entries are beyond the disk")
	}
	entries := p.at(int64(start)*int64(p.sector), int64(g.Slots)*128)
	if entries == nil || crc32.ChecksumIEEE(entries) != le.Uint32(h[88:]) {
		return nil, errors.New("checksum of the entries is wrong")
	}
	g.read(entries)
	return g, nil
}

// read takes the used entries that lie where partitions may be.
func (g *GPT) read(b []byte) {
	for i := range g.Slots {
		e := b[i*128 : i*128+128]
		start, end := le.Uint64(e[32:]), le.Uint64(e[40:])
		if allZero(e[:16]) || start < uint64(g.First) || end > uint64(g.Last) || end < start {
			continue
		}
		g.Partitions = append(g.Partitions, Partition{
			Number: i + 1, Type: guid(e), GUID: guid(e[16:]), Name: strings.ToValidUTF8(text16(e[56:], le), "?"),
			Start: int64(start), Size: int64(end - start + 1), Attributes: le.Uint64(e[48:]),
		})
	}
}
