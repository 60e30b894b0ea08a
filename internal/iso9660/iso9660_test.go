package iso9660_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/iso9660"
	"github.com/nestos-dev/nestos/internal/xz"
)

func synthetic(t testing.TB) []byte {
	packed, err := os.ReadFile("../../installer/iso/testdata/synthetic.iso.xz")
	require.NoError(t, err)
	r, err := xz.NewReader(bytes.NewReader(packed), nil)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return data
}

func open(t testing.TB, image []byte) *iso9660.FS {
	fsys, err := iso9660.New(bytes.NewReader(image), int64(len(image)))
	require.NoError(t, err)
	return fsys
}

func TestDescriptors(t *testing.T) {
	fsys := open(t, synthetic(t))
	require.Equal(t, "volume-ID-string", fsys.VolumeID())
	require.EqualValues(t, 338*2048, fsys.Size())
	require.Equal(t, ".", fsys.Root().Name)
	primary := fsys.Descriptors()[0]
	require.Equal(t, "system-ID-string", primary.SystemID)
	require.EqualValues(t, 1, primary.Type)
}

func TestWalk(t *testing.T) {
	want := []string{
		"CONTENT", "CONTENT/DIR", "CONTENT/DIR/SUBFILE.TXT", "CONTENT/FILE.TXT", "LARGEDIR", "NAMES",
		`NAMES/!"%&'()*.+,-`, "NAMES/:<=>?", "NAMES/ABC", "NAMES/ABC.D", "NAMES/ABC.DE", "NAMES/ABC.DEF",
		"NAMES/ABCDE000", "NAMES/ABCDEFGH", "NAMES/ABCDEFGH.I", "NAMES/ABCDEFGH.IJ", "NAMES/ABCDEFGH.IJK",
		"NAMES/ABCDEFGH.M", "NAMES/ABCDEFGH.MN", "NAMES/ABCDEFGH.MNO", "REALLY", "REALLY/VERY",
		"REALLY/VERY/DEEPLY", "REALLY/VERY/DEEPLY/NESTED", "REALLY/VERY/DEEPLY/NESTED/FILE.TXT",
	}
	for n := 1; n <= 150; n++ {
		want = append(want, fmt.Sprintf("LARGEDIR/%d.DAT", n))
	}
	slices.Sort(want)
	var got []string
	for entry, err := range open(t, synthetic(t)).Walk() {
		require.NoError(t, err)
		got = append(got, entry.Path)
	}
	require.Equal(t, want, got)
}

