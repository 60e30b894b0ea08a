package ostree_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// tempDir makes a directory for an example and returns the function that removes it.
func tempDir() (string, func()) {
	dir, err := os.MkdirTemp("", "ostree-example-")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// exampleCommit makes a repository with one commit of two files.
func exampleCommit(dir string) (*ostree.Repo, object.Checksum) {
	ctx := context.Background()
	src := filepath.Join(dir, "src")
	check(os.MkdirAll(filepath.Join(src, "usr/bin"), 0o755))
	check(os.WriteFile(filepath.Join(src, "usr/bin/hello"), []byte("#!/bin/sh\necho hello\n"), 0o755))
	check(os.Symlink("usr/bin", filepath.Join(src, "bin")))
	for _, name := range []string{"", "usr", "usr/bin", "usr/bin/hello"} {
		check(os.Chmod(filepath.Join(src, name), 0o755)) // whatever the umask is
	}

	repo, err := ostree.Init(filepath.Join(dir, "repo"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	check(err)
	txn, err := repo.Begin(ctx, nil)
	check(err)
	defer txn.Abort()
	tree := ostree.NewTree()
	check(txn.AddDirectory(ctx, tree, src, &ostree.Modifier{CanonicalPermissions: true}))
	root, meta, err := txn.WriteTree(tree)
	check(err)
	commit, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{
		Subject: "first", Refs: []string{"os/main"}, Time: time.Unix(1700000000, 0)})
	check(err)
	check(txn.SetRef("os/main", commit))
	_, err = txn.Commit(ctx)
	check(err)
	return repo, commit
}

func ExampleRepo_Checkout() {
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()
	dest := filepath.Join(dir, "out")
	check(repo.Checkout(context.Background(), commit, dest, &ostree.CheckoutOptions{UserMode: true}))
	b, err := os.ReadFile(filepath.Join(dest, "bin/hello"))
	check(err)
	fmt.Printf("%s", b)
	// Output:
	// #!/bin/sh
	// echo hello
}

func ExampleRepo_Refs() {
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()
	check(repo.SetAlias("os/stable", "os/main"))
	refs, err := repo.Refs("os")
	check(err)
	for _, r := range refs {
		fmt.Println(r.Refspec(), r.Checksum == commit)
	}
	// Output:
	// os/main true
	// os/stable true
}
