package fat_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fat"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// image is a small FAT12 file system: clusters of 512 bytes, one table, 32 entries in the
// root directory.
type image struct {
	b    []byte
	next uint16 // cluster
	root int    // entries in the root
}

const (
	tableStart = 512
	rootStart  = tableStart + 2*512
	dataStart  = rootStart + 1024
	clusters   = 300
)

func newImage() *image {
	b := make([]byte, dataStart+clusters*512)
	copy(b, "\xeb\x3c\x90mkfs.fat")
	le := binary.LittleEndian
	le.PutUint16(b[11:], 512)
	b[13] = 1
	le.PutUint16(b[14:], 1)
	b[16] = 1
	le.PutUint16(b[17:], 32)
	le.PutUint16(b[19:], uint16(len(b)/512))
	b[21] = 0xf8
	le.PutUint16(b[22:], 2)
	copy(b[510:], "\x55\xaa")
	i := &image{b: b, next: 2}
	i.link(0, 0xff8)
	i.link(1, 0xfff)
	return i
}

// link sets what the table has for a cluster.
func (i *image) link(c, to uint16) {
	at := i.b[tableStart+int(c)+int(c)/2:]
	v := binary.LittleEndian.Uint16(at)
	if c%2 == 1 {
		v = v&0x000f | to<<4
	} else {
		v = v&0xf000 | to
	}
	binary.LittleEndian.PutUint16(at, v)
}

// content stores bytes in a chain and returns its first cluster.
func (i *image) content(b []byte) uint16 {
	if len(b) == 0 {
		return 0
	}
	first := i.next
	for len(b) > 0 {
		n := copy(i.b[dataStart+int(i.next-2)*512:][:512], b)
		b = b[n:]
		i.link(i.next, i.next+1)
		i.next++
	}
	i.link(i.next-1, 0xfff)
	return first
}

// entry makes an entry with a short name of 11 bytes.
func entry(short string, attr byte, first uint16, size int) []byte {
	b := make([]byte, 32)
	copy(b, short)
	b[11] = attr
	binary.LittleEndian.PutUint16(b[26:], first)
	binary.LittleEndian.PutUint32(b[28:], uint32(size))
	return b
}

// long makes the entries of a long name for an entry.
func long(name string, e []byte) []byte {
	var chars []uint16
	for _, r := range name {
		chars = append(chars, uint16(r))
	}
	chars = append(chars, 0)
	slots := (len(chars) + 11) / 13
	for len(chars) < slots*13 {
		chars = append(chars, 0xffff)
	}
	var sum byte
	for _, c := range e[:11] {
		sum = sum<<7 | sum>>1
		sum += c
	}
	var out []byte
	for n := slots; n > 0; n-- {
		b := make([]byte, 32)
		b[0] = byte(n)
		if n == slots {
			b[0] |= 0x40
		}
		b[11], b[13] = 0x0f, sum
		for k, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
			binary.LittleEndian.PutUint16(b[at:], chars[(n-1)*13+k])
		}
		out = append(out, b...)
	}
	return append(out, e...)
}

// add puts entries into the root.
func (i *image) add(entries ...[]byte) {
	for _, e := range entries {
		i.root += copy(i.b[rootStart+i.root:rootStart+1024], e)
	}
}

func (i *image) open(t testing.TB) *fat.FS {
	t.Helper()
	f, err := fat.New(bytes.NewReader(i.b), int64(len(i.b)))
	require.NoError(t, err)
	return f
}

func names(t testing.TB, f *fat.FS, dir string) (out []string) {
	t.Helper()
	entries, err := f.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		out = append(out, e.Name)
	}
	return out
}

