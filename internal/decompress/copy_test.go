package decompress_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/internal/decompress/pages"
	"github.com/nestos-dev/nestos/internal/xz"
)

// disk is a target that checks the rules of Copy.
type disk struct {
	mu      sync.Mutex
	data    []byte
	pieces  [][2]int64 // begin and end
	first   int64      // end of what was written in order from the beginning
	problem string
	write   func(b []byte, off int64) (int, error)
}

func (d *disk) WriteAt(b []byte, off int64) (int, error) {
	if d.write != nil {
		if n, err := d.write(b, off); n >= 0 {
			return n, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if off == d.first {
		d.first += int64(len(b))
	} else if d.first < 1<<20 {
		d.problem = fmt.Sprintf("written at %d when there were %d bytes", off, d.first)
	}
	if off%4096 == 0 && uintptr(unsafe.Pointer(unsafe.SliceData(b)))%pages.Size != 0 {
		d.problem = fmt.Sprintf("memory for offset %d is not aligned", off)
	}
	if grow := int(off) + len(b) - len(d.data); grow > 0 {
		d.data = append(d.data, make([]byte, grow)...)
	}
	d.pieces = append(d.pieces, [2]int64{off, off + int64(len(b))})
	copy(d.data[off:], b)
	return len(b), nil
}

// check finds out whether all the data were written, and each byte once.
func (d *disk) check(t testing.TB, want []byte) {
	t.Helper()
	require.Empty(t, d.problem)
	require.True(t, bytes.Equal(want, d.data), "%d bytes, want %d", len(d.data), len(want))
	slices.SortFunc(d.pieces, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	end := int64(0)
	for _, p := range d.pieces {
		require.Equal(t, end, p[0])
		end = p[1]
	}
	require.EqualValues(t, len(want), end)
}

// image has code-like noise, text, and zeros.
func image(n int) []byte {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	b := make([]byte, n)
	text := sample()
	for i := 0; i < n; {
		part := b[i:min(n, i+1+r.IntN(200_000))]
		switch r.IntN(4) {
		case 0:
			for k := range part {
				part[k] = byte(r.Uint32())
			}
		case 1:
			copy(part, text[r.IntN(len(text)/2):])
		case 2:
			copy(part, b[:i])
		}
		i += len(part)
	}
	return b
}

func copyAll(t testing.TB, packed []byte, o *decompress.CopyOptions) (*disk, int64, decompress.Format, error) {
	t.Helper()
	d := new(disk)
	n, format, err := decompress.Copy(t.Context(), d, bytes.NewReader(packed), o)
	return d, n, format, err
}

var imageFormats = []decompress.Format{decompress.Raw, decompress.Gzip, decompress.XZ, decompress.Zstd}

func TestCopy(t *testing.T) {
	for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 4_500_000} {
		data := image(size)
		for _, format := range imageFormats {
			packed := pack(t, format, data)
			for _, c := range []int{1, 3} {
				d, n, found, err := copyAll(t, packed, &decompress.CopyOptions{Concurrency: c})
				require.NoError(t, err)
				require.Equal(t, format, found)
				require.EqualValues(t, size, n)
				d.check(t, data)
			}
			d := new(disk)
			_, _, err := decompress.Copy(t.Context(), d, iotest.OneByteReader(bytes.NewReader(packed[:min(len(packed), 3000)])), nil)
			if format == decompress.Raw || len(packed) <= 3000 {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			}
		}
	}
}

// Copy decodes all that xz makes.
func TestCopyXZ(t *testing.T) {
	data := image(5_000_000)
	for _, args := range []string{
		"-T2 --block-size=2097152", "-T2 --block-size=1000000", "-T2 --block-size=20000", "-T1 --block-size=500000",
		"-T1", "-T2 --block-size=2000000 --check=sha256", "-T2 --block-size=2000000 --check=crc32", "-T2 --block-size=4000000 --check=none",
		"--x86 --lzma2=preset=0", "-T2 --block-size=2000000 --x86 --lzma2=preset=0",
		"-T2 --block-size=2500000 --lzma2=preset=0,dict=4096", "-T1 --lzma2=preset=0,dict=64KiB,lc=0,lp=4,pb=0",
	} {
		t.Run(args, func(t *testing.T) {
			if !strings.Contains(args, "preset") {
				args = "-0 " + args
			}
			packed := run(t, data, "xz", append(strings.Fields(args), "-c")...)
			for _, c := range []int{1, 2, 5} {
				d, n, _, err := copyAll(t, packed, &decompress.CopyOptions{Concurrency: c})
				require.NoError(t, err)
				require.EqualValues(t, len(data), n)
				d.check(t, data)
			}
			d, _, _, err := copyAll(t, packed, &decompress.CopyOptions{MaxMemory: 34 << 20})
			require.NoError(t, err)
			d.check(t, data)
		})
	}
}

// Blocks with and without sizes, with and without filters, one after the other.
func TestCopyMixedBlocks(t *testing.T) {
	data := image(3_000_000)
	packed := run(t, data, "xz", "-0", "-T1", "--block-list=100000,200000,700000,1,99,500000", "-c")
	d, _, _, err := copyAll(t, packed, nil)
	require.NoError(t, err)
	d.check(t, data)
}

func TestCopyPieces(t *testing.T) {
	data := image(8 << 20)
	for _, format := range imageFormats {
		packed := pack(t, format, data)
		if format == decompress.XZ {
			packed = run(t, data, "xz", "-0", "-T2", "--block-size=4MiB", "-c")
		}
		d, _, _, err := copyAll(t, packed, nil)
		require.NoError(t, err)
		d.check(t, data)
		require.Len(t, d.pieces, 8, "%s", format)
	}
}

// Every prefix of a file is an error, and nothing behind a file is ignored.
func TestCopyIsStrict(t *testing.T) {
	data := sample()[:3000]
	for _, format := range imageFormats[1:] {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			for n := 6; n < len(packed); n++ {
				_, _, _, err := copyAll(t, packed[:n], nil)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d bytes", n, len(packed))
			}
			for _, tail := range [][]byte{{0}, {0, 0, 0, 0}, []byte("x"), make([]byte, 100_000), packed[:3], pack(t, decompress.Raw, data)} {
				_, _, _, err := copyAll(t, append(bytes.Clone(packed), tail...), nil)
				require.ErrorIs(t, err, decompress.ErrTrailing)
				require.EqualError(t, err, "found trailing data after compressed stream")
			}
			d, _, _, err := copyAll(t, append(bytes.Clone(packed), packed...), nil)
			if format == decompress.Zstd {
				require.NoError(t, err)
				d.check(t, append(bytes.Clone(data), data...))
			} else {
				require.ErrorIs(t, err, decompress.ErrTrailing)
			}
		})
	}
}

