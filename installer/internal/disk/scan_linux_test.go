package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// wholeDisk is a device with ext4 and no partitions.
func wholeDisk(t *testing.T, label, uuid string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fs.img")
	if err := os.WriteFile(file, makeFS(t, part{fsType: "ext4", label: label, mib: 4, uuidFrom: uuid}, 512), 0o600); err != nil {
		t.Fatal(err)
	}
	return attach(t, file, 512, false)
}

func TestFilesystemsByLabel(t *testing.T) {
	testutil.Loop(t)
	label := fmt.Sprintf("t%d", os.Getpid())
	const uuid = "f0000000-0000-4000-8000-00000000000"
	a := wholeDisk(t, label, uuid+"1")
	b := wholeDisk(t, label, uuid+"2")
	c := wholeDisk(t, label, uuid+"1") // another path to a
	wholeDisk(t, label+"x", uuid+"3")
	for _, o := range []*ScanOptions{nil, {Reread: true}} {
		got, err := FilesystemsByLabel(t.Context(), label, o)
		if err != nil {
			t.Fatal(err)
		}
		var devices []string
		for _, fs := range got {
			devices = append(devices, fs.Device)
			if fs.Type != "ext4" || fs.Label != label || !strings.HasPrefix(fs.UUID, uuid) {
				t.Errorf("file system %+v", fs)
			}
		}
		first := []string{a, c}
		slices.Sort(first)
		if len(devices) != 2 || !slices.Contains(devices, b) || !slices.Contains(devices, first[0]) && !slices.Contains(devices, first[1]) {
			t.Errorf("devices %q, want %s and %s or %s", devices, b, a, c)
		}
	}
	if got, err := FilesystemsByLabel(t.Context(), "no such label", nil); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestOtherBoot(t *testing.T) {
	testutil.Loop(t)
	const uuid = "f0000000-0000-4000-8000-00000000001"
	image := layOut(t, 32<<20, 512, part{number: 1, mib: 1}, part{number: 3, fsType: "ext4", label: "boot", mib: 16, uuidFrom: uuid + "1"})
	for i, partscan := range []bool{false, true} {
		target := attach(t, image, 512, partscan)
		other := wholeDisk(t, "boot", fmt.Sprint(uuid, 2+i))
		same := wholeDisk(t, "boot", uuid+"1")
		d := open(t, target, nil)
		if partscan {
			if err := d.blkpg(unix.BLKPG_ADD_PARTITION, 3, 2<<20, 16<<20); err != nil && err != unix.EBUSY {
				t.Fatal(err)
			}
		}
		got, err := OtherBootFilesystems(t.Context(), target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(got, other) || slices.Contains(got, same) || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, target+"p") }) {
			t.Errorf("devices %q, want %s but neither %s nor %s", got, other, same, target)
		}
		if _, err := OtherBootFilesystems(t.Context(), "/nonexistent", nil); err == nil {
			t.Error("a missing target was accepted")
		}
		d.Close()
	}
}

func TestOtherBootNote(t *testing.T) {
	want := `
Note: detected other devices with a filesystem labeled ` + "`boot`" + `:
  - /dev/sda3
  - /dev/sdb1
The installed OS may not work correctly if there are multiple boot filesystems.
Before rebooting, investigate whether these filesystems are needed and consider
wiping them with ` + "`wipefs -a`" + `.
`
	if got := OtherBootNote([]string{"/dev/sda3", "/dev/sdb1"}); got != want {
		t.Errorf("note is %s", got)
	}
}
