package filelock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/internal/testutil"
	"golang.org/x/sys/unix"
)

func TestReadOnly(t *testing.T) {
	path := testutil.Tmpfs(t, "size=1m")
	if err := os.Mkdir(filepath.Join(path, "ostree"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		testutil.Missing(t, "remount: %v", err)
	}
	_, _, err := filelock.TryLock(open(t, path), name)
	if err == nil || err.Error() != "Read-only file system" || !errors.Is(err, unix.EROFS) {
		t.Errorf("%v", err)
	}
}
