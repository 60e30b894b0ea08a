package gpt_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// recorder remembers writes, in groups that end with a sync.
type recorder struct {
	memory
	groups [][]write
	open   []write
}

type write struct {
	off  int64
	data []byte
}

func (r *recorder) WriteAt(b []byte, off int64) (int, error) {
	r.open = append(r.open, write{off, bytes.Clone(b)})
	return r.memory.WriteAt(b, off)
}

func (r *recorder) Sync() error {
	r.groups, r.open = append(r.groups, r.open), nil
	return nil
}

// states calls f with every disk that an interruption can leave behind: all groups
// up to one, and of that some sectors.
func (r *recorder) states(start memory, sectorSize int, random *rand.Rand, f func(step string, disk memory)) {
	disk := memory(bytes.Clone(start))
	f("start", disk)
	for i, group := range r.groups {
		var sectors []write
		for _, w := range group {
			for off := 0; off < len(w.data); off += sectorSize {
				sectors = append(sectors, write{w.off + int64(off), w.data[off:min(off+sectorSize, len(w.data))]})
			}
		}
		for try := range 24 {
			torn := memory(bytes.Clone(disk))
			for j, s := range sectors {
				// Prefixes first, then any choice.
				if try < 8 && j < len(sectors)*try/8 || try >= 8 && random.IntN(2) == 0 {
					copy(torn[s.off:], s.data)
				}
			}
			f(fmt.Sprintf("group %d try %d", i, try), torn)
		}
		for _, w := range group {
			copy(disk[w.off:], w.data)
		}
		f(fmt.Sprintf("after group %d", i), disk)
	}
}

// primaryOnly is what readers see that do not look at the backup.
func primaryOnly(disk memory, sectorSize int) (*gpt.Table, error) {
	t, err := gpt.Read(disk, int64(len(disk)), sectorSize)
	if err == nil && t.Backup {
		return nil, errors.New("the primary table is damaged")
	}
	return t, err
}

func TestReplace(t *testing.T) {
	const size = 1 << 20
	random := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	for _, sectorSize := range []int{512, 4096} {
		old, err := gpt.New(size, sectorSize, nil)
		if err != nil {
			t.Fatal(err)
		}
		kept := gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{2}, First: 100, Last: 120}
		gone := gpt.Entry{Type: gpt.GUID{1}, GUID: gpt.GUID{3}, First: 60, Last: 99}
		old.Entries[4], old.Entries[0], old.Entries[90] = kept, gone, gpt.Entry{Type: gpt.GUID{4}, GUID: gpt.GUID{5}, First: 130, Last: 131}
		next, err := gpt.New(size, sectorSize, nil)
		if err != nil {
			t.Fatal(err)
		}
		next.Entries[4] = kept
		last := size - sectorSize
		starts := map[string]struct {
			change func(disk memory)
			strict bool // the primary table is always valid
		}{
			"intact":         {change: func(memory) {}, strict: true},
			"no backup":      {change: func(d memory) { clear(d[last:]) }, strict: true},
			"backup array":   {change: func(d memory) { d[last-1] ^= 1 }, strict: true},
			"primary header": {change: func(d memory) { clear(d[sectorSize : 2*sectorSize]) }},
			"primary array":  {change: func(d memory) { d[2*sectorSize+3] ^= 1 }},
			// The states in the middle of another Replace.
			"borrowing": {change: func(d memory) {
				r := &recorder{memory: d}
				if err := old.Replace(r); err != nil || len(r.groups) != 5 {
					t.Fatalf("%d steps, %v", len(r.groups), err)
				}
				// As it was before the primary array was in place again.
				copy(d[r.groups[2][0].off:], r.groups[2][0].data)
				clear(d[2*sectorSize : 3*sectorSize])
			}, strict: true},
		}
		for name, start := range starts {
			t.Run(fmt.Sprintf("%d/%s", sectorSize, name), func(t *testing.T) {
				disk := make(memory, size)
				if err := old.Write(disk); err != nil {
					t.Fatal(err)
				}
				start.change(disk)
				before := memory(bytes.Clone(disk))
				r := &recorder{memory: disk}
				if err := next.Replace(r); err != nil {
					t.Fatal(err)
				}
				if len(r.open) > 0 {
					t.Error("the last writes are not durable")
				}
				replaced := 0
				r.states(before, sectorSize, random, func(step string, disk memory) {
					got, err := gpt.Read(disk, size, sectorSize)
					if start.strict {
						got, err = primaryOnly(disk, sectorSize)
					}
					if err != nil {
						t.Fatalf("%s: %v", step, err)
					}
					if got.Entries[4] != kept {
						t.Fatalf("%s: the partition is not there", step)
					}
					if got.GUID == next.GUID {
						equal(t, &gpt.Table{Entries: got.Entries}, &gpt.Table{Entries: next.Entries})
						replaced++
					} else if got.GUID != old.GUID {
						t.Fatalf("%s: disk GUID %s", step, got.GUID)
					}
				})
				if replaced == 0 {
					t.Error("no state has the new table")
				}
				end, err := primaryOnly(disk, sectorSize)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, end, next)
				fresh := make(memory, size)
				if err := next.Write(fresh); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(disk, fresh) {
					t.Error("Replace and Write differ")
				}
			})
		}
	}
}

// stopping fails at its n-th call.
type stopping struct {
	memory
	n int
}

func (s *stopping) WriteAt(b []byte, off int64) (int, error) {
	if s.n--; s.n == 0 {
		return 0, errDisk
	}
	return s.memory.WriteAt(b, off)
}

func (s *stopping) Sync() error {
	if s.n--; s.n == 0 {
		return errDisk
	}
	return nil
}

func TestReplaceFailure(t *testing.T) {
	for n := 1; ; n++ {
		tab := table(t, 16<<20, 512)
		f := &stopping{memory: make(memory, 16<<20), n: n}
		err := tab.Replace(f)
		if err == nil {
			if n != 9 {
				t.Errorf("%d calls", n-1)
			}
			return
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("call %d: %v", n, err)
		}
	}
}
