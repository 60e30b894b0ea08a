package iso9660_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/iso9660"
)

// builder makes images with directories that name themselves, as real ones do.
type builder struct{ image []byte }

// newBuilder begins an image with a descriptor for each kind of tree; the roots follow.
func newBuilder(joliet bool) *builder {
	b := &builder{image: make([]byte, 17*2048)}
	if joliet {
		b.image = append(b.image, make([]byte, 2048)...)
	}
	end := make([]byte, 2048)
	copy(end, "\xffCD001\x01")
	b.image = append(b.image, end...)
	return b
}

func (b *builder) descriptor(n, kind int, escape string, root uint32) {
	d := b.image[n*2048:][:2048]
	copy(d, string(rune(kind))+"CD001\x01")
	copy(d[40:72], "config-2                        ")
	copy(d[88:], escape)
	binary.LittleEndian.PutUint16(d[128:], 2048)
	copy(d[156:], record{name: "\x00", dir: true, sector: root, size: 2048}.bytes())
}

// add appends sectors and returns the first.
func (b *builder) add(content []byte) uint32 {
	sector := len(b.image) / 2048
	b.image = append(b.image, content...)
	b.image = append(b.image, make([]byte, -len(b.image)&2047)...)
	return uint32(sector)
}

func (b *builder) file(name, content string) record {
	return record{name: name, sector: b.add([]byte(content)), size: uint32(len(content))}
}

// dir adds a directory; extra is the system use area of the record of itself.
func (b *builder) dir(extra []byte, records ...record) uint32 {
	self := record{name: "\x00", dir: true, sector: uint32(len(b.image) / 2048), size: 2048, extra: extra}
	content := append(self.bytes(), record{name: "\x01", dir: true, sector: self.sector, size: 2048}.bytes()...)
	for _, r := range records {
		for range max(r.count, 1) {
			content = append(content, r.bytes()...)
		}
	}
	if len(content) > 2048 {
		panic("too many records")
	}
	return b.add(content)
}

func (b *builder) open(t testing.TB) *iso9660.Tree {
	t.Helper()
	tree, err := iso9660.OpenTree(bytes.NewReader(b.image), int64(len(b.image)))
	require.NoError(t, err)
	return tree
}

// plain makes an image without extensions.
func plain(records func(b *builder) []record) *builder {
	b := newBuilder(false)
	b.descriptor(16, 1, "", b.dir(nil, records(b)...))
	return b
}

// Entries of Rock Ridge.
var (
	entrySP = []byte{'S', 'P', 7, 1, 0xbe, 0xef, 0}
	entryER = append([]byte{'E', 'R', 18, 1, 10, 0, 0, 1}, "RRIP_1991A"...)
	entryRE = []byte{'R', 'E', 4, 1}
)

func entryPX(mode uint32) []byte {
	b := append([]byte{'P', 'X', 36, 1}, make([]byte, 32)...)
	binary.LittleEndian.PutUint32(b[4:], mode)
	return b
}

func entryNM(flags byte, name string) []byte {
	return append([]byte{'N', 'M', byte(5 + len(name)), 1, flags}, name...)
}

func entrySL(flags byte, components ...string) []byte {
	b := []byte{'S', 'L', 0, 1, flags}
	for _, c := range components {
		b = append(b, c...)
	}
	b[2] = byte(len(b))
	return b
}

// text is a component of a link.
func text(flags byte, s string) string { return string([]byte{flags, byte(len(s))}) + s }

func entryCE(sector, offset, size uint32) []byte {
	b := append([]byte{'C', 'E', 28, 1}, make([]byte, 24)...)
	binary.LittleEndian.PutUint32(b[4:], sector)
	binary.LittleEndian.PutUint32(b[12:], offset)
	binary.LittleEndian.PutUint32(b[20:], size)
	return b
}

