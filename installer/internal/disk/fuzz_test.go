package disk

import (
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
)

// FuzzMerge merges images with any beginning. If that succeeds, the saved partitions are in
// a valid table.
func FuzzMerge(f *testing.F) {
	const size = 16 << 20
	disk := fixture(f, "before-512")
	for _, n := range []int{1, 4} {
		tab := &gpt.Table{SectorSize: 512, Entries: make([]gpt.Entry, 4)}
		if err := tab.SetSize(1 << 20); err != nil {
			f.Fatal(err)
		}
		tab.Entries[n-1] = gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{2}, First: 10, Last: 20}
		image := make(memory, 1<<20)
		if err := tab.Write(image); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(image[:4096]), uint16(n), uint16(9))
	}
	f.Fuzz(func(t *testing.T, image []byte, a, b uint16) {
		keep, err := readSaved(disk, size, 512, byNumber(int(a), int(b), 4), true)
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 1<<16)
		copy(first, image)
		tab, err := keep.Merged(first)
		if err != nil {
			return
		}
		if err := tab.Check(); err != nil {
			t.Fatal(err)
		}
		out := &sparse{size: size}
		if err := keep.merge(first, out, nothing); err != nil {
			t.Fatal(err)
		}
		got, err := gpt.Read(out, size, 512)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, e := range got.Used() {
			for _, p := range keep.parts {
				if *e == p.entry {
					found++
				}
			}
		}
		if found != len(keep.parts) {
			t.Fatalf("%d of %d saved partitions are in the table", found, len(keep.parts))
		}
	})
}
