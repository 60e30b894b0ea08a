// Package systemtest makes small systems for tests: a sysroot with one deployment, whose base is made of RPM
// packages, and repositories to layer packages from.
package systemtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/stretchr/testify/require"
)

// The names in a World.
const (
	Stateroot = "demo"
	Branch    = "demo/1/x86_64/stable"
	RepoID    = "extra"
)

// Epoch is the time of everything that is made.
var Epoch = time.Unix(1700000000, 0)

// World is a sysroot with the directories around it.
type World struct {
	T testing.TB
	// Dir holds everything; Sysroot is the system, Packages the directory of the rpm-md repository "extra",
	// which the system's configuration names.
	Dir, Sysroot, Packages string

	builds int64
}

// Modes are the repository modes in which the caller can assemble: bare needs root.
func Modes() []ostree.Mode {
	if os.Geteuid() == 0 {
		return []ostree.Mode{ostree.ModeBare, ostree.ModeBareUser}
	}
	return []ostree.Mode{ostree.ModeBareUser}
}

// New makes a world whose system has a base with a shell, a kernel and the packages given, deployed. It needs
// busybox.
func New(t testing.TB, mode ostree.Mode, packages ...*rpmtest.Spec) *World {
	t.Helper()
	dir := t.TempDir()
	w := &World{T: t, Dir: dir, Sysroot: filepath.Join(dir, "sysroot"), Packages: filepath.Join(dir, "packages")}
	ctx := context.Background()
	require.NoError(t, os.MkdirAll(w.Packages, 0o755))
	require.NoError(t, os.MkdirAll(w.Sysroot, 0o755))
	require.NoError(t, sysroot.InitFS(ctx, w.Sysroot, 0))
	repoPath := filepath.Join(w.Sysroot, "ostree/repo")
	require.NoError(t, os.RemoveAll(repoPath))
	repo, err := ostree.Init(repoPath, &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	require.NoError(t, repo.Close())
	w.Publish()
	commit := w.Base("1.0", packages...)
	s, err := sysroot.Open(w.Sysroot, &sysroot.Options{SkipSync: true, MutableDeployments: true})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.InitStateroot(ctx, Stateroot))
	require.NoError(t, s.Load(ctx))
	d, err := s.DeployTree(ctx, Stateroot, commit, sysroot.NewOrigin(Branch), nil, &sysroot.DeployOptions{Kargs: kargs.Of("root=UUID=x", "quiet")})
	require.NoError(t, err)
	require.NoError(t, s.SimpleWriteDeployment(ctx, Stateroot, d, nil, 0))
	return w
}

// Repo opens the repository of the system.
func (w *World) Repo() *ostree.Repo {
	w.T.Helper()
	repo, err := ostree.Open(filepath.Join(w.Sysroot, "ostree/repo"), nil)
	require.NoError(w.T, err)
	w.T.Cleanup(func() { repo.Close() })
	return repo
}

// Package writes a package file into the repository's directory; [World.Publish] makes it available.
func (w *World) Package(spec *rpmtest.Spec) string {
	w.T.Helper()
	return rpmtest.Write(w.T, w.Packages, spec)
}

// File writes a package file that is in no repository.
func (w *World) File(spec *rpmtest.Spec) string {
	w.T.Helper()
	dir := filepath.Join(w.Dir, "files")
	require.NoError(w.T, os.MkdirAll(dir, 0o755))
	return rpmtest.Write(w.T, dir, spec)
}

// Publish writes the metadata of the repository, with packages to add first.
func (w *World) Publish(specs ...*rpmtest.Spec) {
	w.T.Helper()
	for _, s := range specs {
		w.Package(s)
	}
	w.builds++
	_, err := rpmmd.CreateRepo(context.Background(), w.Packages, &rpmmd.CreateOptions{Time: Epoch.Add(time.Duration(w.builds) * time.Second)})
	require.NoError(w.T, err)
}

// Base composes a commit of the standard packages and those given, and makes it the newest of the branch.
func (w *World) Base(version string, packages ...*rpmtest.Spec) object.Checksum {
	w.T.Helper()
	ctx := context.Background()
	repo := w.Repo()
	var list []*assemble.Package
	for _, spec := range append(w.standard(version), packages...) {
		list = append(list, w.imported(repo, spec))
	}
	txn, err := repo.Begin(ctx, &ostree.TxnOptions{NoFsync: true})
	require.NoError(w.T, err)
	defer txn.Abort()
	tree := rootfs.New(repo)
	tree.Begin(txn)
	db, err := assemble.ReadDatabase(ctx, tree)
	require.NoError(w.T, err)
	x := &assemble.Transaction{
		Tree: tree, Database: db, Install: list, Time: Epoch,
		Scripts: assemble.ScriptOptions{Dir: filepath.Join(w.Dir, "sysroot/ostree/repo/extensions/rpmostree/private/commit"), Scratch: true},
	}
	require.NoError(w.T, x.Run(ctx))
	require.NoError(w.T, tree.MkdirAll("usr/lib/sysimage", rootfs.Attr{Mode: 0o755}))
	for _, d := range []string{"boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"} {
		require.NoError(w.T, tree.MkdirAll(d, rootfs.Attr{Mode: 0o755}))
	}
	require.NoError(w.T, tree.Symlink(ctx, "ostree", "sysroot/ostree", rootfs.Attr{}))
	base := &assemble.Database{Dir: pkglist.BaseDatabase, Set: db.Set, Backend: db.Backend}
	require.NoError(w.T, base.Write(ctx, tree))
	dt, dm, err := tree.Store()
	require.NoError(w.T, err)
	md := &object.Dict{}
	md.Set("version", gvariant.NewString(version))
	md.Set(pkglist.Key, pkglist.Variant(db.Packages()))
	w.builds++
	parent, _, err := repo.ResolveRevOptional(Branch)
	require.NoError(w.T, err)
	c, err := txn.WriteCommit(ctx, dt, dm, &ostree.CommitOptions{
		Parent: parent, Time: Epoch.Add(time.Duration(w.builds) * time.Hour), Metadata: md, Refs: []string{Branch}, Bootable: true,
	})
	require.NoError(w.T, err)
	require.NoError(w.T, txn.SetRef(Branch, c))
	_, err = txn.Commit(ctx)
	require.NoError(w.T, err)
	return c
}

