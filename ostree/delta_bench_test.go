package ostree_test

import (
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

// On these small repositories the reference program takes about as much processor time, 0.06 s and 0.7 s, all of it on
// one core. For an update of a Python installation of 180 MB, in which 4500 files change, it takes 130 s and makes
// 17.0 MB, this package 85 s, on all cores, and 12.1 MB.
func BenchmarkGenerateDelta(b *testing.B) {
	src, from, to := sources(b)
	for name, o := range map[string]*ostree.DeltaOptions{"update": {From: from, To: to}, "scratch": {To: to}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				stats, err := src.GenerateDelta(b.Context(), o)
				require.NoError(b, err)
				b.SetBytes(int64(stats.USize))
			}
		})
	}
}
