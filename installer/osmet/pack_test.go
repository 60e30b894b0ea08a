package osmet

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCanonicalize(t *testing.T) {
	m := func(logical, physical, length int64) Mapping {
		return Mapping{Extent: Extent{Logical: logical, Physical: physical, Length: length}}
	}
	for name, c := range map[string]struct {
		in, want []Mapping
		stats    statistics
	}{
		"sorted":          {[]Mapping{m(0, 40, 10), m(7, 20, 10)}, []Mapping{m(7, 20, 10), m(0, 40, 10)}, statistics{}},
		"adjacent":        {[]Mapping{m(0, 0, 10), m(0, 10, 10)}, []Mapping{m(0, 0, 10), m(0, 10, 10)}, statistics{}},
		"same":            {[]Mapping{m(0, 0, 10), m(3, 0, 10)}, []Mapping{m(0, 0, 10)}, statistics{dropped: 1}},
		"longest first":   {[]Mapping{m(0, 0, 10), m(3, 0, 20)}, []Mapping{m(3, 0, 20)}, statistics{dropped: 1}},
		"inside":          {[]Mapping{m(5, 100, 50), m(0, 110, 10), m(0, 140, 10)}, []Mapping{m(5, 100, 50)}, statistics{dropped: 2}},
		"overlap":         {[]Mapping{m(5, 100, 50), m(1, 140, 20)}, []Mapping{m(5, 100, 50), m(11, 150, 10)}, statistics{clamped: 1}},
		"overlaps":        {[]Mapping{m(0, 0, 10), m(0, 5, 10), m(0, 8, 20)}, []Mapping{m(0, 0, 10), m(5, 10, 5), m(7, 15, 13)}, statistics{clamped: 2}},
		"longer at a gap": {[]Mapping{m(0, 0, 10), m(0, 5, 3), m(0, 9, 2)}, []Mapping{m(0, 0, 10), m(1, 10, 1)}, statistics{dropped: 1, clamped: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, stats := canonicalize(c.in)
			require.Equal(t, c.want, got)
			require.Equal(t, c.stats, stats)
			l := Layout{Partitions: []Partition{{End: 1000, Mappings: got}}, Size: 1000}
			require.NoError(t, l.Validate())
		})
	}
}
