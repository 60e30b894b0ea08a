package rootfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs/rootfstest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

func fixture(t *testing.T) (*rootfs.Tree, *ostree.Txn) { return rootfstest.New(t, ostree.ModeBareUser) }

func write(t *testing.T, tree *rootfs.Tree, name, text string) {
	t.Helper()
	require.NoError(t, tree.WriteFile(t.Context(), name, rootfs.Attr{Mode: 0o644}, []byte(text)))
}

func read(t *testing.T, tree *rootfs.Tree, name string) string {
	t.Helper()
	b, err := tree.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func TestNamesAreResolvedInside(t *testing.T) {
	tree, _ := fixture(t)
	require.NoError(t, tree.MkdirAll("usr/bin", rootfs.Attr{Mode: 0o755}))
	require.NoError(t, tree.Symlink(t.Context(), "bin", "usr/bin", rootfs.Attr{}))
	require.NoError(t, tree.Symlink(t.Context(), "abs", "/usr/../../usr/bin", rootfs.Attr{}))
	require.NoError(t, tree.Symlink(t.Context(), "loop", "loop", rootfs.Attr{}))
	write(t, tree, "bin/sh", "shell")
	require.Equal(t, "shell", read(t, tree, "usr/bin/sh"))
	require.Equal(t, "shell", read(t, tree, "/abs/sh"))
	require.Equal(t, "shell", read(t, tree, "../../usr/./bin/../bin/sh"))
	name, err := tree.Resolve("abs/new")
	require.NoError(t, err)
	require.Equal(t, "usr/bin/new", name)
	_, err = tree.Stat("loop/x")
	require.ErrorIs(t, err, syscall.ELOOP)
	_, err = tree.Stat("bin/sh/x")
	require.ErrorIs(t, err, syscall.ENOTDIR)
	_, err = tree.Stat("nowhere/x")
	require.ErrorIs(t, err, fs.ErrNotExist)
	i, err := tree.Lstat("bin")
	require.NoError(t, err)
	require.True(t, i.IsSymlink())
	names, err := tree.Names("bin/..")
	require.NoError(t, err)
	require.Equal(t, []string{"bin"}, names)
	require.NoError(t, tree.MkdirAll("abs/deep/er", rootfs.Attr{Mode: 0o700}))
	i, err = tree.Stat("usr/bin/deep/er")
	require.NoError(t, err)
	require.True(t, i.IsDir())
}

func TestChangesAreInTheCommit(t *testing.T) {
	ctx := t.Context()
	tree, txn := fixture(t)
	require.NoError(t, tree.MkdirAll("a/b/c", rootfs.Attr{Mode: 0o755}))
	write(t, tree, "a/b/c/one", "1")
	write(t, tree, "a/two", "2")
	first := commit(t, tree, txn)

	again, err := rootfs.FromCommit(tree.Repo(), first)
	require.NoError(t, err)
	again.Begin(txn)
	same := commit(t, again, txn)
	require.Equal(t, first, same, "a tree that was not touched is the same")

	require.NoError(t, again.Modify(ctx, "a/b/c/one", func(a *rootfs.Attr) { a.UID, a.Mode = 7, 0o4755 }))
	require.NoError(t, again.Modify(ctx, "a/b", func(a *rootfs.Attr) { a.Mode = 0o1777 }))
	require.NoError(t, again.Rename("a/two", "a/b/three"))
	require.NoError(t, again.Link("a/b/three", "four"))
	require.ErrorIs(t, again.Remove("a/b"), syscall.ENOTEMPTY)
	require.ErrorIs(t, again.Rename("a", "a/b/x"), syscall.EINVAL)
	second := commit(t, again, txn)
	require.NotEqual(t, first, second)

	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	dest := filepath.Join(t.TempDir(), "out")
	require.NoError(t, tree.Repo().Checkout(ctx, second, dest, &ostree.CheckoutOptions{UserMode: true}))
	b, err := os.ReadFile(filepath.Join(dest, "four"))
	require.NoError(t, err)
	require.Equal(t, "2", string(b))
	got, err := rootfs.FromCommit(tree.Repo(), second)
	require.NoError(t, err)
	i, err := got.Lstat("a/b/c/one")
	require.NoError(t, err)
	require.Equal(t, uint32(7), i.Header.UID)
	require.Equal(t, object.ModeRegular|0o4755, i.Header.Mode)
	i, err = got.Lstat("a/b")
	require.NoError(t, err)
	require.Equal(t, object.ModeDir|0o1777, i.Header.Mode)
	old, err := rootfs.FromCommit(tree.Repo(), first)
	require.NoError(t, err)
	require.Equal(t, "2", read(t, old, "a/two"))
	report, err := tree.Repo().Fsck(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

func commit(t *testing.T, tree *rootfs.Tree, txn *ostree.Txn) object.Checksum {
	t.Helper()
	dt, dm, err := tree.Store()
	require.NoError(t, err)
	c, err := txn.WriteCommit(context.Background(), dt, dm, &ostree.CommitOptions{NoBindings: true, Time: epoch})
	require.NoError(t, err)
	return c
}

func TestOverlay(t *testing.T) {
	ctx := t.Context()
	tree, txn := fixture(t)
	base := rootfs.New(tree.Repo())
	base.Begin(txn)
	require.NoError(t, base.MkdirAll("usr/bin", rootfs.Attr{Mode: 0o755}))
	require.NoError(t, base.Symlink(ctx, "bin", "usr/bin", rootfs.Attr{}))
	write(t, base, "usr/bin/a", "same")
	write(t, base, "usr/bin/b", "old")

	pkg := rootfs.New(tree.Repo())
	pkg.Begin(txn)
	require.NoError(t, pkg.MkdirAll("bin", rootfs.Attr{Mode: 0o700}))
	require.NoError(t, pkg.MkdirAll("usr/share/doc", rootfs.Attr{Mode: 0o755}))
	write(t, pkg, "bin/a", "same")
	write(t, pkg, "bin/c", "new")
	write(t, pkg, "usr/share/doc/c", "text")
	c1 := commit(t, pkg, txn)
	var added []string
	require.NoError(t, base.OverlayCommit(c1, rootfs.OverlayOptions{
		Skip:  func(p string) bool { return p == "usr/share/doc/c" },
		Added: func(p string) { added = append(added, p) },
	}))
	require.Equal(t, []string{"usr/bin/a", "usr/bin/c"}, added)
	require.Equal(t, "new", read(t, base, "usr/bin/c"))
	i, err := base.Lstat("usr/bin")
	require.NoError(t, err)
	require.Equal(t, object.ModeDir|0o755, i.Header.Mode, "directories keep their attributes")
	ok, err := base.Exists("usr/share/doc/c")
	require.NoError(t, err)
	require.False(t, ok)

	write(t, pkg, "bin/b", "conflict")
	c2 := commit(t, pkg, txn)
	before := base.Clone()
	var collision *rootfs.CollisionError
	require.True(t, errors.As(base.OverlayCommit(c2, rootfs.OverlayOptions{}), &collision))
	require.Equal(t, "usr/bin/b", collision.Path)
	require.NoError(t, before.OverlayCommit(c2, rootfs.OverlayOptions{Collision: rootfs.KeepOld}))
	require.Equal(t, "old", read(t, before, "usr/bin/b"))
	require.NoError(t, before.OverlayCommit(c2, rootfs.OverlayOptions{Collision: rootfs.Replace}))
	require.Equal(t, "conflict", read(t, before, "usr/bin/b"))
	require.Equal(t, "old", read(t, base, "usr/bin/b"), "a clone is independent")
}

var epoch = time.Unix(1700000000, 0)

func TestModifyRootThatWasNotLookedAt(t *testing.T) {
	ctx := t.Context()
	repo, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	require.NoError(t, err)
	defer repo.Close()
	txn, err := repo.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	first := rootfs.New(repo)
	first.Begin(txn)
	require.NoError(t, first.WriteFile(ctx, "x", rootfs.Attr{Mode: 0o644}, []byte("x")))
	tree, meta, err := first.Store()
	require.NoError(t, err)
	second := rootfs.FromObjects(repo, tree, meta)
	second.Begin(txn)
	require.NoError(t, second.Modify(ctx, "", func(a *rootfs.Attr) { a.Mode = 0o700 }))
	text, err := second.ReadFile("x")
	require.NoError(t, err)
	require.Equal(t, "x", string(text))
	_, changed, err := second.Store()
	require.NoError(t, err)
	require.NotEqual(t, meta, changed)
}
