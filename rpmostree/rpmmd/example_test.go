package rpmmd_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// A repository is made of a directory, read through a client, and its packages are listed.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	opts := &rpmmd.CreateOptions{OutputDir: dir, Time: time.Unix(1700000000, 0)}
	if _, err := rpmmd.CreateRepo(ctx, "testdata/packages", opts); err != nil {
		fmt.Println(err)
		return
	}
	client, err := rpmmd.NewClient(&rpmmd.ClientOptions{CacheDir: dir + "/cache"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	repo := rpmmd.NewRepoConfig("local")
	repo.BaseURL = []string{"file://" + dir}
	meta, err := client.Refresh(ctx, repo, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("generated:", meta.Generated().Format(time.RFC3339))
	primary, err := meta.Open("primary")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer primary.Close()
	err = rpmmd.ParsePrimary(ctx, primary, func(p *rpmmd.PackageData) error {
		fmt.Printf("%s-%s-%s.%s provides %d requires %d\n", p.Name, p.Version, p.Release, p.Arch, len(p.Provides), len(p.Requires))
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// generated: 2023-11-14T22:13:20Z
	// centos-release-6-0.el6.centos.5.i686 provides 4 requires 0
	// latin-1-1.noarch provides 2 requires 0
	// nasty-1.0~rc1^git2-4.5.noarch provides 6 requires 15
	// nasty-1.0~rc1^git2-4.5.src provides 3 requires 0
	// one-epoch-0.1-1.x86_64 provides 2 requires 0
	// simple-1.0.1-1.i386 provides 3 requires 0
	// test-1.0.0-1.x86_64 provides 1 requires 0
}

func ExampleLoadRepos() {
	root := fstest.MapFS{
		"etc/yum.repos.d/os.repo": {Data: []byte("[os]\nname=OS $releasever\nbaseurl=https://repo.example.com/$releasever/OS/$basearch/\ngpgcheck=1\n")},
		"etc/dnf/vars/releasever": {Data: []byte("24.03-LTS\n")},
	}
	vars, err := rpmmd.LoadVars(root)
	if err != nil {
		fmt.Println(err)
		return
	}
	vars["basearch"] = "aarch64"
	repos, err := rpmmd.LoadRepos(root, &rpmmd.LoadOptions{Vars: vars})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range repos {
		fmt.Println(r.ID, r.Name, r.BaseURL, r.GPGCheck, r.MetadataExpire)
	}
	// Output:
	// os OS 24.03-LTS [https://repo.example.com/24.03-LTS/OS/aarch64/] true 48h0m0s
}

func ExampleWritePackage() {
	pkg, err := rpm.Open("testdata/packages/simple-1.0.1-1.i386.rpm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pkg.Close()
	var w strings.Builder
	err = rpmmd.WritePackage(&w, pkg, &rpmmd.PackageInfo{
		Checksum: rpmmd.Checksum{Type: "sha256", Hex: "…"}, Size: 1911, Href: "simple-1.0.1-1.i386.rpm",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(w.String()[:strings.Index(w.String(), "  <checksum")])
	// Output:
	// <package type="rpm">
	//   <name>simple</name>
	//   <arch>i386</arch>
	//   <version epoch="0" ver="1.0.1" rel="1"/>
}
