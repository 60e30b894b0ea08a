package gpt_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
)

// FuzzFind reads any disk. What can be written again must be read again as it was,
// and writing it changes no byte of the entries.
func FuzzFind(f *testing.F) {
	for _, sectorSize := range []int{512, 4096} {
		// Small, to be fast.
		tab := &gpt.Table{SectorSize: sectorSize, GUID: gpt.GUID{9}, Entries: make([]gpt.Entry, 4)}
		if err := tab.SetSize(int64(sectorSize) * 8); err != nil {
			f.Fatal(err)
		}
		tab.Entries[2] = gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{2}, First: 3, Last: 4, Name: [36]uint16{'a', 0, 'b'}}
		disk := make(memory, sectorSize*8)
		if err := tab.Write(disk); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(disk))
		disk[sectorSize] = 0
		f.Add(bytes.Clone(disk))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		disk := memory(data)
		size := int64(len(disk))
		tab, err := gpt.Find(disk, size)
		if err != nil {
			return
		}
		if len(tab.Entries) > gpt.MaxEntries || tab.Sectors != size/int64(tab.SectorSize) {
			t.Fatalf("%d entries, %d sectors", len(tab.Entries), tab.Sectors)
		}
		for _, e := range tab.Used() {
			_ = e.Label()
		}
		if tab.Check() != nil {
			return
		}
		out := memory(bytes.Clone(disk))
		if err := tab.Replace(out); err != nil {
			t.Fatal(err)
		}
		again, err := gpt.Read(out, size, tab.SectorSize)
		if err != nil {
			t.Fatal(err)
		}
		if !tab.Backup {
			// An array at its usual place is unchanged.
			start, n := 2*tab.SectorSize, len(tab.Entries)*128
			if header := disk[tab.SectorSize:]; header[72] == 2 && bytes.Equal(header[73:80], make([]byte, 7)) &&
				!bytes.Equal(out[start:start+n], disk[start:start+n]) {
				t.Fatal("entries were changed")
			}
		}
		tab.Backup = false
		if !reflect.DeepEqual(again, tab) {
			equal(t, again, tab)
		}
	})
}
