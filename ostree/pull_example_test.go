package ostree_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
)

// A repository of mode archive is served by any web server. A client configures it as a remote and pulls a
// branch: what arrives is verified, and the ref moves when all of it is there.
func ExampleRepo_Pull() {
	ctx := context.Background()
	dir, remove := tempDir()
	defer remove()
	source, commit := exampleCommit(dir)
	defer source.Close()
	check(source.UpdateSummary(ctx, nil)) // lets clients list the refs
	server := httptest.NewServer(http.FileServer(http.Dir(source.Path())))
	defer server.Close()

	client, err := ostree.Init(filepath.Join(dir, "client"), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	check(err)
	defer client.Close()
	check(client.AddRemote("origin", server.URL, &ostree.RemoteAddOptions{
		GPGVerify: new(false), // the default is to demand signatures
	}))
	refs, err := client.RemoteRefs(ctx, "origin", nil)
	check(err)
	for _, r := range refs {
		fmt.Println("offers", r.Ref)
	}
	stats, err := client.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{"os/main"}})
	check(err)
	fmt.Println(stats.MetadataFetched, "metadata,", stats.ContentFetched, "content objects")
	got, err := client.ResolveRev("origin:os/main")
	check(err)
	fmt.Println(got == commit)
	// Output:
	// offers os/main
	// 5 metadata, 2 content objects
	// true
}

// What no ref leads to any more goes, and what stays is verified.
func ExampleRepo_Prune() {
	ctx := context.Background()
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()

	txn, err := repo.Begin(ctx, nil)
	check(err)
	defer txn.Abort()
	tree, err := repo.CommitTree(commit)
	check(err)
	_, err = tree.Remove("bin")
	check(err)
	root, meta, err := txn.WriteTree(tree)
	check(err)
	next, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Subject: "second", Parent: commit, Refs: []string{"os/main"}})
	check(err)
	check(txn.SetRef("os/main", next))
	_, err = txn.Commit(ctx)
	check(err)

	none := 0
	stats, err := repo.Prune(ctx, &ostree.PruneOptions{RefsOnly: true, Depth: &none})
	check(err)
	fmt.Println(stats.Pruned, "of", stats.Objects, "objects deleted")
	report, err := repo.Fsck(ctx, nil)
	check(err)
	fmt.Println(report.Commits, "commit,", report.Objects, "objects,", len(report.Findings), "findings")
	// Output:
	// 3 of 9 objects deleted
	// 1 commit, 6 objects, 0 findings
}
