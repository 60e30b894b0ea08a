package gpt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ErrNoTable reports a disk without a sign of a GUID partition table. A damaged
// table is another error.
var ErrNoTable = errors.New("invalid signature")

var (
	signature = []byte("EFI PART")
	le        = binary.LittleEndian
)

// ReadError reports that neither table can be used.
type ReadError struct{ Primary, Backup error }

func (e *ReadError) Error() string {
	return fmt.Sprintf("could not read primary header (%v) nor backup header (%v)", e.Primary, e.Backup)
}

// Unwrap returns both causes.
func (e *ReadError) Unwrap() []error { return []error{e.Primary, e.Backup} }

// Find reads the table of a disk of size bytes whose sector size is not known: 512
// is tried, then 4096 if there is no sign of a table. See [Read].
func Find(r io.ReaderAt, size int64) (*Table, error) {
	t, err := Read(r, size, 512)
	if err == ErrNoTable {
		return Read(r, size, 4096)
	}
	return t, err
}

// Read reads the table of a disk of size bytes. If the primary one is damaged, the
// result is that at the end of the disk, with Backup set. If no header has the
// signature, the error is exactly [ErrNoTable]; if none is usable otherwise it is a
// *[ReadError]. Partitions may lie anywhere; [Table.Check] tells.
func Read(r io.ReaderAt, size int64, sectorSize int) (*Table, error) {
	if err := checkSectorSize(sectorSize); err != nil {
		return nil, err
	}
	last := size/int64(sectorSize) - 1
	if last < 1 {
		return nil, ErrNoTable
	}
	primary, err := readHeader(r, 1, sectorSize)
	if err == nil {
		var t *Table
		if t, err = primary.table(r, last); err == nil {
			return t, nil
		}
	}
	backup, backupErr := readBackup(r, primary, last, sectorSize)
	if backupErr == nil {
		return backup, nil
	}
	if err == ErrNoTable && backupErr == ErrNoTable {
		return nil, ErrNoTable
	}
	return nil, &ReadError{err, backupErr}
}

// readBackup reads the table at the end of the disk, or else where a primary header
// that only lost its array says it is: the disk may have grown.
func readBackup(r io.ReaderAt, primary *header, last int64, sectorSize int) (*Table, error) {
	t, err := readTable(r, last, last, sectorSize)
	if err != nil && primary != nil && primary.alternate > 1 && primary.alternate < uint64(last) {
		if moved, movedErr := readTable(r, int64(primary.alternate), last, sectorSize); movedErr == nil {
			t, err = moved, nil
		}
	}
	if err != nil {
		return nil, err
	}
	t.Backup = true
	return t, nil
}

func readTable(r io.ReaderAt, lba, last int64, sectorSize int) (*Table, error) {
	h, err := readHeader(r, lba, sectorSize)
	if err != nil {
		return nil, err
	}
	return h.table(r, last)
}

// header is what a valid header says.
type header struct {
	sectorSize      int
	self, alternate uint64
	first, last     uint64
	guid            GUID
	array           uint64
	count           uint32
	arraySum        uint32
}

func readHeader(r io.ReaderAt, lba int64, sectorSize int) (*header, error) {
	b := make([]byte, sectorSize)
	if err := readFull(r, b, lba*int64(sectorSize)); err != nil {
		return nil, err
	}
	size := le.Uint32(b[12:])
	switch {
	case !bytes.Equal(b[:8], signature):
		return nil, ErrNoTable
	case !bytes.Equal(b[8:12], []byte{0, 0, 1, 0}):
		return nil, errors.New("invalid revision")
	case size < headerSize || size > uint32(len(b)):
		return nil, errors.New("invalid header size")
	}
	stored := le.Uint32(b[16:])
	clear(b[16:20])
	if sum := crc32.ChecksumIEEE(b[:size]); sum != stored {
		return nil, fmt.Errorf("corrupted CRC32 checksum (%d != %d)", stored, sum)
	}
	if n := le.Uint32(b[84:]); n != entrySize {
		return nil, fmt.Errorf("unsupported size of partition entries %d", n)
	}
	h := &header{
		sectorSize: sectorSize, self: le.Uint64(b[24:]), alternate: le.Uint64(b[32:]),
		first: le.Uint64(b[40:]), last: le.Uint64(b[48:]), guid: GUID(b[56:72]),
		array: le.Uint64(b[72:]), count: le.Uint32(b[80:]), arraySum: le.Uint32(b[88:]),
	}
	if h.count == 0 || h.count > MaxEntries {
		return nil, fmt.Errorf("unsupported number of partition entries %d", h.count)
	}
	return h, nil
}

// table reads the entries. last is the disk's last sector.
func (h *header) table(r io.ReaderAt, last int64) (*Table, error) {
	if h.array > uint64(last) {
		return nil, errors.New("partition entries are beyond the disk")
	}
	b := make([]byte, int(h.count)*entrySize)
	if err := readFull(r, b, int64(h.array)*int64(h.sectorSize)); err != nil {
		return nil, err
	}
	if sum := crc32.ChecksumIEEE(b); sum != h.arraySum {
		return nil, fmt.Errorf("corrupted partition entry array CRC32 checksum (%d != %d)", h.arraySum, sum)
	}
	t := &Table{
		SectorSize: h.sectorSize, Sectors: last + 1, GUID: h.guid, FirstUsable: h.first, LastUsable: h.last,
		Entries: make([]Entry, h.count),
	}
	for i := range t.Entries {
		t.Entries[i].decode(b[i*entrySize:])
	}
	return t, nil
}

func (e *Entry) decode(b []byte) {
	e.Type, e.GUID = GUID(b[:16]), GUID(b[16:32])
	e.First, e.Last, e.Attributes = le.Uint64(b[32:]), le.Uint64(b[40:]), le.Uint64(b[48:])
	for i := range e.Name {
		e.Name[i] = le.Uint16(b[56+2*i:])
	}
}

// readFull fails with ErrNoTable at the end of the disk: a file may be shorter than
// it was.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return ErrNoTable
	}
	return err
}
