//go:build unix

package etcmerge_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// scripts are the shell commands that make a case: each runs in the directory that it is about.
type scripts struct {
	orig string // makes the old defaults
	next string // makes the new defaults of a copy of the old ones
	edit string // is what the administrator does to the old ones
}

// base are the old defaults of the table.
const base = `umask 022; echo a > a.conf; echo b > b.conf; ln -s a.conf link; mkdir sub; echo x > sub/c.conf; echo y > sub/d.conf; mkdir -p deep/er; echo z > deep/er/e.conf`

func sh(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", "umask 022\n"+script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// trees makes the three directories without any tool.
func trees(t *testing.T, s scripts) (orig, modified, target string) {
	t.Helper()
	dir := t.TempDir()
	orig, modified, target = filepath.Join(dir, "orig"), filepath.Join(dir, "modified"), filepath.Join(dir, "etc")
	if err := os.Mkdir(orig, 0o755); err != nil {
		t.Fatal(err)
	}
	sh(t, orig, s.orig)
	copyTree(t, orig, modified)
	copyTree(t, orig, target)
	sh(t, modified, s.edit)
	sh(t, target, s.next)
	return orig, modified, target
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// describe shows an entry as "f 644 content", "d 755", "l target", or "-".
func describe(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return "-"
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return fmt.Sprintf("d %o", mode.Perm())
	case mode&os.ModeSymlink != 0:
		target, _ := os.Readlink(path)
		return "l " + target
	case mode.IsRegular():
		text, _ := os.ReadFile(path)
		return fmt.Sprintf("f %o %s", mode.Perm(), strings.TrimSpace(string(text)))
	}
	return "special"
}

// real runs a case with the ostree program. It returns the etc and usr/etc of the old and the new deployment,
// and the program's message if it failed.
type realCase struct{ orig, modified, fresh, merged, failure string }

func runReal(t *testing.T, s scripts) realCase {
	t.Helper()
	testutil.Root(t)
	ostree := testutil.Tool(t, "ostree")
	dir := t.TempDir()
	must := &testutil.RunOptions{Must: true, Dir: dir}
	run := func(args ...string) string {
		t.Helper()
		return strings.TrimSpace(testutil.Run(t, must, ostree, args...).Stdout)
	}
	const kernel = `mkdir -p usr/bin usr/etc usr/lib/modules/6.1.0 boot dev proc run sys sysroot var tmp; printf K > usr/lib/modules/6.1.0/vmlinuz
		printf I > usr/lib/modules/6.1.0/initramfs.img; printf 'NAME=D\nID=d\nVERSION_ID=1\nPRETTY_NAME=D\n' > usr/lib/os-release`
	t1, t2 := filepath.Join(dir, "t1"), filepath.Join(dir, "t2")
	if err := os.Mkdir(t1, 0o755); err != nil {
		t.Fatal(err)
	}
	sh(t, t1, kernel+"; cd usr/etc; "+s.orig)
	copyTree(t, t1, t2)
	sh(t, filepath.Join(t2, "usr/etc"), s.next)
	sh(t, t2, "echo 2 > usr/lib/second")

	if err := os.Mkdir(filepath.Join(dir, "M"), 0o755); err != nil {
		t.Fatal(err)
	}
	run("admin", "init-fs", "--modern", "M")
	sysroot, repo := "--sysroot=M", "--repo=M/ostree/repo"
	run("admin", sysroot, "os-init", "demo")
	run(repo, "config", "set", "sysroot.bootloader", "none")
	run(repo, "config", "set", "core.fsync", "false")
	t.Cleanup(func() {
		// Deployments are immutable where the file system has such a flag.
		deployments, _ := filepath.Glob(filepath.Join(dir, "M/ostree/deploy/demo/deploy/*.0"))
		for _, d := range deployments {
			exec.Command("chattr", "-i", d).Run()
		}
	})
	c1 := run(repo, "commit", "-b", "demo", "--tree=dir=t1")
	run("admin", sysroot, "deploy", "--os=demo", "demo")
	old := filepath.Join(dir, "M/ostree/deploy/demo/deploy", c1+".0")
	sh(t, filepath.Join(old, "etc"), s.edit)
	c2 := run(repo, "commit", "-b", "demo", "--tree=dir=t2")
	r := testutil.Run(t, &testutil.RunOptions{Dir: dir}, ostree, "admin", sysroot, "deploy", "--os=demo", "demo")
	fresh := filepath.Join(dir, "M/ostree/deploy/demo/deploy", c2+".0")
	c := realCase{filepath.Join(old, "usr/etc"), filepath.Join(old, "etc"), filepath.Join(fresh, "usr/etc"), filepath.Join(fresh, "etc"), ""}
	if r.Exit != 0 {
		c.failure = strings.TrimPrefix(strings.TrimSpace(r.Stderr), "error: ")
	}
	return c
}

func mtime(t *testing.T, path string) unix.Timespec {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Mtim
}
