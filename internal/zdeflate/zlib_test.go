package zdeflate_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/zdeflate"
)

// server is a Python program that answers (level, length, bytes) with the
// length and bytes of C zlib's stream.
const server = `
import sys, struct, zlib
sys.stdout.buffer.write(zlib.ZLIB_RUNTIME_VERSION.encode() + b"\n"); sys.stdout.buffer.flush()
while True:
    h = sys.stdin.buffer.read(8)
    if not h: break
    level, n = struct.unpack("<II", h)
    z = zlib.compressobj(level, zlib.DEFLATED, -15, 8)
    out = z.compress(sys.stdin.buffer.read(n)) + z.flush()
    sys.stdout.buffer.write(struct.pack("<I", len(out)) + out); sys.stdout.buffer.flush()
`

// zlib is a running C zlib.
type zlib struct {
	in  io.WriteCloser
	out io.Reader
}

func startZlib(t testing.TB) *zlib {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is not installed")
		}
		t.Skip("python3 is not installed")
	}
	cmd := exec.Command(path, "-c", server)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	var version bytes.Buffer
	for b := make([]byte, 1); b[0] != '\n'; version.Write(b) {
		_, err := io.ReadFull(out, b)
		require.NoError(t, err)
	}
	if v := version.String(); len(v) < 4 || v[:4] != "1.2." && v[:4] != "1.3." || bytes.Contains(version.Bytes(), []byte("ng")) {
		t.Skipf("python3 is linked with zlib %q", v)
	}
	return &zlib{in, out}
}

func (z *zlib) compress(t testing.TB, level int, data []byte) []byte {
	t.Helper()
	h := binary.LittleEndian.AppendUint32(nil, uint32(level))
	h = binary.LittleEndian.AppendUint32(h, uint32(len(data)))
	_, err := z.in.Write(append(h, data...))
	require.NoError(t, err)
	_, err = io.ReadFull(z.out, h[:4])
	require.NoError(t, err)
	out := make([]byte, binary.LittleEndian.Uint32(h))
	_, err = io.ReadFull(z.out, out)
	require.NoError(t, err)
	return out
}

// writers are used again and again, to test Reset.
type writers [10]*zdeflate.Writer

// compress encodes data, written in pieces of random sizes below chunk, or at
// once if chunk is 0.
func (ws *writers) compress(t testing.TB, level int, data []byte, chunk int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := ws[level], error(nil)
	if w == nil || chunk == 0 {
		w, err = zdeflate.NewWriter(&out, level)
		require.NoError(t, err)
		ws[level] = w
	}
	w.Reset(&out)
	for rest := data; len(rest) > 0; {
		n := len(rest)
		if chunk > 0 {
			n = min(n, 1+rand.IntN(chunk))
		}
		m, err := w.Write(rest[:n])
		require.NoError(t, err)
		require.Equal(t, n, m)
		rest = rest[n:]
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// TestSameAsZlib compares with C zlib on synthetic data around the sizes where
// windows, blocks and buffers end.
func TestSameAsZlib(t *testing.T) {
	z := startZlib(t)
	var ws writers
	sizes := []int{0, 1, 2, 3, 4, 5, 10, 257, 258, 259, 260, 261, 262, 263, 1000, 16382, 16383, 16384, 16385, 32506, 32507, 32768, 32769,
		65273, 65274, 65275, 65534, 65535, 65536, 65537, 98303, 98304, 262143, 262144, 262145, 700_001}
	for _, kind := range kinds {
		for _, n := range sizes {
			data := synthetic(kind, n)
			for level := 1; level <= 9; level++ {
				if n > 100_000 && level%3 != 0 || n > 10_000 && level != 6 && testing.Short() {
					continue
				}
				want := z.compress(t, level, data)
				for _, chunk := range []int{0, 1 + n/3} {
					if got := ws.compress(t, level, data, chunk); !bytes.Equal(got, want) {
						t.Fatalf("%s, %d bytes, level %d, chunk %d: %d bytes, want %d", kind, n, level, chunk, len(got), len(want))
					}
				}
			}
		}
	}
}

// TestSameAsZlibFiles compares with C zlib on the files of the system.
func TestSameAsZlibFiles(t *testing.T) {
	z := startZlib(t)
	var ws writers
	files := []string{}
	for _, pattern := range []string{"/usr/bin/*", "/usr/lib/*/lib*.so*", "/usr/share/doc/*/*", "/usr/lib/python3/*/*.py", "/usr/include/*.h"} {
		m, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, m...)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	total := 0
	limit := 12 << 20
	if testing.Short() {
		limit = 2 << 20
	}
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil || len(data) > 4<<20 {
			continue
		}
		for _, level := range []int{6, 1 + i%9} {
			want := z.compress(t, level, data)
			if got := ws.compress(t, level, data, 1<<(i%20)); !bytes.Equal(got, want) {
				t.Fatalf("%s, level %d: %d bytes, want %d", name, level, len(got), len(want))
			}
		}
		if total += len(data); total > limit {
			break
		}
	}
	t.Logf("%d bytes", total)
}
