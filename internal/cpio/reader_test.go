package cpio_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

type member struct {
	cpio.Header
	data string
}

func readAll(r io.Reader) (out []member, err error) {
	c := cpio.NewReader(r)
	for {
		h, err := c.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		data, err := io.ReadAll(c)
		if err != nil {
			return out, err
		}
		out = append(out, member{*h, string(data)})
	}
}

// newc makes one member by hand.
func newc(magic, name, data string, mode, sum int) string {
	h := fmt.Sprintf("%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", magic, 7, mode, 1, 2, 1, 99, len(data), 3, 4, 5, 6, len(name)+1, sum)
	s := h + name + "\x00"
	s += strings.Repeat("\x00", -len(s)&3) + data
	return s + strings.Repeat("\x00", -len(s)&3)
}

func TestHandMade(t *testing.T) {
	end := newc("070701", "TRAILER!!!", "", 0, 0)
	got, err := readAll(iotest.OneByteReader(strings.NewReader(newc("070701", "a/b", "hello", 0o100644, 0) + end + "rest")))
	require.NoError(t, err)
	require.Equal(t, []member{{cpio.Header{Name: "a/b", Mode: 0o100644, UID: 1, GID: 2, Links: 1, Modified: 99, Size: 5,
		Dev: 3<<32 | 4, Inode: 7, RDev: 5<<32 | 6}, "hello"}}, got)

	_, err = readAll(strings.NewReader(newc("070702", "a", "abc", 0o100644, 'a'+'b'+'c') + end))
	require.NoError(t, err)
	_, err = readAll(strings.NewReader(newc("070702", "a", "abc", 0o100644, 1) + end))
	require.ErrorIs(t, err, cpio.ErrSum)
}

func TestDamage(t *testing.T) {
	good := newc("070701", "a/b", "hello", 0o100644, 0) + newc("070701", "TRAILER!!!", "", 0, 0)
	for n := range len(good) - 4 {
		_, err := readAll(strings.NewReader(good[:n]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, n)
	}
	for name, data := range map[string]string{
		"magic":  "070703" + good[6:],
		"digit":  good[:8] + "+" + good[9:],
		"no NUL": strings.Replace(good, "a/b\x00", "a/b/", 1),
		"NUL":    strings.Replace(good, "a/b\x00", "a\x00b\x00", 1),
		"empty":  good[:94] + "00000000" + good[102:],
		"huge":   good[:94] + "FFFFFFFF" + good[102:],
	} {
		_, err := readAll(strings.NewReader(data))
		require.ErrorIs(t, err, cpio.ErrHeader, name)
	}
}

// The formats as GNU cpio writes them.
func TestInterop(t *testing.T) {
	tool := testutil.Tool(t, "cpio")
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "d"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d/f"), []byte("hello\n"), 0o640))
	require.NoError(t, os.Link(filepath.Join(dir, "d/f"), filepath.Join(dir, "d/g")))
	require.NoError(t, os.Symlink("f", filepath.Join(dir, "d/l")))
	for _, format := range []string{"newc", "crc", "odc"} {
		t.Run(format, func(t *testing.T) {
			archive := testutil.Run(t, &testutil.RunOptions{Dir: dir, Stdin: "d\nd/f\nd/g\nd/l\n", Must: true},
				tool, "-o", "-H", format, "--quiet").Stdout
			require.True(t, cpio.Detect([]byte(archive)))
			got, err := readAll(strings.NewReader(archive))
			require.NoError(t, err)
			require.Len(t, got, 4)
			content := map[string]string{}
			files := map[[2]uint64]string{}
			for _, m := range got {
				switch m.Mode & 0o170000 {
				case 0o040000:
					require.Equal(t, "d", m.Name)
					require.EqualValues(t, 0o040750, m.Mode)
				case 0o120000:
					require.Equal(t, "d/l f", m.Name+" "+m.data)
				default:
					require.EqualValues(t, 0o100640, m.Mode)
					require.EqualValues(t, 2, m.Links)
					files[[2]uint64{m.Dev, m.Inode}] += m.data
					content[m.Name] = m.data
				}
			}
			require.Len(t, files, 1, "both names are one file")
			require.Contains(t, []string{content["d/f"], content["d/g"]}, "hello\n")
		})
	}
}

func TestDetect(t *testing.T) {
	for s, want := range map[string]bool{"070701": true, "070702": true, "070707": true, "07070": false, "070708x": false, "": false} {
		require.Equal(t, want, cpio.Detect([]byte(s)), s)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(newc("070701", "a/b", "hello", 0o100644, 0) + newc("070701", "TRAILER!!!", "", 0, 0)))
	f.Add([]byte(newc("070702", "a", "abc", 0o100644, 294) + newc("070701", "TRAILER!!!", "", 0, 0)))
	f.Add([]byte("070707000000000001100644000001000002000001000000000000000000000200000000003a\x00abc070707"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readAll(bytes.NewReader(data))
		size := 0
		for _, m := range got {
			if int64(len(m.data)) != m.Size {
				t.Fatalf("%q: %d bytes of %d", m.Name, len(m.data), m.Size)
			}
			size += len(m.data) + len(m.Name)
		}
		if size > len(data) {
			t.Fatalf("%d bytes out of %d", size, len(data))
		}
		again, err2 := readAll(iotest.OneByteReader(bytes.NewReader(data)))
		if fmt.Sprint(got, err) != fmt.Sprint(again, err2) {
			t.Fatalf("depends on the size of reads: %v %v", err, err2)
		}
	})
}
