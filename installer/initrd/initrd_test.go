package initrd_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/xz"
)

// vector returns a file of testdata, unpacked if it is a whole compressed image.
func vector(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	if strings.HasSuffix(name, ".img.xz") {
		data = unxz(t, data)
	}
	return data
}

func unxz(t testing.TB, data []byte) []byte {
	r, err := xz.NewReader(bytes.NewReader(data), nil)
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return plain
}

// m is a member for archive; a mode of 0 is a regular file.
type m struct {
	name, data  string
	mode, links uint32
	inode       uint64
}

func archive(members ...m) []byte {
	var buf bytes.Buffer
	w := cpio.NewWriter(&buf)
	for _, x := range members {
		if x.mode == 0 {
			x.mode = 0o100644
		}
		h := cpio.Header{Name: x.name, Mode: x.mode, Links: x.links, Inode: x.inode, Size: int64(len(x.data))}
		if err := errors.Join(w.WriteHeader(&h), second(io.WriteString(w, x.data))); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func second(_ int, err error) error { return err }

func gz(data []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if err := errors.Join(second(w.Write(data)), w.Close()); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func zst(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}

func xzip(data []byte) []byte {
	out, err := xz.Encode(nil, data, &xz.WriterOptions{Check: xz.CRC32})
	if err != nil {
		panic(err)
	}
	return out
}

func contents(a *initrd.Archive) map[string]string {
	out := map[string]string{}
	for _, p := range a.Paths() {
		data, _ := a.Get(p)
		out[p] = string(data)
	}
	return out
}

func read(t testing.TB, data []byte) map[string]string {
	a, err := initrd.Read(bytes.NewReader(data), nil)
	require.NoError(t, err)
	return contents(a)
}

func TestVectors(t *testing.T) {
	want := map[string]string{}
	for _, dir := range []string{"uncompressed-1", "gzip", "xz", "zstd", "uncompressed-2"} {
		want[dir+"/hello"], want[dir+"/world"] = "HELLO\n", "WORLD\n"
	}
	require.Equal(t, want, read(t, vector(t, "compressed.img.xz")))
	require.Equal(t, map[string]string{"data/file": "third\n"}, read(t, vector(t, "redundant.img.xz")))
	require.Equal(t, map[string]string{"dir/hello": strings.Repeat("z", 5000), "dir/world": strings.Repeat("q", 4500)},
		read(t, vector(t, "padded-names.img.xz")))

	a, err := initrd.Read(iotest.OneByteReader(bytes.NewReader(vector(t, "compressed.img.xz"))),
		func(p string) bool { return strings.HasPrefix(p, "zstd/") })
	require.NoError(t, err)
	require.Equal(t, []string{"zstd/hello", "zstd/world"}, a.Paths())
}

func TestSegments(t *testing.T) {
	a, b, c := archive(m{name: "a", data: "1"}, m{name: "x", data: "old"}), archive(m{name: "b", data: "22"}), archive(m{name: "x", data: "new"})
	want := map[string]string{"a": "1", "b": "22", "x": "new"}
	nul := func(n int) []byte { return make([]byte, n) }
	for name, parts := range map[string][][]byte{
		"plain":             {a, b, c},
		"padding":           {nul(3), a, nul(509), b, nul(70000), c, nul(1)},
		"compressed":        {gz(a), xzip(b), zst(c)},
		"unaligned":         {xzip(a), nul(1), gz(b), nul(2), c, nul(513)},
		"padding inside":    {xzip(append(bytes.Clone(a), nul(70000)...)), gz(append(bytes.Clone(b), 0)), c},
		"gzip, gzip":        {gz(a), gz(b), gz(c)},
		"xz, xz":            {xzip(a), xzip(b), xzip(c)},
		"plain, compressed": {a, nul(512), zst(b), c},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, want, read(t, bytes.Join(parts, nil))) })
	}
	require.Empty(t, read(t, nil))
	require.Empty(t, read(t, nul(4096)))
}

func TestRegularFilesOnly(t *testing.T) {
	require.Equal(t, map[string]string{"f": "1"}, read(t, archive(m{name: "d", mode: 0o40755}, m{name: "f", data: "1"},
		m{name: "l", data: "f", mode: 0o120777}, m{name: "f", data: "elsewhere", mode: 0o120777}, m{name: "n", mode: 0o20600})))
}

func TestHardLinks(t *testing.T) {
	got := read(t, bytes.Join([][]byte{
		archive(m{name: "a", links: 3, inode: 7}, m{name: "b", links: 3, inode: 7}, m{name: "other", links: 2, inode: 8},
			m{name: "c", data: "content", links: 3, inode: 7}),
		archive(m{name: "d", data: "another", links: 2, inode: 8}),
		archive(m{name: "e", links: 2, inode: 1}, m{name: "e", data: "file"}, m{name: "f", data: "content", links: 2, inode: 1}),
	}, nil))
	require.Equal(t, map[string]string{"a": "content", "b": "content", "c": "content", "other": "", "d": "another", "e": "file", "f": "content"}, got)
}