func TestWalkStops(t *testing.T) {
	n := 0
	for range open(t, synthetic(t)).Walk() {
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
}

func TestLookup(t *testing.T) {
	fsys := open(t, synthetic(t))
	for _, path := range []string{"/", "", ".", "../..", "CONTENT/.."} {
		entry, err := fsys.Lookup(path)
		require.NoError(t, err, path)
		require.Equal(t, fsys.Root(), entry, path)
	}
	for _, path := range []string{"CONTENT/FILE.TXT", "/CONTENT/FILE.TXT", "./NAMES/..//CONTENT/./FILE.TXT"} {
		data, err := fsys.ReadFile(path, 10)
		require.NoError(t, err, path)
		require.Equal(t, "foo\n", string(data), path)
	}
	for path, text := range map[string]string{
		"MISSING":            "no record for MISSING in directory ",
		"CONTENT/DIR/X":      "no record for X in directory CONTENT/DIR",
		"MISSING/X.TXT":      "intermediate directory MISSING does not exist",
		"CONTENT/FILE.TXT/X": `component "FILE.TXT" in path CONTENT/FILE.TXT/X is not a directory`,
		"content":            "no record for content in directory ",
	} {
		_, err := fsys.Lookup(path)
		require.EqualError(t, err, text)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	_, err := fsys.ReadFile("CONTENT", 10)
	require.EqualError(t, err, "entry CONTENT is a directory")
	_, err = fsys.ReadFile("CONTENT/FILE.TXT", 3)
	require.ErrorContains(t, err, "larger than 3 bytes")
}

// A name that does not fit is found by what builders of images make of it.
func TestLookupShortened(t *testing.T) {
	image := newImage(
		record{name: "OPENEULE", dir: true},
		record{name: "ABCDE000"}, record{name: "KARGS000.JSO"}, record{name: "LONGNAME.EXT;1"})
	fsys := open(t, image)
	for want, got := range map[string]string{
		"OPENEULER": "OPENEULE", "LONGNAMES.EXTENSION": "LONGNAME.EXT", "ABCDEFGHIJ": "ABCDE000",
		"KARGS000.JSON": "KARGS000.JSO",
	} {
		entry, err := fsys.Lookup(want)
		require.NoError(t, err, want)
		require.Equal(t, got, entry.Name)
	}
	for _, path := range []string{"OPENEUL", "KARGS.JSO", "LONGNAMES.EX", "ABCDXFGHIJ", "LONGNAME"} {
		_, err := fsys.Lookup(path)
		require.ErrorIs(t, err, fs.ErrNotExist, path)
	}
}

// With the real names in the image nothing is guessed.
func TestLookupRockRidge(t *testing.T) {
	image := newImage(
		record{name: "OPENEUL0", dir: true, rockRidge: "openEulex"},
		record{name: "OPENEUL1", dir: true, rockRidge: "openEuler"},
		record{name: "OPENEULE", dir: true, rockRidge: "openEulerish"},
		record{name: "FEDORALI", dir: true, rockRidge: "fedoralike"})
	fsys := open(t, image)
	entry, err := fsys.Lookup("OPENEULER")
	require.NoError(t, err)
	require.Equal(t, "OPENEUL1", entry.Name)
	entry, err = fsys.Lookup("OPENEULE") // the name in the image counts first
	require.NoError(t, err)
	require.Equal(t, "OPENEULE", entry.Name)
	_, err = fsys.Lookup("FEDORALIVE")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// xorriso writes names in lower case unless it is told to follow the format.
func TestLookupLowerCase(t *testing.T) {
	fsys := open(t, newImage(
		record{name: "kargs.jso;1"}, record{name: "features.jso", rockRidge: "features.json"},
		record{name: "openeule", dir: true}, record{name: "ignin000.jso"}, record{name: "igninfo_.jso"}))
	for want, got := range map[string]string{
		"KARGS.JSO": "kargs.jso", "FEATURES.JSO": "features.jso", "FEATURES.JSON": "features.jso", "OPENEULER": "openeule",
		"kargs.jso": "kargs.jso", "IGNINFO_LONG.JSON": "igninfo_.jso", "IGNINXXXX.JSON": "ignin000.jso",
	} {
		entry, err := fsys.Lookup(want)
		require.NoError(t, err, want)
		require.Equal(t, got, entry.Name, want)
	}
	for _, path := range []string{"Kargs.jso", "KARGS.JSX", "FEATURES", "OPENEULX"} {
		_, err := fsys.Lookup(path)
		require.ErrorIs(t, err, fs.ErrNotExist, path)
	}
	// A name in upper case counts before one in lower case, wherever it is.
	for _, names := range [][2]string{{"a.txt", "A.TXT"}, {"A.TXT", "a.txt"}} {
		entry, err := open(t, newImage(record{name: names[0]}, record{name: names[1]})).Lookup("A.TXT")
		require.NoError(t, err)
		require.Equal(t, "A.TXT", entry.Name)
	}
	entry, err := open(t, newImage(record{name: "openeuler"}, record{name: "OPENE000"})).Lookup("OPENEULER")
	require.NoError(t, err)
	require.Equal(t, "OPENE000", entry.Name)
}

func TestNames(t *testing.T) {
	image := newImage(record{name: "A.;1"}, record{name: "B;1"}, record{name: "C;2"}, record{name: "D/E"}, record{name: "F\x00G"})
	var names []string
	fsys := open(t, image)
	for entry, err := range fsys.List(fsys.Root()) {
		require.NoError(t, err)
		names = append(names, entry.Name)
	}
	require.Equal(t, []string{"A", "B", "C.2", "D.E", "F"}, names)
	fsys = open(t, newImage(record{name: "A\x07\xff\""}))
	_, err := fsys.Lookup("X")
	require.EqualError(t, err, `listing directory .: reading next record: parsing record name: invalid string name b"A\x07\xff\""`)
}

func TestDamage(t *testing.T) {
	whole := synthetic(t)
	const primary = 16 * 2048
	patch := func(offset int, b ...byte) []byte {
		image := slices.Clone(whole)
		copy(image[offset:], b)
		return image
	}
	for name, c := range map[string]struct {
		image []byte
		text  string
	}{
		"empty":         {nil, "getting volume descriptor #1: reading volume descriptor: failed to fill whole buffer"},
		"cut":           {whole[:338*2048-1], "ISO image is incomplete"},
		"identifier":    {patch(primary+1, 'X'), `getting volume descriptor #1: parsing primary descriptor: unknown descriptor ID: b"XD001"`},
		"version":       {patch(primary+6, 'X'), "getting volume descriptor #1: parsing primary descriptor: unknown descriptor version: 88"},
		"no primary":    {patch(primary, 3), "no primary volume descriptor found in ISO"},
		"no terminator": {bytes.Repeat([]byte{3}, 200*2048), "more than 128 volume descriptors"},
		"root":          {patch(primary+156, 33), "getting volume descriptor #1: failed to parse root directory record from primary descriptor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := iso9660.New(bytes.NewReader(c.image), int64(len(c.image)))
			require.EqualError(t, err, c.text)
		})
	}
	_, err := iso9660.New(bytes.NewReader(append(slices.Clone(whole), "behind"...)), int64(len(whole)+6))
	require.NoError(t, err)
}

// A reader's own errors are not taken for the end of the image.
func TestReadError(t *testing.T) {
	broken := errors.New("broken disk")
	_, err := iso9660.New(failing{broken}, 1<<20)
	require.ErrorIs(t, err, broken)
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestHostile(t *testing.T) {
	for name, c := range map[string]struct {
		image []byte
		text  string
	}{
		"loop":        {newImage(record{name: "A", dir: true, sector: rootSector, size: 2048}), `directories "" and "A" are the same`},
		"far":         {newImage(record{name: "A", dir: true, sector: 1 << 31, size: 2048}), "reading directory A: failed to fill whole buffer"},
		"large":       {newImage(record{name: "A", dir: true, size: 1<<24 + 1}), "directory A is larger than 16777216 bytes"},
		"larger":      {newImage(record{name: "A", dir: true, size: 1 << 31}), "directories are larger than 33554432 bytes"},
		"short":       {newImage(record{name: "A", length: 33}), "reading next record: incomplete directory record; corrupt ISO?"},
		"beyond":      {newImage(record{name: strings.Repeat("A", 200), count: 11}), "reading next record: incomplete directory record; corrupt ISO?"},
		"long name":   {newImage(record{name: "A", nameLength: 250}), "reading next record: incomplete string name; corrupt ISO?"},
		"rock ridge":  {newImage(record{name: "A", extra: []byte("NM\xff\x01\x00")}), ""},
		"rock ridge2": {newImage(record{name: "A", extra: []byte("NM\x00\x01\x00NM\x04\x01")}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			for _, err = range open(t, c.image).Walk() {
				if err != nil {
					break
				}
			}
			if c.text == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.text)
		})
	}
}

// Long paths to many files are not collected without end.
func TestLongPaths(t *testing.T) {
	const depth, full, name = 60, 120, 200
	parent := record{name: strings.Repeat("D", name), dir: true, sector: rootSector + 1, size: 2048}
	image := newImage(parent)
	for n := 1; n < depth; n++ {
		parent.sector++
		if n == depth-1 {
			parent.size = full * 2048
		}
		image = append(image, sectorOf(parent)...)
	}
	for range full {
		image = append(image, sectorOf(record{name: "F", count: 50})...)
	}
	var err error
	var held int
	var entry iso9660.Entry
	for entry, err = range open(t, image).Walk() {
		held += len(entry.Path)
	}
	require.EqualError(t, err, "paths are longer than 67108864 bytes")
	require.LessOrEqual(t, held, 64<<20)
	require.Greater(t, held, 63<<20)
}

func TestFileOutside(t *testing.T) {
	fsys := open(t, newImage(record{name: "A", sector: rootSector, size: 1 << 20}, record{name: "B", sector: 1 << 30, size: 1}))
	for _, path := range []string{"A", "B"} {
		_, err := fsys.ReadFile(path, 1<<30)
		require.EqualError(t, err, "reading file "+path+": failed to fill whole buffer")
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func TestDeep(t *testing.T) {
	// A row of directories, each with the next in it.
	image := newImage(record{name: "D", dir: true, sector: rootSector + 1, size: 2048})
	for n := 1; n < 200; n++ {
		image = append(image, sectorOf(record{name: "D", dir: true, sector: uint32(rootSector + n + 1), size: 2048})...)
	}
	var err error
	n := 0
	for _, err = range open(t, image).Walk() {
		n++
	}
	require.ErrorContains(t, err, "nested deeper than 64")
	require.Less(t, n, 100)
}

func FuzzFS(f *testing.F) {
	f.Add(newImage(record{name: "A", dir: true, sector: rootSector, size: 2048}))
	f.Add(newImage(record{name: "OPENEULE", dir: true, rockRidge: "openEuler"}, record{name: "A.;1", sector: 1, size: 100}))
	f.Add(newImage(record{name: strings.Repeat("A", 200), count: 11}))
	f.Fuzz(func(t *testing.T, image []byte) {
		fsys, err := iso9660.New(bytes.NewReader(image), int64(len(image)))
		if err != nil {
			return
		}
		if fsys.Size() > int64(len(image)) {
			t.Fatal("incomplete image was opened")
		}
		looked := 0
		for entry, err := range fsys.Walk() {
			if err != nil {
				return
			}
			if looked++; looked > 20 { // looking up is linear
				continue
			}
			if strings.Contains(entry.Name, "/") || entry.Name == "" {
				t.Fatalf("name %q", entry.Name)
			}
			found, err := fsys.Lookup(entry.Path)
			if err != nil && entry.Name != "." && entry.Name != ".." && !strings.Contains(entry.Path, "./") {
				t.Fatalf("%q was listed, but: %v", entry.Path, err)
			}
			if content, err := fsys.Open(found); err == nil {
				if n, err := io.Copy(io.Discard, content); err != nil || n != int64(found.Size) {
					t.Fatalf("%s: %d bytes, %v", entry.Path, n, err)
				}
			}
		}
	})
}

func ExampleFS_Lookup() {
	packed, err := os.Open("../../installer/iso/testdata/synthetic.iso.xz")
	if err != nil {
		panic(err)
	}
	defer packed.Close()
	r, err := xz.NewReader(packed, nil)
	if err != nil {
		panic(err)
	}
	image, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}

	fsys, err := iso9660.New(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		panic(err)
	}
	entry, err := fsys.Lookup("CONTENT/FILE.TXT")
	if err != nil {
		panic(err)
	}
	fmt.Println(entry.Name, entry.Size, "bytes at", entry.Offset())
	// Output: FILE.TXT 4 bytes at 73728
}
