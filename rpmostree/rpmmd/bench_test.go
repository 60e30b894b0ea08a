package rpmmd_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// universe is a directory with a large repository, for the benchmarks and the comparisons that
// need one.
var universe = flag.String("universe", "", "directory of a large rpm-md repository (with repodata/)")

// document returns one decompressed document of the large repository.
func document(tb testing.TB, kind string) []byte {
	tb.Helper()
	if *universe == "" {
		tb.Skip("no -universe given")
	}
	names, err := filepath.Glob(filepath.Join(*universe, "repodata", "*-"+kind+".xml.gz"))
	if err != nil || len(names) != 1 {
		tb.Fatalf("%s in %s: %v %v", kind, *universe, names, err)
	}
	packed, err := os.ReadFile(names[0])
	if err != nil {
		tb.Fatal(err)
	}
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	plain, err := io.ReadAll(zr)
	if err != nil {
		tb.Fatal(err)
	}
	return plain
}

// libsolv 0.7 needs 1.5 s of CPU time for the 63,440 packages (99 MB) that these were tuned
// with, and 10 s per 100 MB is what encoding/xml takes for the tokens alone.
func BenchmarkParsePrimary(b *testing.B) {
	doc := document(b, "primary")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := rpmmd.ParsePrimary(b.Context(), bytes.NewReader(doc), func(*rpmmd.PackageData) error { n++; return nil })
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}

// The whole way from the file: both checksums, decompression, parsing. libsolv needs 2.2 s of
// CPU time for it, without checksums.
func BenchmarkOpenPrimary(b *testing.B) {
	if *universe == "" {
		b.Skip("no -universe given")
	}
	dir, err := filepath.Abs(*universe)
	if err != nil {
		b.Fatal(err)
	}
	client, err := rpmmd.NewClient(&rpmmd.ClientOptions{CacheDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	repo := rpmmd.NewRepoConfig("universe")
	repo.BaseURL = []string{"file://" + dir}
	meta, err := client.Refresh(b.Context(), repo, nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func(string) (io.ReadCloser, error){"all": meta.Open, "trusted": meta.OpenTrusted} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(meta.Find("primary").OpenSize)
			b.ReportAllocs()
			for b.Loop() {
				rc, err := open("primary")
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				err = rpmmd.ParsePrimary(b.Context(), rc, func(*rpmmd.PackageData) error { n++; return nil })
				rc.Close()
				if err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkParseFilelists(b *testing.B) {
	doc := document(b, "filelists")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		wanted := func(path []byte) bool { return string(path) == "/usr/bin/python3" }
		if err := rpmmd.ParseFilelists(b.Context(), bytes.NewReader(doc), wanted, func(*rpmmd.PackageFiles) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
