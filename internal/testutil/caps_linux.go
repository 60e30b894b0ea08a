package testutil

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// UserXattrs requires that files below dir can carry user.* attributes.
func UserXattrs(t testing.TB, dir string) {
	t.Helper()
	probe := probeFile(t, dir)
	defer os.Remove(probe)
	if err := unix.Lsetxattr(probe, "user.probe", []byte("1"), 0); err != nil {
		Missing(t, "needs user.* attributes below %s: %v", dir, err)
	}
}

// Reflink requires that files below dir can share their blocks (FICLONE).
// Common file systems cannot, so it skips in CI too.
func Reflink(t testing.TB, dir string) {
	t.Helper()
	a, b := probeFile(t, dir), probeFile(t, dir)
	defer os.Remove(a)
	defer os.Remove(b)
	src, err := os.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.OpenFile(b, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	if err := unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())); err != nil {
		t.Skipf("needs reflinks below %s: %v", dir, err)
	}
}

// Namespaces requires that a process may be started in new namespaces of the
// kinds given as options of unshare(1), such as "--mount" or "--net".
func Namespaces(t testing.TB, kinds ...string) {
	t.Helper()
	unshare := Tool(t, "unshare")
	if out, err := exec.Command(unshare, append(kinds, "true")...).CombinedOutput(); err != nil {
		Missing(t, "needs unshare %v: %v: %s", kinds, err, out)
	}
}

// Tmpfs mounts an empty memory file system on a new directory, unmounted at
// the end of the test, and returns its path. It requires root.
func Tmpfs(t testing.TB, options string) string {
	t.Helper()
	Root(t)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		Missing(t, "needs mount(2): %v", err)
	}
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

// BindMount makes source visible at target until the end of the test. It
// requires root.
func BindMount(t testing.TB, source, target string) {
	t.Helper()
	Root(t)
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		Missing(t, "needs mount(2): %v", err)
	}
	t.Cleanup(func() { unmount(t, target) })
}

func unmount(t testing.TB, dir string) {
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Errorf("unmounting %s: %v", dir, err)
	}
}

func probeFile(t testing.TB, dir string) string {
	t.Helper()
	f, err := os.CreateTemp(dir, ".probe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return filepath.Clean(f.Name())
}
