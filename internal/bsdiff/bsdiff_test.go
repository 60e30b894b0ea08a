package bsdiff

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func apply(old, patch []byte, size int64) ([]byte, error) {
	var out bytes.Buffer
	err := Patch(bytes.NewReader(old), int64(len(old)), bytes.NewReader(patch), size, &out)
	return out.Bytes(), err
}

func diff(t testing.TB, old, new []byte) []byte {
	t.Helper()
	var patch bytes.Buffer
	require.NoError(t, Diff(old, new, &patch))
	return patch.Bytes()
}

// TestWorkedExample is the patch in the reference implementation's delta
// between two commits of one small file.
func TestWorkedExample(t *testing.T) {
	want := "0500000000000000" + "0200000000000000" + "0000000000000000" + "0000000000" + "320a"
	patch := diff(t, []byte("hello\n"), []byte("hello2\n"))
	require.Equal(t, want, hex.EncodeToString(patch))
	got, err := apply([]byte("hello\n"), patch, 7)
	require.NoError(t, err)
	require.Equal(t, "hello2\n", string(got))
}

// text returns n bytes in one of several degrees of regularity.
func text(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	switch kind := r.IntN(6); kind {
	case 0: // zeros
	case 1, 2, 3:
		for i := range b {
			b[i] = byte(r.IntN([]int{2, 4, 256}[kind-1]))
		}
	case 4:
		period := 1 + r.IntN(20)
		for i := range b {
			b[i] = byte(i % period)
		}
	default: // Fibonacci string, deep recursion
		x, y := []byte{1}, []byte{1, 0}
		for len(y) < n {
			x, y = y, append(slices.Clone(y), x...)
		}
		copy(b, y)
	}
	return b
}

func TestSuffixArray(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		b := text(r, r.IntN(1+i/4))
		want := make([]int32, len(b))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortFunc(want, func(x, y int32) int { return bytes.Compare(b[x:], b[y:]) })
		if !slices.Equal(want, suffixArray(b)) {
			t.Fatalf("wrong order for %x", b)
		}
	}
}

func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		old := text(r, r.IntN(1+i/5))
		x := newIndex(old)
		for range 20 {
			s := text(r, r.IntN(20))
			if r.IntN(2) == 0 && len(old) > 0 {
				s = append(slices.Clone(old[r.IntN(len(old)):]), s...)
			}
			best := 0
			for j := range old {
				best = max(best, matchLen(old[j:], s))
			}
			n, at := x.search(old, s)
			require.Equal(t, best, n)
			require.Equal(t, old[at:at+n], s[:n])
		}
	}
}

// edit returns b with some changes that leave most of it alone.
func edit(r *rand.Rand, b []byte) []byte {
	out := slices.Clone(b)
	for range 1 + r.IntN(6) {
		if len(out) == 0 {
			break
		}
		i := r.IntN(len(out))
		j := i + r.IntN(min(len(out)-i, 300)+1)
		switch r.IntN(4) {
		case 0:
			out = slices.Delete(out, i, j)
		case 1:
			out = slices.Insert(out, i, text(r, r.IntN(300))...)
		case 2:
			out = slices.Insert(out, i, slices.Clone(out[i:j])...)
		case 3:
			for k := i; k < j; k += 1 + r.IntN(20) {
				out[k] += 3
			}
		}
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 1500 {
		old := text(r, r.IntN(1+i*4))
		for _, new := range [][]byte{edit(r, old), text(r, r.IntN(500)), old, nil} {
			patch := diff(t, old, new)
			got, err := apply(old, patch, int64(len(new)))
			require.NoError(t, err)
			require.True(t, bytes.Equal(new, got))
		}
	}
}

// TestSmall checks that a patch says no more than is new.
func TestSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	old := make([]byte, 200_000)
	for i := range old {
		old[i] = byte(r.IntN(256))
	}
	new := slices.Concat(old[150_000:], []byte("something new, forty bytes long, inserted"), old[:150_000])
	for i := 0; i < len(new); i += 500 {
		new[i]++
	}
	patch := diff(t, old, new)
	zeros := bytes.Count(patch, []byte{0})
	require.Less(t, len(patch)-zeros, 400+41+100)
	require.Less(t, len(patch), len(new)+10*24)
}

