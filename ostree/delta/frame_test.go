package delta

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/stretchr/testify/require"
)

// What is written piece by piece is what the general serializer gives, at all sizes around which framing
// offsets grow.
func TestFramesEqualSerializer(t *testing.T) {
	var sizes []int
	for _, edge := range []int{0, 1 << 8, 1 << 16} {
		for d := -40; d <= 40; d++ {
			sizes = append(sizes, max(0, edge+d))
		}
	}
	for _, n := range sizes {
		blob, ops := bytes.Repeat([]byte{1}, n), []byte("cRc")
		modes := []mode{{1, 2, 3}}
		sets := []gvariant.Value{gvariant.NewArray("(ayay)"), gvariant.NewArray("(ayay)", gvariant.NewTuple(gvariant.NewByteString("user.a"), gvariant.NewByteArray([]byte("v"))))}
		var got bytes.Buffer
		require.NoError(t, writePayload(&got, modes, sets, bytes.NewReader(blob), int64(n), ops))
		u := gvariant.NewUint32BE
		want := gvariant.NewTuple(gvariant.NewArray("(uuu)", gvariant.NewTuple(u(1), u(2), u(3))), gvariant.NewArray(xattrsType, sets...),
			gvariant.NewByteArray(blob), gvariant.NewByteArray(ops))
		require.Equal(t, PayloadType, want.Type())
		require.True(t, bytes.Equal(want.Bytes(), got.Bytes()), "%d bytes", n)

		p, err := parsePayload(bytes.NewReader(got.Bytes()), int64(got.Len()))
		require.NoError(t, err)
		require.EqualValues(t, n, p.size)
		require.Equal(t, ops, p.ops)
		require.Equal(t, modes, p.modes)
		require.Equal(t, 2, p.sets.Len())
	}
}

func TestOffsetWidth(t *testing.T) {
	for _, c := range []struct {
		content int64
		n, want int
	}{{0, 0, 1}, {255, 0, 1}, {256, 0, 2}, {252, 3, 1}, {253, 3, 2}, {1<<16 - 7, 3, 2}, {1<<16 - 6, 3, 4}, {1<<32 - 13, 3, 4}, {1<<32 - 12, 3, 8}, {1 << 60, 3, 8}} {
		require.Equal(t, c.want, offsetWidth(c.content, c.n), "%+v", c)
	}
}
