package rdcore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/clap"
)

// The digest of "xyz".
const xyz = "3608BCA1E44EA6C4D268EB6DB02260269892C0B42B86BBF1E77A6FA16C3C9282"

// Recorded with rdcore 0.26.
func TestStreamHash(t *testing.T) {
	const decode = "couldn't decode hash: "
	for _, test := range []struct{ hashes, input, output, err string }{
		{"", "", "", "hash file is empty"},
		{"aardvark\n", "", "", "couldn't parse hash file header"},
		{"stream-hash sha256 8", "", "", "couldn't parse hash file header"},
		{"stream-hash sha256 8\r\n", "", "", "couldn't parse hash file header"},
		{"stream-hash sha256 +8\n", "", "", "couldn't parse hash file header"},
		{"stream-hash SHA256 8\n", "", "", "couldn't parse hash file header"},
		{"\xff\n", "xyz", "", "reading hash file|stream did not contain valid UTF-8"},
		{"stream-hash sha255 8\n", "", "", "unknown digest algorithm sha255"},
		{"stream-hash sha256 0\n", "", "", "chunk size cannot be zero"},
		{"stream-hash sha256 67108865\n", "", "", "chunk size 67108865 is greater than maximum 67108864"},
		{"stream-hash sha256 18446744073709551615\n", "", "", "chunk size 18446744073709551615 is greater than maximum 67108864"},
		{"stream-hash sha256 18446744073709551616\n", "", "", "couldn't parse chunk size|number too large to fit in target type"},
		{"stream-hash sha256 008\n", "", "", ""},
		{"stream-hash sha256 8\nasdf\n", "", "", decode + `"asdf"|Invalid character 's' at position 1`},
		{"stream-hash sha256 8\nabc\n", "x", "", decode + `"abc"|Odd number of digits`},
		{"stream-hash sha256 8\nab\tcd\"\\x\n", "xyz", "", decode + `"ab\tcd\"\\x"|Invalid character '\t' at position 2`},
		{"stream-hash sha256 8\n\x00\n", "", "", decode + `"\0"|Odd number of digits`},
		{"stream-hash sha256 8\n\u00e9\u0301\u200b\x7f\x1b\n", "", "", decode + "\"\u00e9" + `\u{301}\u{200b}\u{7f}\u{1b}"|Odd number of digits`},
		{"stream-hash sha256 8\n\xff\n", "xyz", "", "couldn't read hash from hash file|stream did not contain valid UTF-8"},
		{"stream-hash sha256 8\n\n", "", "", "premature end of input data at offset 0"},
		{"stream-hash sha256 8\n\n", "x", "", "hash mismatch at offset 0; expected , found 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
		{"stream-hash sha256 8\nabcd\n", "xyz", "", "hash mismatch at offset 0; expected abcd, found " + strings.ToLower(xyz)},
		{"stream-hash sha256 8\n", "xyz", "", "found extra input data at offset 0"},
		{"stream-hash sha256 3\n" + xyz + "\n", "xyz", "xyz", ""},
		{"stream-hash sha256 3\n" + xyz + "\r\n", "xyz", "xyz", ""},
		{"stream-hash sha256 3\n" + xyz, "xyz", "xyz", ""},
		{"stream-hash sha256 8\n" + xyz, "xyz", "xyz", ""},
		{"stream-hash sha256 3\n" + xyz + "\n" + xyz + "\n", "xyzxyz", "xyzxyz", ""},
		{"stream-hash sha256 3\n" + xyz + "\n" + xyz + "\n", "xyz", "xyz", "premature end of input data at offset 3"},
		{"stream-hash sha256 3\n" + xyz + "\n\n", "xyz", "xyz", "premature end of input data at offset 3"},
		{"stream-hash sha256 3\n" + xyz + "\n", "xyz!", "xyz", "found extra input data at offset 3"},
		{"stream-hash sha256 3\n" + xyz + "\n" + xyz + "\n", "xyzabc", "xyz", "hash mismatch at offset 3; expected " + strings.ToLower(xyz) +
			", found ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	} {
		for _, slow := range []bool{false, true} {
			var output bytes.Buffer
			var input io.Reader = strings.NewReader(test.input)
			if slow {
				input = iotest.OneByteReader(input)
			}
			err := StreamHash(t.Context(), strings.NewReader(test.hashes), input, &output)
			text := ""
			if err != nil {
				text = strings.Join(clap.Levels(err), "|")
			}
			require.Equal(t, test.err, text, "%q", test.hashes)
			require.Equal(t, test.output, output.String(), "%q", test.hashes)
		}
	}
}

func TestStreamHashFailures(t *testing.T) {
	const hashes = "stream-hash sha256 3\n" + xyz + "\n"
	run := func(input io.Reader, output io.Writer) error {
		return StreamHash(t.Context(), strings.NewReader(hashes), input, output)
	}
	failed := errors.New("failed")
	require.EqualError(t, run(iotest.ErrReader(failed), io.Discard), "reading input: failed")
	require.EqualError(t, run(io.MultiReader(strings.NewReader("xyz"), iotest.ErrReader(failed)), io.Discard), "draining input: failed")
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(failed))
	require.EqualError(t, run(strings.NewReader("xyz"), w), "writing output: failed")
	require.NoError(t, run(&interrupted{r: strings.NewReader("xyz")}, io.Discard))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := StreamHash(ctx, strings.NewReader(hashes), strings.NewReader("xyz"), io.Discard)
	require.ErrorIs(t, err, context.Canceled)

	long := "stream-hash sha256 3\n" + strings.Repeat("a", maxHashLine+1)
	err = StreamHash(t.Context(), strings.NewReader(long), strings.NewReader("xyz"), io.Discard)
	require.ErrorContains(t, err, "is not supported")
}

// interrupted fails every other read as if a signal had come.
type interrupted struct {
	r    io.Reader
	even bool
}

func (i *interrupted) Read(p []byte) (int, error) {
	if i.even = !i.even; i.even {
		return 0, syscall.EINTR
	}
	return i.r.Read(p[:1])
}

// list makes the file with digests for data.
func list(data []byte, chunk int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stream-hash sha256 %d\n", chunk)
	for len(data) > 0 {
		n := min(chunk, len(data))
		fmt.Fprintf(&b, "%x\n", sha256.Sum256(data[:n]))
		data = data[n:]
	}
	return b.String()
}

// checkedWriter fails if it gets something else than the start of want.
type checkedWriter struct{ want []byte }

func (c *checkedWriter) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(c.want, p) {
		panic("data that were not verified")
	}
	c.want = c.want[len(p):]
	return len(p), nil
}

