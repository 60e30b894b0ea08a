package layertest_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// The names in a world.
const (
	stateroot = "demo"
	branch    = "demo/1/x86_64/stable"
	repoID    = "extra"
)

// epoch is the time of everything that is made.
var epoch = time.Unix(1700000000, 0)

// world is a sysroot with one deployment, and a repository of packages beside it.
type world struct {
	t testing.TB
	// dir holds everything; sysroot is the system, packages the directory of the rpm-md repository "extra".
	dir, sysroot, packages string

	at        string                                // is where it is made; empty is a temporary directory
	databases func(sqlite []byte) map[string][]byte // are the package databases of bases; nil makes the usual ones
	noList    bool                                  // leaves the list of packages out of the metadata of bases
	repoText  string                                // is the configuration of the repositories in the base; empty is that of "extra"
	uid       int                                   // that runs the program, 0 for the caller
	builds    int64                                 // counts everything that is made
	published int64                                 // is the time of the repository, after the epoch
}

// newWorld makes a world whose base has a shell, a kernel and the packages given.
func newWorld(t testing.TB, specs ...*rpmtest.Spec) *world {
	t.Helper()
	testutil.Root(t)
	return newWorldOf(t, ostree.ModeBare, specs...)
}

func newWorldOf(t testing.TB, mode ostree.Mode, specs ...*rpmtest.Spec) *world {
	t.Helper()
	w := &world{}
	w.init(t, mode, specs...)
	return w
}

func (w *world) init(t testing.TB, mode ostree.Mode, specs ...*rpmtest.Spec) {
	t.Helper()
	testutil.Namespaces(t, "--mount", "--pid")
	dir := w.at
	if dir == "" {
		dir = t.TempDir()
	}
	w.t, w.dir, w.sysroot, w.packages = t, dir, filepath.Join(dir, "sysroot"), filepath.Join(dir, "packages")
	t.Cleanup(w.mutable)
	ctx := context.Background()
	require.NoError(t, os.MkdirAll(w.packages, 0o755))
	require.NoError(t, os.MkdirAll(w.sysroot, 0o755))
	require.NoError(t, sysroot.InitFS(ctx, w.sysroot, 0))
	repoPath := filepath.Join(w.sysroot, "ostree/repo")
	require.NoError(t, os.RemoveAll(repoPath))
	repo, err := ostree.Init(repoPath, &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	config, err := repo.EditConfig()
	require.NoError(t, err)
	require.NoError(t, config.Set("sysroot", "bootloader", "none"))
	require.NoError(t, config.Set("core", "fsync", "false"))
	require.NoError(t, repo.SetConfig(config))
	require.NoError(t, repo.Close())
	w.publish()
	commit := w.base("1.0", specs...)
	s := w.open()
	defer s.Close()
	require.NoError(t, s.InitStateroot(ctx, stateroot))
	require.NoError(t, s.Load(ctx))
	d, err := s.DeployTree(ctx, stateroot, commit, sysroot.NewOrigin(branch), nil, &sysroot.DeployOptions{Kargs: kargs.Of("root=UUID=x", "quiet")})
	require.NoError(t, err)
	require.NoError(t, s.SimpleWriteDeployment(ctx, stateroot, d, nil, 0))
	fsck := exec.Command(testutil.Tool(t, "ostree"), "fsck", "--quiet", "--repo="+w.sysroot+"/ostree/repo")
	t.Cleanup(func() { // the test's own context has ended by then
		if out, err := fsck.CombinedOutput(); err != nil {
			t.Errorf("fsck: %v: %s", err, out)
		}
	})
}

// mutable lets the directories of deployments be deleted.
func (w *world) mutable() {
	dirs, _ := filepath.Glob(w.sysroot + "/ostree/deploy/*/deploy/*.[0-9]*")
	for _, d := range dirs {
		if f, err := os.Open(d); err == nil {
			_ = unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, 0)
			f.Close()
		}
	}
}

// open opens the sysroot as a library.
func (w *world) open() *sysroot.Sysroot {
	w.t.Helper()
	s, err := sysroot.Open(w.sysroot, &sysroot.Options{SkipSync: true, MutableDeployments: true})
	require.NoError(w.t, err)
	return s
}

// repo opens the repository of the system.
func (w *world) repo() *ostree.Repo {
	w.t.Helper()
	repo, err := ostree.Open(filepath.Join(w.sysroot, "ostree/repo"), nil)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { repo.Close() })
	return repo
}

// file writes a package file that is in no repository.
func (w *world) file(spec *rpmtest.Spec) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "files")
	require.NoError(w.t, os.MkdirAll(dir, 0o755))
	return rpmtest.Write(w.t, dir, spec)
}

