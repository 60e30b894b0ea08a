package sandbox_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// makeTree makes a tree of busybox, with some files to lose.
func makeTree(t testing.TB) string {
	t.Helper()
	busybox := testutil.Tool(t, "busybox")
	root := t.TempDir()
	for _, dir := range []string{"usr/bin", "usr/lib/opt", "usr/share/rpm", "etc", "var/lib/data"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	for link, target := range map[string]string{"bin": "usr/bin", "sbin": "usr/bin", "lib": "usr/lib", "usr/sbin": "bin", "usr/etc": "../etc"} {
		must(t, os.Symlink(target, filepath.Join(root, link)))
	}
	data, err := os.ReadFile(busybox)
	must(t, err)
	writeFile(t, root, "usr/bin/busybox", string(data))
	must(t, os.Chmod(filepath.Join(root, "usr/bin/busybox"), 0o755))
	list, err := exec.Command(busybox, "--list").Output()
	must(t, err)
	for _, name := range strings.Fields(string(list)) {
		if name != "busybox" {
			must(t, os.Symlink("busybox", filepath.Join(root, "usr/bin", name)))
		}
	}
	writeFile(t, root, "usr/lib/important", "do not lose\n")
	writeFile(t, root, "usr/lib/os-release", "ID=test\n")
	writeFile(t, root, "usr/share/rpm/rpmdb.sqlite", "a database")
	writeFile(t, root, "etc/passwd", "root:x:0:0::/root:/bin/sh\n")
	writeFile(t, root, "etc/group", "root:x:0:\n")
	writeFile(t, root, "var/lib/data/file", "of the tree\n")
	return root
}

func writeFile(t testing.TB, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot describes a tree: everything that lstat tells but the access time, and contents.
func snapshot(t testing.TB, root string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %d %o %d:%d %d %d %d", path, st.Ino, st.Mode, st.Uid, st.Gid, st.Size, st.Mtim.Nano(), st.Ctim.Nano())
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(data))
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

func diffLines(a, b string) string {
	old := map[string]bool{}
	for _, l := range strings.Split(a, "\n") {
		old[l] = true
	}
	var out []string
	for _, l := range strings.Split(b, "\n") {
		if !old[l] {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}