func TestDamage(t *testing.T) {
	a := archive(m{name: "a", data: "12345"})
	noTrailer := a[:len(a)-124]
	text := func(s string) []byte { return []byte(s) }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"text":             {text("hello, this is not a disk"), "reading CPIO entry: Invalid magic number"},
		"short":            {text("foo\n"), "reading CPIO entry: failed to fill whole buffer"},
		"no trailer":       {noTrailer, "reading CPIO entry: failed to fill whole buffer"},
		"content":          {a[:114], "reading CPIO entry contents: unexpected EOF"},
		"rest":             {append(bytes.Clone(a), "foo"...), "reading CPIO entry: failed to fill whole buffer"},
		"garbage inside":   {xzip(append(bytes.Clone(a), "\x00\x00foo"...)), "found trailing garbage inside compressed archive"},
		"second inside":    {gz(append(bytes.Clone(a), a...)), "found trailing garbage inside compressed archive"},
		"empty inside":     {gz(nil), "reading CPIO entry: failed to fill whole buffer"},
		"checksum":         {append(gz(a)[:len(gz(a))-8], 1, 2, 3, 4, 0, 0, 0, 0), "finishing reading compressed archive: "},
		"cut":              {xzip(a)[:len(xzip(a))-3], "finishing reading compressed archive: "},
		"cut early":        {xzip(a)[:40], "reading CPIO entry: "},
		"odc":              {text("070707" + strings.Repeat("0", 70)), "reading CPIO entry: Invalid magic number"},
		"unknown checksum": {append([]byte("\xfd7zXZ\x00"), make([]byte, 60)...), "reading CPIO entry: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := initrd.Read(bytes.NewReader(c.data), nil)
			require.ErrorContains(t, err, c.want)
			_, err = initrd.List(bytes.NewReader(c.data), nil)
			require.ErrorContains(t, err, "decoding initrd: ")
			if strings.Contains(c.want, "whole buffer") {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			}
		})
	}
	broken := errors.New("broken")
	_, err := initrd.Read(io.MultiReader(bytes.NewReader(a), iotest.ErrReader(broken)), nil)
	require.ErrorIs(t, err, broken)
}

func TestLimit(t *testing.T) {
	data := archive(m{name: "a", data: strings.Repeat("x", 5000)}, m{name: "a", data: strings.Repeat("y", 5000)}, m{name: "b", data: "1"})
	_, err := initrd.ReadLimit(bytes.NewReader(data), nil, 5400)
	require.NoError(t, err, "a replaced file does not count")
	_, err = initrd.ReadLimit(bytes.NewReader(data), nil, 5200)
	require.ErrorIs(t, err, initrd.ErrTooLarge)
	_, err = initrd.ReadLimit(bytes.NewReader(data), func(p string) bool { return p == "b" }, 1000)
	require.NoError(t, err)
}

func TestWalk(t *testing.T) {
	var got []string
	stop := errors.New("stop")
	data := append(archive(m{name: "a", data: "1"}, m{name: "skipped", data: "22"}), gz(archive(m{name: "a", data: "333"}, m{name: "z"}))...)
	require.Equal(t, stop, initrd.Walk(bytes.NewReader(data), func(p string, size int64, content io.Reader) error {
		if p == "z" {
			return stop
		}
		if p != "skipped" {
			data, err := io.ReadAll(content)
			require.NoError(t, err)
			p += "=" + string(data)
		}
		got = append(got, fmt.Sprint(p, " ", size))
		return nil
	}))
	require.Equal(t, []string{"a=1 1", "skipped 2", "a=333 3"}, got)
}

func TestArchive(t *testing.T) {
	a := initrd.New()
	a.Add("b", []byte("1"))
	a.Add("a/x", []byte("2"))
	a.Add("a/y", nil)
	require.Equal(t, []string{"a/x", "a/y", "b"}, a.Paths())
	require.Equal(t, []string{"a/x", "a/y"}, a.WithPrefix("a/"))
	b := a.Clone()
	b.Remove("a/x")
	b.Remove("missing")
	require.Equal(t, 3, a.Len())
	require.Equal(t, 2, b.Len())
	_, ok := b.Get("a/x")
	require.False(t, ok)
}

// What the reference makes of "{}", unpacked.
const wrapped = "070701000000000000818000000000000000000000000100000000000000020000000000000000000000000000000000000" +
	"00b00000000config.ign\x00\x00\x00\x00{}\x00\x00" +
	"070701000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000" +
	"00b00000000TRAILER!!!\x00\x00\x00\x00"

