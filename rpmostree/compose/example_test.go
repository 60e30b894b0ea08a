package compose_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// writePackages makes an rpm-md repository with one package, and the configuration for it.
func writePackages(ctx context.Context, dir string) error {
	pkg, err := rpmtest.Build(&rpmtest.Spec{Name: "hello", Version: "2.12", Files: []rpmtest.File{
		{Path: "/usr/bin/hello", Mode: 0o755, Content: []byte("#!/bin/sh\necho hello\n")}, {Path: "/etc/hello.conf"},
	}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "hello.rpm"), pkg, 0o644); err != nil {
		return err
	}
	if _, err := rpmmd.CreateRepo(ctx, dir, nil); err != nil {
		return err
	}
	config := "[demo]\nname=Demo\nbaseurl=file://" + dir + "\n"
	if err := os.WriteFile(filepath.Join(dir, "demo.repo"), []byte(config), 0o644); err != nil {
		return err
	}
	text := "ref: demo/${basearch}\nrepos: [demo]\npackages: [hello]\ncontainer: true\n"
	return os.WriteFile(filepath.Join(dir, "os.yaml"), []byte(text), 0o644)
}

// A treefile becomes a commit. A program's main function must call Main before.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "compose")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := writePackages(ctx, dir); err != nil {
		log.Fatal(err)
	}
	repo, err := ostree.Init(filepath.Join(dir, "repo"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()

	tf, err := treefile.LoadCompose(os.DirFS(dir), "os.yaml", &treefile.Options{Arch: "x86_64"})
	if err != nil {
		log.Fatal(err)
	}
	res, err := compose.Tree(ctx, tf, &compose.TreeOptions{
		Options: compose.Options{Files: os.DirFS(dir), Arch: "x86_64", Epoch: time.Unix(1700000000, 0)},
		Repo:    repo,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Ref, res.Packages)
	tree, err := repo.CommitFS(res.Commit)
	if err != nil {
		log.Fatal(err)
	}
	target, _ := tree.ReadLink("home")
	fmt.Println("home ->", target)
	// Output:
	// demo/x86_64 [hello-2.12-1.noarch]
	// home -> var/home
}
