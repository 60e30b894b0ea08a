package osmet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/osmet"
	"github.com/nestos-dev/nestos/internal/xz"
)

func pack(t testing.TB, data []byte) []byte {
	out, err := xz.Encode(nil, data, &xz.WriterOptions{NiceLen: 8, Depth: 1})
	require.NoError(t, err)
	return out
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// object is the name of the object in the example, whose content is 5000 times "A".
var object = sha256.Sum256([]byte("an object"))

// packedExample is made once, as encoders are slow under the race detector.
var packedExample = sync.OnceValue(func() []byte {
	out, err := xz.Encode(nil, bytes.Repeat([]byte{0x11}, 3<<20-8192), nil)
	if err != nil {
		panic(err)
	}
	return out
})

// example is an image of 3 MiB in whose second MiB, at 8192, are 8192 bytes of the object.
func example(t testing.TB) (h *osmet.Header, l *osmet.Layout, packed, whole []byte) {
	const mib = 1 << 20
	whole = bytes.Repeat([]byte{0x11}, 3*mib)
	start := mib + 8192
	packed = packedExample()
	clear(whole[start : start+8192])
	copy(whole[start:], strings.Repeat("A", 5000))
	return &osmet.Header{AppVersion: "0.26.0", SectorSize: 512, Description: "NestOS 1", Architecture: "x86_64"},
		&osmet.Layout{
			Partitions: []osmet.Partition{{Start: mib, End: 2 * mib, Mappings: []osmet.Mapping{
				{Extent: osmet.Extent{Logical: 0, Physical: 8192, Length: 8192}, Object: object}}}},
			Checksum: sha256.Sum256(whole), Size: 3 * mib,
		}, packed, whole
}

func write(t testing.TB, h *osmet.Header, l *osmet.Layout, packed []byte) []byte {
	var buf bytes.Buffer
	require.NoError(t, osmet.Write(&buf, h, l, bytes.NewReader(packed)))
	return buf.Bytes()
}

func open(t testing.TB, data []byte) *osmet.File {
	f, err := osmet.NewFile(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return f
}

// objects is a repository in memory.
type objects map[[32]byte]string

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func (o objects) OpenObject(checksum string) (io.ReadSeekCloser, error) {
	sum, err := hex.DecodeString(checksum)
	if err != nil {
		return nil, err
	}
	s, ok := o[[32]byte(sum)]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return nopCloser{strings.NewReader(s)}, nil
}

var aaa = objects{object: strings.Repeat("A", 5000)}

func TestFormat(t *testing.T) {
	h, l, packed, _ := example(t)
	require.Equal(t, "7cf0dd884e381c68988ac103f48a634693fe0bfbfc7485f9dc701f40cc24ef8d", hex.EncodeToString(l.Checksum[:]))
	want := slices.Concat(unhex(t, "4f534d4554000000 01 06 302e32362e30 fb0002 08 4e6573744f532031 06 7838365f3634"),
		unhex(t, "01 fc00001000 fc00002000 01 00 fb0020 fb0020"), object[:], l.Checksum[:], unhex(t, "fc00003000"), packed)
	got := write(t, h, l, packed)
	require.Equal(t, want, got)

	f := open(t, got)
	require.Equal(t, *h, f.Header)
	require.Equal(t, *l, f.Layout)
	require.EqualValues(t, 8192, f.Skipped())
	require.NoError(t, f.Close())
	alone, err := osmet.ReadHeader(bytes.NewReader(got[:40]))
	require.NoError(t, err)
	require.Equal(t, h, alone)
}

func TestImage(t *testing.T) {
	h, l, packed, whole := example(t)
	f := open(t, write(t, h, l, packed))
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":        func(r io.Reader) io.Reader { return r },
		"half":         iotest.HalfReader,
		"error beside": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			image, err := f.Image(aaa)
			require.NoError(t, err)
			got, err := io.ReadAll(wrap(image))
			require.NoError(t, err)
			require.True(t, bytes.Equal(whole, got))
			require.NoError(t, image.Close())
			_, err = image.Read(make([]byte, 1))
			require.Equal(t, io.EOF, err)
		})
	}
}

// A file in many pieces, two partitions, objects that are shorter than their extents and that begin in the middle.
func TestImageOfPieces(t *testing.T) {
	a, b := sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))
	repo := objects{a: "0123456789", b: "abc"}
	mapping := func(logical, physical, length int64, o [32]byte) osmet.Mapping {
		return osmet.Mapping{Extent: osmet.Extent{Logical: logical, Physical: physical, Length: length}, Object: o}
	}
	whole := "##" + "012" + "56" + "##" + "89\x00\x00" + "#" + "####" + "abc\x00" + "\x00\x00" + "#"
	rest := strings.Repeat("#", 10)
	l := &osmet.Layout{
		Partitions: []osmet.Partition{
			{Start: 2, End: 14, Mappings: []osmet.Mapping{mapping(0, 0, 3, a), mapping(5, 3, 2, a), mapping(3, 5, 0, b), mapping(8, 7, 4, a)}},
			{Start: 18, End: 24, Mappings: []osmet.Mapping{mapping(0, 0, 4, b), mapping(7, 4, 2, b)}},
		},
		Checksum: sha256.Sum256([]byte(whole)), Size: int64(len(whole)),
	}
	image, err := open(t, write(t, &osmet.Header{}, l, pack(t, []byte(rest)))).Image(repo)
	require.NoError(t, err)
	got, err := io.ReadAll(iotest.OneByteReader(image))
	require.NoError(t, err)
	require.Equal(t, whole, string(got))
}

