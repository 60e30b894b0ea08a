package decompress_test

import (
	"bufio"
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// Archives one after the other, with something after each.
func TestNewSegment(t *testing.T) {
	var file bytes.Buffer
	var want [][]byte
	order := []decompress.Format{decompress.Zstd, decompress.Gzip, decompress.XZ, decompress.XZ, decompress.Gzip, decompress.Zstd}
	for i, format := range order {
		data := sample()[i*1000 : i*60_000+5000]
		want = append(want, data)
		file.Write(pack(t, format, data))
		if i%2 == 0 {
			file.Write(make([]byte, 5))
		}
	}
	file.WriteString("the rest")
	for _, size := range []int{32, 4096, 1 << 20} {
		br := bufio.NewReaderSize(bytes.NewReader(file.Bytes()), size)
		for i, format := range order {
			rc, found, err := decompress.NewSegment(br)
			require.NoError(t, err)
			require.Equal(t, format, found)
			data, err := io.ReadAll(rc)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want[i], data))
			require.NoError(t, rc.Close())
			if i%2 == 0 {
				pad := make([]byte, 5)
				_, err = io.ReadFull(br, pad)
				require.NoError(t, err)
				require.True(t, decompress.IsZero(pad))
			}
		}
		rc, found, err := decompress.NewSegment(br)
		require.NoError(t, err)
		require.Equal(t, decompress.Raw, found)
		rest, err := io.ReadAll(rc)
		require.NoError(t, err)
		require.Equal(t, "the rest", string(rest))
	}
}

func TestNewSegmentTruncated(t *testing.T) {
	data := sample()[:3000]
	for _, format := range imageFormats[1:] {
		packed := pack(t, format, data)
		for n := 6; n < len(packed); n++ {
			rc, _, err := decompress.NewSegment(bufio.NewReader(bytes.NewReader(packed[:n])))
			if err == nil {
				_, err = io.ReadAll(rc)
			}
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s: %d of %d bytes", format, n, len(packed))
		}
	}
}

func TestIsZero(t *testing.T) {
	b := make([]byte, 300)
	for n := range b {
		require.True(t, decompress.IsZero(b[:n]))
		for i := range n {
			b[i] = 1
			require.False(t, decompress.IsZero(b[:n]))
			b[i] = 0
		}
	}
}
