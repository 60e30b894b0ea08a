package merge_test

import (
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// many makes a config of n files named from first on.
func many(first, n int) types.Config {
	files := make([]types.File, n)
	for i := range files {
		files[i].Path = fmt.Sprintf("/etc/conf.d/%d", first+i)
		files[i].Mode = new(0o644)
		files[i].Contents.Source = new("data:,x")
		files[i].Append = []types.Resource{{Source: new("data:,y")}}
	}
	return types.Config{Ignition: types.Ignition{Version: "3.7.0-experimental"}, Storage: types.Storage{Files: files}}
}

func BenchmarkMerge(b *testing.B) {
	// Ignition 2.27 takes about twenty times as long.
	b.Run("Overlap", func(b *testing.B) { benchmarkMerge(b, many(0, 15000), many(0, 15000)) })
	b.Run("Disjoint", func(b *testing.B) { benchmarkMerge(b, many(0, 15000), many(15000, 15000)) })
}

func benchmarkMerge(b *testing.B, parent, child types.Config) {
	b.ReportAllocs()
	for b.Loop() {
		merge.Merge(parent, child)
	}
}

func BenchmarkTrace(b *testing.B) {
	parent, child := many(0, 15000), many(0, 15000)
	b.ReportAllocs()
	for b.Loop() {
		merge.Trace(parent, child)
	}
}
