package compose_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv(withoutMain) == "" {
		compose.Main()
	}
	os.Exit(testutil.MainInMemory(m))
}

var epoch = time.Unix(1700000000, 0)

const kver = "6.6.0-1"

// world is a repository of packages, a directory with a treefile, and an OSTree repository.
type world struct {
	t      *testing.T
	dir    string
	repo   *ostree.Repo
	output bytes.Buffer
	lines  []string
}

// newWorld makes one with the packages of a minimal system.
func newWorld(t *testing.T) *world { return newWorldMode(t, ostree.ModeArchive) }

func newWorldMode(t *testing.T, mode ostree.Mode) *world {
	t.Helper()
	testutil.Namespaces(t, "--user", "--mount", "--pid", "--fork")
	w := &world{t: t, dir: t.TempDir()}
	for _, d := range []string{"rpms", "config", "cache"} {
		require.NoError(t, os.Mkdir(filepath.Join(w.dir, d), 0o755))
	}
	repo, err := ostree.Init(w.path("repo"), &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	t.Cleanup(func() { repo.Close() })
	w.repo = repo
	w.packages(w.system()...)
	w.file("config/test.repo", fmt.Sprintf("[test]\nname=test\nbaseurl=file://%s\nenabled=1\ngpgcheck=0\nmetadata_expire=0\n", w.path("rpms")))
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) file(name, text string) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	require.NoError(w.t, os.WriteFile(w.path(name), []byte(text), 0o644))
}

// applets are the programs that the system has.
var applets = []string{
	"sh", "true", "cat", "mkdir", "rm", "echo", "id", "stat", "chmod", "ln", "sed", "grep", "chown", "touch", "mv", "ls", "depmod", "env", "test", "cp", "readlink",
}

