package disk

import (
	"bytes"
	"fmt"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gpt"
)

// Merged is the table that [Saved.Merge] writes: that of the image whose first MiB is
// given, fitted to the disk, with the saved partitions behind its own. Without saved
// partitions it is the image's.
func (s *Saved) Merged(first []byte) (*gpt.Table, error) {
	if s.Empty() {
		return s.imageTable(first)
	}
	m, err := s.plan(first)
	if err != nil {
		return nil, err
	}
	return m.table, nil
}

// DryMerge tells whether [Saved.Merge] can succeed on this image, as far as its first MiB
// shows. Without saved partitions it always can.
func (s *Saved) DryMerge(first []byte) error {
	if s.Empty() {
		return nil
	}
	_, err := s.plan(first)
	return err
}

// Merge writes the first MiB of an image when all the rest is on the disk and durable, such
// that the disk can be booted from a certain moment on, and not before. Without saved
// partitions these are the image's bytes; otherwise the table is that of [Saved.Merged], of
// which the user is told. All is durable at the end.
func (s *Saved) Merge(first []byte, d *Disk) error {
	return s.merge(first, d.file, d.opts.Message)
}

func (s *Saved) merge(first []byte, w Target, note func(string)) error {
	if s.Empty() {
		return s.writeFirst(first, w)
	}
	m, err := s.plan(first)
	if err != nil {
		return err
	}
	for _, move := range m.moves {
		note(move)
	}
	if err := writeDurably(w, first[m.start:], m.start); err != nil {
		return fmt.Errorf("writing first MiB of image: %w", errno.Bare(err))
	}
	if err := writeDurably(w, s.protectiveSector(first[:s.sectorSize]), 0); err != nil {
		return fmt.Errorf("writing protective MBR: %w", errno.Bare(err))
	}
	if err := m.table.Replace(w); err != nil {
		return fmt.Errorf("writing updated GPT: %w", errno.Bare(err))
	}
	return nil
}

// merging is how an image and saved partitions go together.
type merging struct {
	table *gpt.Table
	start int64    // of what follows the table, in bytes
	moves []string // what the user is told
}

func (s *Saved) imageTable(first []byte) (*gpt.Table, error) {
	t, err := gpt.Find(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		return nil, fmt.Errorf("couldn't read partition table from source: %w", err)
	}
	return t, s.checkSectorSize(t)
}

func (s *Saved) plan(first []byte) (*merging, error) {
	t, err := s.imageTable(first)
	if err != nil {
		return nil, err
	}
	if err := s.checkCollision(t, int64(len(first))); err != nil {
		return nil, err
	}
	start := t.FirstUsable
	// The image's table thinks that the disk is as large as the image.
	if err := t.SetSize(s.size); err != nil {
		return nil, err
	}
	t.Backup = false
	m := &merging{table: t}
	if err := m.add(s.parts); err != nil {
		return nil, err
	}
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("writing updated GPT: %w", err)
	}
	// An image may leave more room behind its table than it needs. What is there belongs to
	// it all the same.
	start = min(start, t.FirstUsable, uint64(len(first)/s.sectorSize))
	m.start = int64(start) * int64(s.sectorSize)
	return m, nil
}

// checkCollision finds images that cannot fit before the first saved partition.
func (s *Saved) checkCollision(t *gpt.Table, size int64) error {
	limit, _, _, ok := s.Limit()
	if !ok {
		return nil
	}
	if limit < size {
		return s.Collision()
	}
	for _, e := range t.Used() {
		if e.Last >= uint64(limit/int64(s.sectorSize)) {
			return s.Collision()
		}
	}
	return nil
}

// add numbers the saved partitions: their own numbers, or the next ones behind those that
// are taken.
func (m *merging) add(parts []savedPartition) error {
	next := m.table.Last() + 1
	for _, p := range parts {
		next = max(next, p.number)
		m.moves = append(m.moves, fmt.Sprintf("Saving partition %d (%q) to new partition %d", p.number, p.entry.Label(), next))
		if next <= gpt.DefaultEntries {
			if err := m.table.Grow(next); err != nil {
				return err
			}
		}
		if err := m.table.Set(next, p.entry); err != nil {
			return fmt.Errorf("saving partition %d (%q) to new partition %d: %w", p.number, p.entry.Label(), next, err)
		}
		next++
	}
	return nil
}

// writeFirst writes the header of the table last: before that moment it is the empty one of
// Overwrite, or damaged.
func (s *Saved) writeFirst(first []byte, w Target) error {
	sector := s.sectorSize
	array := (gpt.DefaultEntries*128 + sector - 1) / sector * sector
	cuts := []struct{ start, end int }{
		{2*sector + array, len(first)}, {0, sector}, {2 * sector, 2*sector + array}, {sector, 2 * sector},
	}
	for _, c := range cuts {
		start, end := min(c.start, len(first)), min(c.end, len(first))
		if start == end {
			continue
		}
		if err := writeDurably(w, first[start:end], int64(start)); err != nil {
			return fmt.Errorf("writing first MiB of image: %w", errno.Bare(err))
		}
	}
	return nil
}