func entryCL(sector uint32) []byte {
	b := append([]byte{'C', 'L', 12, 1}, make([]byte, 8)...)
	binary.LittleEndian.PutUint32(b[4:], sector)
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// rock makes an image with Rock Ridge.
func rock(records func(b *builder) []record) *builder {
	b := newBuilder(false)
	b.descriptor(16, 1, "", b.dir(join(entrySP, entryPX(0o040755), entryER), records(b)...))
	return b
}

func names(t testing.TB, tree *iso9660.Tree, dir string) (out []string) {
	t.Helper()
	nodes, err := tree.ReadDir(dir)
	require.NoError(t, err)
	for _, n := range nodes {
		out = append(out, n.Name)
	}
	return out
}

func TestTreePlainNames(t *testing.T) {
	b := plain(func(b *builder) []record {
		var all []record
		for _, name := range []string{"META.TXT;1", "NOEXT.;1", "NODOT;1", "DOT.", "TWO.TXT;2", "a/b;1", "\x80X.;1", "A.;1B"} {
			all = append(all, b.file(name, name))
		}
		all = append(all, record{name: "DIR", dir: true, sector: b.dir(nil, b.file("IN.TXT;1", "in"))})
		return all
	})
	tree := b.open(t)
	require.Equal(t, []string{"meta.txt", "noext", "nodot", "dot.", "two.txt.2", "a.b", "\x80x", "a..1b", "dir"}, names(t, tree, "/"))
	data, err := tree.ReadFile("/dir/../dir/./in.txt", 2)
	require.NoError(t, err)
	require.Equal(t, "in", string(data))
	for _, missing := range []string{"DIR/in.txt", "meta.txt/x", "none", "dir/none"} {
		_, err = tree.ReadFile(missing, 10)
		require.ErrorIs(t, err, fs.ErrNotExist, missing)
	}
	_, err = tree.ReadFile("dir/in.txt", 1)
	require.EqualError(t, err, "read dir/in.txt: is larger than 1 bytes")
	_, err = tree.ReadFile("dir", 1)
	require.EqualError(t, err, "read dir: is a directory")
	require.Equal(t, "config-2", tree.VolumeID())
}

func TestTreeHidesAssociatedFiles(t *testing.T) {
	b := plain(func(b *builder) []record { return []record{b.file("A;1", "a"), b.file("B;1", "b")} })
	i := bytes.LastIndex(b.image, []byte("B;1"))
	b.image[i-8] |= 4 // flags
	require.Equal(t, []string{"a"}, names(t, b.open(t), ""))
}

func TestTreeJoinsExtents(t *testing.T) {
	b := plain(func(b *builder) []record {
		one, two := b.file("BIG.;1", strings.Repeat("1", 2048)), b.file("BIG.;1", "2")
		return []record{one, two, b.file("NEXT.;1", "n")}
	})
	i := bytes.Index(b.image[19*2048:], []byte("BIG.;1")) + 19*2048
	b.image[i-8] |= 0x80
	tree := b.open(t)
	require.Equal(t, []string{"big", "next"}, names(t, tree, ""))
	data, err := tree.ReadFile("big", 1<<20)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("1", 2048)+"2", string(data))
}

