package boottest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// bootable fills a mounted disk with two entries, of which "old" sorts last.
func bootable(root string) error {
	files := map[string]string{
		"boot/loader/entries/z-old.conf": "title Old\nversion 9\nlinux /boot/k/vmlinuz-1\ninitrd /boot/k/initrd-1\noptions old\n",
		"boot/loader/entries/a-new.conf": "# comment\ntitle New\nversion 10\nlinux /k/vmlinuz-2\ninitrd\t/k/initrd-2\noptions root=UUID=1 rw\n",
		"boot/k/vmlinuz-1":               "1", "boot/k/initrd-1": "1", "boot/k/vmlinuz-2": "22", "boot/k/initrd-2": "222",
	}
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func TestBootEntryHasTheHighestVersion(t *testing.T) {
	testutil.Root(t)
	testutil.Loop(t)
	testutil.Tool(t, "mkfs.ext4")
	disk, err := boottest.NewDisk(t.Context(), filepath.Join(t.TempDir(), "disk"), 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if e, err := disk.BootEntry(t.Context(), dir); err == nil {
		t.Errorf("empty disk boots %+v", e)
	}
	if err := disk.Mounted(t.Context(), bootable); err != nil {
		t.Fatal(err)
	}
	e, err := disk.BootEntry(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if e.Title != "New" || e.Version != 10 || e.Options != "root=UUID=1 rw" {
		t.Errorf("chose %+v", e)
	}
	if data, err := os.ReadFile(e.Initrd); err != nil || string(data) != "222" {
		t.Errorf("initrd %q %v", data, err)
	}
}

func ExampleParseEntry() {
	entry, err := boottest.ParseEntry("ostree-2.conf", `title Fedora
version 2
linux /ostree/fedora-1234/vmlinuz
initrd /ostree/fedora-1234/initramfs.img
options root=LABEL=root ostree=/ostree/boot.0/fedora/1234/0
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(entry.Version, entry.Kernel)
	fmt.Println(entry.Options)
	// Output:
	// 2 /ostree/fedora-1234/vmlinuz
	// root=LABEL=root ostree=/ostree/boot.0/fedora/1234/0
}

func TestParseEntryRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no version":         "title x\n",
		"version no number":  "version 1.2\n",
		"key without value":  "version 1\noptions\n",
		"nothing but spaces": " \n",
	} {
		if e, err := boottest.ParseEntry("x.conf", text); err == nil {
			t.Errorf("%s: accepted as %+v", name, e)
		}
	}
}
