package osmet

import (
	"cmp"
	"fmt"
	"slices"
)

// PackOptions say what [Pack] makes.
type PackOptions struct {
	// Device is the disk, or a file with the image of one. It is not written to.
	Device string
	// Output is the osmet file. It is replaced in one step when all is well; its directory has room for the new one.
	Output string
	// Checksum is the SHA-256 that the whole disk must have, in hexadecimal.
	Checksum string
	// Description is the name of the operating system.
	Description string
	// Architecture is that of the operating system; empty means that of this machine.
	Architecture string
	// AppVersion is noted in the file.
	AppVersion string
	// Fast trades size for time.
	Fast bool
	// Message is called with lines that tell what is going on; nil means silence.
	Message func(text string)
}

// statistics of what canonicalize did.
type statistics struct{ dropped, clamped int }

// canonicalize sorts mappings by their place on the partition and removes what overlaps: hard links and reflinks make the
// same place part of several objects. The first in the order of place and length, longest first, wins.
func canonicalize(mappings []Mapping) ([]Mapping, statistics) {
	var stats statistics
	slices.SortStableFunc(mappings, func(a, b Mapping) int {
		return cmp.Or(cmp.Compare(a.Physical, b.Physical), cmp.Compare(b.Length, a.Length))
	})
	out := mappings[:0]
	var end int64
	for i, m := range mappings {
		if i > 0 && m.Physical+m.Length <= end {
			stats.dropped++
			continue
		}
		if n := end - m.Physical; i > 0 && n > 0 {
			m.Logical += n
			m.Physical += n
			m.Length -= n
			stats.clamped++
		}
		end = m.Physical + m.Length
		out = append(out, m)
	}
	return out, stats
}

// noteCanonical reports what canonicalize did, in the words of coreos-installer.
func noteCanonical(note func(string), mappings []Mapping) []Mapping {
	if len(mappings) == 0 {
		note("No mappings to canonicalize")
		return mappings
	}
	out, stats := canonicalize(mappings)
	note(fmt.Sprintf("Duplicate extents dropped: %d", stats.dropped))
	note(fmt.Sprintf("Overlapping extents clamped: %d", stats.clamped))
	return out
}