// A damaged file is an error, or damaged where that does not matter.
func TestCopyFlippedBits(t *testing.T) {
	data := sample()[:3000]
	for _, format := range imageFormats[1:] {
		t.Run(format.String(), func(t *testing.T) {
			packed := pack(t, format, data)
			for i := 6; i < len(packed); i++ {
				for _, bit := range []byte{1, 0x80} {
					bad := bytes.Clone(packed)
					bad[i] ^= bit
					if d, _, _, err := copyAll(t, bad, nil); err == nil {
						d.check(t, data)
					}
				}
			}
		})
	}
}

func TestCopyFromXZWithLies(t *testing.T) {
	packed := run(t, image(3_000_000), "xz", "-0", "-T2", "--block-size=1MiB", "-c")
	bad := bytes.Clone(packed)
	bad[len(bad)/2] ^= 4
	before := runtime.NumGoroutine()
	for range 20 {
		_, _, _, err := copyAll(t, bad, nil)
		require.Error(t, err)
		require.True(t, errors.Is(err, xz.ErrFormat) || errors.Is(err, xz.ErrChecksum), "%v", err)
	}
	settled(t, before)
}

// settled waits until there are no more goroutines than before.
func settled(t testing.TB, before int) {
	t.Helper()
	for range 6000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
}

func TestCopyWriteErrors(t *testing.T) {
	full := errors.New("no space left on device")
	data := image(6 << 20)
	for _, format := range imageFormats {
		packed := pack(t, format, data)
		before := runtime.NumGoroutine()
		for _, limit := range []int64{0, 1 << 20, 3<<20 + 5} {
			d := &disk{write: func(b []byte, off int64) (int, error) {
				if off+int64(len(b)) > limit {
					return 0, full
				}
				return -1, nil
			}}
			_, _, err := decompress.Copy(t.Context(), d, bytes.NewReader(packed), nil)
			require.Equal(t, full, err)
		}
		d := &disk{write: func(b []byte, _ int64) (int, error) { return len(b) / 2, nil }}
		_, _, err := decompress.Copy(t.Context(), d, bytes.NewReader(packed), nil)
		require.ErrorIs(t, err, io.ErrShortWrite)
		settled(t, before)
	}
}

func TestCopySourceErrors(t *testing.T) {
	broken := errors.New("broken cable")
	data := image(3 << 20)
	for _, format := range imageFormats {
		packed := pack(t, format, data)
		before := runtime.NumGoroutine()
		for _, n := range []int{0, 7, 1000, len(packed) / 2, len(packed)} {
			_, _, err := decompress.Copy(t.Context(), new(disk), io.MultiReader(bytes.NewReader(packed[:n]), iotest.ErrReader(broken)), nil)
			require.ErrorIs(t, err, broken, "%s, %d bytes", format, n)
		}
		settled(t, before)
	}
}