// TestRuns would take minutes if each byte of a long run was searched for.
func TestRuns(t *testing.T) {
	old := make([]byte, 2<<20)
	for i := 0; i < len(old); i += 99_991 {
		old[i] = 1
	}
	new := make([]byte, 2<<20)
	for i := 0; i < len(new); i += 77_777 {
		new[i] = 2
	}
	patch := diff(t, old, new)
	got, err := apply(old, patch, int64(len(new)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(new, got))
}

func numbers(v ...int64) (b []byte) {
	for _, v := range v {
		u := uint64(v)
		if v < 0 {
			u = uint64(-v) | 1<<63
		}
		b = binary.LittleEndian.AppendUint64(b, u)
	}
	return b
}

func TestHostilePatch(t *testing.T) {
	old := []byte("0123456789")
	for name, c := range map[string]struct {
		patch []byte
		size  int64
	}{
		"empty":                {nil, 1},
		"numbers cut":          {numbers(1, 0), 1},
		"diff cut":             {append(numbers(3, 0, 0), 1, 2), 3},
		"extra cut":            {append(numbers(0, 3, 0), 1, 2), 3},
		"too much diff":        {append(numbers(4, 0, 0), 1, 2, 3, 4), 3},
		"too much extra":       {append(numbers(1, 3, 0), 1, 2, 3, 4), 3},
		"negative diff":        {numbers(-1, 0, 0), 3},
		"negative extra":       {numbers(0, -1, 0), 3},
		"huge diff":            {numbers(math.MaxInt64, 0, 0), 3},
		"huge both":            {numbers(math.MaxInt64, math.MaxInt64, 0), math.MaxInt64},
		"position overflows":   {numbers(0, 0, math.MaxInt64, 0, 0, 1), 3},
		"position underflows":  {numbers(0, 0, -math.MaxInt64, 0, 0, -2), 3},
		"overflow within diff": {append(numbers(0, 0, math.MaxInt64, 2, 0, 0), 1, 2), 3},
		"no progress":          {bytes.Repeat(numbers(0, 0, 0), 10), 3},
		"negative size":        {nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := apply(old, c.patch, c.size)
			require.ErrorIs(t, err, ErrCorrupt)
		})
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestEndlessPatch(t *testing.T) {
	err := Patch(bytes.NewReader(nil), 0, endless{}, 1000, io.Discard)
	require.ErrorIs(t, err, ErrCorrupt)
}

func TestOutsideOfOld(t *testing.T) {
	// Two bytes before the start, and two behind the end, count as 0.
	patch := slices.Concat(numbers(0, 0, -2), numbers(4, 0, 1), []byte{'a', 'b', 0, 1}, numbers(4, 1, 1<<40), []byte{0, 0, 'c', 'd', 'e'},
		numbers(2, 0, math.MinInt64+1), []byte("fg"))
	got, err := apply([]byte("01234"), patch, 11)
	require.NoError(t, err)
	require.Equal(t, "ab0234cdefg", string(got))
	require.Equal(t, int64(0), number([]byte{0, 0, 0, 0, 0, 0, 0, 0x80}))
}

func TestFailingEnds(t *testing.T) {
	broken := errors.New("broken")
	patch := diff(t, []byte("hello\n"), []byte("hello2\n"))
	require.ErrorIs(t, Patch(bytes.NewReader([]byte("he")), 6, bytes.NewReader(patch), 7, io.Discard), io.ErrUnexpectedEOF)
	r, w := io.Pipe()
	r.CloseWithError(broken)
	require.ErrorIs(t, Patch(bytes.NewReader([]byte("hello\n")), 6, bytes.NewReader(patch), 7, w), broken)
	require.ErrorIs(t, Diff([]byte("hello\n"), []byte("hello2\n"), w), broken)
	require.ErrorIs(t, Patch(bytes.NewReader([]byte("hello\n")), 6, iotest.ErrReader(broken), 7, io.Discard), broken)
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte("hello\n"), append(numbers(5, 2, 0), "\x00\x00\x00\x00\x002\n"...), int64(7))
	f.Add([]byte("01234"), slices.Concat(numbers(0, 0, -2), numbers(4, 0, 1), []byte("abcd")), int64(4))
	f.Add([]byte{}, numbers(0, 0, 0), int64(1))
	f.Fuzz(func(t *testing.T, old, patch []byte, size int64) {
		got, err := apply(old, patch, size)
		if int64(len(got)) > max(size, 0) || len(got) > len(patch) {
			t.Fatalf("%d bytes from a patch of %d bytes for %d", len(got), len(patch), size)
		}
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		require.Len(t, got, int(size))
		again, err := apply(old, diff(t, old, got), size)
		require.NoError(t, err)
		require.True(t, bytes.Equal(got, again))
	})
}

func FuzzDiff(f *testing.F) {
	f.Add([]byte("hello\n"), []byte("hello2\n"))
	f.Add([]byte("abracadabra"), []byte("abradacabra, cadabra"))
	f.Fuzz(func(t *testing.T, old, new []byte) {
		got, err := apply(old, diff(t, old, new), int64(len(new)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(new, got))
	})
}

func BenchmarkDiff(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	old := make([]byte, 1<<20)
	for i := range old {
		old[i] = byte(r.IntN(64) * r.IntN(3))
	}
	new := slices.Clone(old)
	for range 50 {
		new = edit(r, new)
	}
	b.SetBytes(int64(len(new)))
	b.ReportAllocs()
	for b.Loop() {
		_ = Diff(old, new, io.Discard)
	}
}

func BenchmarkSuffixArray(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(r.IntN(64) * r.IntN(3))
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		suffixArray(data)
	}
}
