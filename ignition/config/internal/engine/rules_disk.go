package engine

import (
	"sort"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func (c *checker) disk(p *place, d *types.Disk) {
	if d.Device == "" {
		c.fail("disk device is required", p, "device")
	} else {
		c.fail(checkPath(d.Device), p, "device")
		if i := collidingNumber(d.Partitions); i >= 0 {
			c.fail("partition numbers collide", p, "partitions", i)
		}
		if i := overlapping(d.Partitions); i >= 0 {
			c.fail("partitions overlap", p, "partitions", i)
		}
		if i := collidingLabel(d.Partitions); i >= 0 {
			c.fail("cannot use the same partition label twice", p, "partitions", i)
		}
	}
	each(p, "partitions", d.Partitions, c.partition)
}

func (c *checker) partition(p *place, x *types.Partition) {
	if isFalse(x.ShouldExist) && (x.Label != nil || !empty(x.TypeGUID) || !empty(x.GUID) || x.StartMiB != nil || x.SizeMiB != nil) {
		c.fail("shouldExist specified false with other options also specified", p)
	}
	if x.Number == 0 && x.Label == nil {
		c.fail("a partition number >= 1 or a label must be specified", p)
	}
	if x.Label != nil {
		switch {
		case len(*x.Label) > 36: // the table has 36 UTF-16 units
			c.fail("partition labels may not exceed 36 characters", p, "label")
		case strings.Contains(*x.Label, ":"): // sgdisk's separator
			c.fail("partition label will be truncated to text before the colon", p, "label")
		}
	}
	const form = `doesn't match the form "01234567-89AB-CDEF-EDCB-A98765432101"`
	if !empty(x.GUID) && !isGUID(*x.GUID) {
		c.fail(form, p, "guid")
	}
	if !empty(x.TypeGUID) && !isGUID(*x.TypeGUID) {
		c.fail(form, p, "typeGuid")
	}
}

// collidingNumber is the first partition whose number an earlier one has; -1 is
// none.
func collidingNumber(list []types.Partition) int {
	if len(list) < 2 {
		return -1
	}
	numbers := make(map[int]bool, len(list))
	for i := range list {
		if n := list[i].Number; n != 0 {
			if numbers[n] {
				return i
			}
			numbers[n] = true
		}
	}
	return -1
}

func collidingLabel(list []types.Partition) int {
	if len(list) < 2 {
		return -1
	}
	labels := make(map[string]bool, len(list))
	for i := range list {
		if l := list[i].Label; l != nil {
			if labels[*l] {
				return i
			}
			labels[*l] = true
		}
	}
	return -1
}

// extent is where a partition is, both ends included. The end may be before the
// start: sizes may be negative or overflow.
type extent struct{ index, start, end int }

func extents(list []types.Partition) []extent {
	var all []extent
	for i := range list {
		p := &list[i]
		// A start of 0 is the largest free block, wherever that is.
		if p.StartMiB == nil || p.SizeMiB == nil || *p.StartMiB == 0 {
			continue
		}
		e := extent{i, *p.StartMiB, *p.StartMiB}
		if *p.SizeMiB != 0 {
			e.end = *p.StartMiB + *p.SizeMiB - 1
		}
		all = append(all, e)
	}
	return all
}

func (p extent) hits(o extent) bool {
	return p.start >= o.start && p.start <= o.end || p.end >= o.start && p.end <= o.end || p.start < o.start && p.end > o.end
}

// overlapping is the partition that the first partition which overlaps another
// overlaps first; -1 is none.
func overlapping(list []types.Partition) int {
	all := extents(list)
	if len(all) < 2 {
		return -1
	}
	x := newExtentIndex(all)
	for _, p := range all {
		if !x.hitsAny(p) {
			continue
		}
		for _, o := range all {
			if o.index != p.index && p.hits(o) {
				return o.index
			}
		}
	}
	return -1
}

// extentIndex tells in logarithmic time whether an extent hits any other.
type extentIndex struct {
	proper []extent // start <= end, by start
	maxEnd []int    // largest end of proper[:i+1]
	others []extent // by start
	minEnd []int    // smallest end of others[i:]
}

func newExtentIndex(all []extent) *extentIndex {
	x := &extentIndex{}
	for _, e := range all {
		if e.start <= e.end {
			x.proper = append(x.proper, e)
		} else {
			x.others = append(x.others, e)
		}
	}
	sort.Slice(x.proper, func(i, j int) bool { return x.proper[i].start < x.proper[j].start })
	sort.Slice(x.others, func(i, j int) bool { return x.others[i].start < x.others[j].start })
	x.maxEnd = make([]int, len(x.proper))
	for i, e := range x.proper {
		x.maxEnd[i] = e.end
		if i > 0 {
			x.maxEnd[i] = max(e.end, x.maxEnd[i-1])
		}
	}
	x.minEnd = make([]int, len(x.others))
	for i := len(x.others) - 1; i >= 0; i-- {
		x.minEnd[i] = x.others[i].end
		if i+1 < len(x.others) {
			x.minEnd[i] = min(x.minEnd[i], x.minEnd[i+1])
		}
	}
	return x
}

func (x *extentIndex) hitsAny(p extent) bool {
	// An extent that ends before it starts holds no point; it is hit by what
	// begins before its start and ends behind its end.
	i := sort.Search(len(x.others), func(i int) bool { return x.others[i].start > p.start })
	if i < len(x.others) && x.minEnd[i] < p.end {
		return true
	}
	if p.start > p.end {
		return x.covers(p.start) || x.covers(p.end)
	}
	// Among proper ones: one other that starts no later than p ends, and ends no
	// earlier than p starts. Of those with p's start p itself is one.
	n := sort.Search(len(x.proper), func(i int) bool { return x.proper[i].start > p.end })
	first := sort.Search(n, func(i int) bool { return x.proper[i].start >= p.start })
	if n-first > 1 {
		return true
	}
	return first > 0 && x.maxEnd[first-1] >= p.start
}

// covers reports whether a point is in a proper extent.
func (x *extentIndex) covers(point int) bool {
	n := sort.Search(len(x.proper), func(i int) bool { return x.proper[i].start > point })
	return n > 0 && x.maxEnd[n-1] >= point
}
