package gpt

import (
	"fmt"
	"hash/crc32"
	"io"
)

// File is a disk or an image of one. *os.File is one.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes everything written durable.
	Sync() error
}

// Write checks the table and writes it: the backup, then the primary array, then
// the primary header. It does not write the protective MBR. On a disk whose old
// table matters use [Table.Replace].
func (t *Table) Write(w io.WriterAt) error {
	l, err := t.layout()
	if err != nil {
		return err
	}
	for _, step := range []piece{l.backupArray, l.backupHeader, l.primaryArray, l.primaryHeader} {
		if err := step.write(w); err != nil {
			return err
		}
	}
	return nil
}

// Replace checks the table and writes it such that, wherever it is interrupted by a
// kill or a loss of power, readers find a valid table in the primary place or, if
// the old primary table was damaged, in that of the backup: the old table up to a
// certain moment, the new one from then on. Single sectors must be written as a
// whole or not at all, as disks do. It does not write the protective MBR.
//
// Only if the old array lies across the places of both new arrays, which no program
// makes, is there a moment without a valid table.
func (t *Table) Replace(f File) error {
	l, err := t.layout()
	if err != nil {
		return err
	}
	steps := []piece{l.primaryArray, l.primaryHeader, l.backupArray, l.backupHeader}
	if array, ok := primaryArray(f, t); ok && array.overlaps(l.primaryArray) {
		// The old array is in the way of the new one.
		steps = []piece{l.backupArray, l.backupHeader, l.borrowingHeader, l.primaryArray, l.primaryHeader}
	}
	for _, step := range steps {
		if err := step.write(f); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return nil
}

// primaryArray returns the place of the array of a primary table that even strict
// readers accept.
func primaryArray(r io.ReaderAt, t *Table) (extent, bool) {
	h, err := readHeader(r, 1, t.SectorSize)
	if err != nil || h.self != 1 {
		return extent{}, false
	}
	if _, err := h.table(r, t.Sectors-1); err != nil {
		return extent{}, false
	}
	off := int64(h.array) * int64(t.SectorSize)
	return extent{off, off + int64(h.count)*entrySize}, true
}

// extent is a range of bytes on the disk.
type extent struct{ start, end int64 }

func (x extent) overlaps(p piece) bool {
	return x.start < p.off+int64(len(p.data)) && p.off < x.end
}

// piece is something to be written: whole sectors.
type piece struct {
	off  int64
	data []byte
}

func (p piece) write(w io.WriterAt) error {
	n, err := w.WriteAt(p.data, p.off)
	if err == nil && n < len(p.data) {
		err = io.ErrShortWrite
	}
	return err
}

// layout is a table as it is on the disk.
type layout struct {
	primaryArray, primaryHeader, backupArray, backupHeader piece
	// borrowingHeader is a primary header whose array is that of the backup.
	borrowingHeader piece
}

func (t *Table) layout() (*layout, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	array := t.encodeEntries()
	sum := crc32.ChecksumIEEE(array[:len(t.Entries)*entrySize])
	last, k := t.Sectors-1, t.arraySectors()
	at := func(lba int64, data []byte) piece { return piece{lba * int64(t.SectorSize), data} }
	return &layout{
		primaryArray:    at(2, array),
		primaryHeader:   at(1, t.encodeHeader(1, last, 2, sum)),
		borrowingHeader: at(1, t.encodeHeader(1, last, last-k, sum)),
		backupArray:     at(last-k, array),
		backupHeader:    at(last, t.encodeHeader(last, 1, last-k, sum)),
	}, nil
}

// encodeEntries is filled up with zeros to whole sectors.
func (t *Table) encodeEntries() []byte {
	b := make([]byte, t.arraySectors()*int64(t.SectorSize))
	for i := range t.Entries {
		t.Entries[i].encode(b[i*entrySize:])
	}
	return b
}

func (e *Entry) encode(b []byte) {
	copy(b, e.Type[:])
	copy(b[16:], e.GUID[:])
	le.PutUint64(b[32:], e.First)
	le.PutUint64(b[40:], e.Last)
	le.PutUint64(b[48:], e.Attributes)
	for i, unit := range e.Name {
		le.PutUint16(b[56+2*i:], unit)
	}
}

// encodeHeader makes the sector of a header at self.
func (t *Table) encodeHeader(self, alternate, array int64, arraySum uint32) []byte {
	b := make([]byte, t.SectorSize)
	copy(b, signature)
	le.PutUint32(b[8:], 0x00010000)
	le.PutUint32(b[12:], headerSize)
	le.PutUint64(b[24:], uint64(self))
	le.PutUint64(b[32:], uint64(alternate))
	le.PutUint64(b[40:], t.FirstUsable)
	le.PutUint64(b[48:], t.LastUsable)
	copy(b[56:], t.GUID[:])
	le.PutUint64(b[72:], uint64(array))
	le.PutUint32(b[80:], uint32(len(t.Entries)))
	le.PutUint32(b[84:], entrySize)
	le.PutUint32(b[88:], arraySum)
	le.PutUint32(b[16:], crc32.ChecksumIEEE(b[:headerSize]))
	return b
}

// Grow gives the table at least n entries. It takes room from the partitions at
// both ends of the disk, so that Check may fail then.
func (t *Table) Grow(n int) error {
	if n > MaxEntries {
		return fmt.Errorf("invalid partition number: %d", n)
	}
	if n <= len(t.Entries) {
		return nil
	}
	t.Entries = append(t.Entries, make([]Entry, n-len(t.Entries))...)
	k := t.arraySectors()
	t.FirstUsable = max(t.FirstUsable, uint64(2+k))
	if end := t.Sectors - k - 2; end >= 0 {
		t.LastUsable = min(t.LastUsable, uint64(end))
	}
	return nil
}
