package rpmmd

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
)

func readZchunk(data []byte) ([]byte, error) {
	rc, err := decompressed(iotest.HalfReader(bytes.NewReader(data)), "x")
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	return io.ReadAll(rc)
}

// The files were made by zck 1.2.3 of testdata/golden/primary.xml: with and without dictionary,
// with digests of the decompressed chunks, with short digests, and without compression.
func TestZchunk(t *testing.T) {
	want, err := os.ReadFile("testdata/golden/primary.xml")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/zchunk/*.zck")
	if err != nil || len(names) != 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readZchunk(data)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		// No byte is without a check, but those of the whole data's digest, which the
		// chunks' make superfluous, are covered by that of the header.
		for i := range data {
			bad := bytes.Clone(data)
			bad[i] ^= 0x10
			if got, err := readZchunk(bad); err == nil && bytes.HasPrefix(bad, []byte(zchunkMagic)) {
				t.Fatalf("%s: change at %d not noticed: %d bytes", name, i, len(got))
			}
			if _, err := readZchunk(data[:i]); err == nil && i >= len(zchunkMagic) {
				t.Fatalf("%s: cut at %d not noticed", name, i)
			}
		}
	}
}

func FuzzZchunk(f *testing.F) {
	names, _ := filepath.Glob("testdata/zchunk/*.zck")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Without the digest of the header the fuzzer would get nowhere.
		zr := &zchunkReader{r: bytes.NewReader(data)}
		fields := &zchunkFields{b: data}
		if len(data) > 200 {
			fields = &zchunkFields{b: data[:len(data)/2]}
			zr.r = bytes.NewReader(data[len(data)/2:])
		}
		if err := zr.index(fields); err == nil && zr.dictionary() == nil {
			n, _ := io.Copy(io.Discard, zr)
			if n > int64(len(zr.chunks)+len(data))*maxZchunk {
				t.Fatal(n)
			}
			zr.Close()
		}
		readZchunk(data)
	})
}