func TestImageErrors(t *testing.T) {
	h, l, packed, whole := example(t)
	other := *l
	other.Checksum[0]++
	for name, c := range map[string]struct {
		layout *osmet.Layout
		packed []byte
		repo   objects
		want   string
	}{
		"object missing":  {l, packed, nil, "while unpacking: file does not exist"},
		"object changed":  {l, packed, objects{object: "B"}, "while unpacking: expected final checksum 7cf0dd88"},
		"wrong checksum":  {&other, packed, aaa, "while unpacking: expected final checksum 7df0dd88"},
		"packed too long": {l, pack(t, whole), aaa, "while unpacking: wrote 31"},
		"packed short":    {l, pack(t, whole[:2<<20]), aaa, "while unpacking: wrote 2105344 bytes but expected 3145728"},
		"packed shorter":  {l, pack(t, whole[:1<<20]), aaa, "while unpacking: unexpected EOF"},
		"byte behind":     {l, slices.Concat(packed, []byte{0}), aaa, "while unpacking: corrupt xz stream"},
		"stream behind":   {l, slices.Concat(packed, packed), aaa, "while unpacking: corrupt xz stream"},
		"packed cut":      {l, packed[:len(packed)-20], aaa, "while unpacking: "},
	} {
		t.Run(name, func(t *testing.T) {
			image, err := open(t, write(t, h, c.layout, c.packed)).Image(c.repo)
			require.NoError(t, err)
			n, err := io.Copy(io.Discard, image)
			require.ErrorContains(t, err, c.want)
			require.LessOrEqual(t, n, l.Size+1<<20)
			require.Nil(t, errors.Unwrap(err), "one line for programs that print a chain")
			require.Equal(t, name == "object missing", errors.Is(err, fs.ErrNotExist))
			_, again := image.Read(make([]byte, 1))
			require.Equal(t, err, again)
			require.NoError(t, image.Close())
		})
	}
	_, err := open(t, write(t, h, l, nil)).Image(aaa)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	image, err := open(t, write(t, h, l, packed)).Image(aaa)
	require.NoError(t, err)
	require.NoError(t, image.Close())
	_, err = image.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestRefused(t *testing.T) {
	h, l, _, _ := example(t)
	good := write(t, h, l, nil)
	for n := range good {
		_, err := osmet.NewFile(bytes.NewReader(good), int64(n))
		require.ErrorContains(t, err, "failed to deserialize osmet file: ", "%d", n)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	change := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	for want, data := range map[string][]byte{
		"not an OSMET file!":                  change(0, 'X'),
		"incompatible OSMET file version 2":   change(8, 2),
		"incompatible OSMET file version 250": change(8, 250),
		"length exceeds limit":                change(9, 252, 255, 255, 255, 255),
		"OSMET file has no partitions!":       append(bytes.Clone(good[:35]), make([]byte, 60)...),
	} {
		_, err := osmet.NewFile(bytes.NewReader(data), int64(len(data)))
		require.ErrorContains(t, err, want)
	}
}

func TestValidate(t *testing.T) {
	type p = osmet.Partition
	m := func(physical, length int64) osmet.Mapping {
		return osmet.Mapping{Extent: osmet.Extent{Physical: physical, Length: length}}
	}
	for want, parts := range map[string][]osmet.Partition{
		"OSMET file has no partitions!":                   {},
		"cursor past partition start: 20 vs 19":           {p{Start: 0, End: 20}, p{Start: 19, End: 30}},
		"cursor past partition start: 0 vs -1":            {p{Start: -1, End: 20}},
		"cursor past partition end: 21 vs 20":             {p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(0, 5), m(5, 6)}}},
		"cursor past partition end: 10 vs 9":              {p{Start: 10, End: 9}},
		"partition 0: cursor past mapping start: 5 vs 4":  {p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(0, 5), m(4, 6)}}},
		"partition 0: cursor past mapping start: 0 vs -1": {p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(-1, 5)}}},
		"partition 0: overflow after mapping 0":           {p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(1, math.MaxInt64)}}},
		"overflow after partition 1":                      {p{Start: 1, End: 2}, p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(0, math.MaxInt64)}}},
		"cursor past image end: 101 vs 100":               {p{Start: 10, End: 101}},
		"partition 0: negative offset in mapping 0":       {p{End: 20, Mappings: []osmet.Mapping{{Extent: osmet.Extent{Logical: -1}}}}},
		"": {p{Start: 10, End: 20, Mappings: []osmet.Mapping{m(0, 5), m(5, 5)}}, p{Start: 20, End: 100}},
	} {
		l := &osmet.Layout{Partitions: parts, Size: 100}
		err := l.Validate()
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want)
		require.EqualError(t, osmet.Write(io.Discard, &osmet.Header{}, l, nil), "validating before writing: "+want)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	_, l, packed, _ := example(t)
	put := func(name, arch string, sector int) {
		h := &osmet.Header{SectorSize: sector, Architecture: arch, Description: name}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), write(t, h, l, packed), 0o644))
	}
	put("c-512", "x86_64", 512)
	put("b-512", "x86_64", 512)
	put("a-4k", "x86_64", 4096)
	put("d-arm", "aarch64", 512)
	require.NoError(t, os.Mkdir(dir+"/a-dir", 0o755))
	require.NoError(t, os.Symlink("nowhere", dir+"/a-link"))
	for _, c := range []struct {
		arch   string
		sector int
		want   string
	}{{"x86_64", 512, "b-512"}, {"x86_64", 4096, "a-4k"}, {"aarch64", 512, "d-arm"}, {"aarch64", 4096, ""}, {"s390x", 512, ""}} {
		f, err := osmet.Find(dir, c.arch, c.sector)
		require.NoError(t, err)
		if c.want == "" {
			require.Nil(t, f)
			continue
		}
		require.Equal(t, c.want, f.Description)
		require.NoError(t, f.Close())
	}
	require.NoError(t, os.WriteFile(dir+"/bad", []byte("something else"), 0o644))
	_, err := osmet.Find(dir, "s390x", 512)
	require.ErrorIs(t, err, osmet.ErrFormat)
	_, err = osmet.Find(dir+"/missing", "s390x", 512)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestOpenAndRepo(t *testing.T) {
	dir := t.TempDir()
	h, l, packed, whole := example(t)
	require.NoError(t, os.WriteFile(dir+"/f.osmet", write(t, h, l, packed), 0o644))
	name := hex.EncodeToString(object[:])
	require.NoError(t, os.MkdirAll(dir+"/repo/objects/"+name[:2], 0o755))
	path := dir + "/repo/objects/" + name[:2] + "/" + name[2:] + ".file"

	f, err := osmet.Open(dir + "/f.osmet")
	require.NoError(t, err)
	defer f.Close()
	image, err := f.Image(osmet.Repo(dir + "/repo"))
	require.NoError(t, err)
	_, err = io.ReadAll(image)
	require.EqualError(t, err, fmt.Sprintf("while unpacking: opening %q: no such file or directory", path))

	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("A", 5000)), 0o644))
	image, err = f.Image(osmet.Repo(dir + "/repo"))
	require.NoError(t, err)
	got, err := io.ReadAll(image)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, got))
	require.NoError(t, image.Close())

	_, err = osmet.Open(dir + "/missing")
	require.EqualError(t, err, fmt.Sprintf("opening %q: no such file or directory", dir+"/missing"))
	_, err = osmet.Open(dir)
	require.EqualError(t, err, fmt.Sprintf("opening %q: not a regular file", dir))
}