func TestTreeRockRidge(t *testing.T) {
	b := rock(func(b *builder) []record {
		long := strings.Repeat("0123456789", 20)
		continued := b.add(join(entryNM(0, long[100:]), entrySL(0, text(0, "end"))))
		moved := b.dir(entryPX(0o040755), b.file("DEEP.;1", "deep"))
		file := func(name, content string, extra ...[]byte) record {
			r := b.file(name, content)
			r.extra = join(extra...)
			return r
		}
		link := entryPX(0o120777)
		return []record{
			file("A.;1", "a", entryNM(0, "Mixed Case.json"), entryPX(0o100644)),
			file("B.;1", "", entryNM(0, "parts"), link, entrySL(0, text(1, "dire"), text(0, "ctory"), text(2, ""), text(4, ""), text(0, "x"))),
			file("C.;1", "", entryNM(0, "abs"), link, entrySL(0, text(8, ""), text(0, "Mixed Case.json"))),
			file("D.;1", "", entryNM(0, "loop"), link, entrySL(0, text(0, "loop"))),
			file("E.;1", "", entryNM(0, "up"), link, entrySL(0, text(4, ""), text(4, ""), text(0, "abs"))),
			file("F.;1", "f", entryNM(1, long[:100]), entryPX(0o100644), entryCE(continued, 0, 105)),
			file("G.;1", "", entryNM(0, "fifo"), entryPX(0o010644)),
			file("H.;1", "", entryNM(0, "moved"), entryPX(0o040755), entryCL(moved)),
			file("I.;1", "", entryNM(0, "hidden"), entryPX(0o040755), entryRE),
			file("J.;1", "j", entryPX(0o100644)),
			file("K.;1", "k", entryNM(0, "a/b"), entryPX(0o100644)),
			file("L.;1", "l", entryNM(2, ""), entryPX(0o100644)),
		}
	})
	tree := b.open(t)
	long := strings.Repeat("0123456789", 20)
	require.Equal(t, []string{"Mixed Case.json", "parts", "abs", "loop", "up", long, "fifo", "moved", "j", "l"}, names(t, tree, ""))
	for name, want := range map[string]string{"Mixed Case.json": "a", "abs": "a", "up": "a", long: "f", "moved/deep": "deep"} {
		data, err := tree.ReadFile(name, 10)
		require.NoError(t, err, name)
		require.Equal(t, want, string(data), name)
	}
	parts, err := tree.Lstat("parts")
	require.NoError(t, err)
	require.Equal(t, "directory/./../x", parts.Target)
	require.Equal(t, fs.ModeSymlink, parts.Type)
	_, err = tree.ReadFile("loop", 10)
	require.EqualError(t, err, "read loop: too many levels of symbolic links")
	_, err = tree.ReadFile("fifo", 10)
	require.EqualError(t, err, "read fifo: is not a regular file")
	_, err = tree.ReadFile("mixed case.json", 10)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func utf16(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.Write([]byte{byte(r >> 8), byte(r)})
	}
	return b.String()
}

func TestTreeJoliet(t *testing.T) {
	b := newBuilder(true)
	b.descriptor(16, 1, "", b.dir(nil, b.file("SHORT.;1", "plain")))
	b.descriptor(17, 2, "%/E", b.dir(nil, b.file(utf16("Long Ünïcode.Name;1"), "joliet"), b.file(utf16("dot..;1"), "dot"),
		b.file("\xd8\x3d\xde\x00\x00x", "pair"), b.file("\xd8\x3d\x00x\xde\x00", "halves")))
	tree := b.open(t)
	require.Equal(t, []string{"Long Ünïcode.Name", "dot", "😀x", "x"}, names(t, tree, ""))
	for _, name := range []string{"long Ünïcode.name", "LONG ÜnïCODE.NAME.."} {
		data, err := tree.ReadFile(name, 10)
		require.NoError(t, err, name)
		require.Equal(t, "joliet", string(data))
	}
}

// Rock Ridge has precedence, unless its directory is empty.
func TestTreePrefersRockRidge(t *testing.T) {
	for name, c := range map[string]struct {
		records []record
		want    []string
	}{
		"both":  {[]record{{name: "A.;1", extra: entryNM(0, "rock")}}, []string{"rock"}},
		"empty": {nil, []string{"joliet"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(true)
			b.descriptor(16, 1, "", b.dir(join(entrySP, entryER), c.records...))
			b.descriptor(17, 2, "%/@", b.dir(nil, b.file(utf16("joliet"), "j")))
			require.Equal(t, c.want, names(t, b.open(t), ""))
		})
	}
}

