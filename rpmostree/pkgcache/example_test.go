package pkgcache_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// importPackage brings a package into the repository, under the ref that it has in a cache.
func importPackage(ctx context.Context, repo *ostree.Repo, p *rpm.Package) (*pkgcache.Imported, error) {
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	got, err := pkgcache.Import(ctx, txn, repo, p, nil)
	if err != nil {
		return nil, err
	}
	if err := txn.SetRef(got.Ref, got.Commit); err != nil {
		return nil, err
	}
	_, err = txn.Commit(ctx)
	return got, err
}

// A package becomes a commit, in which its files are where an image has them.
func Example() {
	ctx := context.Background()
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "htop", Version: "3.2", Arch: "x86_64", Files: []rpmtest.File{
		{Path: "/usr/bin/htop", Mode: 0o755, Content: []byte("a program")},
		{Path: "/etc/htoprc", Content: []byte("color=1\n")},
		{Path: "/var/cache/htop", Mode: 0o40755},
	}})
	if err != nil {
		log.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pkgcache")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	repo, err := ostree.Init(dir, &ostree.InitOptions{Mode: ostree.ModeBareUser})
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()

	got, err := importPackage(ctx, repo, p)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Ref)
	for e, err := range repo.Walk(ctx, got.Commit, "", nil) {
		if err != nil {
			log.Fatal(err)
		}
		if !e.IsDir() {
			fmt.Println(e.Path)
		}
	}
	cached, err := pkgcache.Load(repo, got.Ref)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cached.Headers.NEVRA(), cached.HeaderSHA256 == got.HeaderSHA256)
	// Output:
	// rpmostree/pkg/htop/3.2-1.x86__64
	// /usr/bin/htop
	// /usr/etc/htoprc
	// /usr/lib/rpm-ostree/tmpfiles.d/htop.conf
	// htop-3.2-1.x86_64 true
}
