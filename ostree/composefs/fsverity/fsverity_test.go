package fsverity_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"crypto/sha256"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

// naive builds the tree level by level, as the format describes it.
func naive(data []byte) [32]byte {
	pad := func(b []byte) []byte {
		return append(bytes.Clone(b), make([]byte, (4096-len(b)%4096)%4096)...)
	}
	var root [32]byte
	if level := pad(data); len(data) > 0 {
		for len(level) > 4096 {
			var next []byte
			for b := range chunks(level) {
				d := sha256.Sum256(b)
				next = append(next, d[:]...)
			}
			level = pad(next)
		}
		root = sha256.Sum256(level)
	}
	desc := make([]byte, 256)
	desc[0], desc[1], desc[2] = 1, 1, 12
	binary.LittleEndian.PutUint64(desc[8:], uint64(len(data)))
	copy(desc[16:], root[:])
	return sha256.Sum256(desc)
}

func chunks(b []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(b) > 0 && yield(b[:4096]); b = b[4096:] {
		}
	}
}

func random(n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

var sizes = []int{0, 1, 6, 4095, 4096, 4097, 8191, 8192, 127 * 4096, 128*4096 - 1, 128 * 4096, 128*4096 + 1,
	129 * 4096, 255*4096 + 5, 256 * 4096, 300*4096 + 77, 127 * 128 * 4096, 128*128*4096 - 1, 128 * 128 * 4096, 128*128*4096 + 1}

func TestKnownDigests(t *testing.T) {
	for content, want := range map[string]string{
		"hello\n": "9c76eecc7b76fcb46199cb27b90cf59a660e10575bb0412128905129d5b1c2aa",
		"moo\n":   "ebaa23af194a798df610e5fe2bd10725c9c4a3a56a6b62d4d0ee551d4fc4be27",
	} {
		d := fsverity.Sum([]byte(content))
		require.Equal(t, want, hex.EncodeToString(d[:]), "%q", content)
	}
}

func TestMatchesNaiveTree(t *testing.T) {
	h := fsverity.New() // one for all: Reset must forget everything
	for _, n := range sizes {
		data := random(n)
		want := naive(data)
		require.Equal(t, want, fsverity.Sum(data), "Sum of %d bytes", n)
		got, err := fsverity.Digest(iotest.DataErrReader(bytes.NewReader(data)))
		require.NoError(t, err)
		require.Equal(t, want, got, "Digest of %d bytes", n)

		h.Reset()
		rest, r := data, rand.New(rand.NewPCG(1, uint64(n)))
		for len(rest) > 0 {
			k := min(len(rest), 1+r.IntN(20000))
			_, _ = h.Write(rest[:k])
			rest = rest[k:]
		}
		require.Equal(t, want, h.Digest(), "writes of %d bytes", n)
		require.Equal(t, want[:], h.Sum(nil), "second Sum of %d bytes", n)
	}
}

// The digest can be asked in between without disturbing what follows.
func TestSumKeepsState(t *testing.T) {
	data := random(300 * 4096)
	h := fsverity.New()
	for i := 0; i < len(data); i += 3000 {
		_, _ = h.Write(data[i:min(i+3000, len(data))])
		if i%7 == 0 {
			require.Equal(t, naive(data[:min(i+3000, len(data))]), h.Digest(), "after %d", i)
		}
	}
	require.Equal(t, naive(data), h.Digest())
}

func TestReaderErrors(t *testing.T) {
	for _, want := range []error{io.ErrUnexpectedEOF, errors.New("disk on fire")} {
		_, err := fsverity.Digest(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(want)))
		require.ErrorIs(t, err, want)
	}
}

func TestReuseDoesNotAllocate(t *testing.T) {
	data := random(1 << 20)
	h, r := fsverity.New(), bytes.NewReader(data)
	run := func() {
		h.Reset()
		r.Reset(data)
		_, _ = h.ReadFrom(r)
		_ = h.Digest()
	}
	run()
	require.Zero(t, testing.AllocsPerRun(5, run))
}

// The tool of the kernel's fs-verity developers must agree.
func TestAgainstFsverityTool(t *testing.T) {
	tool, err := exec.LookPath("fsverity")
	if err != nil {
		t.Skip("fsverity(1) is not installed")
	}
	dir := t.TempDir()
	for _, n := range sizes[:16] {
		name := filepath.Join(dir, fmt.Sprint(n))
		require.NoError(t, os.WriteFile(name, random(n), 0o600))
		out, err := exec.CommandContext(t.Context(), tool, "digest", "--compact", name).Output()
		require.NoError(t, err)
		d := fsverity.Sum(random(n))
		require.Equal(t, strings.TrimSpace(string(out)), hex.EncodeToString(d[:]), "%d bytes", n)
	}
}

func TestEnableAndMeasure(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	_, err = f.WriteString("hello\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	f, err = os.Open(f.Name())
	require.NoError(t, err)
	defer f.Close()

	_, err = fsverity.Measure(int(f.Fd()))
	if err = errors.Join(err, fsverity.Enable(int(f.Fd()))); errors.Is(err, fsverity.ErrNotSupported) {
		t.Skip(err) // the usual case; the error type is what could be tested
	}
	require.ErrorIs(t, err, fsverity.ErrNotEnabled)
	d, err := fsverity.Measure(int(f.Fd()))
	require.NoError(t, err)
	require.Equal(t, fsverity.Sum([]byte("hello\n")), d)
	require.ErrorIs(t, fsverity.Enable(int(f.Fd())), fsverity.ErrEnabled)
}

func TestBadDescriptor(t *testing.T) {
	_, err := fsverity.Measure(-1)
	require.Error(t, err)
	require.Error(t, fsverity.Enable(-1))
}

func FuzzHasher(f *testing.F) {
	f.Add([]byte("hello\n"), uint16(1), uint16(3))
	f.Add([]byte{}, uint16(0), uint16(0))
	f.Add(bytes.Repeat([]byte("x"), 5000), uint16(130), uint16(4095))
	f.Fuzz(func(t *testing.T, data []byte, repeat, step uint16) {
		data = bytes.Repeat(data, 1+int(repeat)%400)
		if len(data) > 4<<20 {
			return
		}
		h := fsverity.New()
		for i := 0; i < len(data); i += int(step) + 1 {
			_, _ = h.Write(data[i:min(i+int(step)+1, len(data))])
		}
		if h.Digest() != naive(data) {
			t.Fatalf("wrong digest for %d bytes in steps of %d", len(data), int(step)+1)
		}
	})
}

func BenchmarkHasher(b *testing.B) {
	for _, n := range []int{100, 4096, 64 << 10, 16 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data, h := random(n), fsverity.New()
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				h.Reset()
				_, _ = h.Write(data)
				_ = h.Digest()
			}
		})
	}
}

func BenchmarkSHA256(b *testing.B) { // the ceiling
	data := random(16 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_ = sha256.Sum256(data)
	}
}
