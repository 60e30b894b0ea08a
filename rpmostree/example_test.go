package rpmostree_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// examplePackages makes an rpm-md repository of three packages in dir, and the file that configures it.
func examplePackages(ctx context.Context, dir string) error {
	repoFile := "[demo]\nname=Demo\nbaseurl=file://" + dir + "\n"
	for _, spec := range []*rpmtest.Spec{
		{Name: "demo-release", Version: "1.0", Files: []rpmtest.File{
			{Path: "/usr/lib/os-release", Content: []byte("NAME=Demo\nID=demo\nVERSION_ID=1\nPRETTY_NAME=Demo\n")},
			{Path: "/etc/yum.repos.d/demo.repo", Content: []byte(repoFile)},
		}},
		{Name: "kernel", Version: "6.1.0", Files: []rpmtest.File{
			{Path: "/usr/lib/modules/6.1.0/vmlinuz", Content: []byte("a kernel")},
			{Path: "/usr/lib/modules/6.1.0/initramfs.img", Content: []byte("an initramfs")},
		}},
		{Name: "htop", Version: "3.2", Requires: []string{"libdemo >= 1"}, Files: []rpmtest.File{
			{Path: "/usr/bin/htop", Mode: 0o755, Content: []byte("#!/bin/sh\n")},
		}},
		{Name: "libdemo", Version: "1.4", Files: []rpmtest.File{{Path: "/usr/lib/libdemo.so.1"}}},
	} {
		data, err := rpmtest.Build(spec)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, spec.FileName()), data, 0o644); err != nil {
			return err
		}
	}
	if _, err := rpmmd.CreateRepo(ctx, dir, nil); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "demo.repo"), []byte(repoFile), 0o644); err != nil {
		return err
	}
	text := "ref: demo/stable\nrepos: [demo]\npackages: [demo-release, kernel]\ncontainer: true\n"
	return os.WriteFile(filepath.Join(dir, "demo.yaml"), []byte(text), 0o644)
}

// exampleSystem makes a physical root in dir whose only deployment was composed of packages.
func exampleSystem(ctx context.Context, dir, packages string) error {
	if err := sysroot.InitFSMode(ctx, dir, 1, ostree.ModeBareUser); err != nil {
		return err
	}
	s, err := sysroot.Open(dir, &sysroot.Options{MutableDeployments: true})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.InitStateroot(ctx, "demo"); err != nil {
		return err
	}
	if err := s.Lock(ctx); err != nil {
		return err
	}
	if err := s.Load(ctx); err != nil {
		return err
	}
	tf, err := treefile.LoadCompose(os.DirFS(packages), "demo.yaml", &treefile.Options{Arch: "x86_64"})
	if err != nil {
		return err
	}
	base, err := compose.Tree(ctx, tf, &compose.TreeOptions{
		Options: compose.Options{Files: os.DirFS(packages), Arch: "x86_64", Epoch: time.Unix(1700000000, 0)},
		Repo:    s.Repo(),
	})
	if err != nil {
		return err
	}
	d, err := s.DeployTree(ctx, "demo", base.Commit, sysroot.NewOrigin("demo/stable"), nil, nil)
	if err != nil {
		return err
	}
	return s.SimpleWriteDeployment(ctx, "demo", d, nil, 0)
}

// A package is layered on a system that is mounted somewhere, or an image that is being built: the result is a
// second deployment. Without root the repository has to be of mode bare-user, as here. A program's main function
// must call [rpmostree.Main] before.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "rpmostree")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	packages, image := filepath.Join(dir, "packages"), filepath.Join(dir, "image")
	for _, d := range []string{packages, image} {
		if err := os.Mkdir(d, 0o755); err != nil {
			log.Fatal(err)
		}
	}
	if err := examplePackages(ctx, packages); err != nil {
		log.Fatal(err)
	}
	if err := exampleSystem(ctx, image, packages); err != nil {
		log.Fatal(err)
	}

	sys, err := rpmostree.Open(ctx, image, &rpmostree.Options{
		Machine:         "x86_64",
		SkipSanityCheck: true,                                      // there is no /usr/bin/true in this system
		Sysroot:         sysroot.Options{MutableDeployments: true}, // so that anybody can delete the example
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()
	out, err := sys.Apply(ctx, &rpmostree.Change{Install: []string{"htop"}})
	if err != nil {
		log.Fatal(err) // everything is as it was
	}
	if err := out.Diff().WriteBlock(os.Stdout); err != nil {
		log.Fatal(err)
	}
	list, err := sys.Deployments(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range list {
		fmt.Println(d.Name(), d.Layered, d.Texts("requested-packages"))
	}
	if _, err := sys.Rollback(ctx); err != nil { // the next boot is without htop again
		log.Fatal(err)
	}
	if list, err = sys.Deployments(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("first now:", list[0].Name(), list[0].Layered)
	// Output:
	// Added:
	//   htop-3.2-1.noarch
	//   libdemo-1.4-1.noarch
	// demo/stable true [htop]
	// demo/stable false []
	// first now: demo/stable false
}
