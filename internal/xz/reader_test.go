package xz_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/xz"
)

func TestReaderTakesWhatXZWrites(t *testing.T) {
	data := mixed(800_000)
	for _, args := range []string{
		"-0", "-3", "-6", "-9e", "-T2", "-T2 --block-size=100000", "--block-size=123456",
		"--check=crc32", "--check=sha256", "--check=none",
		"--lzma2=preset=6,lc=0,lp=4,pb=0", "--lzma2=preset=1,lc=4,lp=0,pb=4", "--lzma2=lc=1,lp=3,pb=3,dict=4096",
		"--lzma2=mode=fast,mf=hc3,nice=7", "--delta=dist=4 --lzma2=preset=6", "--delta=dist=256 --lzma2",
		"--x86 --lzma2", "--x86=start=4096 --lzma2", "--x86 --delta --lzma2", "--powerpc --lzma2", "--ia64 --lzma2",
		"--arm --lzma2", "--armthumb --lzma2", "--sparc --lzma2", "--arm64 --lzma2",
		"--x86 --lzma2 --block-size=100000 -T2",
	} {
		t.Run(args, func(t *testing.T) {
			packed := pipe(t, data, "xz", append(strings.Fields(args), "-c")...)
			same(t, data, decode(t, packed, nil))
			same(t, data, decode(t, packed, &xz.ReaderOptions{Concurrency: 3}))
		})
	}
}

// The branch filters hardly change the code of another architecture, so they
// get what they look for.
func TestFiltersOnDenseBranches(t *testing.T) {
	noise := random(1 << 18)
	for i := range noise {
		switch {
		case i%5 == 0:
			noise[i] = []byte{0xe8, 0xe9, 0x00, 0xff, 0xeb, 0x48, 0x94, 0x90, 0xf0, 0xf8, 0x40, 0x7f}[int(noise[i])%12]
		case noise[i]&3 == 0:
			noise[i] = byte(-(int(noise[i]) >> 2 & 1))
		}
	}
	for _, name := range []string{"x86", "powerpc", "ia64", "arm", "armthumb", "sparc", "arm64"} {
		t.Run(name, func(t *testing.T) {
			packed := pipe(t, noise, "xz", "--"+name, "--lzma2=preset=0", "-c")
			same(t, noise, decode(t, packed, nil))
		})
	}
}

func TestReaderStreams(t *testing.T) {
	a, b := text(100_000), random(1000)
	pa := pipe(t, a, "xz", "--block-size=30000", "-T2", "--check=crc32", "-c")
	pb, err := xz.Encode(nil, b, nil)
	require.NoError(t, err)
	none := pipe(t, nil, "xz", "-c")
	file := bytes.Join([][]byte{pa, pb, make([]byte, 8), none, pa, make([]byte, 4)}, nil)
	want := bytes.Join([][]byte{a, b, a}, nil)
	for c := range 5 {
		o := &xz.ReaderOptions{Concurrency: c}
		same(t, want, decode(t, file, o))
		_, err = decodeErr(append(file, 0, 0), o)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = decodeErr(append(file, "trailing garbage"...), o)
		require.ErrorIs(t, err, xz.ErrFormat)
	}
}

func TestReaderWithAnyReads(t *testing.T) {
	data := mixed(300_000)
	packed, err := xz.Encode(nil, data, &xz.WriterOptions{BlockSize: 100_000})
	require.NoError(t, err)
	for _, c := range []int{1, 2} {
		r, err := xz.NewReader(iotest.HalfReader(bytes.NewReader(packed)), &xz.ReaderOptions{Concurrency: c})
		require.NoError(t, err)
		got, err := io.ReadAll(iotest.OneByteReader(r))
		require.NoError(t, err)
		same(t, data, got)

		r, err = xz.NewReader(iotest.DataErrReader(bytes.NewReader(packed)), &xz.ReaderOptions{Concurrency: c})
		require.NoError(t, err)
		var out bytes.Buffer
		n, err := r.WriteTo(&out)
		require.NoError(t, err)
		require.EqualValues(t, len(data), n)
		same(t, data, out.Bytes())
	}
	broken := errors.New("broken cable")
	r, err := xz.NewReader(io.MultiReader(bytes.NewReader(packed[:1000]), iotest.ErrReader(broken)), nil)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, broken)
}

// corpus is a small file with two blocks, one of them without sizes.
func corpus(t testing.TB) (file, data []byte) {
	data = append(text(600), random(40)...)
	file, err := xz.Encode(nil, data, &xz.WriterOptions{BlockSize: 400})
	require.NoError(t, err)
	more, err := xz.Encode(nil, data[:300], nil)
	require.NoError(t, err)
	return append(file, more...), append(data, data[:300]...)
}

