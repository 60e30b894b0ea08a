package ostree_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

// benchTree is the directory in NESTOS_BENCH_TREE, or one of 3000 half-compressible files (60 MB).
func benchTree(b *testing.B) (dir string, size int64) {
	dir = os.Getenv("NESTOS_BENCH_TREE")
	if dir == "" {
		dir = filepath.Join(b.TempDir(), "tree")
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 3000 {
			data := make([]byte, rng.IntN(40000))
			for j := range data {
				data[j] = byte(rng.IntN(1 << (j % 9)))
			}
			sub := filepath.Join(dir, fmt.Sprint(i%50))
			require.NoError(b, os.MkdirAll(sub, 0o755))
			require.NoError(b, os.WriteFile(filepath.Join(sub, fmt.Sprint(i)), data, 0o644))
		}
	}
	require.NoError(b, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if st, err := d.Info(); err == nil {
				size += st.Size()
			}
		}
		return err
	}))
	return dir, size
}

// The real ostree 2022.7 commits 49k files of 720 MB in 30 s (archive) and 16 s (bare-user) on the
// two cores where these were written; see internal/bench for a comparison side by side.
func BenchmarkCommit(b *testing.B) {
	dir, size := benchTree(b)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		b.Run(mode.String()+"/first", func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r := initRepo(b, filepath.Join(b.TempDir(), fmt.Sprint(i)), mode)
				commitDir(b, r, dir, "main", &ostree.Modifier{Filter: owner0.Filter}, nil)
			}
		})
		b.Run(mode.String()+"/unchanged", func(b *testing.B) {
			r := initRepo(b, filepath.Join(b.TempDir(), "repo"), mode)
			commitDir(b, r, dir, "main", &ostree.Modifier{Filter: owner0.Filter}, nil)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				commitDir(b, r, dir, "main", &ostree.Modifier{Filter: owner0.Filter}, nil)
			}
		})
	}
}
