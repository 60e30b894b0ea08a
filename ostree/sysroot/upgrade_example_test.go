//go:build linux

package sysroot_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// An update: the newest commit of the branch that the deployment follows, beside the deployment that is there.
// This branch is a local one; with an origin like "remote:tiny/stable" it is fetched first.
func ExampleUpgrader() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sysroot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := newTiny(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	c, err := tinyOS(ctx, s.Repo(), "1.0")
	if err != nil {
		log.Fatal(err)
	}
	d, err := s.DeployTree(ctx, "tiny", c, sysroot.NewOrigin("tiny/stable"), nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.SimpleWriteDeployment(ctx, "tiny", d, nil, 0); err != nil {
		log.Fatal(err)
	}

	if _, err := tinyOS(ctx, s.Repo(), "1.1"); err != nil { // the vendor goes on
		log.Fatal(err)
	}
	for range 2 {
		u, err := s.NewUpgrader("tiny", nil)
		if err != nil {
			log.Fatal(err)
		}
		changed, err := u.Pull(ctx, nil)
		if err != nil {
			log.Fatal(err)
		}
		if !changed {
			fmt.Println("No update available.")
			break
		}
		if err := u.Deploy(ctx); err != nil {
			log.Fatal(err)
		}
		for _, d := range s.Deployments() {
			fmt.Println(d.Index, d.Entry.Value(bls.KeyTitle))
		}
	}
	// Output:
	// 0 Tiny 1.1 (ostree:0)
	// 1 Tiny 1.0 (ostree:1)
	// No update available.
}
