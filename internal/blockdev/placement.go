package blockdev

import (
	"errors"
	"fmt"
	"slices"
)

// Placement finds where sgdisk puts new partitions: it starts from a table, takes
// partitions away, adds others.
//
// Rules of sgdisk 1.0: starts are aligned to 1 MiB, or to the largest power of two
// of sectors (at most 2048) that all partitions present at the beginning share; a
// start that is not given is that of the largest free block; an end that is
// not given is the end of the largest free block.
type Placement struct {
	first, last int64
	align       int64
	slots       int
	parts       []Partition // by start
}

var errNoRoom = errors.New("could not create partition")

// NewPlacement begins with a table; use [EmptyGPT] for a disk without one.
func NewPlacement(g *GPT) *Placement {
	p := &Placement{first: g.First, last: g.Last, slots: g.Slots, align: max(2048*512/int64(g.SectorSize), 1)}
	exponent := 11
	for _, q := range g.Partitions {
		for q.Start%(1<<exponent) != 0 {
			exponent--
		}
		p.align = 1 << exponent
	}
	if p.align < 8 && g.Sectors >= 586072368 { // disks of this size have physical sectors of 4096 bytes
		p.align = 8
	}
	p.parts = slices.Clone(g.Partitions)
	p.sort()
	return p
}

// EmptyGPT is the table that sgdisk makes on a disk without one.
func EmptyGPT(size int64, sectorSize int) *GPT {
	sectors := size / int64(sectorSize)
	entries := (128*128 + int64(sectorSize) - 1) / int64(sectorSize)
	return &GPT{SectorSize: sectorSize, Sectors: sectors, First: 2 + entries, Last: sectors - entries - 2, Slots: 128}
}

func (p *Placement) sort() {
	slices.SortFunc(p.parts, func(a, b Partition) int { return int(min(max(a.Start-b.Start, -1), 1)) })
}

// Delete takes a partition away; a missing one is an error.
func (p *Placement) Delete(number int) error {
	i := slices.IndexFunc(p.parts, func(q Partition) bool { return q.Number == number })
	if i < 0 {
		return fmt.Errorf("partition %d does not exist", number)
	}
	p.parts = slices.Delete(p.parts, i, i+1)
	return nil
}

// Create adds a partition and returns it with its number, start and size. A number
// of 0 is the lowest free one, a start or size of 0 is the default.
func (p *Placement) Create(number int, start, size int64) (Partition, error) {
	if number == 0 {
		number = p.free()
	}
	if number > p.slots || number < 1 || slices.ContainsFunc(p.parts, func(q Partition) bool { return q.Number == number }) {
		return Partition{}, fmt.Errorf("%w %d: the number is taken", errNoRoom, number)
	}
	low, high := p.largest()
	low = p.alignUp(low, high)
	if start == 0 {
		start = low
	}
	end := high
	if size != 0 {
		end = start + size - 1
	}
	start = p.alignUp(start, end)
	if start > end || start < p.first || end > p.last || p.taken(start, end) {
		return Partition{}, fmt.Errorf("%w %d from %d to %d", errNoRoom, number, start, end)
	}
	q := Partition{Number: number, Start: start, Size: end - start + 1}
	p.parts = append(p.parts, q)
	p.sort()
	return q, nil
}

func (p *Placement) free() int {
	for n := 1; ; n++ {
		if !slices.ContainsFunc(p.parts, func(q Partition) bool { return q.Number == n }) {
			return n
		}
	}
}

// alignUp moves a start to a multiple of the alignment: up if that is free, else down.
func (p *Placement) alignUp(sector, end int64) int64 {
	down := sector / p.align * p.align
	if down == sector {
		return sector
	}
	if up := down + p.align; up <= end && !p.taken(sector, up) {
		return up
	}
	if down >= p.first && !p.taken(down, sector) {
		return down
	}
	return sector
}

func (p *Placement) taken(start, end int64) bool {
	return slices.ContainsFunc(p.parts, func(q Partition) bool { return start < q.Start+q.Size && q.Start <= end })
}

// largest is the first of the largest free blocks.
func (p *Placement) largest() (start, end int64) {
	at, best := p.first, int64(0)
	consider := func(last int64) {
		if last-at+1 > best {
			start, end, best = at, last, last-at+1
		}
	}
	for _, q := range p.parts {
		consider(q.Start - 1)
		at = max(at, q.Start+q.Size)
	}
	consider(p.last)
	return start, end
}
