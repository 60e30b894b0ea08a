package xz_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/xz"
)

// Whatever the input: no panic, the same result for one and for several
// blocks at a time, and what was accepted survives encoding.
func FuzzReader(f *testing.F) {
	file, data := corpus(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	for _, o := range []xz.WriterOptions{{Check: xz.CRC32}, {Check: xz.SHA256, BlockSize: 99}, {Check: xz.CheckNone}} {
		b, err := xz.Encode(nil, data, &o)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		opts := xz.ReaderOptions{MemoryLimit: 4 << 20}
		one, err1 := limited(in, &opts)
		opts.Concurrency = 3
		many, err3 := limited(in, &opts)
		require.Equal(t, err1 == nil, err3 == nil, "%v, %v", err1, err3)
		if err1 == nil {
			same(t, one, many)
			b, err := xz.Encode(nil, one, nil)
			require.NoError(t, err)
			same(t, one, decode(t, b, nil))
		}
	})
}

// limited decodes up to 8 MiB.
func limited(in []byte, opts *xz.ReaderOptions) ([]byte, error) {
	r, err := xz.NewReader(bytes.NewReader(in), opts)
	if err != nil {
		return nil, err
	}
	var out []byte
	buf := make([]byte, 64<<10)
	for len(out) < 8<<20 {
		n, err := r.Read(buf)
		out = append(out, buf[:n]...)
		if err != nil {
			return out, eofIsNil(err)
		}
	}
	return out, nil
}

// Chunks get past the checksum and into the decoder proper: the fuzzer gives
// the LZMA2 data only.
func FuzzChunks(f *testing.F) {
	for _, n := range []int{1, 50, 700} {
		b, err := xz.Encode(nil, text(n), nil)
		require.NoError(f, err)
		f.Add(b[24 : len(b)-28])
	}
	head, err := xz.Encode(nil, text(5000), &xz.WriterOptions{Check: xz.CheckNone})
	require.NoError(f, err)
	f.Fuzz(func(_ *testing.T, in []byte) {
		_, _ = limited(append(bytes.Clone(head[:24]), in...), &xz.ReaderOptions{MemoryLimit: 4 << 20})
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("abracadabra abracadabra"), uint16(7), uint16(3))
	f.Add(text(3000), uint16(0), uint16(64))
	f.Add(random(300), uint16(100), uint16(200))
	f.Fuzz(func(t *testing.T, data []byte, block, nice uint16) {
		// Repetition makes long matches and a window that slides.
		data = bytes.Repeat(data, 1+int(nice)%3)
		o := xz.WriterOptions{BlockSize: int(block), NiceLen: 4 + int(nice)%270, DictSize: 4096}
		b, err := xz.Encode(nil, data, &o)
		require.NoError(t, err)
		same(t, data, decode(t, b, nil))
	})
}