func TestCopyCanceled(t *testing.T) {
	data := image(6 << 20)
	for _, format := range imageFormats {
		packed := pack(t, format, data)
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(t.Context())
		d := &disk{write: func(_ []byte, off int64) (int, error) {
			if off >= 2<<20 {
				cancel()
			}
			return -1, nil
		}}
		_, _, err := decompress.Copy(ctx, d, bytes.NewReader(packed), nil)
		require.ErrorIs(t, err, context.Canceled)
		_, _, err = decompress.Copy(ctx, d, bytes.NewReader(packed), nil)
		require.ErrorIs(t, err, context.Canceled)
		settled(t, before)
	}
}

func TestCopySize(t *testing.T) {
	data := image(3_500_000)
	large := errors.New("larger than the disk")
	for name, packed := range map[string][]byte{
		"xz":   run(t, data, "xz", "-0", "-T2", "--block-size=1MiB", "-c"),
		"zstd": run(t, data, "zstd", "-1", "--stream-size=3500000", "-c"),
	} {
		t.Run(name, func(t *testing.T) {
			var sizes []int64
			o := &decompress.CopyOptions{Size: func(n int64) error {
				sizes = append(sizes, n)
				return nil
			}}
			_, _, _, err := copyAll(t, packed, o)
			require.NoError(t, err)
			require.EqualValues(t, len(data), sizes[len(sizes)-1])
			require.IsIncreasing(t, append([]int64{0}, sizes...))

			o.Size = func(n int64) error {
				if n > 2_500_000 {
					return large
				}
				return nil
			}
			_, _, _, err = copyAll(t, packed, o)
			require.ErrorIs(t, err, large)
		})
	}
}

func TestCopyMemory(t *testing.T) {
	data := image(100_000)
	for _, packed := range [][]byte{
		run(t, data, "xz", "--lzma2=preset=0,dict=1GiB", "-c"),
		run(t, data, "zstd", "-1", "--ultra", "--long=31", "-c"),
	} {
		_, _, format, err := copyAll(t, packed, nil)
		require.Error(t, err)
		require.Contains(t, err.Error(), "allowed", "%s", format)
	}
	for _, packed := range [][]byte{
		run(t, data, "xz", "-9", "-c"),
		run(t, data, "zstd", "-1", "--long=27", "-c"),
	} {
		d, _, _, err := copyAll(t, packed, nil)
		require.NoError(t, err)
		d.check(t, data)
	}
}

// Copy takes what NewSegment takes, and makes the same of it, for any number
// of workers.
func FuzzCopy(f *testing.F) {
	for _, format := range imageFormats {
		f.Add(pack(f, format, []byte("seed, seed, seed")))
		f.Add(pack(f, format, make([]byte, 300_000)))
	}
	small, err := xz.Encode(nil, sample()[:5000], &xz.WriterOptions{BlockSize: 700})
	require.NoError(f, err)
	f.Add(small)
	f.Fuzz(func(t *testing.T, in []byte) {
		large := errors.New("too large")
		copyOne := func(c int) (*disk, error) {
			d := &disk{write: func(b []byte, off int64) (int, error) {
				if off+int64(len(b)) > 4<<20 {
					return 0, large
				}
				return -1, nil
			}}
			_, _, err := decompress.Copy(t.Context(), d, bytes.NewReader(in), &decompress.CopyOptions{Concurrency: c, MaxMemory: 48 << 20})
			return d, err
		}
		one, err1 := copyOne(1)
		many, err3 := copyOne(3)
		require.Equal(t, err1 == nil, err3 == nil, "%v, %v", err1, err3)
		if errors.Is(err1, large) {
			return
		}
		br := bufio.NewReader(bytes.NewReader(in))
		rc, _, err := decompress.NewSegment(br)
		var data []byte
		if err == nil {
			data, err = io.ReadAll(io.LimitReader(rc, 5<<20))
			rc.Close()
		}
		if err == nil {
			if _, e := br.Peek(1); e == nil {
				err = decompress.ErrTrailing
			}
		}
		if len(data) < 4<<20 {
			require.Equal(t, err == nil, err1 == nil, "%v, %v", err, err1)
		}
		if err1 == nil {
			one.check(t, data)
			many.check(t, data)
		}
	})
}

func ExampleCopy() {
	packed, err := xz.Encode(nil, []byte("an image\n"), nil)
	if err != nil {
		panic(err)
	}
	n, format, err := decompress.Copy(context.Background(), new(disk), bytes.NewReader(packed), nil)
	fmt.Println(n, format, err)
	// Output: 9 xz <nil>
}
