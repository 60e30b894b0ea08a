package xz

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// fewLetters are bytes with many matches of all lengths.
func fewLetters(n int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(3))
		if i > 500 && r.IntN(20) == 0 {
			k := r.IntN(500)
			i += copy(b[i:], b[i-1-k:i-1])
		}
	}
	return b
}

// longest is the length of the longest match within dict bytes.
func longest(b []byte, pos, dict, limit int) int {
	best := 0
	cur := b[pos:min(len(b), pos+limit)]
	for i := max(0, pos-dict); i < pos; i++ {
		best = max(best, matchLen(b[i:], cur, 0))
	}
	return best
}

func TestMatchFinderAgainstNaiveSearch(t *testing.T) {
	const dict, nice = 700, 40
	b := fewLetters(5000)
	mf := newMatchFinder(dict, nice, 1<<20)
	mf.reset(b)
	src := newSource(mf, false)
	src.start(len(b))
	for pos := range b {
		ms := src.next()
		last := match{dist: 0}
		for i, m := range ms {
			require.True(t, i == 0 || m.len > last.len && m.dist > last.dist, "at %d: %v", pos, ms)
			require.Equal(t, b[pos:pos+int(m.len)], b[pos-1-int(m.dist):][:m.len])
			last = m
		}
		if want := longest(b, pos, dict, nice); want >= 4 && pos+4 <= len(b) {
			require.EqualValues(t, want, last.len, "at %d", pos)
		}
	}
}

// After four gigabytes the positions in the tables are renumbered; nothing
// may be lost.
func TestMatchFinderRenumbers(t *testing.T) {
	const dict, nice, step, window = 700, 40, 160, 2000
	b := fewLetters(12_000)
	all := func(offset uint32) (found []match, renumbered bool) {
		mf := newMatchFinder(dict, nice, 64)
		mf.reset(b[:window])
		if offset != 0 {
			mf.offset = offset
		}
		src := newSource(mf, false)
		for from := 0; from+step+window <= len(b); {
			src.start(mf.pos + step)
			for range step {
				found = append(found, src.next()...)
			}
			if mf.pos < dict+step {
				continue
			}
			before := mf.offset
			from += step
			mf.slid(b[from:from+window], step)
			renumbered = renumbered || mf.offset < before
		}
		return found, renumbered
	}
	want, renumbered := all(0)
	require.False(t, renumbered)
	got, renumbered := all(maxTablePos - 6000)
	require.True(t, renumbered)
	require.Equal(t, want, got)
}

func TestDictCode(t *testing.T) {
	for _, size := range []int{1, 4096, 4097, 6144, 6145, 8192, 1 << 20, 1<<20 + 1, 3 << 20, 32 << 20, 3 << 29} {
		code := dictCode(size)
		got, err := dictSizeOf(code)
		require.NoError(t, err)
		require.GreaterOrEqual(t, int(got), size)
		if code > 0 {
			less, err := dictSizeOf(code - 1)
			require.NoError(t, err)
			require.Less(t, int(less), size)
		}
	}
	_, err := dictSizeOf(41)
	require.ErrorIs(t, err, ErrNotSupported)
}
