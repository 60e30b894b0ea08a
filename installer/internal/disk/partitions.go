package disk

import (
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/gpt"
)

// Partition is a partition of a disk with what is on it.
type Partition struct {
	Number int
	// Name, Type and GUID are from the partition table.
	Name       string
	Type, GUID gpt.GUID
	// Offset and Size are in bytes.
	Offset, Size int64
	// FSType, Label and UUID are those of the file system or other content, as libblkid
	// names them; empty if there is nothing known. FSUsage is [blockdev.Filesystem] for
	// file systems.
	FSType, Label, UUID string
	FSUsage             blockdev.Usage
}

// Partitions reads the partition table and the superblocks of all partitions. A disk without
// a GPT has none.
func (d *Disk) Partitions() ([]Partition, error) {
	t, err := gpt.Read(d.file, d.size, d.sectorSize)
	if err == gpt.ErrNoTable {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading partition table: %w", err)
	}
	return partitions(d.file, d.size, t)
}

// PartitionsOf is Partitions for a table that is not on the disk yet, such as that of
// [Saved.Merged].
func (d *Disk) PartitionsOf(t *gpt.Table) ([]Partition, error) { return partitions(d.file, d.size, t) }

func partitions(r io.ReaderAt, size int64, t *gpt.Table) ([]Partition, error) {
	var out []Partition
	sectors := uint64(size) / uint64(t.SectorSize)
	for n, e := range t.Used() {
		if e.First > e.Last || e.Last >= sectors {
			continue // as the kernel does
		}
		p := Partition{
			Number: n, Name: e.Label(), Type: e.Type, GUID: e.GUID,
			Offset: int64(e.First) * int64(t.SectorSize), Size: int64(e.Last-e.First+1) * int64(t.SectorSize),
		}
		res, err := blockdev.Probe(io.NewSectionReader(r, p.Offset, p.Size), p.Size, t.SectorSize)
		if err != nil {
			return nil, fmt.Errorf("probing partition %d: %w", n, err)
		}
		p.FSType, p.Label, p.UUID, p.FSUsage = res.Type, res.Label, res.UUID, res.Usage
		out = append(out, p)
	}
	return out, nil
}

// choose finds the one partition whose file system has a label.
func choose(parts []Partition, disk, label string) (*Partition, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("couldn't find any partitions on %s", disk)
	}
	var found *Partition
	for i := range parts {
		p := &parts[i]
		if p.FSUsage != blockdev.Filesystem || p.Label != label {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("found multiple devices on %s with label \"%s\"", disk, label)
		}
		found = p
	}
	if found == nil {
		return nil, fmt.Errorf("couldn't find %s device for %s", label, disk)
	}
	return found, nil
}