func TestTruncated(t *testing.T) {
	file, data := corpus(t)
	whole, err := xz.Encode(nil, data, &xz.WriterOptions{BlockSize: 400})
	require.NoError(t, err)
	for n := range whole {
		for _, c := range []int{1, 3} {
			_, err := decodeErr(whole[:n], &xz.ReaderOptions{Concurrency: c})
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d bytes", n, len(whole))
		}
	}
	same(t, data, decode(t, file, nil))
}

// A damaged file is noticed. (A bit of the LZMA properties may have no effect:
// how many bits of the byte before select the literal model is all one for ASCII.)
func TestDamaged(t *testing.T) {
	file, data := corpus(t)
	for i := range file {
		for bit := range 8 {
			file[i] ^= 1 << bit
			for _, c := range []int{1, 3} {
				got, err := decodeErr(file, &xz.ReaderOptions{Concurrency: c})
				if err == nil && !bytes.Equal(data, got) {
					t.Fatalf("bit %d of byte %d", bit, i)
				}
			}
			file[i] ^= 1 << bit
		}
	}
}

func TestErrorKinds(t *testing.T) {
	_, err := decodeErr([]byte("this is no .xz file"), nil)
	require.ErrorIs(t, err, xz.ErrFormat)

	plain := random(100) // stored, so that a flipped byte reaches the checksum
	file, err := xz.Encode(nil, plain, nil)
	require.NoError(t, err)
	file[bytes.Index(file, plain)] ^= 1
	for _, c := range []int{1, 3} {
		_, err = decodeErr(file, &xz.ReaderOptions{Concurrency: c})
		require.ErrorIs(t, err, xz.ErrChecksum)
	}

	// A filter that does not exist, at the place of LZMA2.
	file, err = xz.Encode(nil, plain, nil)
	require.NoError(t, err)
	file[14] = 0x22
	binary.LittleEndian.PutUint32(file[20:], crc32.ChecksumIEEE(file[12:20]))
	_, err = decodeErr(file, nil)
	require.ErrorIs(t, err, xz.ErrNotSupported)

	// An unknown check.
	file[7] = 2
	binary.LittleEndian.PutUint32(file[8:], crc32.ChecksumIEEE(file[6:8]))
	_, err = decodeErr(file, nil)
	require.ErrorIs(t, err, xz.ErrNotSupported)
}

func TestMemoryLimit(t *testing.T) {
	data := text(600_000)
	packed := pipe(t, data, "xz", "-6", "-c") // 8 MiB, no size in the header
	_, err := decodeErr(packed, &xz.ReaderOptions{MemoryLimit: 8<<20 - 1})
	require.ErrorIs(t, err, xz.ErrMemoryLimit)
	same(t, data, decode(t, packed, &xz.ReaderOptions{MemoryLimit: 8 << 20}))
	same(t, data, decode(t, packed, &xz.ReaderOptions{MemoryLimit: -1}))

	// With blocks only the largest counts; fewer are decoded at a time.
	packed = pipe(t, data, "xz", "-6", "-T2", "--block-size=100000", "-c")
	for _, c := range []int{1, 4} {
		same(t, data, decode(t, packed, &xz.ReaderOptions{MemoryLimit: 150_000, Concurrency: c}))
		_, err = decodeErr(packed, &xz.ReaderOptions{MemoryLimit: 90_000, Concurrency: c})
		require.ErrorIs(t, err, xz.ErrMemoryLimit)
	}
}

// A header that promises terabytes must not make the reader allocate them.
func TestLargePromises(t *testing.T) {
	data := text(1000)
	var file []byte
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			file = promise(t, data, 1<<40)
			for _, c := range []int{1, 4} {
				_, err := decodeErr(file, &xz.ReaderOptions{MemoryLimit: -1, Concurrency: c})
				require.Error(t, err)
			}
		}
	})
	require.Less(t, r.AllocedBytesPerOp(), int64(16<<20))
}

// promise encodes data and claims they have another size.
func promise(t *testing.T, data []byte, size uint64) []byte {
	file, err := xz.Encode(nil, data, &xz.WriterOptions{BlockSize: 1 << 20})
	require.NoError(t, err)
	old := int(file[12])*4 + 4
	head := append([]byte{0}, file[13])
	_, n := binary.Uvarint(file[14:])
	head = append(head, file[14:14+n]...)
	head = binary.AppendUvarint(head, size)
	head = append(head, 0x21, 1, 40)
	for len(head)%4 != 0 {
		head = append(head, 0)
	}
	head[0] = byte(len(head) / 4)
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(head))
	return bytes.Join([][]byte{file[:12], head, file[12+old:]}, nil)
}
