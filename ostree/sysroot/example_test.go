//go:build linux

package sysroot_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// tinyOS commits a system with nothing but what a deployment needs to a repository. The files belong to
// whoever runs it.
func tinyOS(ctx context.Context, repo *ostree.Repo, version string) (object.Checksum, error) {
	dir, err := os.MkdirTemp("", "tiny")
	if err != nil {
		return object.Checksum{}, err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz":       "a kernel",
		"usr/lib/modules/6.1.0/initramfs.img": "an initramfs",
		"usr/lib/os-release":                  "PRETTY_NAME=Tiny\n",
		"usr/etc/motd":                        "Welcome to " + version + "\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			return object.Checksum{}, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return object.Checksum{}, err
		}
	}
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return object.Checksum{}, err
	}
	defer txn.Abort()
	tree := ostree.NewTree()
	if err := txn.AddDirectory(ctx, tree, dir, &ostree.Modifier{NoXattrs: true}); err != nil {
		return object.Checksum{}, err
	}
	root, meta, err := txn.WriteTree(tree)
	if err != nil {
		return object.Checksum{}, err
	}
	metadata := &object.Dict{}
	metadata.Set(object.KeyVersion, object.NewString(version))
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Metadata: metadata})
	if err != nil {
		return c, err
	}
	if err := txn.SetRef("tiny/stable", c); err != nil {
		return c, err
	}
	_, err = txn.Commit(ctx)
	return c, err
}

// newTiny makes a physical root with the stateroot "tiny", opened, loaded and locked.
func newTiny(ctx context.Context, dir string) (*sysroot.Sysroot, error) {
	if err := sysroot.InitFS(ctx, dir, 1); err != nil {
		return nil, err
	}
	// Without the immutable flag anybody can delete the example.
	s, err := sysroot.Open(dir, &sysroot.Options{MutableDeployments: true})
	if err != nil {
		return nil, err
	}
	if err := s.InitStateroot(ctx, "tiny"); err != nil {
		return nil, err
	}
	if err := s.Lock(ctx); err != nil {
		return nil, err
	}
	return s, s.Load(ctx)
}

// A physical root is made in a plain directory, without root; what is deployed there can be packed into an image.
func Example() {
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

	for _, version := range []string{"1.0", "2.0"} {
		c, err := tinyOS(ctx, s.Repo(), version)
		if err != nil {
			log.Fatal(err)
		}
		merge := s.MergeDeployment("tiny") // nil at first
		opts := &sysroot.DeployOptions{}
		if merge == nil {
			opts.Kargs = kargs.Of("root=LABEL=root", "rw")
		}
		d, err := s.DeployTree(ctx, "tiny", c, sysroot.NewOrigin("tiny/stable"), merge, opts)
		if err != nil {
			log.Fatal(err)
		}
		if err := s.SimpleWriteDeployment(ctx, "tiny", d, merge, 0); err != nil {
			log.Fatal(err)
		}
	}
	for _, d := range s.Deployments() {
		fmt.Println(d.Index, d.Stateroot, d.Entry.Value(bls.KeyTitle), d.Origin.Refspec())
	}

	// A rollback.
	if err := s.SetDefault(ctx, 1); err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Deployments()[0].Entry.Value(bls.KeyTitle), s.Deployments()[0].Kargs().Without("ostree"))
	// Output:
	// 0 tiny Tiny 2.0 (ostree:0) tiny/stable
	// 1 tiny Tiny 1.0 (ostree:1) tiny/stable
	// Tiny 1.0 (ostree:0) root=LABEL=root rw
}