// publish adds packages to the repository of the system.
func (w *world) publish(specs ...*rpmtest.Spec) {
	w.t.Helper()
	w.publishIn(w.packages, specs...)
	w.published = w.builds
}

// publishIn adds packages to the repository at a directory.
func (w *world) publishIn(dir string, specs ...*rpmtest.Spec) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(dir, 0o755))
	for _, s := range specs {
		rpmtest.Write(w.t, dir, s)
	}
	w.builds++
	_, err := rpmmd.CreateRepo(context.Background(), dir, &rpmmd.CreateOptions{Time: epoch.Add(time.Duration(w.builds) * time.Second)})
	require.NoError(w.t, err)
}

// base makes a commit of the standard packages and those given the newest of the branch.
func (w *world) base(version string, specs ...*rpmtest.Spec) object.Checksum {
	w.t.Helper()
	return w.baseOn(branch, version, specs...)
}

func (w *world) baseOn(ref, version string, specs ...*rpmtest.Spec) object.Checksum {
	w.t.Helper()
	ctx := context.Background()
	repo, err := ostree.Open(filepath.Join(w.sysroot, "ostree/repo"), nil)
	require.NoError(w.t, err)
	defer repo.Close()
	txn, err := repo.Begin(ctx, &ostree.TxnOptions{NoFsync: true})
	require.NoError(w.t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	dir, err := os.MkdirTemp(w.dir, "base")
	require.NoError(w.t, err)
	defer os.RemoveAll(dir)
	var paths []string
	for _, spec := range append(w.standard(version), specs...) {
		path := rpmtest.Write(w.t, dir, spec)
		paths = append(paths, path)
		p, err := rpm.Open(path)
		require.NoError(w.t, err)
		got, err := pkgcache.Import(ctx, txn, repo, p, nil)
		require.NoError(w.t, err)
		require.NoError(w.t, p.Close())
		require.NoError(w.t, txn.AddCommit(ctx, tree, got.Commit, nil))
	}
	records, err := rpmdb.InstallPackages(paths, rpm.InstallInfo{Time: 1600000000, TID: 1600000000})
	require.NoError(w.t, err)
	var db bytes.Buffer
	require.NoError(w.t, rpmdb.WriteSQLite(&db, records, nil))
	databases := w.databases
	if databases == nil {
		databases = func([]byte) map[string][]byte {
			return map[string][]byte{"usr/share/rpm/rpmdb.sqlite": db.Bytes(), pkglist.BaseDatabase + "/rpmdb.sqlite": db.Bytes()}
		}
	}
	for name, data := range databases(db.Bytes()) {
		put(w.t, txn, tree, name, data)
	}
	for _, d := range []string{"boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"} {
		makeDir(w.t, txn, tree, d)
	}
	link, err := txn.WriteFile(ctx, nil, &object.FileHeader{Mode: unix.S_IFLNK | 0o777, Symlink: "sysroot/ostree"}, 0, nil)
	require.NoError(w.t, err)
	require.NoError(w.t, tree.SetFile("ostree", link))
	dt, dm, err := txn.WriteTree(tree)
	require.NoError(w.t, err)
	var headers []*rpm.Header
	for _, r := range records {
		headers = append(headers, r.Header)
	}
	md := &object.Dict{}
	md.Set("version", gvariant.NewString(version))
	if !w.noList {
		md.Set(pkglist.Key, pkglist.Variant(pkglist.FromHeaders(headers)))
	}
	w.builds++
	parent, _, err := repo.ResolveRevOptional(ref)
	require.NoError(w.t, err)
	c, err := txn.WriteCommit(ctx, dt, dm, &ostree.CommitOptions{
		Parent: parent, Time: epoch.Add(time.Duration(w.builds) * time.Hour), Metadata: md, Refs: []string{ref}, Bootable: true,
	})
	require.NoError(w.t, err)
	require.NoError(w.t, txn.SetRef(ref, c))
	_, err = txn.Commit(ctx)
	require.NoError(w.t, err)
	return c
}

// makeDir returns a directory of the tree, made if it is missing.
func makeDir(t testing.TB, txn *ostree.Txn, tree *ostree.Tree, path string) *ostree.Tree {
	t.Helper()
	meta, err := txn.WriteMeta(object.TypeDirMeta, nil, (&object.DirMeta{Mode: unix.S_IFDIR | 0o755}).Marshal())
	require.NoError(t, err)
	for name := range strings.SplitSeq(path, "/") {
		tree, err = tree.EnsureDir(name)
		require.NoError(t, err)
		if tree.Meta().IsZero() {
			tree.SetMeta(meta)
		}
	}
	return tree
}

func put(t testing.TB, txn *ostree.Txn, tree *ostree.Tree, path string, content []byte) {
	t.Helper()
	d := makeDir(t, txn, tree, filepath.Dir(path))
	c, err := txn.WriteFile(t.Context(), nil, &object.FileHeader{Mode: unix.S_IFREG | 0o644}, int64(len(content)), bytes.NewReader(content))
	require.NoError(t, err)
	require.NoError(t, d.SetFile(filepath.Base(path), c))
}

// tools are the programs of the base's shell.
var tools = []string{
	"sh", "true", "false", "cat", "mkdir", "rm", "rmdir", "echo", "id", "stat", "chmod", "ln", "sed", "grep", "chown", "touch", "mv", "ls", "cp",
	"kill", "sleep", "env", "test", "readlink", "wc", "sort", "find", "dd", "mknod", "mount", "ip", "nc", "ps", "head", "depmod", "truncate", "tee", "setsid", "awk",
}

var busybox = sync.OnceValues(func() ([]byte, error) {
	for _, dir := range []string{"/bin", "/usr/bin", "/sbin"} {
		if data, err := os.ReadFile(dir + "/busybox"); err == nil {
			return data, nil
		}
	}
	return nil, os.ErrNotExist
})

// section is the configuration of the repository "extra".
func (w *world) section() string {
	return fmt.Sprintf("[%s]\nname=Extra packages\nbaseurl=file://%s\nmetadata_expire=0\n", repoID, w.packages)
}

// standard are the packages that every base has.
func (w *world) standard(version string) []*rpmtest.Spec {
	testutil.Tool(w.t, "busybox")
	box, err := busybox()
	require.NoError(w.t, err)
	files := []rpmtest.File{{Path: "/usr/bin/busybox", Mode: 0o755, Content: box}}
	for _, name := range tools {
		files = append(files, rpmtest.File{Path: "/usr/bin/" + name, LinkTo: "busybox"})
	}
	repo := cmp.Or(w.repoText, w.section())
	release := fmt.Sprintf("NAME=Demo\nID=demo\nVERSION_ID=1\nPRETTY_NAME=\"Demo %s\"\n", version)
	return []*rpmtest.Spec{
		{Name: "filesystem", Version: "3", Files: []rpmtest.File{
			{Path: "/usr", Mode: 0o40755}, {Path: "/usr/bin", Mode: 0o40755}, {Path: "/usr/sbin", Mode: 0o40755}, {Path: "/usr/lib", Mode: 0o40755},
			{Path: "/usr/lib64", Mode: 0o40755}, {Path: "/bin", LinkTo: "usr/bin"}, {Path: "/sbin", LinkTo: "usr/sbin"},
			{Path: "/lib", LinkTo: "usr/lib"}, {Path: "/lib64", LinkTo: "usr/lib64"}, {Path: "/etc", Mode: 0o40755},
		}},
		{Name: "busybox", Arch: "x86_64", Provides: []string{"/bin/sh", "/usr/bin/sh"}, Files: files},
		{Name: "setup", Files: []rpmtest.File{
			{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\n")},
			{Path: "/etc/group", Content: []byte("root:x:0:\nbin:x:1:\nwheel:x:10:\n")},
			{Path: "/etc/shadow", Mode: 0o600, Content: []byte("root:*::0:99999:7:::\n")},
		}},
		{Name: "demo-release", Version: version, Files: []rpmtest.File{
			{Path: "/usr/lib/os-release", Content: []byte(release)}, {Path: "/etc/os-release", LinkTo: "../usr/lib/os-release"},
			{Path: "/etc/yum.repos.d/extra.repo", Content: []byte(repo), Flags: rpm.FileConfig},
		}},
		kernel("6.1.0", "first"),
	}
}

// kernel is a package with a file that takes the place of a kernel.
func kernel(version, content string) *rpmtest.Spec {
	dir := "/usr/lib/modules/" + version
	return &rpmtest.Spec{Name: "kernel", Version: version, Arch: "x86_64", Files: []rpmtest.File{
		{Path: dir, Mode: 0o40755}, {Path: dir + "/vmlinuz", Content: []byte(content), Mode: 0o755},
		{Path: dir + "/initramfs.img", Content: []byte("initramfs of " + content)},
		{Path: dir + "/modules.builtin", Content: []byte("")}, {Path: dir + "/modules.order", Content: []byte("")},
	}}
}
