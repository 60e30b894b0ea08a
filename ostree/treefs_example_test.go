package ostree_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
)

// A commit as a file system: symlinks are followed inside of it.
func ExampleRepo_FS() {
	dir, remove := tempDir()
	defer remove()
	repo, _ := exampleCommit(dir)
	defer repo.Close()
	tree, err := repo.FS("os/main")
	check(err)
	b, err := fs.ReadFile(tree, "bin/hello")
	check(err)
	fmt.Printf("%s", b)
	// Output:
	// #!/bin/sh
	// echo hello
}

func ExampleRepo_Walk() {
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()
	for e, err := range repo.Walk(context.Background(), commit, "/", nil) {
		check(err)
		fmt.Printf("%06o %d %s\n", e.Header.Mode, e.Size, e.Path)
	}
	// Output:
	// 040755 0 /
	// 120777 0 /bin
	// 040755 0 /usr
	// 040755 0 /usr/bin
	// 100755 21 /usr/bin/hello
}

// What changed in a checkout since it was made.
func ExampleRepo_Diff() {
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()
	ctx := context.Background()
	dest := filepath.Join(dir, "out")
	check(repo.Checkout(ctx, commit, dest, &ostree.CheckoutOptions{UserMode: true}))
	check(os.WriteFile(filepath.Join(dest, "usr/new"), nil, 0o644))
	check(os.Remove(filepath.Join(dest, "bin")))
	root := new(uint32) // the commit has owner 0:0, whoever runs this
	d, err := repo.Diff(ctx, ostree.DiffSide{Commit: commit}, ostree.DiffSide{Dir: dest},
		&ostree.DiffOptions{NoXattrs: true, OwnerUID: root, OwnerGID: root})
	check(err)
	for line := range d.Lines() {
		fmt.Println(line)
	}
	// Output:
	// D    /bin
	// A    usr/new
}

func ExampleRepo_Export() {
	dir, remove := tempDir()
	defer remove()
	repo, commit := exampleCommit(dir)
	defer repo.Close()
	var archive bytes.Buffer
	check(repo.Export(context.Background(), &archive, commit, &ostree.ExportOptions{Subpath: "/usr", Prefix: "os/"}))
	tr := tar.NewReader(&archive)
	for h, err := tr.Next(); err == nil; h, err = tr.Next() {
		fmt.Println(h.Name)
	}
	// Output:
	// os/
	// os/bin/
	// os/bin/hello
}
