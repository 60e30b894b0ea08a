package disks

import (
	"context"
	"slices"

	"github.com/nestos-dev/nestos/internal/blockdev"
)

// resolve gives each partition of the config its number, start and size.
func (d *disk) resolve(ctx context.Context) ([]wanted, error) {
	parts := d.inSectors()
	used := make(map[int]bool)
	for _, q := range d.table.Partitions {
		used[q.Number] = true
	}
	var o sgdisk
	for _, w := range parts {
		if q, ok := d.table.Partition(w.Number); ok {
			if !slices.Contains(o.deletions, w.Number) { // one entry may delete it, another make it
				o.deletions = append(o.deletions, w.Number)
			}
			if !isTrue(w.WipePartitionEntry) { // what is not said stays as it is
				if w.start == nil {
					w.start = &q.Start
				}
				if w.size == nil {
					w.size = &q.Size
				}
			}
		}
		if w.Number > 0 {
			used[w.Number] = remade(parts, w.Number)
		}
		if w.shouldExist() {
			w.Label = nil // it would appear in the output as it is
			o.creations = append(o.creations, w)
		}
	}
	d.number(parts, used)
	for _, w := range parts {
		if w.shouldExist() && (value(w.start, 0) == 0 || value(w.size, 0) == 0) {
			o.infos = append(o.infos, w.Number)
		}
	}
	found, err := d.place(ctx, &o)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		if e, ok := found[parts[i].Number]; ok {
			parts[i].start, parts[i].size = &e.start, &e.size
		}
	}
	return parts, nil
}

// remade tells whether some entry wants a partition with this number. Then another
// one that wants it gone does not count.
func remade(parts []wanted, number int) bool {
	return slices.ContainsFunc(parts, func(w wanted) bool { return w.Number == number && w.shouldExist() })
}

// inSectors are the partitions of the config, those without number last.
func (d *disk) inSectors() []wanted {
	perMiB := int64(1<<20) / int64(d.table.SectorSize)
	sectors := func(mib *int) *int64 {
		if mib == nil {
			return nil
		}
		n := int64(*mib) * perMiB
		return &n
	}
	var parts []wanted
	for i, q := range d.cfg.Partitions {
		parts = append(parts, wanted{Partition: q, index: i, start: sectors(q.StartMiB), size: sectors(q.SizeMiB)})
	}
	slices.SortStableFunc(parts, func(a, b wanted) int {
		switch {
		case a.Number != 0 && b.Number == 0:
			return -1
		case a.Number == 0 && b.Number != 0:
			return 1
		}
		return 0
	})
	return parts
}

// number gives the lowest free numbers to partitions without one.
func (d *disk) number(parts []wanted, used map[int]bool) {
	free := 1
	for i := range parts {
		if parts[i].Number != 0 || !parts[i].shouldExist() {
			continue
		}
		for used[free] {
			free++
		}
		parts[i].Number = free
		free++
	}
}

// place asks sgdisk, or in a dry run the model of it.
func (d *disk) place(ctx context.Context, o *sgdisk) (map[int]extent, error) {
	if !d.h.DryRun {
		out, err := d.pretend(ctx, o, d.alias)
		if err != nil {
			return nil, err
		}
		return parsePretend(out, o.infos)
	}
	model, found := blockdev.NewPlacement(d.table), make(map[int]extent)
	for _, n := range o.deletions {
		if err := model.Delete(n); err != nil {
			return nil, err
		}
	}
	for _, w := range o.creations {
		q, err := model.Create(w.Number, value(w.start, 0), value(w.size, 0))
		if err != nil {
			return nil, err
		}
		if slices.Contains(o.infos, q.Number) {
			found[q.Number] = extent{q.Start, q.Size}
		}
	}
	return found, nil
}
