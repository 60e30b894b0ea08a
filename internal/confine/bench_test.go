//go:build unix

package confine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/confine"
)

// BenchmarkStat resolves a name of five components: a plain os.Stat is the
// lower bound, os.Root the standard library's way.
func BenchmarkStat(b *testing.B) {
	dir := b.TempDir()
	const name = "usr/lib/modules/6.12/vmlinuz"
	require.NoError(b, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
	require.NoError(b, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	r, err := confine.OpenRoot(dir)
	require.NoError(b, err)
	defer r.Close()
	walk, err := confine.OpenRoot(dir)
	require.NoError(b, err)
	defer walk.Close()
	confine.ForceWalk(walk)
	std, err := os.OpenRoot(dir)
	require.NoError(b, err)
	defer std.Close()
	for way, stat := range map[string]func() (os.FileInfo, error){
		"plain":   func() (os.FileInfo, error) { return os.Stat(filepath.Join(dir, name)) },
		"os.Root": func() (os.FileInfo, error) { return std.Stat(name) },
		"openat2": func() (os.FileInfo, error) { return r.Stat(name) },
		"walk":    func() (os.FileInfo, error) { return walk.Stat(name) },
	} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stat(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
