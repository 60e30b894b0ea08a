package driver_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
)

// printing is a Runner that shows commands instead of running them.
type printing struct{}

func (printing) Run(_ context.Context, c driver.Command) (driver.Result, error) {
	fmt.Println(c.Name, strings.Join(c.Args, " "))
	return driver.Result{Stdout: []byte(`{"deployments":[{
		"booted":true,"checksum":"c0ffee","version":"40.1","base-commit-meta":{},
		"container-image-reference":"ostree-image-signed:docker://quay.io/acme/os:stable",
		"container-image-reference-digest":"sha256:0123"}]}`)}, nil
}

func ExampleCLI() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	d := driver.NewCLI(&driver.Options{Runner: printing{}, Root: dir})
	booted, err := d.Booted(ctx)
	fmt.Println(booted.Version, booted.Payload, err)
	next := cincinnati.Release{Version: "40.2", Payload: cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "f00d"}}
	fmt.Println(d.Stage(ctx, next, false))
	fmt.Println(d.Finalize(ctx, next.Payload))
	// Output:
	// rpm-ostree status --booted --json
	// 40.1 quay.io/acme/os@sha256:0123 <nil>
	// rpm-ostree deploy --lock-finalization --skip-branch-check revision=f00d --disallow-downgrade
	// <nil>
	// rpm-ostree finalize-deployment f00d
	// <nil>
}

func ExampleParseImageReference() {
	r, err := driver.ParseImageReference("ostree-remote-registry:fedora:quay.io/acme/os:40.1")
	fmt.Println(r.Remote, r.Transport, r.Name, err)
	fmt.Println(r)
	// Output:
	// fedora registry quay.io/acme/os:40.1 <nil>
	// ostree-remote-image:fedora:docker://quay.io/acme/os:40.1
}
