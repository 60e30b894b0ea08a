package disk

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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

// states calls f with the disks that a loss of power can leave behind: all groups up to one, and
// of that some sectors, in any order; and with those that a kill leaves: a prefix of the writes.
func (r *recorder) states(start memory, sectorSize int, random *rand.Rand, f func(step string, disk memory)) {
	disk := memory(bytes.Clone(start))
	f("start", disk)
	for i, group := range r.groups {
		sectors := split(group, sectorSize)
		for try := range 20 {
			torn := memory(bytes.Clone(disk))
			for j, s := range sectors {
				if try < 6 && j < len(sectors)*try/6 || try >= 6 && random.IntN(2) == 0 {
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

func split(group []write, sectorSize int) []write {
	var out []write
	for _, w := range group {
		for off := 0; off < len(w.data); off += sectorSize {
			out = append(out, write{w.off + int64(off), w.data[off:min(off+sectorSize, len(w.data))]})
		}
	}
	return out
}

// scene is a disk, an image, and what is kept. The partitions of both have names that begin
// with "old" and "new".
type scene struct {
	sectorSize  int
	disk, image memory
}

const (
	sceneDisk  = 3 << 20
	sceneImage = 1<<20 + 1<<18
)

func newScene(t *testing.T, sectorSize int, imageSize int64, random *rand.Rand) *scene {
	t.Helper()
	s := &scene{sectorSize: sectorSize, disk: make(memory, sceneDisk), image: make(memory, imageSize)}
	for i := range s.disk {
		s.disk[i] = byte(random.Uint32())
	}
	for i := range s.image {
		s.image[i] = byte(random.Uint32())
	}
	copy(s.disk[gpt.MBROffset:], gpt.ProtectiveMBR(sceneDisk, sectorSize))
	copy(s.image[gpt.MBROffset:], gpt.ProtectiveMBR(imageSize, sectorSize))
	kib := func(n int) uint64 { return uint64(n<<10) / uint64(sectorSize) }
	writeTable(t, s.disk, sectorSize, map[int]gpt.Entry{
		1: {Type: gpt.GUID{1}, GUID: gpt.GUID{11}, First: kib(100), Last: kib(2000) - 1, Name: [36]uint16{'g', 'o', 'n', 'e'}},
		3: {Type: gpt.GUID{1}, GUID: gpt.GUID{13}, First: kib(2048), Last: kib(2148) - 1, Name: [36]uint16{'o', 'l', 'd', '3'}},
		7: {Type: gpt.GUID{1}, GUID: gpt.GUID{17}, First: kib(2300), Last: kib(2400) - 1, Name: [36]uint16{'o', 'l', 'd', '7'}},
	})
	writeTable(t, s.image, sectorSize, map[int]gpt.Entry{
		2: {Type: gpt.GUID{2}, GUID: gpt.GUID{22}, First: kib(1024), Last: kib(1124) - 1, Name: [36]uint16{'n', 'e', 'w', '2'}},
		4: {Type: gpt.GUID{2}, GUID: gpt.GUID{24}, First: kib(1124), Last: kib(1200) - 1, Name: [36]uint16{'n', 'e', 'w', '4'}},
	})
	return s
}

func writeTable(t *testing.T, disk memory, sectorSize int, entries map[int]gpt.Entry) {
	t.Helper()
	tab, err := gpt.New(int64(len(disk)), sectorSize, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n, e := range entries {
		tab.Entries[n-1] = e
	}
	if err := tab.Write(disk); err != nil {
		t.Fatal(err)
	}
}

// kernelTable is what a reader sees that wants an MBR and does not look at the backup.
func kernelTable(disk memory, sectorSize int) (*gpt.Table, error) {
	if !gpt.HasMBR(disk) || disk[gpt.MBROffset+4] != 0xee {
		return nil, errors.New("there is no protective MBR")
	}
	t, err := gpt.Read(disk, int64(len(disk)), sectorSize)
	if err == nil && t.Backup {
		return nil, errors.New("the primary table is damaged")
	}
	return t, err
}

// names returns the names of partitions that begin with a prefix.
func names(t *gpt.Table, prefix string) []string {
	var out []string
	for _, e := range t.Used() {
		if strings.HasPrefix(e.Label(), prefix) {
			out = append(out, e.Label())
		}
	}
	return out
}

// complete tells whether everything but the tables is as in the end.
func (s *scene) complete(disk, end memory) bool {
	table := 16384 + 2*s.sectorSize
	tail := min(int(len(s.image)), len(disk)) - (16384 + s.sectorSize)
	return bytes.Equal(disk[table:tail], end[table:tail]) && bytes.Equal(disk[:s.sectorSize], end[:s.sectorSize])
}

func TestPowerCut(t *testing.T) {
	random := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	for _, sectorSize := range []int{512, 4096} {
		for _, start := range []string{"intact", "no backup", "primary header", "primary array"} {
			t.Run(fmt.Sprintf("%d/%s", sectorSize, start), func(t *testing.T) {
				s := newScene(t, sectorSize, sceneImage, random)
				strict := false
				switch start {
				case "intact":
					strict = true
				case "no backup":
					clear(s.disk[sceneDisk-sectorSize:])
					strict = true
				case "primary header":
					clear(s.disk[sectorSize : 2*sectorSize])
				case "primary array":
					s.disk[2*sectorSize+200] ^= 1
				}
				s.cut(t, strict, random)
			})
		}
	}
}

func (s *scene) cut(t *testing.T, strict bool, random *rand.Rand) {
	before := memory(bytes.Clone(s.disk))
	keep := saved(t, s.disk, s.sectorSize, byName("old"))
	r := &recorder{memory: s.disk}
	if err := install(keep, s.image, r, nothing); err != nil {
		t.Fatal(err)
	}
	if len(r.open) > 0 {
		t.Error("the last writes are not durable")
	}
	visible := 0
	r.states(before, s.sectorSize, random, func(step string, disk memory) {
		got, err := gpt.Read(disk, sceneDisk, s.sectorSize)
		if strict {
			got, err = kernelTable(disk, s.sectorSize)
		}
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		if old := names(got, "old"); fmt.Sprint(old) != "[old3 old7]" {
			t.Fatalf("%s: saved partitions are %q", step, old)
		}
		if !bytes.Equal(disk[2<<20:2400<<10], before[2<<20:2400<<10]) {
			t.Fatalf("%s: the contents of saved partitions were changed", step)
		}
		if len(names(got, "new")) == 0 {
			return
		}
		visible++
		if fmt.Sprint(names(got, "new")) != "[new2 new4]" || !s.complete(disk, r.memory) {
			t.Fatalf("%s: the disk can be booted but is not complete", step)
		}
	})
	if end, err := kernelTable(s.disk, s.sectorSize); err != nil || visible == 0 || len(names(end, "new")) != 2 {
		t.Errorf("at the end: %v, new partitions in %d states", err, visible)
	}
}

// TestPowerCutNothingSaved has images as large as the disk, too, which bring their own
// backup.
func TestPowerCutNothingSaved(t *testing.T) {
	random := rand.New(rand.NewPCG(testutil.Seed(t), 2))
	for _, sectorSize := range []int{512, 4096} {
		for _, size := range []int64{sceneImage, sceneDisk} {
			t.Run(fmt.Sprintf("%d/%d", sectorSize, size), func(t *testing.T) {
				s := newScene(t, sectorSize, size, random)
				before := memory(bytes.Clone(s.disk))
				r := &recorder{memory: s.disk}
				if err := install(saved(t, s.disk, sectorSize, nil), s.image, r, nothing); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(s.disk[:size], s.image) {
					t.Error("the disk differs from the image")
				}
				visible := 0
				r.states(before, sectorSize, random, func(step string, disk memory) {
					got, err := gpt.Read(disk, sceneDisk, sectorSize)
					if err != nil || len(names(got, "new")) == 0 {
						return
					}
					visible++
					if !s.complete(disk, s.image) {
						t.Fatalf("%s: the disk can be booted but is not complete", step)
					}
				})
				if visible == 0 {
					t.Error("the image's partitions never appeared")
				}
			})
		}
	}
}

// TestPowerCutSgdisk shows sgdisk the disk after each step.
func TestPowerCutSgdisk(t *testing.T) {
	sgdisk := testutil.Tool(t, "sgdisk")
	random := rand.New(rand.NewPCG(testutil.Seed(t), 3))
	s := newScene(t, 512, sceneImage, random)
	before := memory(bytes.Clone(s.disk))
	r := &recorder{memory: s.disk}
	if err := install(saved(t, s.disk, 512, byName("old")), s.image, r, nothing); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "disk.img")
	disk := before
	for i, group := range r.groups {
		for _, w := range group {
			copy(disk[w.off:], w.data)
		}
		if err := os.WriteFile(file, disk, 0o600); err != nil {
			t.Fatal(err)
		}
		out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-p", file)
		if !strings.Contains(out.Stdout, "old3") || !strings.Contains(out.Stdout, "old7") {
			t.Errorf("after step %d: %s", i, out)
		}
	}
	out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-v", file)
	if !strings.Contains(out.Stdout, "No problems found.") {
		t.Errorf("at the end: %s", out)
	}
}

// TestAgain interrupts an installation after each step, begins it anew, and interrupts that.
func TestAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(testutil.Seed(t), 4))
	for _, sectorSize := range []int{512, 4096} {
		first := newScene(t, sectorSize, sceneImage, random)
		before := memory(bytes.Clone(first.disk))
		r := &recorder{memory: first.disk}
		if err := install(saved(t, first.disk, sectorSize, byName("old")), first.image, r, nothing); err != nil {
			t.Fatal(err)
		}
		disk := before
		for i, group := range r.groups {
			for _, w := range group {
				copy(disk[w.off:], w.data)
			}
			t.Run(fmt.Sprintf("%d/%d", sectorSize, i), func(t *testing.T) {
				s := &scene{sectorSize: sectorSize, disk: bytes.Clone(disk), image: first.image}
				s.cut2(t, random)
			})
		}
	}
}

// cut2 is cut for a disk on which the partitions to be saved may have got other numbers.
func (s *scene) cut2(t *testing.T, random *rand.Rand) {
	before := memory(bytes.Clone(s.disk))
	keep := saved(t, s.disk, s.sectorSize, byName("old"))
	r := &recorder{memory: s.disk}
	if err := install(keep, s.image, r, nothing); err != nil {
		t.Fatal(err)
	}
	r.states(before, s.sectorSize, random, func(step string, disk memory) {
		got, err := kernelTable(disk, s.sectorSize)
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		if old := names(got, "old"); fmt.Sprint(old) != "[old3 old7]" {
			t.Fatalf("%s: saved partitions are %q", step, old)
		}
	})
}

// stopping fails at its n-th call, and from then on if it is dead.
type stopping struct {
	memory
	n    int
	dead bool
}

var errDisk = errors.New("disk on fire")

func (s *stopping) call() error {
	if s.n--; s.n == 0 || s.n < 0 && s.dead {
		return errDisk
	}
	return nil
}

func (s *stopping) WriteAt(b []byte, off int64) (int, error) {
	if err := s.call(); err != nil {
		return 0, err
	}
	return s.memory.WriteAt(b, off)
}

func (s *stopping) Sync() error { return s.call() }

// TestWriteErrors lets every call fail. The error tells; the saved partitions are there; and
// a reset is possible.
func TestWriteErrors(t *testing.T) {
	random := rand.New(rand.NewPCG(testutil.Seed(t), 5))
	for n := 1; ; n++ {
		s := newScene(t, 512, sceneImage, random)
		keep := saved(t, s.disk, 512, byName("old"))
		f := &stopping{memory: s.disk, n: n}
		err := install(keep, s.image, f, nothing)
		if err == nil {
			if n < 20 {
				t.Errorf("only %d calls", n-1)
			}
			return
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("call %d: %v", n, err)
		}
		if got, err := kernelTable(s.disk, 512); err != nil || len(names(got, "old")) != 2 {
			t.Fatalf("call %d: %v", n, err)
		}
		if err := keep.Overwrite(s.disk); err != nil {
			t.Fatal(err)
		}
		if got, err := kernelTable(s.disk, 512); err != nil || len(names(got, "old")) != 2 || len(names(got, "new")) != 0 {
			t.Fatalf("call %d, reset: %v", n, err)
		}
	}
}
