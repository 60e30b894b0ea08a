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

// commitDirectory commits what is in the directory src to a branch of a repository.
func commitDirectory(ctx context.Context, repo *ostree.Repo, src, branch string) (object.Checksum, error) {
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return object.Checksum{}, err
	}
	defer txn.Abort() // does nothing after Commit
	tree := ostree.NewTree()
	if err := txn.AddDirectory(ctx, tree, src, &ostree.Modifier{CanonicalPermissions: true}); err != nil {
		return object.Checksum{}, err
	}
	root, meta, err := txn.WriteTree(tree)
	if err != nil {
		return object.Checksum{}, err
	}
	commit, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{
		Subject: "first", Refs: []string{branch}, Time: time.Unix(1700000000, 0),
	})
	if err != nil {
		return object.Checksum{}, err
	}
	if err := txn.SetRef(branch, commit); err != nil {
		return object.Checksum{}, err
	}
	_, err = txn.Commit(ctx) // now it is visible
	return commit, err
}

// A directory becomes a commit, and comes back as a directory. The same tree gives the same checksum everywhere.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ostree")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	src := filepath.Join(dir, "src")
	if err := os.MkdirAll(filepath.Join(src, "usr/bin"), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(src, "usr/bin/hello"), []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"", "usr", "usr/bin", "usr/bin/hello"} {
		if err := os.Chmod(filepath.Join(src, name), 0o755); err != nil { // whatever the umask is
			log.Fatal(err)
		}
	}

	repo, err := ostree.Init(filepath.Join(dir, "repo"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()
	commit, err := commitDirectory(ctx, repo, src, "os/main")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(commit)

	resolved, err := repo.ResolveRev("os/main")
	if err != nil {
		log.Fatal(err)
	}
	dest := filepath.Join(dir, "checkout")
	if err := repo.Checkout(ctx, resolved, dest, &ostree.CheckoutOptions{UserMode: true}); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dest, "usr/bin/hello"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", content)
	// Output:
	// bc964a0e07337c2b025cabeed56f332707664a2b80d4dfefa570203b95a2ca4f
	// #!/bin/sh
	// echo hello
}
