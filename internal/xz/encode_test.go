package xz_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/xz"
)

func TestEncodeRoundTrip(t *testing.T) {
	for name, data := range samples() {
		t.Run(name, func(t *testing.T) {
			packed, err := xz.Encode([]byte("prefix"), data, nil)
			require.NoError(t, err)
			require.Equal(t, "prefix", string(packed[:6]))
			packed = packed[6:]
			same(t, data, decode(t, packed, nil))
			same(t, data, pipe(t, packed, "xz", "-dc"))
		})
	}
}

// The size is compared with that of the xz program at the preset which the
// zero options stand for.
func TestEncodeIsNotLargerThanPreset8(t *testing.T) {
	for name, data := range samples() {
		t.Run(name, func(t *testing.T) {
			theirs := pipe(t, data, "xz", "-8", "-T1", "-c")
			ours, err := xz.Encode(nil, data, nil)
			require.NoError(t, err)
			require.LessOrEqual(t, len(ours), len(theirs))
			t.Logf("%d bytes: %d, xz %d", len(data), len(ours), len(theirs))
		})
	}
}

func TestEncodeOptions(t *testing.T) {
	data := mixed(200_000)
	for name, o := range map[string]xz.WriterOptions{
		"CRC32":           {Check: xz.CRC32},
		"SHA-256":         {Check: xz.SHA256},
		"no check":        {Check: xz.CheckNone},
		"small dict":      {DictSize: 4096},
		"odd dict":        {DictSize: 70_001},
		"nice 4":          {NiceLen: 4},
		"nice 5, depth 1": {NiceLen: 5, Depth: 1},
		"nice 273":        {NiceLen: 273},
		"blocks":          {BlockSize: 60_000},
		"tiny blocks":     {BlockSize: 3000, Concurrency: 3},
		"parallel":        {BlockSize: 50_000, Concurrency: 3},
		"match finder":    {Concurrency: 2},
		"wrong hint":      {SizeHint: 10},
		"wrong hint, too": {SizeHint: 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			packed, err := xz.Encode(nil, data, &o)
			require.NoError(t, err)
			same(t, data, decode(t, packed, nil))
			same(t, data, decode(t, packed, &xz.ReaderOptions{Concurrency: 3}))
			same(t, data, pipe(t, packed, "xz", "-dc"))
			same(t, data, write(t, &o, data, 777))
		})
	}
}

// write encodes with a Writer, n bytes at a time, checks that the xz program takes it, and
// returns what the Reader makes of it.
func write(t *testing.T, o *xz.WriterOptions, data []byte, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := xz.NewWriter(&out, o)
	require.NoError(t, err)
	for b := data; len(b) > 0; {
		k, err := w.Write(b[:min(n, len(b))])
		require.NoError(t, err)
		b = b[k:]
	}
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	pipe(t, out.Bytes(), "xz", "-t")
	return decode(t, out.Bytes(), nil)
}

// The window slides several times; old data must be found at all distances.
func TestWriterSlides(t *testing.T) {
	data := mixed(3_500_000)
	for _, dict := range []int{4096, 1<<20 + 5} {
		for _, c := range []int{1, 2} {
			o := xz.WriterOptions{DictSize: dict, Concurrency: c}
			same(t, data, write(t, &o, data, 100_000))
		}
	}
}

func TestOutputDoesNotDependOnConcurrency(t *testing.T) {
	data := mixed(1_000_000)
	for _, size := range []int{0, 300_000} {
		var first []byte
		for _, c := range []int{1, 2, 4} {
			packed, err := xz.Encode(nil, data, &xz.WriterOptions{Concurrency: c, BlockSize: size, DictSize: 1 << 18})
			require.NoError(t, err)
			if first == nil {
				first = packed
			}
			same(t, first, packed)
		}
	}
}

func TestWriterEqualsEncode(t *testing.T) {
	data := mixed(1_000_000)
	want, err := xz.Encode(nil, data, nil)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := xz.NewWriter(&out, &xz.WriterOptions{SizeHint: int64(len(data))})
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	same(t, want, out.Bytes())
}

func TestWriterOptionErrors(t *testing.T) {
	for name, o := range map[string]xz.WriterOptions{
		"dictionary too small": {DictSize: 4095},
		"dictionary too large": {DictSize: 3<<29 + 1},
		"nice too small":       {NiceLen: 3},
		"nice too large":       {NiceLen: 274},
		"depth":                {Depth: -1},
		"check":                {Check: 9},
		"block size":           {BlockSize: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := xz.NewWriter(nil, &o)
			require.Error(t, err)
			_, err = xz.Encode(nil, nil, &o)
			require.Error(t, err)
		})
	}
}

// failing takes some bytes and fails then.
type failing int

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if *f -= failing(len(p)); *f < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterReportsErrors(t *testing.T) {
	data := random(3 << 20)
	for _, o := range []xz.WriterOptions{{}, {DictSize: 4096}, {DictSize: 4096, Concurrency: 2}, {BlockSize: 100_000, Concurrency: 2}} {
		for _, n := range []failing{0, 12, 100, 100_000, 2 << 20} {
			w, err := xz.NewWriter(&n, &o)
			require.NoError(t, err)
			_, _ = w.Write(data)
			require.ErrorIs(t, w.Close(), errFull)
			_, err = w.Write(data)
			require.Error(t, err)
		}
	}
}

// A small input must not cost the memory of a large dictionary.
func TestSmallInputTakesLittleMemory(t *testing.T) {
	data := text(10_000)
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = xz.Encode(nil, data, nil)
		}
	})
	require.Less(t, r.AllocedBytesPerOp(), int64(2<<20))
}
