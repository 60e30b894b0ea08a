package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestFull merges on a disk whose sparse file cannot grow any more.
func TestFull(t *testing.T) {
	testutil.Root(t)
	dir := testutil.Tmpfs(t, "size=1m")
	path := filepath.Join(dir, "disk.img")
	before, image := fixture(t, "before-512"), fixture(t, "image-512")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(len(before))); err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]int{{0, 1 << 15}, {len(before) - 1<<15, len(before)}} {
		if _, err := f.WriteAt(before[r[0]:r[1]], int64(r[0])); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, path, &Options{File: true})
	keep, err := ReadSaved(d, byName("data"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := keep.Overwrite(d.File()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.File().WriteAt(image[FirstSize:], FirstSize); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the file system is not full: %v", err)
	}
	err = keep.Merge(image[:FirstSize], d)
	wantError(t, err, "writing first MiB of image: no space left on device")
	tab, err := kernelTable(readAll(t, path), 512)
	if err != nil || len(names(tab, "data")) != 2 || len(names(tab, "")) != 2 {
		t.Errorf("table %+v, %v", tab, err)
	}
	if err := keep.Overwrite(d.File()); err != nil {
		t.Errorf("reset: %v", err)
	}
}

func readAll(t *testing.T, path string) memory {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
