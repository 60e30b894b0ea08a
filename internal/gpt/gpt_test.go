package gpt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/xz"
)

// memory is a disk that never grows.
type memory []byte

func (m memory) ReadAt(b []byte, off int64) (int, error) { return bytes.NewReader(m).ReadAt(b, off) }

func (m memory) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m)) {
		return 0, errors.New("beyond the end")
	}
	if n := copy(m[off:], b); n < len(b) {
		return n, errors.New("beyond the end")
	}
	return len(b), nil
}

func (m memory) Sync() error { return nil }

// fixture unpacks a file of testdata.
func fixture(t testing.TB, name string) memory {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := xz.NewReader(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

func guid(t testing.TB, s string) gpt.GUID {
	t.Helper()
	g, err := gpt.ParseGUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// zeros is a generator for tests that want equal results.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// table makes one with partitions 1, 3 and 128 on a disk of size bytes.
func table(t testing.TB, size int64, sectorSize int) *gpt.Table {
	t.Helper()
	tab, err := gpt.New(size, sectorSize, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	mib := uint64(1<<20) / uint64(sectorSize)
	for i, n := range []int{3, 1, 128} {
		e := gpt.Entry{
			Type: guid(t, linux), GUID: gpt.GUID{15: byte(n)}, First: uint64(1+i) * mib, Last: uint64(2+i)*mib - 1,
			Attributes: 0x8000000000000005,
		}
		if err := e.SetLabel(fmt.Sprintf("größe %d 🦀", n)); err != nil {
			t.Fatal(err)
		}
		if err := tab.Set(n, e); err != nil {
			t.Fatal(err)
		}
	}
	return tab
}

func equal(t testing.TB, got, want *gpt.Table) {
	t.Helper()
	g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)
	if g != w {
		t.Fatalf("tables differ:\n got %.2000s\nwant %.2000s", g, w)
	}
}

func TestFixtures(t *testing.T) {
	for name, sectorSize := range map[string]int{
		"gpt-512.xz": 512, "gpt-4096.xz": 4096, "gpt-512-duplicate-partition-guids.xz": 512, "empty.xz": 0,
	} {
		t.Run(name, func(t *testing.T) {
			img := fixture(t, name)
			if got := gpt.DetectSectorSize(img[:min(len(img), 1<<20)]); got != sectorSize {
				t.Errorf("DetectSectorSize = %d, want %d", got, sectorSize)
			}
			tab, err := gpt.Find(img, int64(len(img)))
			if sectorSize == 0 {
				if err != gpt.ErrNoTable {
					t.Errorf("Find: %v, want ErrNoTable", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tab.SectorSize != sectorSize || tab.Sectors != int64(len(img)/sectorSize) || tab.Last() == 0 {
				t.Errorf("found %d sectors of %d, last partition %d", tab.Sectors, tab.SectorSize, tab.Last())
			}
			if strings.Contains(name, "duplicate") {
				if err := tab.Write(img); !errors.Is(err, gpt.ErrDuplicate) {
					t.Errorf("Write: %v, want ErrDuplicate", err)
				}
				return
			}
			old := bytes.Clone(img)
			if err := tab.Write(img); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(old, img) {
				t.Error("writing what was read changes the disk")
			}
		})
	}
}

func TestDetectSectorSize(t *testing.T) {
	for _, b := range [][]byte{nil, make([]byte, 519), append(make([]byte, 512), "EFI PAR"...), append(make([]byte, 4096), "EFI PAR"...)} {
		if got := gpt.DetectSectorSize(b); got != 0 {
			t.Errorf("%d bytes: %d", len(b), got)
		}
	}
	if got := gpt.DetectSectorSize(append(make([]byte, 4096), "EFI PART"...)); got != 4096 {
		t.Errorf("got %d, want 4096", got)
	}
}

func TestGUID(t *testing.T) {
	g := guid(t, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
	if want := (gpt.GUID{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}); g != want {
		t.Errorf("parsed as % x", g[:])
	}
	if got := g.String(); got != "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" {
		t.Errorf("String: %s", got)
	}
	for _, bad := range []string{"", "c12a7328f81f11d2ba4b00a0c93ec93b", "c12a7328-f81f-11d2-ba4b-00a0c93ec93x", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b0"} {
		if _, err := gpt.ParseGUID(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	r, err := gpt.NewGUID(nil)
	if err != nil || r.String()[14] != '4' || !strings.Contains("89AB", r.String()[19:20]) {
		t.Errorf("random GUID %s, %v", r, err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, sectorSize := range []int{512, 1024, 4096} {
		disk := make(memory, 16<<20)
		want := table(t, int64(len(disk)), sectorSize)
		// What follows the end of a name is kept too.
		want.Entries[0].Name[35] = 0xd800
		if err := want.Write(disk); err != nil {
			t.Fatal(err)
		}
		got, err := gpt.Read(disk, int64(len(disk)), sectorSize)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, want)
		if got.Entries[2].Label() != "größe 3 🦀" {
			t.Errorf("label %q", got.Entries[2].Label())
		}
		if sectorSize == 1024 {
			continue
		}
		found, err := gpt.Find(disk, int64(len(disk)))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, found, want)
	}
}

func TestDamage(t *testing.T) {
	for _, sectorSize := range []int{512, 4096} {
		size := int64(16 << 20)
		last := int(size) - sectorSize
		tests := map[string]struct {
			damage []int // offsets of bytes that change
			backup bool
			err    string
		}{
			"nothing":                       {},
			"backup":                        {damage: []int{last, last - 1}},
			"signature":                     {damage: []int{sectorSize}, backup: true},
			"sum":                           {damage: []int{sectorSize + 60}, backup: true},
			"array":                         {damage: []int{2*sectorSize + 5}, backup: true},
			"array behind the used entries": {damage: []int{2*sectorSize + 127*128 - 1}, backup: true},
			"both signatures":               {damage: []int{sectorSize, last}, err: "invalid signature"},
			"signature and sum": {damage: []int{sectorSize, last + 60},
				err: "could not read primary header (invalid signature) nor backup header (corrupted CRC32 checksum ("},
			"revision and size": {damage: []int{sectorSize + 8, last + 13},
				err: "could not read primary header (invalid revision) nor backup header (invalid header size)"},
			"both arrays": {damage: []int{2 * sectorSize, last - 1},
				err: "could not read primary header (corrupted partition entry array CRC32 checksum ("},
		}
		for name, test := range tests {
			t.Run(fmt.Sprintf("%d/%s", sectorSize, name), func(t *testing.T) {
				disk := make(memory, size)
				want := table(t, size, sectorSize)
				if err := want.Write(disk); err != nil {
					t.Fatal(err)
				}
				for _, off := range test.damage {
					disk[off] ^= 0xff
				}
				got, err := gpt.Find(disk, size)
				if test.err != "" {
					if err == nil || !strings.HasPrefix(err.Error(), test.err) {
						t.Errorf("error %v, want %s", err, test.err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				want.Backup = test.backup
				equal(t, got, want)
			})
		}
	}
}

// TestGrown has a disk that became larger and then lost its primary array.
func TestGrown(t *testing.T) {
	disk := make(memory, 32<<20)
	want := table(t, 16<<20, 512)
	if err := want.Write(disk); err != nil {
		t.Fatal(err)
	}
	disk[1024] ^= 1
	got, err := gpt.Find(disk, int64(len(disk)))
	if err != nil {
		t.Fatal(err)
	}
	want.Backup, want.Sectors = true, 32<<11
	equal(t, got, want)
}

func TestShort(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 1023, 1024, 4096, 8191} {
		if _, err := gpt.Find(make(memory, size), int64(size)); err != gpt.ErrNoTable {
			t.Errorf("%d bytes: %v", size, err)
		}
		if _, err := gpt.New(int64(size), 512, nil); err == nil {
			t.Errorf("a table for %d bytes was made", size)
		}
	}
	// A file that is shorter than it should be.
	if _, err := gpt.Find(make(memory, 100), 1<<20); err != gpt.ErrNoTable {
		t.Errorf("cut file: %v", err)
	}
	for _, sectorSize := range []int{0, -512, 1, 513, 1 << 20} {
		if _, err := gpt.Read(make(memory, 1<<20), 1<<20, sectorSize); err == nil || err == gpt.ErrNoTable {
			t.Errorf("sector size %d: %v", sectorSize, err)
		}
		if _, err := gpt.New(1<<20, sectorSize, nil); err == nil {
			t.Errorf("sector size %d was accepted", sectorSize)
		}
	}
}

// failing cannot be read.
type failing struct{ memory }

var errDisk = errors.New("disk on fire")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestReadFailure(t *testing.T) {
	var readErr *gpt.ReadError
	if _, err := gpt.Find(failing{}, 1<<20); !errors.As(err, &readErr) || !errors.Is(err, errDisk) || errors.Is(err, gpt.ErrNoTable) {
		t.Errorf("got %v", err)
	}
}

func TestCheck(t *testing.T) {
	last := uint64(16<<11 - 34)
	tests := map[string]struct {
		change func(t *gpt.Table)
		err    error
	}{
		"as it is":         {change: func(*gpt.Table) {}},
		"everything":       {change: func(t *gpt.Table) { t.Entries = t.Entries[:1]; t.Entries[0].First, t.Entries[0].Last = 34, last }},
		"adjacent":         {change: func(t *gpt.Table) { t.Entries[0].Last = t.Entries[127].First - 1 }},
		"one sector":       {change: func(t *gpt.Table) { t.Entries[0].Last = t.Entries[0].First }},
		"duplicate":        {change: func(t *gpt.Table) { t.Entries[0].GUID = t.Entries[2].GUID }, err: gpt.ErrDuplicate},
		"duplicate unused": {change: func(t *gpt.Table) { t.Entries[50].GUID = t.Entries[2].GUID }},
		"negative unused":  {change: func(t *gpt.Table) { t.Entries[50].First = 7 }},
		"overlap":          {change: func(t *gpt.Table) { t.Entries[0].Last = t.Entries[127].First }, err: gpt.ErrBoundaries},
		"negative":         {change: func(t *gpt.Table) { t.Entries[0].Last = t.Entries[0].First - 1 }, err: gpt.ErrBoundaries},
		"in the array":     {change: func(t *gpt.Table) { t.Entries[2].First = 33 }, err: gpt.ErrBoundaries},
		"in the backup":    {change: func(t *gpt.Table) { t.Entries[127].Last = last + 1 }, err: gpt.ErrBoundaries},
		"huge":             {change: func(t *gpt.Table) { t.Entries[127].Last = 1<<64 - 1 }, err: gpt.ErrBoundaries},
		"usable start":     {change: func(t *gpt.Table) { t.FirstUsable = 33 }, err: errors.New("usable range of the disk overlaps the partition table")},
		"usable end":       {change: func(t *gpt.Table) { t.LastUsable = last + 1 }, err: errors.New("usable range of the disk overlaps the partition table")},
		"no entries":       {change: func(t *gpt.Table) { t.Entries = nil }, err: errors.New("unsupported number of partition entries 0")},
		"many entries":     {change: func(t *gpt.Table) { t.Entries = make([]gpt.Entry, gpt.MaxEntries+1) }, err: errors.New("unsupported number of partition entries 16385")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tab := table(t, 16<<20, 512)
			test.change(tab)
			disk := make(memory, 16<<20)
			err := tab.Write(disk)
			if test.err == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || err.Error() != test.err.Error() {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if !bytes.Equal(disk, make(memory, 16<<20)) {
				t.Error("something was written")
			}
		})
	}
}

func TestSet(t *testing.T) {
	tab := table(t, 16<<20, 512)
	for _, n := range []int{-1, 0, 129} {
		if err := tab.Set(n, gpt.Entry{}); err == nil || err.Error() != fmt.Sprintf("invalid partition number: %d", n) {
			t.Errorf("number %d: %v", n, err)
		}
	}
	if err := tab.Grow(300); err != nil || tab.Set(300, gpt.Entry{}) != nil || len(tab.Entries) != 300 || tab.FirstUsable != 77 {
		t.Errorf("grown to %d entries, first sector %d, %v", len(tab.Entries), tab.FirstUsable, err)
	}
	if err := tab.Check(); err != nil {
		t.Error(err)
	}
	if err := tab.Grow(gpt.MaxEntries + 1); err == nil {
		t.Error("grown without bounds")
	}
	var e gpt.Entry
	for _, label := range []string{strings.Repeat("x", 37), strings.Repeat("🦀", 18) + "x", "a\x00b"} {
		if err := e.SetLabel(label); err == nil {
			t.Errorf("label %q was accepted", label)
		}
	}
	if err := e.SetLabel(strings.Repeat("🦀", 18)); err != nil || e.Label() != strings.Repeat("🦀", 18) {
		t.Errorf("label %q, %v", e.Label(), err)
	}
}

func TestProtectiveMBR(t *testing.T) {
	b := gpt.ProtectiveMBR(16<<20, 512)
	want := append([]byte{0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 0x7f, 0, 0}, make([]byte, 50)...)
	want[64], want[65] = 0x55, 0xaa
	if !bytes.Equal(b, want) {
		t.Errorf("% x", b)
	}
	if b := gpt.ProtectiveMBR(1<<50, 512); !bytes.Equal(b[12:16], []byte{0xff, 0xff, 0xff, 0xff}) {
		t.Errorf("large disk: % x", b[12:16])
	}
	if sector := append(make([]byte, gpt.MBROffset), b...); !gpt.HasMBR(sector) || gpt.HasMBR(sector[:511]) || gpt.HasMBR(make([]byte, 512)) {
		t.Error("HasMBR is wrong")
	}
}
