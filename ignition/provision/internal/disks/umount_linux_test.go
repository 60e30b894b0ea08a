package disks

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestUnmount(t *testing.T) {
	dir := testutil.Tmpfs(t, "size=1m") // needs root
	if !mountPoint(dir) {
		t.Error("a mount point is not recognized")
	}
	plain := t.TempDir()
	if mountPoint(plain) {
		t.Error("a directory is taken for a mount point")
	}
	if err := unmount(plain); err != nil {
		t.Errorf("what is not mounted: %v", err)
	}
	if err := unix.Mount("none", plain, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	if err := unmount(plain); err != nil || mountPoint(plain) {
		t.Errorf("what is mounted: %v", err)
	}
	if err := unmount(plain + "/gone"); err == nil {
		t.Error("a path that is not there passes")
	}
}
