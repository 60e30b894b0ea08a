// Package rootfstest makes trees for tests.
package rootfstest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// New returns an empty tree over a new repository of that mode with a running transaction.
func New(t testing.TB, mode ostree.Mode) (*rootfs.Tree, *ostree.Txn) {
	t.Helper()
	repo, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: mode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	txn, err := repo.Begin(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { txn.Abort() })
	tree := rootfs.New(repo)
	tree.Begin(txn)
	return tree, txn
}

// Fill writes files with mode 0600 and the directories that they need; a name that ends in a slash is a directory.
func Fill(t testing.TB, tree *rootfs.Tree, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		dir := name[:strings.LastIndexByte(name, '/')+1]
		if err := tree.MkdirAll(dir, rootfs.Attr{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
		if name == dir {
			continue
		}
		if err := tree.WriteFile(context.Background(), name, rootfs.Attr{Mode: 0o600}, []byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
}
