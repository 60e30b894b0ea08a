package disk

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
)

// install does what an installation does with a disk.
func install(s *Saved, image []byte, disk Target, note func(string)) error {
	if err := s.DryMerge(image[:FirstSize]); err != nil {
		return err
	}
	if err := s.Overwrite(disk); err != nil {
		return err
	}
	if err := writeDurably(disk, image[FirstSize:], FirstSize); err != nil {
		return err
	}
	return s.merge(image[:FirstSize], disk, note)
}

// TestMerge compares the whole disk with that of coreos-installer.
func TestMerge(t *testing.T) {
	for _, sectorSize := range []int{512, 4096} {
		disk, image := fixture(t, fmt.Sprintf("before-%d", sectorSize)), fixture(t, fmt.Sprintf("image-%d", sectorSize))
		s := saved(t, disk, sectorSize, byName("data"))
		var notes []string
		if err := install(s, image, disk, func(text string) { notes = append(notes, text) }); err != nil {
			t.Fatal(err)
		}
		want := fixture(t, fmt.Sprintf("merged-%d", sectorSize))
		for off := 0; off < len(disk); off += 512 {
			if !bytes.Equal(disk[off:off+512], want[off:off+512]) {
				t.Errorf("%d: differs from the reference at %d", sectorSize, off)
			}
		}
		if !slices.Equal(notes, []string{`Saving partition 4 ("data") to new partition 5`, `Saving partition 9 ("data9") to new partition 9`}) {
			t.Errorf("notes: %q", notes)
		}
	}
}

