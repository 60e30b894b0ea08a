package container

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
)

func TestGzipWriter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 1000, gzipBlock - 1, gzipBlock, gzipBlock + 1, 3*gzipBlock + 17} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(r.IntN(4) * r.IntN(60))
		}
		for _, level := range []int{1, 6, 9} {
			var first []byte
			for _, procs := range []int{1, 4} {
				old := runtime.GOMAXPROCS(procs)
				var b bytes.Buffer
				z := newGzipWriter(&b, level)
				for p := data; len(p) > 0; {
					n := min(len(p), 1+r.IntN(100000))
					z.Write(p[:n])
					p = p[n:]
				}
				err := z.Close()
				runtime.GOMAXPROCS(old)
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = b.Bytes()
				} else if !bytes.Equal(first, b.Bytes()) {
					t.Fatalf("size %d, level %d: output depends on the number of processors", size, level)
				}
			}
			gz, err := stdgzip.NewReader(bytes.NewReader(first))
			if err != nil {
				t.Fatal(err)
			}
			gz.Multistream(false)
			back, err := io.ReadAll(gz)
			if err != nil || !bytes.Equal(back, data) {
				t.Fatalf("size %d, level %d: wrong data, %v", size, level, err)
			}
		}
	}
}

func BenchmarkGzip(b *testing.B) {
	data := make([]byte, 16<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.IntN(4) * r.IntN(60))
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		z := newGzipWriter(io.Discard, 6)
		z.Write(data)
		z.Close()
	}
}
