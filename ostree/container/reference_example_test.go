package container_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
)

func ExampleParseReference() {
	for _, s := range []string{
		"ostree-unverified-registry:quay.io/example/os:stable",
		"ostree-remote-registry:fedora:quay.io/example/os:stable",
		"ostree-image-signed:oci:/srv/images:stable",
		"ostree-image-signed:quay.io/example/os",
	} {
		ref, err := container.ParseReference(s)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(ref, "–", ref.Image)
	}
	// Output:
	// ostree-unverified-registry:quay.io/example/os:stable – docker://quay.io/example/os:stable
	// ostree-remote-image:fedora:docker://quay.io/example/os:stable – docker://quay.io/example/os:stable
	// ostree-image-signed:oci:/srv/images:stable – oci:/srv/images:stable
	// error: Missing ':' in quay.io/example/os
}

func ExampleEscapeRef() {
	s, err := container.EscapeRef("docker://quay.io/example/os:stable")
	fmt.Println(s, err)
	back, err := container.UnescapeRef(s)
	fmt.Println(back, err)
	// Output:
	// docker_3A__2F__2F_quay_2E_io/example/os_3A_stable <nil>
	// docker://quay.io/example/os:stable <nil>
}

// A commit travels as one tar archive, without any image around it.
func ExampleImportTar() {
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
	var archive bytes.Buffer
	if err := container.WriteCommit(ctx, src, "os/stable", &archive); err != nil {
		log.Fatal(err)
	}
	dst, err := ostree.Init(filepath.Join(dir, "dst"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		log.Fatal(err)
	}
	defer dst.Close()
	commit, err := container.ImportTar(ctx, dst, &archive, &container.ImportTarOptions{WriteRef: "os/stable"})
	if err != nil {
		log.Fatal(err)
	}
	info, err := dst.CommitInfo(commit)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Subject)
	// Output:
	// release 1
}

// A policy that accepts by default what it does not know cannot vouch for an image.
func ExampleParsePolicy() {
	policy, err := container.ParsePolicy([]byte(`{"default": [{"type": "insecureAcceptAnything"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	ref, err := container.ParseReference("ostree-image-signed:oci:/srv/images:stable")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	repo, err := ostree.Init(dir, &ostree.InitOptions{Mode: ostree.ModeArchive})
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()
	_, err = container.Pull(context.Background(), repo, ref, &container.PullOptions{Policy: policy})
	fmt.Println(err)
	// Output:
	// ostree-image-signed:oci:/srv/images:stable: containers-policy.json specifies a default of `insecureAcceptAnything`; refusing usage
}