func TestRead(t *testing.T) {
	i := newImage()
	text := strings.Repeat("0123456789abcdef", 100)
	file := entry("META_D~1JSO", 0x20, i.content([]byte(text)), len(text))
	inner := entry("INNER   TXT", 0x20, i.content([]byte("inner")), 5)
	dir := bytes.Join([][]byte{entry(".          ", 0x10, 0, 0), entry("..         ", 0x10, 0, 0), long("Inner File.text", inner)}, nil)
	i.add(entry("CONFIG-2   ", 0x08, 0, 0), long("meta_data.json", file), entry("OPENST~1   ", 0x10, i.content(dir), 0),
		entry("EMPTY      ", 0x20, 0, 0), entry("NODIR      ", 0x10, 0, 0))
	f := i.open(t)
	require.Equal(t, []string{"meta_data.json", "OPENST~1", "EMPTY", "NODIR"}, names(t, f, "/"))
	require.Equal(t, []string{"Inner File.text"}, names(t, f, "openst~1"))
	require.Empty(t, names(t, f, "nodir"))
	for name, want := range map[string]string{
		"meta_data.json": text, "META_DATA.JSON": text, "meta_d~1.jso": text, "/./meta_data.json...": text,
		"openst~1/inner file.TEXT": "inner", "openst~1/../Openst~1/inner.txt": "inner", "empty": "",
	} {
		data, err := f.ReadFile(name, int64(len(want)))
		require.NoError(t, err, name)
		require.Equal(t, want, string(data), name)
	}
	for _, name := range []string{"none", "openst~1/none", "meta_data.json/x", "config-2", "..."} {
		_, err := f.ReadFile(name, 10)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	_, err := f.ReadFile("meta_data.json", 10)
	require.EqualError(t, err, "read meta_data.json: is larger than 10 bytes")
	_, err = f.ReadFile("openst~1", 10)
	require.EqualError(t, err, "open openst~1: is a directory")
	e, err := f.Stat("meta_data.json")
	require.NoError(t, err)
	require.Equal(t, int64(len(text)), e.Size)
}

func TestNames(t *testing.T) {
	i := newImage()
	lower := entry("LOWER   TXT", 0x20, 0, 0)
	lower[12] = 0x18
	base := entry("BASE    TXT", 0x20, 0, 0)
	base[12] = 0x08
	stale := long("belongs to another", entry("OTHER      ", 0x20, 0, 0))
	half := long(strings.Repeat("half of a name", 3), entry("HALF       ", 0x20, 0, 0))
	deleted := entry("\xe5ELETED    ", 0x20, 0, 0)
	pair := entry("PAIR       ", 0x20, 0, 0)
	i.add(lower, base, stale[:len(stale)-32], entry("MINE       ", 0x20, 0, 0), half[:32], half[96:], deleted,
		entry("\x05KANJI     ", 0x20, 0, 0), entry("\x80\x84      A  ", 0x20, 0, 0), long("Ünï", pair), entry("\x00HOLE      ", 0x20, 0, 0),
		entry("AFTER      ", 0x20, 0, 0))
	require.Equal(t, []string{"lower.txt", "base.TXT", "MINE", "HALF", "σKANJI", "Çä.A", "Ünï", "AFTER"}, names(t, i.open(t), ""))
}

func TestDamagedChains(t *testing.T) {
	text := bytes.Repeat([]byte("x"), 2000)
	for name, c := range map[string]struct {
		damage func(i *image, first uint16)
		want   string
	}{
		"loop":         {func(i *image, c uint16) { i.link(c+2, c) }, "clusters form a loop: corrupt FAT file system"},
		"loop on self": {func(i *image, c uint16) { i.link(c, c) }, "clusters form a loop: corrupt FAT file system"},
		"short":        {func(i *image, c uint16) { i.link(c+1, 0xfff) }, "file is shorter than its size: corrupt FAT file system"},
		"free":         {func(i *image, c uint16) { i.link(c, 0) }, "corrupt FAT file system"},
		"bad":          {func(i *image, c uint16) { i.link(c, 0xff7) }, "corrupt FAT file system"},
		"outside":      {func(i *image, c uint16) { i.link(c, 0x800) }, "corrupt FAT file system"},
		"no cluster":   {func(i *image, _ uint16) { i.b[rootStart+26] = 0 }, "corrupt FAT file system"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newImage()
			first := i.content(text)
			i.add(entry("FILE       ", 0x20, first, 1<<30))
			c.damage(i, first)
			_, err := i.open(t).ReadFile("file", 1<<40)
			require.ErrorIs(t, err, fat.ErrCorrupt)
			require.EqualError(t, err, "read file: "+c.want)
		})
	}
}

func TestDirectoryLoop(t *testing.T) {
	i := newImage()
	first := i.content(make([]byte, 5*512))
	i.link(first+4, first+2)
	i.add(entry("DIR        ", 0x10, first, 0))
	_, err := i.open(t).ReadDir("dir")
	require.ErrorIs(t, err, fat.ErrCorrupt)
	_, err = i.open(t).ReadFile("dir/x", 1)
	require.ErrorIs(t, err, fat.ErrCorrupt)
}

