package inflate_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/inflate"
)

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func text(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of %x\n", i, i*i*7919)
	}
	return b.Bytes()[:n]
}

func samples() map[string][]byte {
	m := map[string][]byte{
		"empty": {}, "one": {'x'}, "zeros": make([]byte, 3_000_000), "noise": noise(1_000_000), "text": text(2_000_000),
		"mixed": bytes.Join([][]byte{noise(70_000), text(90_000), noise(30_000), make([]byte, 100_000), text(90_000)}, nil),
	}
	for n := range 20 {
		m[fmt.Sprintf("period %d", n)] = bytes.Repeat(noise(n), 300)
	}
	for _, n := range []int{255, 256, 257, 258, 259, 1000, 32767, 32768, 32769, 262143, 262144, 262145} {
		m[fmt.Sprintf("text %d", n)] = text(n)
		m[fmt.Sprintf("zeros %d", n)] = make([]byte, n)
	}
	// Bytes whose frequencies double give codes of the greatest length.
	var skewed []byte
	for i := range 18 {
		skewed = append(skewed, bytes.Repeat([]byte{byte(i * 7)}, 1<<i)...)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(skewed), func(i, k int) { skewed[i], skewed[k] = skewed[k], skewed[i] })
	m["skewed"] = skewed
	return m
}

func pack(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func unpack(br *bufio.Reader) ([]byte, error) {
	z, err := inflate.NewReader(br)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

var levels = []int{gzip.HuffmanOnly, 0, 1, 6, 9}

func TestReader(t *testing.T) {
	for name, data := range samples() {
		t.Run(name, func(t *testing.T) {
			for _, level := range levels {
				packed := append(pack(t, data, level), "rest"...)
				for _, size := range []int{16, 100, 1 << 20} {
					br := bufio.NewReaderSize(bytes.NewReader(packed), size)
					got, err := unpack(br)
					require.NoError(t, err)
					require.True(t, bytes.Equal(data, got))
					rest, err := io.ReadAll(br)
					require.NoError(t, err)
					require.Equal(t, "rest", string(rest))
				}
				z, err := inflate.NewReader(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(packed))))
				require.NoError(t, err)
				var out bytes.Buffer
				n, err := io.Copy(&out, z)
				require.NoError(t, err)
				require.EqualValues(t, len(data), n)
				require.True(t, bytes.Equal(data, out.Bytes()))
			}
		})
	}
}

// Whatever the size of the buffers, Decode never writes behind the slack.
func TestDecoder(t *testing.T) {
	data := samples()["mixed"]
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, 6)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, step := range []int{1, 300, 5000, 400_000} {
		d := inflate.NewDecoder(bufio.NewReader(bytes.NewReader(packed.Bytes())))
		buf := make([]byte, inflate.Window+step+inflate.Slack)
		var got []byte
		pos := 0
		for {
			want := pos + step
			clear(buf[pos:])
			end, err := d.Decode(buf[:want+inflate.Slack], pos, want)
			got = append(got, buf[pos:end]...)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			require.GreaterOrEqual(t, end, want)
			pos = copy(buf, buf[max(0, end-inflate.Window):end])
		}
		require.True(t, bytes.Equal(data, got))
	}
	_, err = inflate.NewDecoder(nil).Decode(make([]byte, 100), 0, 100)
	require.Error(t, err)
}