func TestEncode(t *testing.T) {
	segment, err := initrd.WrapIgnition([]byte("{}"))
	require.NoError(t, err)
	require.Equal(t, wrapped, string(unxz(t, segment)))
	require.LessOrEqual(t, len(segment), 156, "size of what liblzma makes")

	a := initrd.New()
	for _, p := range []string{"etc/b/2", "etc/a.x", "etc/b/1", "z", "./q/r", "/abs/f", "etc//d"} {
		a.Add(p, []byte(p))
	}
	segment, err = a.Encode()
	require.NoError(t, err)
	r := cpio.NewReader(bytes.NewReader(unxz(t, segment)))
	var got []string
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		got = append(got, fmt.Sprintf("%s %o", h.Name, h.Mode))
		require.Equal(t, cpio.Header{Name: h.Name, Mode: h.Mode, Links: 1, Size: h.Size, Inode: uint64(len(got) - 1)}, *h)
	}
	require.Equal(t, []string{"./q 40755", "./q/r 100600", "/abs 40755", "/abs/f 100600", "etc 40755", "etc//d 100600", "etc/a.x 100600",
		"etc/b 40755", "etc/b/1 100600", "etc/b/2 100600", "z 100600"}, got)
	require.Equal(t, contents(a), read(t, segment))

	a.Add("", nil)
	_, err = a.Encode()
	require.ErrorContains(t, err, "writing CPIO archive")
}

// The kernel's decoder knows LZMA2, CRC-32 and dictionaries that fit its memory.
func TestEncodeForKernel(t *testing.T) {
	for _, size := range []int{0, 300, 100 << 10, 1 << 20} {
		a := initrd.New()
		a.Add("f", words(size))
		segment, err := a.Encode()
		require.NoError(t, err)
		require.Equal(t, "\xfd7zXZ\x00\x00\x01", string(segment[:8]), "magic number, CRC-32")
		header := segment[12:]
		require.Equal(t, []byte{0, 0x21, 1}, header[1:4], "one filter, no sizes; LZMA2")
		bits := int64(header[4])
		dict := (2 | bits&1) << (bits/2 + 11)
		require.LessOrEqual(t, dict, int64(max(2*(size+512), 4096)), "what the decoder must allocate")
	}
}

// words returns text that compresses like a config file.
func words(n int) []byte {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	vocabulary := strings.Fields("ignition version config merge source data storage files path mode contents systemd units name enabled true false " +
		"/etc/systemd/system /usr/local/bin [Unit] [Service] ExecStart= Description= 384 420 { } : , \n")
	var buf bytes.Buffer
	for buf.Len() < n {
		switch rng.IntN(8) {
		case 0:
			fmt.Fprintf(&buf, "%x", rng.Uint64())
		default:
			buf.WriteString(vocabulary[rng.IntN(len(vocabulary))])
			buf.WriteByte(' ')
		}
	}
	return buf.Bytes()[:n]
}

func TestInterop(t *testing.T) {
	tool, lister := testutil.Tool(t, "xz"), testutil.Tool(t, "cpio")
	for _, size := range []int{2, 700, 20 << 10, 200 << 10, 1 << 20} {
		a := initrd.New()
		a.Add("etc/nestos/config", words(size))
		a.Add("config.ign", words(size/10))
		segment, err := a.Encode()
		require.NoError(t, err)
		plain := testutil.Run(t, &testutil.RunOptions{Stdin: string(segment), Must: true}, tool, "-dc").Stdout
		theirs := testutil.Run(t, &testutil.RunOptions{Stdin: plain, Must: true}, tool, "-9", "--check=crc32", "-c").Stdout
		require.LessOrEqual(t, len(segment), len(theirs)+len(theirs)*3/100, "size %d", size)
		t.Logf("%d bytes: %d, xz -9 %d", size, len(segment), len(theirs))
		list := testutil.Run(t, &testutil.RunOptions{Stdin: plain, Must: true}, lister, "-t", "--quiet").Stdout
		require.Equal(t, "config.ign\netc\netc/nestos\netc/nestos/config\n", list)
	}
}

func TestIgnition(t *testing.T) {
	segment, err := initrd.WrapIgnition([]byte("{}"))
	require.NoError(t, err)
	config, err := initrd.UnwrapIgnition(bytes.NewReader(append(archive(m{name: "config.ign", data: "old"}), segment...)))
	require.NoError(t, err)
	require.Equal(t, "{}", string(config))
	_, err = initrd.UnwrapIgnition(bytes.NewReader(archive(m{name: "a"})))
	require.Equal(t, initrd.ErrNoIgnition, err)
	require.EqualError(t, err, "couldn't find Ignition config in archive")
}