func TestEncodeExtents(t *testing.T) {
	require.Equal(t, "{\n  \"extents\": []\n}\n", string(osmet.EncodeExtents(nil)))
	require.Equal(t, `{
  "extents": [
    {
      "logical": 0,
      "physical": 87152324608,
      "length": 12288
    },
    {
      "logical": 16384,
      "physical": 4096,
      "length": 4096
    }
  ]
}
`, string(osmet.EncodeExtents([]osmet.Extent{{Physical: 87152324608, Length: 12288}, {Logical: 16384, Physical: 4096, Length: 4096}})))
}

func FuzzNewFile(f *testing.F) {
	h, l, packed, _ := example(f)
	f.Add(write(f, h, l, packed))
	f.Add(write(f, &osmet.Header{}, &osmet.Layout{Partitions: []osmet.Partition{{}}}, pack(f, nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := osmet.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		n := 0
		for _, p := range file.Partitions {
			n += len(p.Mappings)
		}
		if n*35 > len(data) {
			t.Fatalf("%d mappings in %d bytes", n, len(data))
		}
		again := open(t, write(t, &file.Header, &file.Layout, nil))
		if fmt.Sprint(again.Header, again.Layout) != fmt.Sprint(file.Header, file.Layout) {
			t.Fatal("writing and reading it changes it")
		}
		image, err := file.Image(aaa)
		if err != nil {
			return
		}
		defer image.Close()
		size, err := io.Copy(io.Discard, io.LimitReader(image, 1<<20))
		if err == nil && size < 1<<20 && size != file.Size {
			t.Fatalf("%d bytes instead of %d", size, file.Size)
		}
	})
}
