package pkglist_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// commitWith makes a commit of an empty tree whose metadata list packages.
func commitWith(ctx context.Context, repo *ostree.Repo, packages ...pkglist.Package) (object.Checksum, error) {
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return object.Checksum{}, err
	}
	defer txn.Abort()
	meta, err := txn.WriteMeta(object.TypeDirMeta, nil, (&object.DirMeta{Mode: object.ModeDir | 0o755}).Marshal())
	if err != nil {
		return meta, err
	}
	tree := ostree.NewTree()
	tree.SetMeta(meta)
	root, meta, err := txn.WriteTree(tree)
	if err != nil {
		return root, err
	}
	pkglist.Sort(packages)
	metadata := &object.Dict{}
	metadata.Set(pkglist.Key, pkglist.Variant(packages))
	commit, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Metadata: metadata})
	if err != nil {
		return commit, err
	}
	_, err = txn.Commit(ctx)
	return commit, err
}

// The list of a commit that was composed is in its metadata; nothing of its tree has to be there.
func ExampleLoad() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "pkglist")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	repo, err := ostree.Init(dir, &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()
	commit, err := commitWith(ctx, repo,
		pkglist.Package{Name: "vim", Epoch: "2", Version: "9.1", Release: "3", Arch: "x86_64"},
		pkglist.Package{Name: "bash", Epoch: "0", Version: "5.2", Release: "1", Arch: "x86_64"},
	)
	if err != nil {
		log.Fatal(err)
	}
	list, err := pkglist.Load(ctx, repo, commit)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Println(p)
	}
	// Output:
	// bash-5.2-1.x86_64
	// vim-2:9.1-3.x86_64
}