func TestHeader(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra = "name", "comment", noise(300)
	_, err := w.Write([]byte("data"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	got, err := unpack(bufio.NewReader(bytes.NewReader(b.Bytes())))
	require.NoError(t, err)
	require.Equal(t, "data", string(got))

	body := pack(t, []byte("data"), 6)[10:]
	head := []byte("\x1f\x8b\x08\x02\x00\x00\x00\x00\x00\x03")
	head = binary.LittleEndian.AppendUint16(head, uint16(crc32.ChecksumIEEE(head)))
	got, err = unpack(bufio.NewReader(bytes.NewReader(append(head, body...))))
	require.NoError(t, err)
	require.Equal(t, "data", string(got))
	for head, want := range map[string]string{
		"\x1f\x8b\x08\x02\x00\x00\x00\x00\x00\x03\x00\x00": "checksum of the header",
		"\x1f\x8b\x08\x20\x00\x00\x00\x00\x00\x03":         "header flags 0x20",
		"\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x03":         "compression method 7",
		"\x1f\x8c\x08\x00\x00\x00\x00\x00\x00\x03":         "no gzip signature",
	} {
		_, err := unpack(bufio.NewReader(bytes.NewReader(append([]byte(head), body...))))
		require.ErrorIs(t, err, inflate.ErrFormat)
		require.ErrorContains(t, err, want)
	}
}

func TestNewFileReader(t *testing.T) {
	var packed, want []byte
	for i, part := range [][]byte{text(100_000), {}, {'x'}, noise(300_000), make([]byte, 131_072), text(5)} {
		packed = append(packed, pack(t, part, i%10)...)
		want = append(want, part...)
	}
	for _, size := range []int{16, 1 << 20} {
		z, err := inflate.NewFileReader(bufio.NewReaderSize(bytes.NewReader(packed), size))
		require.NoError(t, err)
		got, err := io.ReadAll(z)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	}
	for tail, want := range map[string]error{"\x00": io.ErrUnexpectedEOF, "\x1f\x8b": io.ErrUnexpectedEOF, "something else": inflate.ErrFormat} {
		z, err := inflate.NewFileReader(bufio.NewReader(bytes.NewReader(append(bytes.Clone(packed), tail...))))
		require.NoError(t, err)
		_, err = io.ReadAll(z)
		require.ErrorIs(t, err, want)
	}
	// Matches don't reach into the member before.
	member := pack(t, bytes.Repeat([]byte{'a'}, 300), gzip.HuffmanOnly)
	reach := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), 0x03, 0x02, 0x00, 0, 0, 0, 0, 0)
	z, err := inflate.NewFileReader(bufio.NewReader(bytes.NewReader(append(member, reach...))))
	require.NoError(t, err)
	_, err = io.ReadAll(z)
	require.ErrorIs(t, err, inflate.ErrFormat)
}

func TestTruncated(t *testing.T) {
	for _, data := range [][]byte{text(3000), noise(500), make([]byte, 3000)} {
		for _, level := range levels {
			packed := pack(t, data, level)
			for n := range packed {
				_, err := unpack(bufio.NewReader(bytes.NewReader(packed[:n])))
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d bytes", n, len(packed))
			}
			broken := errors.New("broken cable")
			for n := range packed {
				_, err := unpack(bufio.NewReader(io.MultiReader(bytes.NewReader(packed[:n]), iotest.ErrReader(broken))))
				require.ErrorIs(t, err, broken, "%d of %d bytes", n, len(packed))
			}
		}
	}
}

func TestChecksum(t *testing.T) {
	packed := pack(t, text(1000), 6)
	for i := len(packed) - 8; i < len(packed); i++ {
		bad := bytes.Clone(packed)
		bad[i] ^= 1
		_, err := unpack(bufio.NewReader(bytes.NewReader(bad)))
		require.ErrorIs(t, err, inflate.ErrChecksum)
	}
}

// The verdict about any stream, the data, and the end are those of the standard
// library.
func FuzzDecoder(f *testing.F) {
	for name, data := range samples() {
		if len(data) > 5000 {
			continue
		}
		for _, level := range levels {
			packed := pack(f, data, level)
			f.Add(packed[10:len(packed)-8], uint16(len(name)))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint16) {
		const limit = 1 << 20
		src := bufio.NewReader(bytes.NewReader(in))
		want, errStd := io.ReadAll(io.LimitReader(flate.NewReader(src), limit+1))
		br := bufio.NewReaderSize(bytes.NewReader(in), 16+int(step%50))
		d := inflate.NewDecoder(br)
		buf := make([]byte, inflate.Window+int(step)+1+inflate.Slack)
		var got []byte
		var err error
		for pos := 0; err == nil && len(got) <= limit; {
			var end int
			end, err = d.Decode(buf, pos, pos+int(step)+1)
			got = append(got, buf[pos:end]...)
			pos = copy(buf, buf[max(0, end-inflate.Window):end])
		}
		if len(want) > limit || len(got) > limit {
			require.True(t, bytes.Equal(want[:limit], got[:limit]))
			return
		}
		require.Equal(t, errStd == nil, err == io.EOF, "%v, %v", errStd, err)
		if errStd == nil {
			require.True(t, bytes.Equal(want, got))
			a, _ := io.ReadAll(src)
			b, _ := io.ReadAll(br)
			require.True(t, bytes.Equal(a, b))
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for _, name := range []string{"text", "zeros", "mixed"} {
		data := samples()[name]
		packed := pack(b, data, 9)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				z, err := inflate.NewReader(bufio.NewReader(bytes.NewReader(packed)))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, z); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleNewReader() {
	var file bytes.Buffer
	for _, text := range []string{"first", "second"} {
		w := gzip.NewWriter(&file)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
	}
	br := bufio.NewReader(&file)
	for range 2 {
		z, err := inflate.NewReader(br)
		if err != nil {
			panic(err)
		}
		data, err := io.ReadAll(z)
		fmt.Printf("%q %v\n", data, err)
	}
	// Output:
	// "first" <nil>
	// "second" <nil>
}
