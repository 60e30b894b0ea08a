package compose_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// exampleTreefile makes the directory of a treefile and its packages, and reads it.
func exampleTreefile(ctx context.Context) (*treefile.Treefile, string, error) {
	dir, err := os.MkdirTemp("", "compose")
	if err != nil {
		return nil, "", err
	}
	if err := writePackages(ctx, dir); err != nil {
		return nil, dir, err
	}
	tf, err := treefile.LoadCompose(os.DirFS(dir), "os.yaml", &treefile.Options{Arch: "x86_64"})
	return tf, dir, err
}

// The tree of a treefile as a plain directory, as container builds take it. Without root all files belong to the
// caller.
func ExampleRootfs() {
	ctx := context.Background()
	tf, dir, err := exampleTreefile(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	dest := filepath.Join(dir, "rootfs")
	res, err := compose.Rootfs(ctx, tf, dest, &compose.TreeOptions{
		Options: compose.Options{Files: os.DirFS(dir), Arch: "x86_64", Epoch: time.Unix(1700000000, 0)},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Packages)
	for _, name := range []string{"usr/bin/hello", "etc/hello.conf"} {
		info, err := os.Stat(filepath.Join(dest, name))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, info.Mode())
	}
	// Output:
	// [hello-2.12-1.noarch]
	// usr/bin/hello -rwxr-xr-x
	// etc/hello.conf -rw-r--r--
}

// The tree of a treefile as a container image, which machines update from. The commit is in the image alone.
func ExampleImage() {
	ctx := context.Background()
	tf, dir, err := exampleTreefile(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	// "docker://quay.io/example/os:stable" pushes to a registry.
	dest := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(dir, "image")}
	_, res, err := compose.Image(ctx, tf, dest, &compose.ImageOptions{Tree: compose.TreeOptions{
		Options: compose.Options{Files: os.DirFS(dir), Arch: "x86_64", Epoch: time.Unix(1700000000, 0)},
	}})
	if err != nil {
		log.Fatal(err)
	}

	client, err := ostree.Init(filepath.Join(dir, "client"), &ostree.InitOptions{Mode: ostree.ModeBareUser})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	image, err := container.Pull(ctx, client, container.Reference{Image: dest}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the commit is the same:", image.Base == res.Commit)
	// Output:
	// the commit is the same: true
}
