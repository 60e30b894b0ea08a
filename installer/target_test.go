package installer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// memory is a medium that has other data on it.
type memory struct {
	mu   sync.Mutex
	data []byte
	zero int // bytes zeroed by Zero
}

func newMemory(size int) *memory { return &memory{data: bytes.Repeat([]byte{0xaa}, size)} }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if int(off)+len(p) > len(m.data) {
		return 0, errShortDevice
	}
	return copy(m.data[off:], p), nil
}

func (m *memory) Zero(off, length int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.zero += int(length)
	clear(m.data[off : off+length])
	return nil
}

func imageBytes(size int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, size)
	for n := 0; n < size; n += zeroGrain {
		if rng.IntN(3) > 0 {
			for k := range b[n:min(n+zeroGrain, size)] {
				b[n+k] = byte(rng.Uint32())
			}
		}
	}
	return b
}

// TestTarget writes pieces from several goroutines: nothing reaches the medium before the
// first part is complete and was looked at, and everything does afterwards.
func TestTarget(t *testing.T) {
	image := imageBytes(5<<20 + 1234)
	m := newMemory(len(image))
	prepared := false
	tgt := newTarget(t.Context(), m, func(first []byte) error {
		require.Equal(t, image[:firstPart], first)
		require.Equal(t, bytes.Repeat([]byte{0xaa}, len(image)), m.data)
		prepared = true
		return nil
	})
	var group sync.WaitGroup
	for _, r := range [][2]int{{3 << 20, len(image)}, {700_000, 3 << 20}, {0, 700_000}} {
		group.Go(func() {
			for off := r[0]; off < r[1]; {
				n := min(300_000, r[1]-off)
				_, err := tgt.WriteAt(image[off:off+n], int64(off))
				require.NoError(t, err)
				off += n
			}
		})
		time.Sleep(10 * time.Millisecond) // the later ones come first
	}
	group.Wait()
	require.True(t, prepared && tgt.complete())
	require.True(t, bytes.Equal(image[firstPart:], m.data[firstPart:]))
	require.Equal(t, bytes.Repeat([]byte{0xaa}, firstPart), m.data[:firstPart])
	require.NotZero(t, m.zero)
}

func TestTargetErrors(t *testing.T) {
	refused := errors.New("refused")
	tgt := newTarget(t.Context(), newMemory(4<<20), func([]byte) error { return refused })
	_, err := tgt.WriteAt(make([]byte, 2<<20), 0)
	require.ErrorIs(t, err, refused)
	_, err = tgt.WriteAt(make([]byte, 10), 3<<20)
	require.ErrorIs(t, err, refused)

	ctx, cancel := context.WithCancelCause(t.Context())
	tgt = newTarget(ctx, newMemory(4<<20), func([]byte) error { return nil })
	cancel(refused)
	_, err = tgt.WriteAt(make([]byte, 10), 3<<20)
	require.ErrorIs(t, err, refused)

	tgt = newTarget(t.Context(), newMemory(2<<20), func([]byte) error { return nil })
	_, err = tgt.WriteAt(bytes.Repeat([]byte{1}, 3<<20), 0)
	require.ErrorContains(t, err, "no space left on device")

	m := newMemory(4 << 20)
	tgt = newTarget(t.Context(), m, func([]byte) error { return nil })
	tgt.limit, tgt.collision = 2<<20, func() error { return refused }
	_, err = tgt.WriteAt(bytes.Repeat([]byte{1}, 2<<20), 0)
	require.NoError(t, err)
	_, err = tgt.WriteAt([]byte{1}, 2<<20)
	require.ErrorIs(t, err, refused)
	require.Equal(t, byte(0xaa), m.data[2<<20])
}

func TestTap(t *testing.T) {
	data := imageBytes(2<<20 + 77)
	var seen []byte
	see := func(b []byte) { seen = append(seen, b...) }
	got, err := io.ReadAll(&tap{t.Context(), iotest.HalfReader(bytes.NewReader(data)), see})
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got) && bytes.Equal(data, seen))

	// A source that is closed because of an interrupt is not what went wrong.
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	broken := &tap{ctx, iotest.ErrReader(os.ErrClosed), see}
	_, err = broken.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrClosed)
	cancel(interrupted)
	_, err = broken.Read(make([]byte, 1))
	require.ErrorIs(t, err, interrupted)
}

func TestDecodedName(t *testing.T) {
	for _, c := range []struct {
		name, want string
		decode     bool
	}{
		{"a.raw.xz", "a.raw", true}, {"a.gz", "a", true}, {"a.zst", "a", true}, {"a.xz.gz", "a", true},
		{"a.tar.gz", "a.tar.gz", false}, {"a.tar.xz", "a.tar.xz", false}, {"a.iso", "a.iso", false}, {".xz", ".xz", false},
	} {
		got, decode := decodedName(c.name)
		require.Equal(t, c.want, got)
		require.Equal(t, c.decode, decode, c.name)
	}
}

func TestForeignImage(t *testing.T) {
	first := make([]byte, firstPart)
	require.Empty(t, foreignImage(first))
	copy(first[32769:], "CD001")
	require.Equal(t, "ISO 9660", foreignImage(first))
	copy(first, "QFI\xfb")
	require.Equal(t, "qcow2", foreignImage(first))
	require.Equal(t, "VHDX", foreignImage([]byte("vhdxfile")))
	require.Equal(t, "bzip2", foreignImage([]byte("BZh91AY&SY...")))
}
