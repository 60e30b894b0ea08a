package gpt

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"unicode/utf16"
)

const (
	// DefaultEntries is the number of entries of a new table.
	DefaultEntries = 128
	// MaxEntries is the largest number of entries that is read or written.
	MaxEntries = 16384

	entrySize  = 128
	headerSize = 92
)

var (
	// ErrDuplicate reports two partitions with one GUID.
	ErrDuplicate = errors.New("conflict of partition GUIDs")
	// ErrBoundaries reports partitions that cannot be where they are.
	ErrBoundaries = errors.New("invalid partition boundaries: partitions must have positive size, must not overlap, and must fit within the disk")
)

// Table is a partition table. All places and sizes are in sectors.
type Table struct {
	// SectorSize is that of logical sectors in bytes: 512, 4096, or another
	// multiple of 512.
	SectorSize int
	// Sectors is the size of the disk.
	Sectors int64
	// GUID is the disk's.
	GUID GUID
	// FirstUsable and LastUsable are the range that partitions may use, both
	// included.
	FirstUsable, LastUsable uint64
	// Entries are all entries, used or not; that of partition 1 is the first.
	Entries []Entry
	// Backup is set by the readers if the table is that at the end of the disk,
	// the primary one being damaged.
	Backup bool
}

// Entry describes a partition. It is used if its type is not zero.
type Entry struct {
	// Type is the kind of partition, GUID its own identifier.
	Type, GUID GUID
	// First and Last are the sectors of the partition, both included.
	First, Last uint64
	// Attributes are flags, the upper 16 of which depend on the type.
	Attributes uint64
	// Name is UTF-16, ended by a zero unless it fills the field.
	Name [36]uint16
}

// Used tells whether there is a partition.
func (e *Entry) Used() bool { return e.Type != GUID{} }

// Label is the name up to the first zero. What is not valid UTF-16 becomes U+FFFD.
func (e *Entry) Label() string {
	name := e.Name[:]
	if end := slices.Index(name, 0); end >= 0 {
		name = name[:end]
	}
	return string(utf16.Decode(name))
}

// SetLabel sets the name, which may have 36 UTF-16 units.
func (e *Entry) SetLabel(label string) error {
	units := utf16.Encode([]rune(label))
	if len(units) > len(e.Name) || slices.Contains(units, 0) {
		return fmt.Errorf("partition name %.80q is longer than %d UTF-16 units or contains NUL", label, len(e.Name))
	}
	e.Name = [36]uint16{}
	copy(e.Name[:], units)
	return nil
}

// New makes an empty table with [DefaultEntries] entries for a disk of size bytes.
// Its GUID is made of 16 bytes from random, or at random if that is nil.
func New(size int64, sectorSize int, random io.Reader) (*Table, error) {
	guid, err := NewGUID(random)
	if err != nil {
		return nil, err
	}
	t := &Table{SectorSize: sectorSize, GUID: guid, Entries: make([]Entry, DefaultEntries)}
	if err := t.SetSize(size); err != nil {
		return nil, err
	}
	return t, nil
}

// SetSize fits the table to a disk of size bytes: the backup goes to its end, and
// partitions may use all that the table leaves free.
func (t *Table) SetSize(size int64) error {
	if err := checkSectorSize(t.SectorSize); err != nil {
		return err
	}
	n, k := size/int64(t.SectorSize), t.arraySectors()
	if n < 2*k+4 {
		return fmt.Errorf("%d bytes are too few for a partition table", size)
	}
	t.Sectors, t.FirstUsable, t.LastUsable = n, uint64(2+k), uint64(n-k-2)
	return nil
}

// checkSectorSize bounds what foreign code gives us, lest a division by zero or an
// overflow follow.
func checkSectorSize(size int) error {
	if size < 512 || size > 1<<16 || size%512 != 0 {
		return fmt.Errorf("unsupported sector size %d", size)
	}
	return nil
}

// arraySectors is the size of one array of entries.
func (t *Table) arraySectors() int64 {
	return (int64(len(t.Entries))*entrySize + int64(t.SectorSize) - 1) / int64(t.SectorSize)
}

// Used returns the numbers and entries of all partitions, by number from 1.
func (t *Table) Used() iter.Seq2[int, *Entry] {
	return func(yield func(int, *Entry) bool) {
		for i := range t.Entries {
			if t.Entries[i].Used() && !yield(i+1, &t.Entries[i]) {
				return
			}
		}
	}
}

// Set makes e the partition with a number from 1.
func (t *Table) Set(number int, e Entry) error {
	if number < 1 || number > len(t.Entries) {
		return fmt.Errorf("invalid partition number: %d", number)
	}
	t.Entries[number-1] = e
	return nil
}

// Last is the highest number of a partition, 0 if there is none.
func (t *Table) Last() int {
	last := 0
	for n := range t.Used() {
		last = n
	}
	return last
}

// Check tells whether the table can be written: no two partitions have one GUID
// ([ErrDuplicate]), none has a negative size, overlaps another one or leaves the
// usable range ([ErrBoundaries]), and that range leaves room for the table.
func (t *Table) Check() error {
	if err := checkSectorSize(t.SectorSize); err != nil {
		return err
	}
	if len(t.Entries) == 0 || len(t.Entries) > MaxEntries {
		return fmt.Errorf("unsupported number of partition entries %d", len(t.Entries))
	}
	k := t.arraySectors()
	if t.Sectors < 2*k+4 || t.FirstUsable < uint64(2+k) || t.LastUsable > uint64(t.Sectors-k-2) {
		return errors.New("usable range of the disk overlaps the partition table")
	}
	var used []*Entry
	guids := make(map[GUID]bool)
	for _, e := range t.Used() {
		if guids[e.GUID] {
			return ErrDuplicate
		}
		guids[e.GUID] = true
		used = append(used, e)
	}
	slices.SortFunc(used, func(a, b *Entry) int { return cmp.Compare(a.First, b.First) })
	next := t.FirstUsable
	for _, e := range used {
		if e.First < next || e.Last < e.First || e.Last > t.LastUsable {
			return ErrBoundaries
		}
		next = e.Last + 1
	}
	return nil
}
