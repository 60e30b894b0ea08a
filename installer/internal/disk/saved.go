package disk

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gpt"
)

// Target is a disk that is written to: *os.File is one.
type Target = gpt.File

// Saved are the partitions of a disk that an installation keeps, and how a table with
// them is written.
type Saved struct {
	size       int64
	sectorSize int
	random     io.Reader
	parts      []savedPartition
}

type savedPartition struct {
	number int
	entry  gpt.Entry
}

// ReadSaved finds the partitions of a disk that filter chooses by number or name. With a
// nil filter nothing is kept, and the old table is not even read. With hasIndex, which
// says that numbers were asked for, a disk with an MBR instead of a GPT is an error.
//
// It also tries whether a table with these partitions can be written, in memory: the
// old one may have faults that would show up when it is too late.
func ReadSaved(d *Disk, filter func(number int, name string) bool, hasIndex bool) (*Saved, error) {
	s, err := readSaved(d.file, d.size, d.sectorSize, filter, hasIndex)
	if err != nil {
		return nil, err
	}
	s.random = d.opts.Random
	return s, nil
}

func readSaved(r io.ReaderAt, size int64, sectorSize int, filter func(int, string) bool, hasIndex bool) (*Saved, error) {
	s := &Saved{size: size, sectorSize: sectorSize}
	if filter == nil {
		return s, nil
	}
	t, err := gpt.Find(r, size)
	if err == gpt.ErrNoTable {
		return s, checkNoMBR(r, hasIndex)
	}
	if err != nil {
		return nil, fmt.Errorf("reading partition table: %w", err)
	}
	if err := s.checkSectorSize(t); err != nil {
		return nil, err
	}
	for n, e := range t.Used() {
		if filter(n, e.Label()) {
			s.parts = append(s.parts, savedPartition{n, *e})
		}
	}
	if s.Empty() {
		return s, nil
	}
	if err := s.dryRun(); err != nil {
		return nil, fmt.Errorf("failed dry run restoring saved partitions; input partition table may be invalid: %w", err)
	}
	return s, nil
}

func checkNoMBR(r io.ReaderAt, hasIndex bool) error {
	if !hasIndex {
		return nil
	}
	sector := make([]byte, 512)
	if n, err := r.ReadAt(sector, 0); n < len(sector) {
		return fmt.Errorf("checking if disk has an MBR: reading MBR signature: %w", errno.Bare(err))
	}
	if gpt.HasMBR(sector) {
		return errors.New("saving partitions from an MBR disk is not yet supported")
	}
	return nil
}

func (s *Saved) checkSectorSize(t *gpt.Table) error {
	if t.SectorSize != s.sectorSize {
		return fmt.Errorf("GPT sector size %d doesn't match expected %d", t.SectorSize, s.sectorSize)
	}
	return nil
}

// dryRun writes the table and reads it again.
func (s *Saved) dryRun() error {
	m := &sparse{size: s.size}
	if err := s.Overwrite(m); err != nil {
		return err
	}
	t, err := gpt.Read(m, s.size, s.sectorSize)
	if err != nil {
		return err
	}
	for _, p := range s.parts {
		if t.Entries[p.number-1] != p.entry {
			return fmt.Errorf("partition %d (%q) was changed", p.number, p.entry.Label())
		}
	}
	return nil
}

// Empty tells that nothing is kept.
func (s *Saved) Empty() bool { return len(s.parts) == 0 }

// Limit is the byte offset of the first saved partition, which an image may not reach,
// with its number and name. ok is false if nothing is kept.
func (s *Saved) Limit() (offset int64, number int, name string, ok bool) {
	if s.Empty() {
		return 0, 0, "", false
	}
	first := &s.parts[0]
	for i := range s.parts {
		if s.parts[i].entry.First < first.entry.First {
			first = &s.parts[i]
		}
	}
	return int64(first.entry.First) * int64(s.sectorSize), first.number, first.entry.Label(), true
}

// Collision is the error for an image that reaches the first saved partition.
func (s *Saved) Collision() error {
	offset, number, name, _ := s.Limit()
	return fmt.Errorf("collision with partition %d (%q) at offset %d", number, name, offset)
}

// Overwrite writes a partition table with the saved partitions and nothing else, and a
// protective MBR without boot code, all durably. An old table is replaced such that
// the saved partitions are in a valid table at every moment.
func (s *Saved) Overwrite(w Target) error {
	t, err := s.table()
	if err != nil {
		return fmt.Errorf("creating new GPT: %w", err)
	}
	if err := t.Replace(w); err != nil {
		return fmt.Errorf("writing new GPT: %w", errno.Bare(err))
	}
	// In one write: there is no moment without an MBR, without which the kernel would not
	// look at the GPT. With large sectors the rest may have been boot code too.
	sector := s.protectiveSector(nil)
	if err := writeDurably(w, sector, 0); err != nil {
		return fmt.Errorf("writing protective MBR: %w", errno.Bare(err))
	}
	return nil
}

// table makes one with the saved partitions at their own numbers.
func (s *Saved) table() (*gpt.Table, error) {
	t, err := gpt.New(s.size, s.sectorSize, s.random)
	if err != nil {
		return nil, err
	}
	for _, p := range s.parts {
		if err := t.Set(p.number, p.entry); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// protectiveSector is the first sector of the disk with the boot code of an image's first
// bytes, if there are any.
func (s *Saved) protectiveSector(first []byte) []byte {
	sector := make([]byte, s.sectorSize)
	copy(sector, first)
	copy(sector[gpt.MBROffset:], gpt.ProtectiveMBR(s.size, s.sectorSize))
	return sector
}

func writeDurably(w Target, b []byte, off int64) error {
	n, err := w.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	return w.Sync()
}

// StoreTo makes a sparse file <name>-partitions.<random> of the disk's size in dir (empty
// is [os.TempDir]) whose partition table has the saved partitions, so that they can be
// restored by hand, and returns its path.
func (s *Saved) StoreTo(dir, name string) (string, error) {
	f, err := os.CreateTemp(dir, name+"-partitions.")
	if err != nil {
		return "", fmt.Errorf("creating partition table file: %w", errno.Bare(err))
	}
	err = f.Truncate(s.size)
	if err != nil {
		err = fmt.Errorf("setting size of %s to %d: %w", f.Name(), s.size, errno.Bare(err))
	} else {
		err = s.Overwrite(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