func TestNetwork(t *testing.T) {
	in := []initrd.Keyfile{{Name: "b.nmconnection", Data: []byte("2\n")}, {Name: "a.nmconnection", Data: []byte("1\n")}}
	sorted := []initrd.Keyfile{in[1], in[0]}
	for _, f := range flavour.All() {
		segment, err := initrd.WrapNetwork(f, in)
		require.NoError(t, err)
		got, err := initrd.UnwrapNetwork(bytes.NewReader(segment))
		require.NoError(t, err)
		require.Equal(t, sorted, got)
		require.Contains(t, read(t, segment), "etc/"+f.Name+"-firstboot-network/a.nmconnection")
	}
	segment, err := initrd.WrapNetwork(flavour.CoreOS(), in)
	require.NoError(t, err)
	_, err = initrd.UnwrapNetwork(bytes.NewReader(segment), flavour.NestOS())
	require.Equal(t, initrd.ErrNoKeyfiles, err)
	require.EqualError(t, err, "No embedded network settings.")

	_, err = initrd.WrapNetwork(flavour.CoreOS(), []initrd.Keyfile{in[0], in[1], in[0]})
	require.EqualError(t, err, "multiple input files named 'b.nmconnection'")
	_, err = initrd.WrapNetwork(flavour.CoreOS(), []initrd.Keyfile{{Name: ".."}})
	require.ErrorContains(t, err, "invalid file name")

	var out strings.Builder
	require.NoError(t, initrd.WriteKeyfiles(&out, sorted))
	require.Equal(t, "########## a.nmconnection ##########\n1\n\n########## b.nmconnection ##########\n2\n", out.String())
}

func TestKeyfileNames(t *testing.T) {
	a := initrd.New()
	for _, p := range []string{"etc/coreos-firstboot-network/sub/x", "etc/coreos-firstboot-network/../../z", "etc/coreos-firstboot-network/",
		"etc/coreos-firstboot-network/..", "etc/nestos-firstboot-network/n", "etc/coreos-firstboot-networks/n", "config.ign"} {
		a.Add(p, []byte(p))
	}
	var names []string
	for _, k := range initrd.Keyfiles(a) {
		names = append(names, k.Name)
	}
	require.Equal(t, []string{"z", "x", "n"}, names)
	initrd.RemoveKeyfiles(a, flavour.CoreOS())
	require.Equal(t, []string{"n"}, []string{initrd.Keyfiles(a)[0].Name})
	require.Equal(t, 5, a.Len())
}

func TestSaveKeyfiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new/dir")
	var made []string
	in := []initrd.Keyfile{{Name: "a", Data: []byte("1")}, {Name: "b", Data: []byte("2")}}
	require.NoError(t, initrd.SaveKeyfiles(dir, in, func(p string) { made = append(made, p) }))
	require.Equal(t, []string{dir + "/a", dir + "/b"}, made)
	err := initrd.SaveKeyfiles(dir, in, nil)
	require.ErrorIs(t, err, fs.ErrExist)
	require.EqualError(t, err, "opening "+dir+"/a: file exists")
	require.Equal(t, syscall.EEXIST, errors.Unwrap(err))
	require.Error(t, initrd.SaveKeyfiles(dir, []initrd.Keyfile{{Name: "../x"}}, nil))
}

func TestEncodeIsDeterministic(t *testing.T) {
	a := initrd.New()
	for i := range 100 {
		a.Add(fmt.Sprintf("d%d/f", i), binary.LittleEndian.AppendUint32(nil, uint32(i)))
	}
	one, err := a.Encode()
	require.NoError(t, err)
	two, err := a.Clone().Encode()
	require.NoError(t, err)
	require.Equal(t, one, two)
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"compressed.img.xz", "redundant.img.xz", "padded-names.img.xz", "traversal-relative.img"} {
		f.Add(vector(f, name))
	}
	f.Add(archive(m{name: "a", links: 2, inode: 1}, m{name: "b", data: "1", links: 2, inode: 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 20
		a, err := initrd.ReadLimit(bytes.NewReader(data), nil, limit)
		if err != nil {
			return
		}
		size := 0
		for _, p := range a.Paths() {
			content, _ := a.Get(p)
			size += len(content) + len(p)
		}
		if size > limit {
			t.Fatalf("%d bytes were kept", size)
		}
		names, err := initrd.List(bytes.NewReader(data), nil)
		if err != nil || strings.Join(names, "\n") != strings.Join(a.Paths(), "\n") {
			t.Fatalf("%q instead of %q, %v", names, a.Paths(), err)
		}
		segment, err := a.Encode()
		if err != nil {
			return // a name that cannot be written
		}
		again, err := initrd.ReadLimit(bytes.NewReader(segment), nil, limit)
		if err != nil || fmt.Sprint(contents(again)) != fmt.Sprint(contents(a)) {
			t.Fatalf("reading it again: %v", err)
		}
	})
}
