package container_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
)

// exampleRepo makes a repository with a commit on the ref os/stable.
func exampleRepo(ctx context.Context, dir string) (*ostree.Repo, error) {
	r, err := ostree.Init(filepath.Join(dir, "src"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		return nil, err
	}
	root := filepath.Join(dir, "rootfs")
	if err := os.MkdirAll(filepath.Join(root, "usr/lib"), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(root, "usr/lib/os-release"), []byte("ID=example\n"), 0o644); err != nil {
		return nil, err
	}
	txn, err := r.Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	tree := ostree.NewTree()
	if err := txn.AddDirectory(ctx, tree, root, &ostree.Modifier{CanonicalPermissions: true}); err != nil {
		return nil, err
	}
	t, m, err := txn.WriteTree(tree)
	if err != nil {
		return nil, err
	}
	c, err := txn.WriteCommit(ctx, t, m, &ostree.CommitOptions{Subject: "release 1", Time: time.Unix(1700000000, 0), Refs: []string{"os/stable"}})
	if err != nil {
		return nil, err
	}
	if err := txn.SetRef("os/stable", c); err != nil {
		return nil, err
	}
	_, err = txn.Commit(ctx)
	return r, err
}

// A commit becomes an image, and the image a commit in another repository.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	src, err := exampleRepo(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()

	// "docker://quay.io/example/os:stable" pushes to a registry.
	img := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(dir, "image")}
	if _, err := container.Encapsulate(ctx, src, "os/stable", img, nil); err != nil {
		log.Fatal(err)
	}

	dst, err := ostree.Init(filepath.Join(dir, "dst"), &ostree.InitOptions{Mode: ostree.ModeBareUserOnly})
	if err != nil {
		log.Fatal(err)
	}
	defer dst.Close()
	pulled, err := container.Pull(ctx, dst, container.Reference{Image: img}, nil)
	if err != nil {
		log.Fatal(err)
	}
	history, err := pulled.History()
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range history {
		fmt.Println(h.Kind, "layer:", h.CreatedBy)
	}
	original, err := src.ResolveRev("os/stable")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the commit is the same:", pulled.Base == original)
	fsys, err := dst.CommitFS(pulled.Commit)
	if err != nil {
		log.Fatal(err)
	}
	release, err := fsys.ReadFile("usr/lib/os-release")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(release))
	// Output:
	// commit layer: release 1
	// the commit is the same: true
	// ID=example
}
