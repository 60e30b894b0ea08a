package rollsum_test

import (
	"bytes"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/rollsum"
)

func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

// naive is the definition: the end of a chunk is where the checksum over the
// window, computed from scratch, ends with 13 ones.
func naive(data []byte) (sizes []int) {
	for start := 0; start < len(data); {
		n := 1
		for ; start+n < len(data) && n < rollsum.MaxChunk; n++ {
			sum := 0
			for i := range rollsum.Window {
				c := 31
				if at := n - 1 - i; at >= 0 {
					c += int(data[start+at])
				}
				sum += c * (i + 1)
			}
			// The rolling sum begins with 64·63·31, although the zeros before
			// the start would give 64·65/2·31.
			sum += 64*63*31 - 64*65/2*31
			if sum&0x1fff == 0x1fff {
				break
			}
		}
		sizes = append(sizes, n)
		start += n
	}
	return sizes
}

func TestSplit(t *testing.T) {
	for _, data := range [][]byte{nil, {1}, random(1, 100), random(2, 200_000), make([]byte, 70_000), bytes.Repeat([]byte{0xff, 3, 9}, 30_000)} {
		var sizes []int
		at := 0
		for c := range rollsum.Split(data) {
			require.Equal(t, at, c.Offset)
			require.Equal(t, crc32.ChecksumIEEE(data[at:at+c.Size]), c.CRC)
			sizes = append(sizes, c.Size)
			at += c.Size
		}
		require.Equal(t, len(data), at)
		require.Equal(t, naive(data), sizes)
	}
	for range rollsum.Split(random(3, 100_000)) {
		break
	}
}

// check verifies what Matches promises.
func check(t *testing.T, from, to []byte, m *rollsum.Matches) {
	t.Helper()
	end, sum := 0, 0
	for i, r := range m.Ranges {
		require.GreaterOrEqual(t, r.To, end)
		require.Positive(t, r.Len)
		require.True(t, bytes.Equal(from[r.From:r.From+r.Len], to[r.To:r.To+r.Len]))
		if r.From > 0 && r.To > end {
			require.NotEqual(t, from[r.From-1], to[r.To-1], "range %d starts late", i)
		}
		if i > 0 && r.To == end {
			last := m.Ranges[i-1]
			require.NotEqual(t, last.From+last.Len, r.From, "range %d not joined", i)
		}
		end, sum = r.To+r.Len, sum+r.Len
		if end < len(to) && r.From+r.Len < len(from) && (i+1 == len(m.Ranges) || m.Ranges[i+1].To > end) {
			require.NotEqual(t, from[r.From+r.Len], to[end], "range %d ends early", i)
		}
	}
	require.EqualValues(t, sum, m.Bytes)
	require.LessOrEqual(t, end, len(to))
	require.LessOrEqual(t, m.Matched, m.Chunks)
	require.LessOrEqual(t, m.Percent(), 100)
}

func TestMatch(t *testing.T) {
	a := random(4, 300_000)
	insert := func(at int, s string) []byte { return slices.Concat(a[:at], []byte(s), a[at:]) }
	zeros := make([]byte, 200_000)
	for _, c := range []struct {
		name     string
		from, to []byte
		ranges   int
		least    int
		percent  int
	}{
		{"both empty", nil, nil, 0, 0, 0},
		{"to empty", a, nil, 0, 0, 0},
		{"from empty", nil, a, 0, 0, 0},
		{"same", a, a, 1, 300_000, 100},
		{"different", a, random(5, 300_000), 0, 0, 0},
		{"inserted", a, insert(150_000, "new"), 2, 300_000 - 10, 90},
		{"removed", insert(150_000, "old"), a, 2, 300_000 - 10, 90},
		{"start lost", a, a[100_001:], 1, 199_999, 100},
		{"end lost", a, a[:100_001], 1, 100_001, 100},
		{"swapped", a, slices.Concat(a[150_000:], a[:150_000]), 2, 299_990, 95},
		{"zeros", zeros, zeros[:150_001], 1, 150_001, 100},
		{"zeros inserted", a, slices.Concat(a[:150_000], zeros, a[150_000:]), 2, 299_990, 60},
		{"more zeros", zeros[:100_000], zeros, 2, 190_000, 85},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := rollsum.Match(c.from, c.to)
			check(t, c.from, c.to, m)
			t.Logf("%d ranges, %d bytes, %d/%d chunks", len(m.Ranges), m.Bytes, m.Matched, m.Chunks)
			require.Len(t, m.Ranges, c.ranges)
			require.GreaterOrEqual(t, int(m.Bytes), c.least)
			require.GreaterOrEqual(t, m.Percent(), c.percent)
		})
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("abc"), uint16(3), uint8(1))
	f.Add(random(6, 50), uint16(9000), uint8(7))
	f.Fuzz(func(t *testing.T, piece []byte, n uint16, k uint8) {
		// Two arrangements of the same material.
		noise := random(uint64(k), int(n))
		a := slices.Concat(bytes.Repeat(piece, int(k)), noise, piece, noise)
		b := slices.Concat(noise, bytes.Repeat(piece, int(k)), noise[n/3:], piece)
		check(t, a, b, rollsum.Match(a, b))
		m := rollsum.Match(a, a)
		check(t, a, a, m)
		require.EqualValues(t, len(a), m.Bytes)
	})
}

func BenchmarkMatch(b *testing.B) {
	from := random(7, 8<<20)
	to := slices.Concat(from[:4<<20], []byte("new"), from[4<<20:])
	b.SetBytes(int64(len(to)))
	b.ReportAllocs()
	for b.Loop() {
		rollsum.Match(from, to)
	}
}