func TestTreeRefuses(t *testing.T) {
	good := plain(func(b *builder) []record { return []record{b.file("A;1", "content")} })
	for name, c := range map[string]struct {
		damage func(b *builder)
		want   string
	}{
		"no descriptor": {func(b *builder) { b.image[16*2048+1] = 'X' }, "no primary volume descriptor found in ISO"},
		"short":         {func(b *builder) { b.image = b.image[:16*2048] }, "reading volume descriptor: failed to fill whole buffer"},
		"sectors":       {func(b *builder) { b.image[16*2048+129] = 2 }, "sectors of 512 bytes: not supported"},
		"root outside":  {func(b *builder) { b.image[16*2048+158] = 0xff }, "reading the root directory: directory at sector 255: failed to fill whole buffer"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &builder{bytes.Clone(good.image)}
			c.damage(b)
			_, err := iso9660.OpenTree(bytes.NewReader(b.image), int64(len(b.image)))
			require.EqualError(t, err, c.want)
		})
	}
	t.Run("file outside", func(t *testing.T) {
		b := plain(func(b *builder) []record { return []record{{name: "A;1", sector: 1 << 30, size: 1 << 31}} })
		_, err := b.open(t).ReadFile("a", 1<<40)
		require.EqualError(t, err, "read a: failed to fill whole buffer")
	})
	t.Run("interleaved", func(t *testing.T) {
		b := &builder{bytes.Clone(good.image)}
		i := bytes.LastIndex(b.image, []byte("A;1"))
		b.image[i-33+27] = 1
		_, err := b.open(t).ReadFile("a", 100)
		require.ErrorIs(t, err, iso9660.ErrUnsupported)
	})
}

// Names and targets that all lie in the same place are cheap to write and dear to read.
func TestTreeWorkIsBounded(t *testing.T) {
	b := rock(func(b *builder) []record {
		area := b.add(bytes.Repeat(entrySL(0, text(0, strings.Repeat("x", 200))), 9))
		var all []record
		for range 12 {
			all = append(all, record{name: "L", extra: join(entryPX(0o120777), entryCE(area, 0, 2048))})
		}
		return all
	})
	// The root is its own content, many times over.
	root := len(b.image) / 2048
	b.image = append(b.image, bytes.Repeat(b.image[(root-1)*2048:], 4000)...)
	self := b.image[(root-1)*2048:]
	binary.LittleEndian.PutUint32(self[10:], 4000*2048)
	tree := b.open(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := tree.ReadFile("none", 10)
	runtime.ReadMemStats(&after)
	require.Error(t, err)
	require.False(t, errors.Is(err, fs.ErrNotExist))
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(128<<20))
}

func FuzzTree(f *testing.F) {
	f.Add(plain(func(b *builder) []record {
		return []record{b.file("A.TXT;1", "a"), {name: "DIR", dir: true, sector: b.dir(nil, b.file("B", "b"))}}
	}).image)
	f.Add(rock(func(b *builder) []record {
		area := b.add(join(entryNM(0, "rest"), entrySL(1, text(1, "a"), text(8, ""), text(4, ""))))
		return []record{
			{name: "A", extra: join(entryNM(1, "first"), entryPX(0o120777), entryCE(area, 0, 60))},
			{name: "B", extra: join(entryPX(0o040755), entryCL(b.dir(nil)))},
		}
	}).image)
	b := newBuilder(true)
	b.descriptor(16, 1, "", b.dir(nil))
	b.descriptor(17, 2, "%/E", b.dir(nil, b.file(utf16("Ünï"), "u")))
	f.Add(b.image)
	f.Fuzz(func(t *testing.T, image []byte) {
		tree, err := iso9660.OpenTree(bytes.NewReader(image), int64(len(image)))
		if err != nil {
			return
		}
		nodes, err := tree.ReadDir("")
		if err != nil {
			return
		}
		if len(nodes) > len(image) {
			t.Fatalf("%d nodes in %d bytes", len(nodes), len(image))
		}
		for _, n := range nodes[:min(len(nodes), 20)] {
			if n.Name == "" || strings.Contains(n.Name, "/") {
				t.Fatalf("name %q", n.Name)
			}
			data, err := tree.ReadFile(n.Name, 1<<16)
			if err == nil && len(data) > 1<<16 {
				t.Fatalf("%d bytes", len(data))
			}
			if got, err := tree.Lstat(n.Name); err == nil && !strings.EqualFold(strings.TrimRight(got.Name, "."), strings.TrimRight(n.Name, ".")) {
				t.Fatalf("%q found as %q", n.Name, got.Name)
			}
			if n.IsDir() {
				_, _ = tree.ReadDir(n.Name)
			}
		}
	})
}
