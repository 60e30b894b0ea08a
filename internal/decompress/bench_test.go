package decompress_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/internal/decompress"
)

type discard struct{}

func (discard) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

// For an image of 2 GiB with the files of a distribution on a machine with
// two cores, user and system time together, the writing of a file included:
//
//	gzip -9    3.9 s    pigz -dc | dd          9.0 s
//	zstd -10   3.5 s    zstdcat | dd           3.5 s
//	xz -T2    12.7 s    xz -T0 -dc | dd       20.5 s
//	xz -T1    12.8 s    xz -T0 -dc | dd       21.5 s
func BenchmarkCopy(b *testing.B) {
	data := image(16 << 20)
	for _, format := range imageFormats {
		packed := pack(b, format, data)
		if format == decompress.XZ {
			packed = run(b, data, "xz", "-0", "-T2", "--block-size=4MiB", "-c")
		}
		b.Run(format.String(), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := decompress.Copy(b.Context(), discard{}, bytes.NewReader(packed), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIsZero(b *testing.B) {
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if !decompress.IsZero(data) {
			b.Fatal("not zero")
		}
	}
}