// system are packages that make a tree in which scripts can run.
func (w *world) system() []*rpmtest.Spec {
	box, err := os.ReadFile(testutil.Tool(w.t, "busybox"))
	require.NoError(w.t, err)
	dir := func(names ...string) (list []rpmtest.File) {
		for _, n := range names {
			list = append(list, rpmtest.File{Path: n, Mode: 0o40755})
		}
		return list
	}
	filesystem := append(dir("/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib/modules", "/usr/local", "/usr/share", "/etc", "/home", "/root", "/srv", "/opt", "/var", "/var/lib", "/var/log"),
		rpmtest.File{Path: "/bin", LinkTo: "usr/bin"}, rpmtest.File{Path: "/sbin", LinkTo: "usr/sbin"}, rpmtest.File{Path: "/lib", LinkTo: "usr/lib"})
	shell := []rpmtest.File{{Path: "/usr/bin/busybox", Mode: 0o755, Content: box}}
	for _, name := range applets {
		shell = append(shell, rpmtest.File{Path: "/usr/bin/" + name, LinkTo: "busybox"})
	}
	return []*rpmtest.Spec{
		{Name: "filesystem", Version: "3", Files: filesystem},
		{Name: "setup", Requires: []string{"filesystem"}, Files: []rpmtest.File{
			{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/bin:/bin/false\n"), Flags: rpm.FileConfig},
			{Path: "/etc/group", Content: []byte("root:x:0:\nbin:x:1:\nwheel:x:10:\n"), Flags: rpm.FileConfig},
			{Path: "/etc/shadow", Mode: 0o600, Content: []byte("root:!::0:99999:7:::\n"), Flags: rpm.FileConfig},
			{Path: "/etc/os-release", LinkTo: "../usr/lib/os-release"},
			{Path: "/usr/lib/os-release", Content: []byte("ID=nestos\nVERSION=\"10 (Test)\"\nVERSION_ID=10\nPRETTY_NAME=\"NestOS 10\"\n")},
			{Path: "/etc/nsswitch.conf", Content: []byte("passwd: files\ngroup: files\nhosts: files dns\n"), Flags: rpm.FileConfig},
		}},
		{Name: "busybox", Arch: compose.Machine(), Requires: []string{"setup"}, Provides: []string{"/bin/sh"}, Files: shell},
		{Name: "kernel", Version: "6.6.0", Arch: compose.Machine(), Requires: []string{"busybox"}, Files: []rpmtest.File{
			{Path: "/usr/lib/modules/" + kver, Mode: 0o40755}, {Path: "/usr/lib/modules/" + kver + "/vmlinuz", Mode: 0o755, Content: []byte("kernel image")},
			{Path: "/usr/lib/modules/" + kver + "/modules.order", Content: []byte("")}, {Path: "/usr/lib/modules/" + kver + "/modules.builtin", Content: []byte("")},
			{Path: "/usr/lib/modules/" + kver + "/kernel", Mode: 0o40755}, {Path: "/usr/lib/modules/" + kver + "/kernel/dummy.ko", Content: []byte("module")},
		}},
	}
}

// packages adds packages to the repository.
func (w *world) packages(specs ...*rpmtest.Spec) {
	w.t.Helper()
	for _, s := range specs {
		rpmtest.Write(w.t, w.path("rpms"), s)
	}
	_, err := rpmmd.CreateRepo(w.t.Context(), w.path("rpms"), &rpmmd.CreateOptions{Time: epoch})
	require.NoError(w.t, err)
}

// minimal is a treefile for the packages of the system.
const minimal = "ref: os/test\nrepos: [test]\npackages: [kernel]\nselinux: false\nno-initramfs: true\n"

// load reads a treefile, whose text is also left in the directory.
func (w *world) load(text string) *treefile.Treefile {
	w.t.Helper()
	tf, err := w.tryLoad(text)
	require.NoError(w.t, err)
	return tf
}

func (w *world) tryLoad(text string) (*treefile.Treefile, error) {
	w.file("config/tree.yaml", text)
	return treefile.LoadCompose(os.DirFS(w.path("config")), "tree.yaml", &treefile.Options{Arch: compose.Machine()})
}

func (w *world) options() compose.Options {
	return compose.Options{
		Files: os.DirFS(w.path("config")), CacheDir: w.path("cache"), Epoch: epoch, ScriptOutput: &w.output,
		Message: func(l string) { w.lines = append(w.lines, l) },
	}
}

// try composes a tree.
func (w *world) try(text string, change ...func(*compose.TreeOptions)) (*compose.Result, error) {
	w.t.Helper()
	tf, err := w.tryLoad(text)
	if err != nil {
		return nil, err
	}
	w.lines = nil
	w.output.Reset()
	o := &compose.TreeOptions{Options: w.options(), Repo: w.repo}
	for _, c := range change {
		c(o)
	}
	return compose.Tree(w.t.Context(), tf, o)
}

// compose composes a tree that must succeed.
func (w *world) compose(text string, change ...func(*compose.TreeOptions)) *compose.Result {
	w.t.Helper()
	res, err := w.try(text, change...)
	require.NoError(w.t, err, w.output.String())
	return res
}

func (w *world) fs(c object.Checksum) *ostree.CommitFS {
	w.t.Helper()
	f, err := w.repo.CommitFS(c)
	require.NoError(w.t, err)
	return f
}

func (w *world) read(c object.Checksum, name string) string {
	w.t.Helper()
	b, err := w.fs(c).ReadFile(name)
	require.NoError(w.t, err)
	return string(b)
}

func (w *world) link(c object.Checksum, name string) string {
	w.t.Helper()
	target, err := w.fs(c).ReadLink(name)
	require.NoError(w.t, err)
	return target
}

func (w *world) exists(c object.Checksum, name string) bool {
	w.t.Helper()
	_, err := w.fs(c).Lstat(name)
	if err != nil {
		require.ErrorIs(w.t, err, os.ErrNotExist)
	}
	return err == nil
}

func (w *world) said(line string) {
	w.t.Helper()
	require.Contains(w.t, strings.Join(w.lines, "\n"), line)
}

// tool runs a real program.
func (w *world) tool(name string, args ...string) string {
	w.t.Helper()
	out, err := exec.Command(testutil.Tool(w.t, name), args...).CombinedOutput()
	require.NoError(w.t, err, "%s %v: %s", name, args, out)
	return string(out)
}

func (w *world) fsck() {
	w.t.Helper()
	report, err := w.repo.Fsck(w.t.Context(), nil)
	require.NoError(w.t, err)
	require.Empty(w.t, report.Findings)
}

func (w *world) commit(c object.Checksum) *object.Commit {
	w.t.Helper()
	commit, err := w.repo.LoadCommit(c)
	require.NoError(w.t, err)
	return commit
}

func (w *world) json(name string) map[string]any {
	w.t.Helper()
	b, err := os.ReadFile(w.path(name))
	require.NoError(w.t, err)
	var m map[string]any
	require.NoError(w.t, json.Unmarshal(b, &m))
	return m
}

// createRepo makes a repository of a directory of packages.
func (w *world) createRepo(name string) {
	w.t.Helper()
	_, err := rpmmd.CreateRepo(w.t.Context(), w.path(name), &rpmmd.CreateOptions{Time: epoch})
	require.NoError(w.t, err)
	w.file("config/"+name+".repo", fmt.Sprintf("[%s]\nname=%s\nbaseurl=file://%s\nenabled=0\ngpgcheck=0\n", name, name, w.path(name)))
}
