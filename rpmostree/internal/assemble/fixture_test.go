package assemble_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(testutil.MainInMemory(m))
}

var epoch = time.Unix(1700000000, 0)

// world is a repository with a tree in the making.
type world struct {
	t      *testing.T
	repo   *ostree.Repo
	dir    string
	output bytes.Buffer
}

func newWorld(t *testing.T, mode ostree.Mode) *world {
	t.Helper()
	dir := t.TempDir()
	repo, err := ostree.Init(filepath.Join(dir, "repo"), &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	t.Cleanup(func() { repo.Close() })
	return &world{t: t, repo: repo, dir: dir}
}

// modes are those in which trees can be assembled: bare as root only.
func modes() []ostree.Mode {
	if os.Geteuid() == 0 {
		return []ostree.Mode{ostree.ModeBare, ostree.ModeBareUser}
	}
	return []ostree.Mode{ostree.ModeBareUser}
}

// add imports a package.
func (w *world) add(spec *rpmtest.Spec) *assemble.Package {
	w.t.Helper()
	ctx := w.t.Context()
	txn, err := w.repo.Begin(ctx, nil)
	require.NoError(w.t, err)
	defer txn.Abort()
	p, err := rpm.Open(rpmtest.Write(w.t, w.dir, spec))
	require.NoError(w.t, err)
	defer p.Close()
	got, err := pkgcache.Import(ctx, txn, w.repo, p, nil)
	require.NoError(w.t, err)
	require.NoError(w.t, txn.SetRef(got.Ref, got.Commit))
	_, err = txn.Commit(ctx)
	require.NoError(w.t, err)
	c, err := pkgcache.Load(w.repo, got.Ref)
	require.NoError(w.t, err)
	return &assemble.Package{Commit: c.Commit, Headers: c.Headers, Header: c.Headers.Header}
}

// run does a transaction on a base, the zero checksum for none, and returns the commit.
func (w *world) run(base object.Checksum, change func(*assemble.Transaction)) (object.Checksum, error) {
	w.t.Helper()
	ctx := w.t.Context()
	tree := rootfs.New(w.repo)
	if !base.IsZero() {
		var err error
		tree, err = rootfs.FromCommit(w.repo, base)
		require.NoError(w.t, err)
	}
	txn, err := w.repo.Begin(ctx, nil)
	require.NoError(w.t, err)
	defer txn.Abort()
	tree.Begin(txn)
	db, err := assemble.ReadDatabase(ctx, tree)
	require.NoError(w.t, err)
	x := &assemble.Transaction{
		Tree: tree, Database: db, Time: epoch,
		Scripts: assemble.ScriptOptions{Dir: filepath.Join(w.dir, "repo", "work"), Scratch: base.IsZero()},
	}
	x.Scripts.Run.Output, x.Scripts.Output = &w.output, &w.output
	change(x)
	if err := x.Run(ctx); err != nil {
		return object.Checksum{}, err
	}
	dt, dm, err := tree.Store()
	require.NoError(w.t, err)
	c, err := txn.WriteCommit(ctx, dt, dm, &ostree.CommitOptions{Parent: base, Time: epoch, NoBindings: true})
	require.NoError(w.t, err)
	_, err = txn.Commit(ctx)
	require.NoError(w.t, err)
	return c, nil
}

func (w *world) tree(c object.Checksum) *rootfs.Tree {
	w.t.Helper()
	t, err := rootfs.FromCommit(w.repo, c)
	require.NoError(w.t, err)
	return t
}

func (w *world) text(c object.Checksum, name string) string {
	w.t.Helper()
	b, err := w.tree(c).ReadFile(name)
	require.NoError(w.t, err)
	return string(b)
}

// fsck makes sure that no object was changed.
func (w *world) fsck() {
	w.t.Helper()
	report, err := w.repo.Fsck(context.Background(), nil)
	require.NoError(w.t, err)
	require.Empty(w.t, report.Findings)
}

// base is a tree with a shell.
func (w *world) base() object.Checksum {
	w.t.Helper()
	box, err := os.ReadFile(testutil.Tool(w.t, "busybox"))
	require.NoError(w.t, err)
	fsPackage := w.add(&rpmtest.Spec{Name: "filesystem", Version: "3", Files: []rpmtest.File{
		{Path: "/usr", Mode: 0o40755}, {Path: "/usr/bin", Mode: 0o40755}, {Path: "/usr/sbin", Mode: 0o40755}, {Path: "/usr/lib", Mode: 0o40755},
		{Path: "/bin", LinkTo: "usr/bin"}, {Path: "/sbin", LinkTo: "usr/sbin"}, {Path: "/lib", LinkTo: "usr/lib"},
		{Path: "/etc", Mode: 0o40755}, {Path: "/home", Mode: 0o40755},
	}})
	files := []rpmtest.File{{Path: "/usr/bin/busybox", Mode: 0o755, Content: box}}
	for _, name := range []string{"sh", "true", "cat", "mkdir", "rm", "echo", "id", "stat", "chmod", "ln", "sed", "grep", "chown", "touch", "mv", "ls"} {
		files = append(files, rpmtest.File{Path: "/usr/bin/" + name, LinkTo: "busybox"})
	}
	shell := w.add(&rpmtest.Spec{Name: "busybox", Arch: "x86_64", Files: append(files,
		rpmtest.File{Path: "/etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\n")},
		rpmtest.File{Path: "/etc/group", Content: []byte("root:x:0:\n")},
	)})
	c, err := w.run(object.Checksum{}, func(x *assemble.Transaction) { x.Install = []*assemble.Package{shell, fsPackage} })
	require.NoError(w.t, err)
	return c
}
