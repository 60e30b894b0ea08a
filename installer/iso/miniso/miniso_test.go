package miniso_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/iso/miniso"
	"github.com/nestos-dev/nestos/internal/iso9660"
	"github.com/nestos-dev/nestos/internal/xz"
)

const fullISO = "../testdata/embed-areas-2023-07.x86_64.iso.xz"

func unpack(path string) ([]byte, error) {
	packed, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r, err := xz.NewReader(packed, nil)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func full(t testing.TB) *iso9660.FS {
	data, err := unpack(fullISO)
	require.NoError(t, err)
	return open(t, data)
}

func open(t testing.TB, image []byte) *iso9660.FS {
	fsys, err := iso9660.New(bytes.NewReader(image), int64(len(image)))
	require.NoError(t, err)
	return fsys
}

func stored(t testing.TB, fsys *iso9660.FS) []byte {
	data, err := fsys.ReadFile("COREOS/MINISO.DAT", 1<<20)
	require.NoError(t, err)
	return data
}

func TestRead(t *testing.T) {
	raw := stored(t, full(t))
	d, err := miniso.Read(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, "0.17.0", d.Application)
	require.Len(t, d.Table, 12)
	require.Equal(t, miniso.Extent{Minimal: 44, Full: 44, Length: 2048}, d.Table[0])
	require.Contains(t, d.Table, miniso.Extent{Minimal: 197, Full: 198, Length: 11})
	require.Equal(t, "b64f0261", fmt.Sprintf("%x", d.Digest[:4]))
	require.Len(t, d.Packed, 2560)

	encoded, err := d.Encode()
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(raw, encoded))
	for n := range encoded {
		_, err := miniso.Read(bytes.NewReader(encoded[:n]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d bytes", n)
	}
}

func TestReadHostile(t *testing.T) {
	head := "MINISO\x00\x00\x01\x00"
	for name, c := range map[string]struct{ data, text string }{
		"something else": {"PK\x03\x04ISO!\x01\x00", "validating header: not a miniso file!"},
		"application":    {"MINISO\x00\x00\x01\xfc\xff\xff\xff\x7f", "failed to deserialize header: 2147483647: length exceeds limit"},
		"table":          {head + "\xfc\xff\xff\xff\x7f", "failed to deserialize data: 2147483647: length exceeds limit"},
		"promised table": {head + "\xfc\x00\x00\x05\x00", "failed to deserialize data: unexpected EOF"},
		"empty":          {head + "\x00" + string(make([]byte, 33)), "validating table: table is empty; ISOs have no files in common?"},
		"sector":         {head + "\x01\xfd" + string(bytes.Repeat([]byte{0xff}, 8)), "failed to deserialize data: 18446744073709551615: integer out of range"},
		"overlap": {head + "\x02\x01\x01\xfb\x01\x08\x02\x01\x01" + string(make([]byte, 33)),
			"validating table: Files at offsets 2048 and 4096 overlap"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := miniso.Read(bytes.NewReader([]byte(c.data)))
			require.EqualError(t, err, c.text)
		})
	}
}

func TestEncodeTooLong(t *testing.T) {
	_, err := (&miniso.Data{Packed: make([]byte, 1<<20)}).Encode()
	require.ErrorContains(t, err, "exceed 1048576")
}

func TestUnpackLimits(t *testing.T) {
	fsys := full(t)
	zeros, err := xz.Encode(nil, make([]byte, 5000), nil)
	require.NoError(t, err)
	d := &miniso.Data{Packed: zeros}
	for n := range uint32(100) {
		d.Table = append(d.Table, miniso.Extent{Minimal: n * 512, Length: 1 << 20})
	}
	require.ErrorContains(t, d.Unpack(t.Context(), fsys, io.Discard), "minimal ISO is larger than")
	d = &miniso.Data{Table: []miniso.Extent{{0, 1 << 31, 1}}, Packed: zeros}
	require.ErrorContains(t, d.Unpack(t.Context(), fsys, io.Discard), "copying full ISO file at offset 4398046511104: unexpected EOF")
	d = &miniso.Data{Table: []miniso.Extent{{1, 0, 1}}, Packed: []byte("no xz")}
	require.ErrorContains(t, d.Unpack(t.Context(), fsys, io.Discard), "packed bytes")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	raw, err := miniso.Read(bytes.NewReader(stored(t, fsys)))
	require.NoError(t, err)
	require.ErrorIs(t, raw.Unpack(canceled, fsys, io.Discard), context.Canceled)
}

// file is one of an image to be.
type file struct {
	name    string
	content string
	sector  uint32 // where the content is; several files may share it
}

// image returns an ISO with files in its root.
func image(files ...file) []byte {
	const root = 18
	data := make([]byte, 40*2048)
	record := func(name string, flags byte, sector, size uint32) []byte {
		b := make([]byte, 33, 64)
		binary.LittleEndian.PutUint32(b[2:], sector)
		binary.LittleEndian.PutUint32(b[10:], size)
		b[25], b[32] = flags, byte(len(name))
		b = append(b, name...)
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
		b[0] = byte(len(b))
		return b
	}
	copy(data[16*2048:], "\x01CD001\x01")
	binary.LittleEndian.PutUint32(data[16*2048+80:], 40)
	copy(data[16*2048+156:], record("\x00", 2, root, 2048))
	copy(data[17*2048:], "\xff")
	dir := data[root*2048:]
	for _, f := range files {
		dir = dir[copy(dir, record(f.name, 0, f.sector, uint32(len(f.content)))):]
		copy(data[f.sector*2048:], f.content)
	}
	return data
}

func TestPack(t *testing.T) {
	fullFiles := []file{{"A", "content of a", 25}, {"B", "b", 30}, {"C", "content of a", 25}, {"EMPTY", "", 0}, {"ROOTFS", "large", 35}}
	minimalFiles := []file{{"B", "b", 20}, {"A", "content of a", 24}, {"C", "content of a", 24}, {"EMPTY", "", 24}}
	fullFS, minimal := open(t, image(fullFiles...)), image(minimalFiles...)
	d, stats, err := miniso.Pack(t.Context(), fullFS, open(t, minimal), "1.0")
	require.NoError(t, err)
	require.Equal(t, []miniso.Extent{{20, 30, 1}, {24, 25, 12}}, d.Table)
	require.Equal(t, &miniso.Stats{Files: 4, Skipped: 13, Written: int64(len(minimal) - 13), Compressed: int64(len(d.Packed))}, stats)
	encoded, err := d.Encode()
	require.NoError(t, err)
	again, err := miniso.Read(bytes.NewReader(append(encoded, make([]byte, 100)...)))
	require.NoError(t, err)
	require.Equal(t, d, again)
	var b bytes.Buffer
	require.NoError(t, again.Unpack(t.Context(), fullFS, &b))
	require.Equal(t, minimal, b.Bytes())

	for text, files := range map[string][]file{
		"missing minimal file X in full ISO":                              {{"X", "x", 20}},
		"File A has different lengths in full and minimal ISOs":           {{"A", "x", 20}},
		"validating table: Files at offsets 40960 and 40960 overlap":      {{"A", "content of a", 20}, {"B", "b", 20}},
		"validating table: table is empty; ISOs have no files in common?": {{"EMPTY", "", 0}},
	} {
		_, _, err := miniso.Pack(t.Context(), fullFS, open(t, image(files...)), "")
		require.EqualError(t, err, text)
	}
}

func FuzzRead(f *testing.F) {
	fsys := full(f)
	raw := bytes.TrimRight(stored(f, fsys), "\x00")
	f.Add(raw)
	d := &miniso.Data{Application: "1.0", Table: []miniso.Extent{{1, 2, 3}}, Packed: []byte("x")}
	small, err := d.Encode()
	require.NoError(f, err)
	f.Add(small)
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := miniso.Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		encoded, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := miniso.Read(bytes.NewReader(encoded))
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := again.Encode(); err != nil || !bytes.Equal(encoded, twice) {
			t.Fatalf("encoded differently: %v", err)
		}
		n := counter(0)
		if _ = d.Unpack(t.Context(), fsys, &n); int64(n) > fsys.Image().Size()+65<<20 {
			t.Fatalf("%d bytes were written", n)
		}
	})
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func ExampleRead() {
	image, err := unpack(fullISO)
	if err != nil {
		panic(err)
	}
	fsys, err := iso9660.New(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		panic(err)
	}
	content, err := fsys.ReadFile("COREOS/MINISO.DAT", 1<<20)
	if err != nil {
		panic(err)
	}

	data, err := miniso.Read(bytes.NewReader(content))
	if err != nil {
		panic(err)
	}
	var minimal bytes.Buffer
	if err := data.Unpack(context.Background(), fsys, &minimal); err != nil {
		panic(err)
	}
	fmt.Println(len(data.Table), "files,", minimal.Len(), "bytes")
	// Output: 12 files, 1048576 bytes
}