func TestMergeNothing(t *testing.T) {
	for _, name := range []string{"image-512", "image-4096"} {
		var sectorSize int
		if _, err := fmt.Sscanf(name, "image-%d", &sectorSize); err != nil {
			t.Fatal(err)
		}
		image := fixture(t, name)
		disk := make(memory, 16<<20)
		for i := range disk {
			disk[i] = 0x55
		}
		was := bytes.Clone(disk)
		s := saved(t, disk, sectorSize, nil)
		if err := install(s, image, disk, func(text string) { t.Errorf("note: %s", text) }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(disk[:len(image)], image) {
			t.Errorf("%s: the disk differs from the image", name)
		}
		if rest := len(disk) - 40*4096; !bytes.Equal(disk[len(image):rest], was[len(image):rest]) {
			t.Error("the rest of the disk was changed")
		}
		if tab, err := s.Merged(image[:FirstSize]); err != nil || tab.Last() != 4 {
			t.Errorf("merged table %+v, %v", tab, err)
		}
	}
	// An image without a table.
	image := bytes.Repeat([]byte("no table "), 200000)
	disk := make(memory, 16<<20)
	if err := install(saved(t, disk, 512, nil), image, disk, nothing); err != nil || !bytes.Equal(disk[:len(image)], image) {
		t.Errorf("image without a table: %v", err)
	}
}

// numbered makes a disk of 16 MiB with partitions of 64 KiB, from a MiB on, in this order.
func numbered(t *testing.T, start int64, numbers ...int) memory {
	t.Helper()
	disk := make(memory, 16<<20)
	tab, err := gpt.New(int64(len(disk)), 512, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.Grow(slices.Max(numbers)); err != nil {
		t.Fatal(err)
	}
	for i, n := range numbers {
		first := uint64(start)<<11 + uint64(i)*128
		tab.Entries[n-1] = gpt.Entry{Type: gpt.GUID{7}, GUID: gpt.GUID{1, byte(start), byte(n)}, First: first, Last: first + 127}
		if err := tab.Entries[n-1].SetLabel(fmt.Sprintf("p%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tab.Write(disk); err != nil {
		t.Fatal(err)
	}
	return disk
}

func TestMergeNumbers(t *testing.T) {
	tests := []struct {
		image, saved, want []int
		err                string
	}{
		{image: []int{1, 2, 3, 4}, saved: []int{4, 5, 7}, want: []int{5, 6, 7}},
		{image: []int{1, 2, 3, 4}, saved: []int{128}, want: []int{128}},
		{image: []int{1, 2, 3, 4}, saved: []int{1}, want: []int{5}},
		{image: []int{4, 2}, saved: []int{1, 3}, want: []int{5, 6}},
		{image: []int{1}, saved: []int{9, 8}, want: []int{8, 9}},
		{image: []int{128}, saved: []int{1}, err: `saving partition 1 ("p1") to new partition 129: invalid partition number: 129`},
		{image: []int{127}, saved: []int{1, 3}, err: `saving partition 3 ("p3") to new partition 129: invalid partition number: 129`},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.image, test.saved), func(t *testing.T) {
			image, disk := numbered(t, 1, test.image...), numbered(t, 9, test.saved...)
			s := saved(t, disk, 512, byName("p"))
			tab, err := s.Merged(image[:FirstSize])
			if dry := s.DryMerge(image[:FirstSize]); fmt.Sprint(dry) != fmt.Sprint(err) {
				t.Errorf("dry merge says %v", dry)
			}
			if test.err != "" {
				wantError(t, err, test.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			old := tableOf(t, disk, 512)
			var got []int
			slices.Sort(test.saved)
			for n, e := range tab.Used() {
				if e.First >= 9<<11 {
					if *e != old.Entries[test.saved[len(got)]-1] {
						t.Errorf("partition %d is %+v", n, e)
					}
					got = append(got, n)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("numbers %v, want %v", got, test.want)
			}
		})
	}
}

func TestMergeFewEntries(t *testing.T) {
	image := numbered(t, 1, 1, 2)
	small := tableOf(t, image, 512)
	small.Entries = small.Entries[:4]
	if err := small.SetSize(int64(len(image))); err != nil {
		t.Fatal(err)
	}
	if err := small.Write(image); err != nil {
		t.Fatal(err)
	}
	s := saved(t, numbered(t, 9, 40), 512, byName("p"))
	tab, err := s.Merged(image[:FirstSize])
	if err != nil || len(tab.Entries) != 40 || tab.FirstUsable != 12 {
		t.Errorf("%+v, %v", tab, err)
	}
}

func TestMergeRefused(t *testing.T) {
	disk := numbered(t, 9, 3)
	s := saved(t, disk, 512, byName("p"))
	noTable := make(memory, FirstSize)
	wantError(t, s.DryMerge(noTable), "couldn't read partition table from source: invalid signature")
	wantError(t, s.DryMerge(fixture(t, "image-4096")[:FirstSize]), "GPT sector size 4096 doesn't match expected 512")
	wantError(t, s.DryMerge(numbered(t, 9, 1)[:FirstSize]), `collision with partition 3 ("p3") at offset 9437184`)
	same := numbered(t, 1, 1)
	tab := tableOf(t, same, 512)
	tab.Entries[0].GUID = tableOf(t, disk, 512).Entries[2].GUID
	if err := tab.Write(same); err != nil {
		t.Fatal(err)
	}
	err := s.DryMerge(same[:FirstSize])
	wantError(t, err, "writing updated GPT: conflict of partition GUIDs")
	if !errors.Is(err, gpt.ErrDuplicate) {
		t.Error("the cause is lost")
	}
	was := bytes.Clone(disk)
	if err := s.merge(same[:FirstSize], disk, nothing); err == nil || !bytes.Equal(was, disk) {
		t.Errorf("merge: %v, or the disk was changed", err)
	}
	// Before 1 MiB there is the part of the image that is written by Merge.
	early := numbered(t, 9, 3)
	tab = tableOf(t, early, 512)
	tab.Entries[2].First = 100
	if err := tab.Write(early); err != nil {
		t.Fatal(err)
	}
	wantError(t, saved(t, early, 512, byName("p")).DryMerge(numbered(t, 1, 1)[:FirstSize]), `collision with partition 3 ("p3") at offset 51200`)
}
