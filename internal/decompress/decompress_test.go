package decompress_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/internal/xz"
)

func sample() []byte {
	var b bytes.Buffer
	for i := range 60_000 {
		fmt.Fprintf(&b, "line %d of %x\n", i, i*i*7919)
	}
	return b.Bytes()
}

func pack(t testing.TB, format decompress.Format, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	switch format {
	case decompress.Gzip:
		w := gzip.NewWriter(&b)
		_, err := w.Write(data)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	case decompress.XZ:
		out, err := xz.Encode(nil, data, &xz.WriterOptions{BlockSize: 1 << 18, NiceLen: 8})
		require.NoError(t, err)
		return out
	case decompress.Zstd:
		w, err := zstd.NewWriter(&b)
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	case decompress.Bzip2:
		return run(t, data, "bzip2", "-c")
	default:
		return data
	}
	return b.Bytes()
}

// run pipes data through a program. Without it the test is skipped, in CI it fails.
func run(t testing.TB, data []byte, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not installed", name)
	}
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	require.NoError(t, err)
	return out
}

var formats = []decompress.Format{decompress.Raw, decompress.Gzip, decompress.XZ, decompress.Zstd, decompress.Bzip2}

func read(t testing.TB, in io.Reader, o *decompress.Options) ([]byte, decompress.Format, error) {
	t.Helper()
	rc, format, err := decompress.NewReader(in, o)
	if err != nil {
		return nil, format, err
	}
	data, err := io.ReadAll(rc)
	require.NoError(t, rc.Close())
	return data, format, err
}

func TestNewReader(t *testing.T) {
	data := sample()
	for _, format := range formats {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			require.Equal(t, format, decompress.Sniff(packed))
			for _, o := range []*decompress.Options{nil, {Concurrency: 3}, {Formats: []decompress.Format{format}}} {
				got, found, err := read(t, iotest.HalfReader(bytes.NewReader(packed)), o)
				require.NoError(t, err)
				require.Equal(t, format, found)
				require.True(t, bytes.Equal(data, got))
			}
		})
	}
}

// Files of several members are what parallel compressors and cat produce.
func TestConcatenated(t *testing.T) {
	data := sample()[:300_000]
	for _, format := range formats[1:] {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			got, _, err := read(t, bytes.NewReader(bytes.Repeat(packed, 3)), nil)
			require.NoError(t, err)
			require.True(t, bytes.Equal(bytes.Repeat(data, 3), got))
		})
	}
}

func TestTruncated(t *testing.T) {
	data := sample()[:100_000]
	for _, format := range formats[1:] {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			for _, n := range []int{12, 20, len(packed) / 2, len(packed) - 1} {
				for _, c := range []int{1, 2} {
					_, _, err := read(t, bytes.NewReader(packed[:n]), &decompress.Options{Concurrency: c})
					require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d bytes", n, len(packed))
				}
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	data := sample()[:100_000]
	for _, format := range formats[1:] {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			packed[len(packed)/2] ^= 0x10
			_, _, err := read(t, bytes.NewReader(packed), nil)
			require.Error(t, err)
		})
	}
}

func TestFormats(t *testing.T) {
	packed := pack(t, decompress.Zstd, []byte("x"))
	_, format, err := read(t, bytes.NewReader(packed), &decompress.Options{Formats: []decompress.Format{decompress.Raw, decompress.Gzip}})
	require.ErrorIs(t, err, decompress.ErrNotAccepted)
	require.Equal(t, decompress.Zstd, format)
	require.Equal(t, "zstd: compression format is not accepted", err.Error())
}

func TestSniff(t *testing.T) {
	for prefix, want := range map[string]decompress.Format{
		"":                         decompress.Raw,
		"\x1f":                     decompress.Raw,
		"\x1f\x8b\x08":             decompress.Gzip,
		"\x1f\x8b\x07":             decompress.Raw,
		"\xfd7zXZ":                 decompress.Raw,
		"\xfd7zXZ\x00":             decompress.XZ,
		"\x28\xb5\x2f\xfd":         decompress.Zstd,
		"\x5a\x2a\x4d\x18":         decompress.Zstd,
		"\x60\x2a\x4d\x18":         decompress.Raw,
		"BZh91AY&SY":               decompress.Bzip2,
		"BZh1\x17rE8P\x90":         decompress.Bzip2,
		"BZh01AY&SY":               decompress.Raw,
		"BZhello, text":            decompress.Raw,
		"#!/bin/sh\nexec true\n\n": decompress.Raw,
	} {
		require.Equal(t, want, decompress.Sniff([]byte(prefix)), "%q", prefix)
	}
}

// MaxMemory is about windows, not about the size of the data.
func TestMaxMemory(t *testing.T) {
	data := bytes.Repeat(sample(), 3)
	o := &decompress.Options{MaxMemory: 1 << 20}
	small := run(t, data, "zstd", "-1", "-c", "--zstd=wlog=18")
	got, _, err := read(t, bytes.NewReader(small), o)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))

	_, _, err = read(t, bytes.NewReader(run(t, data, "zstd", "-c", "--zstd=wlog=24")), o)
	require.ErrorIs(t, err, zstd.ErrWindowSizeExceeded)
	_, _, err = read(t, bytes.NewReader(run(t, data, "xz", "-6", "-c")), o)
	require.ErrorIs(t, err, xz.ErrMemoryLimit)
}

func TestErrorsOfTheSource(t *testing.T) {
	broken := errors.New("broken cable")
	_, _, err := decompress.NewReader(iotest.ErrReader(broken), nil)
	require.ErrorIs(t, err, broken)
	packed := pack(t, decompress.Gzip, sample())
	_, _, err = read(t, io.MultiReader(bytes.NewReader(packed[:1000]), iotest.ErrReader(broken)), nil)
	require.ErrorIs(t, err, broken)
}

func FuzzNewReader(f *testing.F) {
	for _, format := range formats[:4] {
		f.Add(pack(f, format, []byte("seed, seed, seed")))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		rc, format, err := decompress.NewReader(bytes.NewReader(in), &decompress.Options{MaxMemory: 4 << 20})
		require.Equal(t, decompress.Sniff(in), format)
		if err != nil {
			return
		}
		defer rc.Close()
		out, err := io.ReadAll(io.LimitReader(rc, 4<<20))
		if format == decompress.Raw {
			require.NoError(t, err)
			require.True(t, bytes.Equal(in, out))
		}
	})
}

func ExampleNewReader() {
	file, err := xz.Encode(nil, []byte("an image\n"), nil)
	if err != nil {
		panic(err)
	}
	for _, input := range []io.Reader{bytes.NewReader(file), strings.NewReader("another\n")} {
		rc, format, err := decompress.NewReader(input, nil)
		if err != nil {
			panic(err)
		}
		data, err := io.ReadAll(rc)
		fmt.Printf("%s: %q %v\n", format, data, errors.Join(err, rc.Close()))
	}
	// Output:
	// xz: "an image\n" <nil>
	// raw: "another\n" <nil>
}