func TestRefuses(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"sector":      func(b []byte) { b[11] = 1 },
		"cluster":     func(b []byte) { b[13] = 3 },
		"reserved":    func(b []byte) { b[14] = 0 },
		"tables":      func(b []byte) { b[16] = 0 },
		"media":       func(b []byte) { b[21] = 0 },
		"root":        func(b []byte) { b[17] = 33 },
		"table":       func(b []byte) { b[22] = 0 },
		"size":        func(b []byte) { b[19], b[20] = 2, 0 },
		"many in 32":  func(b []byte) { b[22] = 0; b[36] = 1; b[42] = 1 },
		"all zero":    func(b []byte) { clear(b[:512]) },
		"text":        func(b []byte) { copy(b, strings.Repeat("text", 128)) },
		"table is up": func(b []byte) { b[23] = 0xff },
	} {
		t.Run(name, func(t *testing.T) {
			i := newImage()
			damage(i.b)
			_, err := fat.New(bytes.NewReader(i.b), int64(len(i.b)))
			require.ErrorIs(t, err, fat.ErrNotFAT)
		})
	}
	_, err := fat.New(bytes.NewReader(nil), 0)
	require.ErrorIs(t, err, fat.ErrNotFAT)
	i := newImage()
	_, err = fat.New(bytes.NewReader(i.b[:512]), 512) // a device that shrank is found out later
	require.NoError(t, err)
	f, err := fat.New(bytes.NewReader(i.b[:rootStart]), rootStart)
	require.NoError(t, err)
	_, err = f.ReadDir("")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// What mtools writes is what is read.
func TestMtools(t *testing.T) {
	mkfs, mcopy := testutil.Tool(t, "mkfs.vfat"), testutil.Tool(t, "mcopy")
	for _, bits := range []string{"12", "16", "32"} {
		t.Run(bits, func(t *testing.T) {
			dir := t.TempDir()
			size := map[string]int64{"12": 2 << 20, "16": 10 << 20, "32": 36 << 20}[bits]
			img := filepath.Join(dir, "image")
			require.NoError(t, os.WriteFile(img, nil, 0o644))
			require.NoError(t, os.Truncate(img, size))
			out, err := exec.Command(mkfs, "-F", bits, "-s", "1", img).CombinedOutput()
			require.NoError(t, err, string(out))
			want := map[string][]byte{}
			for n := range 60 {
				name := fmt.Sprintf("file with a long name %d.json", n)
				want[name] = bytes.Repeat([]byte{byte(n)}, n*97)
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), want[name], 0o644))
				out, err := exec.Command(mcopy, "-i", img, filepath.Join(dir, name), "::/").CombinedOutput()
				require.NoError(t, err, string(out))
			}
			f, err := os.Open(img)
			require.NoError(t, err)
			defer f.Close()
			fsys, err := fat.New(f, size)
			require.NoError(t, err)
			require.Len(t, names(t, fsys, ""), len(want))
			for name, content := range want {
				data, err := fsys.ReadFile(strings.ToUpper(name), 1<<20)
				require.NoError(t, err)
				require.Equal(t, content, data)
			}
		})
	}
}

func FuzzFS(f *testing.F) {
	i := newImage()
	file := entry("META_D~1JSO", 0x20, i.content(bytes.Repeat([]byte("x"), 1500)), 1500)
	dir := i.content(long("inner", entry("INNER      ", 0x20, 0, 0)))
	i.add(long("meta_data.json", file), entry("DIR        ", 0x10, dir, 0))
	f.Add(i.b[:dataStart+6*512])
	small := bytes.Clone(i.b[:dataStart+6*512])
	binary.LittleEndian.PutUint16(small[19:], uint16(len(small)/512))
	f.Add(small)
	thirtyTwo := bytes.Clone(small)
	thirtyTwo[22], thirtyTwo[36], thirtyTwo[44] = 0, 2, 2
	f.Add(thirtyTwo)
	f.Fuzz(func(t *testing.T, b []byte) {
		fsys, err := fat.New(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		entries, err := fsys.ReadDir("/")
		if err != nil {
			return
		}
		if len(entries) > len(b)/32 {
			t.Fatalf("%d entries in %d bytes", len(entries), len(b))
		}
		for _, e := range entries[:min(len(entries), 16)] {
			if e.Name == "" || len(e.Name) > 1024 {
				t.Fatalf("name %q", e.Name)
			}
			data, err := fsys.ReadFile(e.Name, 1<<30)
			if err == nil && len(data) > len(b) {
				t.Fatalf("%d bytes of %d", len(data), len(b))
			}
			// Another file may have the name, too.
			found, err := fsys.Stat(e.Name)
			if !strings.HasSuffix(e.Name, ".") && !strings.Contains(e.Name, "/") && err != nil {
				t.Fatal(err)
			}
			if _, err := fsys.ReadDir(e.Name); err == nil && !found.Dir {
				t.Fatalf("%q is no directory", e.Name)
			}
		}
	})
}

func ExampleFS_ReadFile() {
	i := newImage()
	text := []byte(`{"uuid": "u-9"}`)
	i.add(long("meta_data.json", entry("META_D~1JSO", 0x20, i.content(text), len(text))))

	fsys, err := fat.New(bytes.NewReader(i.b), int64(len(i.b)))
	if err != nil {
		panic(err)
	}
	data, err := fsys.ReadFile("meta_data.json", 1<<20)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(data))
	// Output: {"uuid": "u-9"}
}
