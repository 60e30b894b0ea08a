package gpt_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// image makes a disk image; with 4096-byte sectors also a device for it, whose path is
// the second result.
func image(t *testing.T, size int64, sectorSize int) (file, device string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	if sectorSize == 512 {
		return file, file
	}
	testutil.Loop(t)
	out := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "losetup"), "-f", "--show", "-b", strconv.Itoa(sectorSize), file)
	device = strings.TrimSpace(out.Stdout)
	t.Cleanup(func() {
		if err := exec.Command(testutil.Tool(t, "losetup"), "-d", device).Run(); err != nil {
			t.Error(err)
		}
	})
	return file, device
}

func read(t *testing.T, path string, size int64) *gpt.Table {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tab, err := gpt.Find(f, size)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestToSgdisk lets sgdisk and sfdisk judge what is written here.
func TestToSgdisk(t *testing.T) {
	sgdisk, sfdisk := testutil.Tool(t, "sgdisk"), testutil.Tool(t, "sfdisk")
	const size = 16 << 20
	for _, sectorSize := range []int{512, 4096} {
		t.Run(strconv.Itoa(sectorSize), func(t *testing.T) {
			_, device := image(t, size, sectorSize)
			tab := table(t, size, sectorSize)
			f, err := os.OpenFile(device, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := tab.Replace(f); err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(gpt.ProtectiveMBR(size, sectorSize), gpt.MBROffset); err != nil {
				t.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
			if out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-v", device); !strings.Contains(out.Stdout, "No problems found.") || out.Stderr != "" {
				t.Errorf("sgdisk -v: %s", out)
			}
			for n, e := range tab.Used() {
				out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-i", strconv.Itoa(n), device).Stdout
				for _, want := range []string{
					"GUID code: " + e.Type.String(), "unique GUID: " + e.GUID.String(),
					fmt.Sprintf("First sector: %d ", e.First), fmt.Sprintf("Last sector: %d ", e.Last),
					fmt.Sprintf("Attribute flags: %016X", e.Attributes), "name: '" + strings.TrimSuffix(e.Label(), "🦀"), // which sgdisk cannot show
				} {
					if !strings.Contains(out, want) {
						t.Errorf("partition %d: %q is not in %s", n, want, out)
					}
				}
			}
			dump := testutil.Run(t, &testutil.RunOptions{Must: true}, sfdisk, "--dump", device)
			if !strings.Contains(dump.Stdout, "label-id: "+tab.GUID.String()) || strings.Count(dump.Stdout, " name=") != 3 || dump.Stderr != "" {
				t.Errorf("sfdisk --dump: %s", dump)
			}
		})
	}
}

// TestFromSgdisk reads what sgdisk wrote, and writes it back without a change.
func TestFromSgdisk(t *testing.T) {
	sgdisk := testutil.Tool(t, "sgdisk")
	const size = 64 << 20
	for _, sectorSize := range []int{512, 4096} {
		for _, count := range []int{128, 4, 56, 1024} {
			if sectorSize == 4096 && count != 128 {
				continue // sgdisk takes seconds per call on devices
			}
			t.Run(fmt.Sprintf("%d/%d", sectorSize, count), func(t *testing.T) {
				file, device := image(t, size, sectorSize)
				testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-S", strconv.Itoa(count), device)
				testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk,
					"-n", "2:0:+4M", "-c", "2:ESP größe", "-t", "2:ef00", "-A", "2:set:2", "-A", "2:set:60", "-n", "4:0:0", device)
				tab := read(t, file, size)
				out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-p", device).Stdout
				for _, want := range []string{
					"Disk identifier (GUID): " + tab.GUID.String(), fmt.Sprintf("First usable sector is %d, last usable sector is %d\n", tab.FirstUsable, tab.LastUsable),
					fmt.Sprintf("table holds up to %d entries", len(tab.Entries)),
				} {
					if !strings.Contains(out, want) {
						t.Errorf("%q is not in %s", want, out)
					}
				}
				e := tab.Entries[1]
				if e.Label() != "ESP größe" || e.Attributes != 1<<60|4 || e.Type.String() != "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" || tab.Last() != 4 {
					t.Errorf("partition 2 is %+v", e)
				}
				out = testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-i", "4", device).Stdout
				if m := regexp.MustCompile(`unique GUID: (\S+)`).FindStringSubmatch(out); m == nil || m[1] != tab.Entries[3].GUID.String() {
					t.Errorf("GUID %s is not in %s", tab.Entries[3].GUID, out)
				}
				before, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				after := memory(append([]byte(nil), before...))
				if err := tab.Replace(after); err != nil {
					t.Fatal(err)
				}
				if string(after) != string(before) {
					t.Error("writing what sgdisk wrote changes the disk")
				}
			})
		}
	}
}

// TestSfdisk has a table that begins late and has names of the full length.
func TestSfdisk(t *testing.T) {
	sfdisk := testutil.Tool(t, "sfdisk")
	const size = 64 << 20
	file, _ := image(t, size, 512)
	name := strings.Repeat("n", 36)
	testutil.Run(t, &testutil.RunOptions{Must: true, Stdin: "label: gpt\nlabel-id: 6E5C9F00-0000-4000-8000-00000000ABCD\n" +
		"2 : size=8MiB, name=" + name + "\n9 : name=\"\"\n"}, sfdisk, "-q", file)
	tab := read(t, file, size)
	if tab.FirstUsable != 2048 || tab.Entries[1].Label() != name || tab.Entries[8].Label() != "" || tab.Last() != 9 ||
		tab.GUID.String() != "6E5C9F00-0000-4000-8000-00000000ABCD" {
		t.Errorf("table is %+v", tab)
	}
	if err := tab.SetSize(size); err != nil || tab.FirstUsable != 34 || tab.LastUsable != size/512-34 {
		t.Errorf("resized: %d %d %v", tab.FirstUsable, tab.LastUsable, err)
	}
}

// TestHalfReplaced shows sgdisk every step of a replacement.
func TestHalfReplaced(t *testing.T) {
	sgdisk := testutil.Tool(t, "sgdisk")
	const size = 16 << 20
	disk := make(memory, size)
	copy(disk[gpt.MBROffset:], gpt.ProtectiveMBR(size, 512))
	tab := table(t, size, 512)
	if err := tab.Write(disk); err != nil {
		t.Fatal(err)
	}
	r := &recorder{memory: append(memory(nil), disk...)}
	tab.Entries[2], tab.GUID = gpt.Entry{}, gpt.GUID{}
	if err := tab.Replace(r); err != nil {
		t.Fatal(err)
	}
	file, _ := image(t, size, 512)
	for i, group := range r.groups {
		for _, w := range group {
			copy(disk[w.off:], w.data)
		}
		if err := os.WriteFile(file, disk, 0o600); err != nil {
			t.Fatal(err)
		}
		out := testutil.Run(t, &testutil.RunOptions{Must: true}, sgdisk, "-p", file).Stdout
		if !strings.Contains(out, "\n   1  ") || !strings.Contains(out, "\n 128  ") {
			t.Errorf("after step %d: %s", i, out)
		}
	}
}
