package cpio_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

// writeAll makes an archive of members whose sizes are those of their data.
func writeAll(t testing.TB, members ...member) []byte {
	var buf bytes.Buffer
	w := cpio.NewWriter(&buf)
	for _, m := range members {
		m.Size = int64(len(m.data))
		require.NoError(t, w.WriteHeader(&m.Header))
		_, err := io.WriteString(w, m.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// What "coreos-installer pxe ignition wrap" makes of "{}".
func TestWriterBytes(t *testing.T) {
	got := writeAll(t, member{cpio.Header{Name: "config.ign", Mode: 0o100600}, "{}"})
	zero := "00000000"
	want := "070701" + zero + "00008180" + zero + zero + "00000001" + zero + "00000002" + strings.Repeat(zero, 4) + "0000000b" + zero +
		"config.ign\x00\x00\x00\x00{}\x00\x00" +
		"070701" + strings.Repeat(zero, 4) + "00000001" + strings.Repeat(zero, 6) + "0000000b" + zero + "TRAILER!!!\x00\x00\x00\x00"
	require.Len(t, want, 252)
	require.Equal(t, hex.Dump([]byte(want)), hex.Dump(got))
}

func TestWriterRoundTrip(t *testing.T) {
	in := []member{
		{cpio.Header{Name: "d", Mode: 0o40755, Links: 2, UID: 1, GID: 2, Modified: 1 << 31, Inode: 9, Dev: 8<<32 | 1}, ""},
		{cpio.Header{Name: "d/a", Mode: 0o100644, Links: 1}, "1"},
		{cpio.Header{Name: "d/ab", Mode: 0o100644, Links: 1}, "12"},
		{cpio.Header{Name: "d/abc", Mode: 0o100644, Links: 1}, "123"},
		{cpio.Header{Name: "d/abcd", Mode: 0o120777, Links: 1}, "1234"},
		{cpio.Header{Name: "null", Mode: 0o20666, Links: 1, RDev: 1<<32 | 3}, ""},
	}
	got, err := readAll(bytes.NewReader(writeAll(t, in...)))
	require.NoError(t, err)
	for i := range in {
		in[i].Size = int64(len(in[i].data))
	}
	require.Equal(t, in, got)
}

// GNU cpio's numbers are in upper case.
func TestWriterUpper(t *testing.T) {
	var buf bytes.Buffer
	w := cpio.NewWriter(&buf)
	w.Upper = true
	require.NoError(t, w.WriteHeader(&cpio.Header{Name: "a", Mode: 0o100644, UID: 0xabcdef}))
	require.NoError(t, w.Close())
	require.True(t, strings.HasPrefix(buf.String(), "07070100000000000081A400ABCDEF"), buf.String())
	require.Contains(t, buf.String(), "0000000B00000000TRAILER!!!")
}

func TestWriterRefuses(t *testing.T) {
	w := cpio.NewWriter(io.Discard)
	for _, h := range []cpio.Header{{}, {Name: "a\x00b"}, {Name: "TRAILER!!!"}, {Name: strings.Repeat("x", 1<<16)},
		{Name: "a", Size: 1 << 32}, {Name: "a", Size: -1}, {Name: "a", Inode: 1 << 32}} {
		require.ErrorIs(t, w.WriteHeader(&h), cpio.ErrHeader)
	}
	require.NoError(t, w.WriteHeader(&cpio.Header{Name: "a", Size: 3}))
	_, err := w.Write([]byte("1234"))
	require.ErrorIs(t, err, cpio.ErrTooLong)
	_, err = w.Write([]byte("12"))
	require.NoError(t, err)
	require.ErrorIs(t, w.Close(), cpio.ErrMissing)
	require.ErrorIs(t, w.WriteHeader(&cpio.Header{Name: "b"}), cpio.ErrMissing)
	_, err = w.Write([]byte("3"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Error(t, w.WriteHeader(&cpio.Header{Name: "b"}))
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func TestWriterError(t *testing.T) {
	full := errors.New("full")
	w := cpio.NewWriter(failing{full})
	require.ErrorIs(t, w.WriteHeader(&cpio.Header{Name: "a"}), full)
	require.ErrorIs(t, w.Close(), full)
}

func TestWriterInterop(t *testing.T) {
	tool := testutil.Tool(t, "cpio")
	archive := writeAll(t, member{cpio.Header{Name: "d", Mode: 0o40755}, ""}, member{cpio.Header{Name: "d/f", Mode: 0o100640}, "hello\n"},
		member{cpio.Header{Name: "d/l", Mode: 0o120777}, "f"})
	dir := t.TempDir()
	testutil.Run(t, &testutil.RunOptions{Dir: dir, Stdin: string(archive), Must: true}, tool, "-id", "--quiet")
	data, err := os.ReadFile(filepath.Join(dir, "d/l"))
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(data))
}

func TestInitramfsNames(t *testing.T) {
	end := newc("070701", "TRAILER!!!\x00\x00", "12345", 0, 0)
	data := newc("070701", "a/b\x00\x00\x00\x00", "hello", 0o100644, 0) + newc("070701", "", "x", 0o100644, 0) + end
	in := strings.NewReader(data + "next")
	r := cpio.NewReader(in)
	r.Initramfs = true
	for _, want := range []string{"a/b", ""} {
		h, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, want, h.Name)
	}
	_, err := r.Next()
	require.Equal(t, io.EOF, err)
	require.Equal(t, 4, in.Len())

	r = cpio.NewReader(strings.NewReader("070707000000000001100644000001000002000001000000000000000000000200000000003a\x00abc"))
	r.Initramfs = true
	_, err = r.Next()
	require.ErrorIs(t, err, cpio.ErrHeader)
}
