//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// stateroot is the name of the operating system on the machine.
const stateroot = "demo"

// deploy makes a machine, which is a folder here, and deploys the first release on it.
func (l *life) deploy(ctx context.Context) error {
	l.title("A machine: the release is pulled, verified, deployed and booted")
	if err := l.pull(ctx); err != nil {
		return err
	}
	root, err := sysroot.Open(l.path("machine"), &sysroot.Options{MutableDeployments: true})
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.InitStateroot(ctx, stateroot); err != nil {
		return err
	}
	if err := root.Lock(ctx); err != nil {
		return err
	}
	if err := root.Load(ctx); err != nil {
		return err
	}
	d, err := root.DeployTree(ctx, stateroot, l.one, sysroot.NewOrigin("site:"+branch()), nil,
		&sysroot.DeployOptions{Kargs: kargs.Of("root=LABEL=root", "rw", "ignition.platform.id=aws")})
	if err != nil {
		return err
	}
	if err := root.SimpleWriteDeployment(ctx, stateroot, d, nil, 0); err != nil {
		return err
	}
	if err := l.showMenu(); err != nil {
		return err
	}
	return l.boot()
}

// pull makes the machine's repository and fetches the release. Its mode is for those who are not root: owners and
// modes of the files are kept beside them. Whom to trust is in the repository's configuration.
func (l *life) pull(ctx context.Context) error {
	if err := os.Mkdir(l.path("machine"), 0o755); err != nil {
		return err
	}
	if err := sysroot.InitFSMode(ctx, l.path("machine"), 1, ostree.ModeBareUser); err != nil {
		return err
	}
	repo, err := ostree.Open(l.path("machine/ostree/repo"), nil)
	if err != nil {
		return err
	}
	defer repo.Close()
	err = repo.AddRemote("site", l.site.url+"/repo", &ostree.RemoteAddOptions{Settings: [][2]string{
		{"gpg-verify", "false"},
		{"sign-verify", "ed25519"},
		{"verification-ed25519-key", base64.StdEncoding.EncodeToString(l.public)},
	}})
	if err != nil {
		return err
	}
	stats, err := repo.Pull(ctx, "site", &ostree.PullOptions{Refs: []string{branch()}})
	if err != nil {
		return err
	}
	got, err := repo.ResolveRev("site:" + branch())
	if err != nil {
		return err
	}
	if got != l.one || stats.Sign != "commit" {
		return fmt.Errorf("pulled %s, verified: %s", got, stats.Sign)
	}
	say("pulled over HTTP: %d objects, each with the checksum that is its name; the commit's signature is good",
		stats.MetadataFetched+stats.ContentFetched)
	return nil
}

// entries are the boot entries, the one that boots by default first.
func (l *life) entries() ([]bls.File, error) {
	list, err := bls.ReadDir(os.DirFS(l.path("machine/boot")), "loader/entries")
	if err == nil && len(list) == 0 {
		err = errors.New("there is nothing to boot")
	}
	return list, err
}

// showMenu prints what a boot loader would offer.
func (l *life) showMenu() error {
	list, err := l.entries()
	if err != nil {
		return err
	}
	for i, e := range list {
		dir, err := l.target(e)
		if err != nil {
			return err
		}
		say("boot menu %d: %s, deployment %.12s", i+1, e.Entry.Value(bls.KeyTitle), filepath.Base(dir))
	}
	return nil
}

// target is the deployment that an entry boots: its kernel arguments name a link to it.
func (l *life) target(e bls.File) (string, error) {
	link, ok := kargs.BootTarget(e.Entry.Value(bls.KeyOptions))
	if !ok {
		return "", fmt.Errorf("boot entry without ostree=: %s", e.Entry.Value(bls.KeyOptions))
	}
	return filepath.EvalSymlinks(filepath.Join(l.path("machine"), link))
}

// boot plays the boot loader, which chooses the first entry, the initramfs, which finds the deployment that the
// kernel arguments name, and what kernel and systemd add to the running system.
func (l *life) boot() error {
	list, err := l.entries()
	if err != nil {
		return err
	}
	if l.root, err = l.target(list[0]); err != nil {
		return err
	}
	options := list[0].Entry.Value(bls.KeyOptions)
	if err := writeFile(filepath.Join(l.root, "proc/cmdline"), options+"\n"); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(l.root, "etc/machine-id"), "c0ffee00c0ffee00c0ffee00c0ffee00\n"); err != nil {
		return err
	}
	name, err := l.read("usr/lib/os-release")
	if err != nil {
		return err
	}
	say("booted %s", field(name, "PRETTY_NAME"))
	return nil
}

// read reads a file of the running system.
func (l *life) read(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(l.root, name))
	return string(text), err
}