// FuzzStreamHash changes data on the way and the file with digests: nothing but the data that
// were hashed may come out.
func FuzzStreamHash(f *testing.F) {
	f.Add([]byte("asdfasd\nqwer"), uint16(8), uint16(0), byte(0), []byte(nil))
	f.Add([]byte("asdfasd\nqwer"), uint16(8), uint16(9), byte(1), []byte(nil))
	f.Add([]byte("asdfasd\n"), uint16(8), uint16(0), byte(0), []byte("stream-hash sha256 8\nasdf\n"))
	f.Add([]byte(""), uint16(1), uint16(0), byte(0), []byte("stream-hash sha256 67108864\n\n"))
	f.Fuzz(func(t *testing.T, data []byte, chunk, at uint16, change byte, hashes []byte) {
		if len(hashes) > 0 {
			// Whatever the file is, all that comes out was in it.
			var out bytes.Buffer
			err := StreamHash(t.Context(), bytes.NewReader(hashes), bytes.NewReader(data), &out)
			if !bytes.HasPrefix(data, out.Bytes()) || err == nil && out.Len() != len(data) {
				t.Fatalf("%q became %q: %v", data, out.Bytes(), err)
			}
			return
		}
		text := list(data, int(chunk)+1)
		sent := bytes.Clone(data)
		if len(sent) > 0 {
			sent[int(at)%len(sent)] ^= change
		}
		err := StreamHash(t.Context(), strings.NewReader(text), bytes.NewReader(sent), &checkedWriter{data})
		if good := bytes.Equal(sent, data); good != (err == nil) {
			t.Fatal(err)
		}
	})
}

func BenchmarkStreamHash(b *testing.B) {
	data := make([]byte, 64<<20)
	text := list(data, 2<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := StreamHash(b.Context(), strings.NewReader(text), bytes.NewReader(data), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
