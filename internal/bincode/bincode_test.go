package bincode_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/bincode"
)

func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		v    uint64
		want []byte
	}{
		{0, []byte{0}}, {250, []byte{250}}, {251, []byte{251, 251, 0}}, {2048, []byte{251, 0, 8}},
		{0x40000, []byte{252, 0, 0, 4, 0}}, {1 << 32, []byte{253, 0, 0, 0, 0, 1, 0, 0, 0}},
		{math.MaxUint64, []byte{253, 255, 255, 255, 255, 255, 255, 255, 255}},
	} {
		require.Equal(t, c.want, bincode.AppendUint(nil, c.v))
		r := bincode.NewReader(bytes.NewReader(c.want))
		require.Equal(t, c.v, r.Uint64())
		require.NoError(t, r.Err())
		require.EqualValues(t, len(c.want), r.Offset())
	}
}

func TestErrors(t *testing.T) {
	r := bincode.NewReader(bytes.NewReader([]byte{252, 1}))
	require.Zero(t, r.Uint64())
	require.ErrorIs(t, r.Err(), io.ErrUnexpectedEOF)

	r = bincode.NewReader(bytes.NewReader([]byte{254}))
	r.Uint64()
	require.ErrorIs(t, r.Err(), bincode.ErrRange)

	r = bincode.NewReader(bytes.NewReader(bincode.AppendUint(nil, 1<<40)))
	r.Uint32()
	require.ErrorIs(t, r.Err(), bincode.ErrRange)

	r = bincode.NewReader(bytes.NewReader(bincode.AppendBytes(nil, "hello")))
	require.Nil(t, r.Bytes(4))
	require.ErrorIs(t, r.Err(), bincode.ErrTooLong)
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{3, 'a', 'b', 'c', 251, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bincode.NewReader(bytes.NewReader(data))
		for r.Err() == nil {
			s := r.Bytes(int64(len(data)))
			v := r.Uint64()
			if r.Err() != nil {
				break
			}
			again := bincode.NewReader(bytes.NewReader(bincode.AppendUint(bincode.AppendBytes(nil, s), v)))
			require.Equal(t, s, again.Bytes(int64(len(data))))
			require.Equal(t, v, again.Uint64())
		}
		require.LessOrEqual(t, r.Offset(), int64(len(data)))
	})
}
