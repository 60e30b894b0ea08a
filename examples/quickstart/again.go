//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
)

// secretFile has the key that releases are signed with, as ostree's option --keys-file wants it.
const secretFile = "config/ed25519.secret"

// goOn tells what can be done with the folder by the programs of this repository, and leaves what they need for it.
func (l *life) goOn() error {
	secret := base64.StdEncoding.EncodeToString(l.secret) + "\n"
	if err := os.WriteFile(l.path(secretFile), []byte(secret), 0o600); err != nil {
		return err
	}
	mutable := ""
	if os.Geteuid() == 0 {
		mutable = "    export OSTREE_SYSROOT_DEBUG=mutable-deployments   # root could not remove them otherwise\n"
	}
	fmt.Printf(`
To go on with the programs: build them, serve the site again, and in another shell upgrade the machine to 3.0.

    CGO_ENABLED=0 go build -o bin/ ./examples/*/; export PATH=$PWD/bin:$PATH
    quickstart -serve %[1]s &
    cd %[1]s
%[3]s    rpm-ostree status --sysroot=machine
    rpm-ostree upgrade --sysroot=machine
    rpm-ostree install --sysroot=machine debugger

A release of your own, with one more package:

    sed -i 's/greeter]/greeter, editor]/' config/os.yaml
    rpm-ostree compose tree --repo=repo --add-metadata-string=version=4.0 config/os.yaml
    ostree sign --repo=repo --sign-type=ed25519 --keys-file=%[4]s %[2]s
    ostree summary --repo=repo --update
    rpm-ostree upgrade --sysroot=machine
`, l.dir, branch(), mutable, secretFile)
	return nil
}

// serveAgain serves the site where the machine looks for it.
func serveAgain(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	l := &life{dir: dir}
	defer l.close()
	machine, err := ostree.Open(l.path("machine/ostree/repo"), nil)
	if err != nil {
		return fmt.Errorf("%s is not what -keep leaves: %w", dir, err)
	}
	defer machine.Close()
	remote, err := machine.Remote("site")
	if err != nil {
		return err
	}
	address, err := remote.URL()
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if host := net.ParseIP(u.Hostname()); host == nil || !host.IsLoopback() {
		return fmt.Errorf("the machine in %s looks for its site at %s, which is not an address of this machine alone", dir, u.Host)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	if err := l.startSite(listener); err != nil {
		return err
	}
	if err := l.site.graphs.Refresh(ctx); err != nil {
		return err
	}
	fmt.Printf("%s/ has repo/, packages/, updates/ and locks/\n", l.site.url)
	<-ctx.Done()
	return nil
}