// imported brings a package into the repository without leaving a ref.
func (w *World) imported(repo *ostree.Repo, spec *rpmtest.Spec) *assemble.Package {
	ctx := context.Background()
	p, err := rpm.Open(rpmtest.Write(w.T, w.T.TempDir(), spec))
	require.NoError(w.T, err)
	defer p.Close()
	txn, err := repo.Begin(ctx, &ostree.TxnOptions{NoFsync: true})
	require.NoError(w.T, err)
	defer txn.Abort()
	got, err := pkgcache.Import(ctx, txn, repo, p, nil)
	require.NoError(w.T, err)
	_, err = txn.Commit(ctx)
	require.NoError(w.T, err)
	c, err := pkgcache.LoadCommit(repo, got.Commit)
	require.NoError(w.T, err)
	return &assemble.Package{Commit: c.Commit, Headers: c.Headers, Header: c.Headers.Header}
}

// tools are the programs of the base's shell.
var tools = []string{
	"sh", "true", "false", "cat", "mkdir", "rm", "rmdir", "echo", "id", "stat", "chmod", "ln", "sed", "grep", "chown", "touch", "mv", "ls", "cp",
	"kill", "sleep", "env", "test", "readlink", "wc", "sort", "find", "dd", "mknod", "mount", "ip", "nc", "ps", "head", "depmod",
}

// standard are the packages that every base has.
func (w *World) standard(version string) []*rpmtest.Spec {
	box, err := os.ReadFile(testutil.Tool(w.T, "busybox"))
	require.NoError(w.T, err)
	files := []rpmtest.File{{Path: "/usr/bin/busybox", Mode: 0o755, Content: box}}
	for _, name := range tools {
		files = append(files, rpmtest.File{Path: "/usr/bin/" + name, LinkTo: "busybox"})
	}
	release := fmt.Sprintf("NAME=Demo\nID=demo\nVERSION_ID=1\nPRETTY_NAME=\"Demo %s\"\n", version)
	repo := fmt.Sprintf("[%s]\nname=Extra packages\nbaseurl=file://%s\nmetadata_expire=0\n", RepoID, w.Packages)
	return []*rpmtest.Spec{
		{Name: "filesystem", Version: "3", Files: []rpmtest.File{
			{Path: "/usr", Mode: 0o40755}, {Path: "/usr/bin", Mode: 0o40755}, {Path: "/usr/sbin", Mode: 0o40755}, {Path: "/usr/lib", Mode: 0o40755},
			{Path: "/usr/lib64", Mode: 0o40755}, {Path: "/bin", LinkTo: "usr/bin"}, {Path: "/sbin", LinkTo: "usr/sbin"},
			{Path: "/lib", LinkTo: "usr/lib"}, {Path: "/lib64", LinkTo: "usr/lib64"}, {Path: "/etc", Mode: 0o40755},
		}},
		{Name: "busybox", Arch: "x86_64", Provides: []string{"/bin/sh", "/usr/bin/sh"}, Files: files},
		{Name: "setup", Files: []rpmtest.File{
			{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\n")}, {Path: "/etc/group", Content: []byte("root:x:0:\n")},
			{Path: "/etc/shadow", Mode: 0o600, Content: []byte("root:*:19000:0:99999:7:::\n")},
		}},
		{Name: "demo-release", Version: version, Files: []rpmtest.File{
			{Path: "/usr/lib/os-release", Content: []byte(release)}, {Path: "/etc/os-release", LinkTo: "../usr/lib/os-release"},
			{Path: "/etc/yum.repos.d/extra.repo", Content: []byte(repo), Flags: rpm.FileConfig},
		}},
		Kernel("6.1.0", "first"),
	}
}

// Kernel is a package with a file that takes the place of a kernel.
func Kernel(version, content string) *rpmtest.Spec {
	dir := "/usr/lib/modules/" + version
	return &rpmtest.Spec{Name: "kernel", Version: version, Arch: "x86_64", Files: []rpmtest.File{
		{Path: dir, Mode: 0o40755}, {Path: dir + "/vmlinuz", Content: []byte(content), Mode: 0o755},
		{Path: dir + "/initramfs.img", Content: []byte("initramfs of " + content)},
		{Path: dir + "/modules.builtin", Content: []byte("")}, {Path: dir + "/modules.order", Content: []byte("")},
	}}
}
