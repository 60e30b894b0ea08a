package disk

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
)

func TestReadSaved(t *testing.T) {
	before := fixture(t, "before-512")
	mbr := make(memory, 1<<20)
	mbr[510], mbr[511] = 0x55, 0xaa
	broken := memory(bytes.Clone(before))
	broken[512+60] ^= 1
	clear(broken[len(broken)-512:])
	many, err := gpt.New(1<<24, 512, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := many.Grow(200); err != nil {
		t.Fatal(err)
	}
	many.Entries[149] = gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{2}, First: 4096, Last: 5000}
	many.Entries[19] = gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{3}, First: 6000, Last: 6001}
	manyDisk := make(memory, 1<<24)
	if err := many.Write(manyDisk); err != nil {
		t.Fatal(err)
	}
	const dry = "failed dry run restoring saved partitions; input partition table may be invalid: "
	tests := map[string]struct {
		disk       memory
		sectorSize int
		filter     func(int, string) bool
		hasIndex   bool
		numbers    []int
		err        string
	}{
		"no filter":                    {disk: before, sectorSize: 512},
		"no filter, broken":            {disk: broken, sectorSize: 512},
		"names":                        {disk: before, sectorSize: 512, filter: byName("data"), numbers: []int{4, 9}},
		"numbers":                      {disk: before, sectorSize: 512, filter: byNumber(2, 3, 9), hasIndex: true, numbers: []int{2, 9}},
		"no match":                     {disk: before, sectorSize: 512, filter: byName("x")},
		"4096":                         {disk: fixture(t, "before-4096"), sectorSize: 4096, filter: byName(""), numbers: []int{2, 4, 9}},
		"blank":                        {disk: make(memory, 1<<20), sectorSize: 512, filter: byNumber(1), hasIndex: true},
		"tiny":                         {disk: make(memory, 512), sectorSize: 512, filter: byNumber(1), hasIndex: true},
		"MBR, name":                    {disk: mbr, sectorSize: 512, filter: byName("x")},
		"MBR, number":                  {disk: mbr, sectorSize: 512, filter: byNumber(1), hasIndex: true, err: "saving partitions from an MBR disk is not yet supported"},
		"sectors":                      {disk: before, sectorSize: 4096, filter: byName("x"), err: "GPT sector size 512 doesn't match expected 4096"},
		"other sectors":                {disk: fixture(t, "before-4096"), sectorSize: 512, filter: byName("x"), err: "GPT sector size 4096 doesn't match expected 512"},
		"duplicate":                    {disk: fixture(t, "duplicate-guids"), sectorSize: 512, filter: byNumber(1, 2), err: dry + "writing new GPT: conflict of partition GUIDs"},
		"one of duplicates":            {disk: fixture(t, "duplicate-guids"), sectorSize: 512, filter: byNumber(1), numbers: []int{1}},
		"number that can be kept":      {disk: manyDisk, sectorSize: 512, filter: byNumber(20), numbers: []int{20}},
		"number that cannot":           {disk: manyDisk, sectorSize: 512, filter: byNumber(150), err: dry + "creating new GPT: invalid partition number: 150"},
		"disk that became too small":   {disk: before[:12<<20], sectorSize: 512, filter: byNumber(9), err: dry + "writing new GPT: " + gpt.ErrBoundaries.Error()},
		"disk that became larger":      {disk: append(bytes.Clone(before), make(memory, 1<<20)...), sectorSize: 512, filter: byNumber(9), numbers: []int{9}},
		"broken, nothing would match":  {disk: broken, sectorSize: 512, filter: byName("x"), err: "reading partition table: could not read primary header (corrupted CRC32 checksum ("},
		"only the backup is left":      {disk: append(make(memory, 1024), before[1024:]...), sectorSize: 512, filter: byNumber(4), numbers: []int{4}},
		"signature of one header left": {disk: append(make(memory, 1024), append(before[1024:len(before)-400:len(before)-400], make(memory, 400)...)...), sectorSize: 512, filter: byNumber(4), err: "reading partition table: could not read primary header (invalid signature) nor backup header (invalid revision)"},
	}
	// The last one: a signature without the rest.
	odd := tests["signature of one header left"]
	odd.disk = append(make(memory, 1024), before[1024:]...)
	clear(odd.disk[len(odd.disk)-504:])
	tests["signature of one header left"] = odd
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			was := bytes.Clone(test.disk)
			s, err := readSaved(test.disk, int64(len(test.disk)), test.sectorSize, test.filter, test.hasIndex)
			if !bytes.Equal(was, test.disk) {
				t.Error("the disk was changed")
			}
			if test.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("error is %v\n     want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var numbers []int
			for _, p := range s.parts {
				numbers = append(numbers, p.number)
			}
			if fmt.Sprint(numbers) != fmt.Sprint(test.numbers) || s.Empty() != (len(numbers) == 0) {
				t.Errorf("saved %v, want %v", numbers, test.numbers)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	s := saved(t, fixture(t, "before-512"), 512, byName("data"))
	if offset, n, name, ok := s.Limit(); offset != 8<<20 || n != 4 || name != "data" || !ok {
		t.Errorf("limit %d, %d %q %v", offset, n, name, ok)
	}
	wantError(t, s.Collision(), `collision with partition 4 ("data") at offset 8388608`)
	s = saved(t, fixture(t, "before-4096"), 4096, byNumber(9, 4, 2))
	if offset, n, name, ok := s.Limit(); offset != 2<<20 || n != 2 || name != "other" || !ok {
		t.Errorf("limit %d, %d %q %v", offset, n, name, ok)
	}
	if _, _, _, ok := (&Saved{}).Limit(); ok {
		t.Error("there is a limit without saved partitions")
	}
}

// mask takes away what is random in a table: the disk's GUID, and the sum of the header.
func mask(disk memory, sectorSize int) memory {
	disk = bytes.Clone(disk)
	for _, header := range []int{sectorSize, len(disk) - sectorSize} {
		clear(disk[header+16 : header+20])
		clear(disk[header+56 : header+72])
	}
	return disk
}

// TestStoreTo compares with what coreos-installer stores, which is what both write at the
// beginning, too.
func TestStoreTo(t *testing.T) {
	for _, sectorSize := range []int{512, 4096} {
		disk := fixture(t, fmt.Sprintf("before-%d", sectorSize))
		s := saved(t, disk, sectorSize, byName("data"))
		dir := t.TempDir()
		path, err := s.StoreTo(dir, "some-installer")
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(path) != dir || !strings.HasPrefix(filepath.Base(path), "some-installer-partitions.") {
			t.Errorf("path is %s", path)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(mask(got, sectorSize), mask(fixture(t, fmt.Sprintf("stored-%d", sectorSize)), sectorSize)) {
			t.Errorf("%d: the file differs from the reference's", sectorSize)
		}
		if tableOf(t, got, sectorSize).GUID.String()[14] != '4' {
			t.Error("the disk's GUID is not random")
		}
	}
	s := saved(t, fixture(t, "before-512"), 512, byName("data"))
	if _, err := s.StoreTo("/nonexistent", "x"); err == nil || err.Error() != "creating partition table file: no such file or directory" {
		t.Errorf("error is %v", err)
	}
	s.size = 1 << 20
	dir := t.TempDir()
	if _, err := s.StoreTo(dir, "x"); !errors.Is(err, gpt.ErrBoundaries) {
		t.Errorf("error is %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s is left behind", left[0].Name())
	}
}

func TestOverwriteForeignDisk(t *testing.T) {
	for _, sectorSize := range []int{512, 4096} {
		disk := make(memory, 1<<20)
		for i := range disk {
			disk[i] = 0xaa
		}
		s := saved(t, disk, sectorSize, nil)
		if err := s.Overwrite(disk); err != nil {
			t.Fatal(err)
		}
		if tab := tableOf(t, disk, sectorSize); tab.Last() != 0 || tab.Backup {
			t.Errorf("table is %+v", tab)
		}
		want := make(memory, sectorSize)
		copy(want[446:], gpt.ProtectiveMBR(1<<20, sectorSize))
		if !bytes.Equal(disk[:sectorSize], want) {
			t.Errorf("first sector is % x", disk[:sectorSize])
		}
		end := len(disk) - sectorSize*(1+(16384+sectorSize-1)/sectorSize)
		for i := 2*sectorSize + 16384; i < end; i++ {
			if disk[i] != 0xaa {
				t.Fatalf("byte %d was changed", i)
			}
		}
	}
	wantError(t, saved(t, make(memory, 4096), 512, nil).Overwrite(make(memory, 4096)), "creating new GPT: 4096 bytes are too few for a partition table")
}

func TestSparse(t *testing.T) {
	m := &sparse{size: 1 << 40}
	want := []byte("across the border")
	for _, off := range []int64{0, 4090, 1<<40 - 17} {
		if n, err := m.WriteAt(want, off); n != len(want) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
		got := make([]byte, len(want))
		if n, err := m.ReadAt(got, off); n != len(want) || err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %q, %v", got[:n], err)
		}
	}
	if n, err := m.ReadAt(make([]byte, 20), 1<<40-17); n != 17 || err != io.EOF {
		t.Errorf("read %d at the end, %v", n, err)
	}
	if n, err := m.ReadAt(make([]byte, 20), 1<<41); n != 0 || err != io.EOF {
		t.Errorf("read %d behind the end, %v", n, err)
	}
	if _, err := m.WriteAt(want, 1<<40-16); err == nil {
		t.Error("wrote over the end")
	}
	if len(m.blocks) != 3 {
		t.Errorf("%d blocks are in memory", len(m.blocks))
	}
}
