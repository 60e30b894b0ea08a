package rpm_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// large is a package of 1000 files and 20 MB.
func large(compressor string) *rpmtest.Spec {
	r := rand.New(rand.NewPCG(1, 2))
	s := &rpmtest.Spec{Name: "large", Compressor: compressor, Requires: []string{"libc.so.6(GLIBC_2.34)(64bit)"}}
	for d := range 10 {
		s.Files = append(s.Files, rpmtest.File{Path: fmt.Sprintf("/usr/share/large/%02d", d), Mode: rpm.ModeDir | 0o755})
		for f := range 100 {
			content := make([]byte, 20_000)
			for i := range content {
				content[i] = "abcdefgh \n"[r.IntN(10)]
			}
			s.Files = append(s.Files, rpmtest.File{Path: fmt.Sprintf("/usr/share/large/%02d/file-%03d", d, f), Content: content})
		}
	}
	return s
}

func BenchmarkParse(b *testing.B) {
	data, err := rpmtest.Build(large("zstd"))
	if err != nil {
		b.Fatal(err)
	}
	p, err := rpm.ParseHeaderBytes(data)
	if err != nil {
		b.Fatal(err)
	}
	header := p.HeaderBytes()
	b.Run("header", func(b *testing.B) {
		b.SetBytes(int64(len(header)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rpm.ParseHeaderBytes(header); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("files", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Header.Files(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	for _, compressor := range []string{"none", "gzip", "zstd"} {
		b.Run(compressor, func(b *testing.B) {
			data, err := rpmtest.Build(large(compressor))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(20_000_000)
			b.ReportAllocs()
			n := 0
			top := b.TempDir()
			for b.Loop() {
				dir := filepath.Join(top, fmt.Sprint(n))
				n++
				if err := os.Mkdir(dir, 0o755); err != nil {
					b.Fatal(err)
				}
				p, err := rpm.Read(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				if err := p.Extract(b.Context(), dir, nil); err != nil {
					b.Fatal(err)
				}
				if err := os.RemoveAll(dir); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	data, err := rpmtest.Build(large("zstd"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := rpm.Verify(b.Context(), bytes.NewReader(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}
