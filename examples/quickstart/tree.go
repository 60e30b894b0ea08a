//go:build linux

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// stream is the kind of releases that the machine follows, branch where they are in the repository.
const stream = "stable"

func branch() string { return "demo/" + compose.Machine() + "/" + stream }

// treefileText describes the operating system. The kernel's package brings its initramfs and no modules: neither depmod
// nor dracut has to run in the tree.
const treefileText = `ref: demo/${basearch}/stable
repos: [demo]
packages: [kernel, demo-release, greeter]
selinux: false
boot-location: modules
`

// compose makes the first release. Nothing but the key is random: the same input gives the same commit.
func (l *life) compose(ctx context.Context) (err error) {
	l.title("A release: a treefile and packages become a signed commit")
	if l.public, l.secret, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return err
	}
	if l.builds, err = ostree.Init(l.path("repo"), &ostree.InitOptions{Mode: ostree.ModeArchive}); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"os.yaml":   treefileText,
		"demo.repo": "[demo]\nname=Demo\nbaseurl=" + l.fileURL("packages") + "\nmetadata_expire=0\n",
	} {
		if err := writeFile(l.path("config/"+name), text); err != nil {
			return err
		}
	}
	if l.one, err = l.composeRelease(ctx, "1.0", day(1)); err != nil {
		return err
	}
	tree, err := l.builds.CommitFS(l.one)
	if err != nil {
		return err
	}
	target, err := tree.ReadLink("home")
	if err != nil {
		return err
	}
	say("the tree is laid out to be deployed: /home -> %s", target)
	return nil
}

// composeRelease composes what the packages and the treefile are by now, and signs it.
func (l *life) composeRelease(ctx context.Context, version string, at time.Time) (object.Checksum, error) {
	files := os.DirFS(l.path("config"))
	tf, err := treefile.LoadCompose(files, "os.yaml", &treefile.Options{Arch: compose.Machine()})
	if err != nil {
		return object.Checksum{}, err
	}
	res, err := compose.Tree(ctx, tf, &compose.TreeOptions{
		Options:  compose.Options{Files: files, Epoch: at, WorkDir: l.dir},
		Repo:     l.builds,
		Metadata: map[string]any{"version": version, "fedora-coreos.stream": stream},
	})
	if err != nil {
		return object.Checksum{}, err
	}
	say("%s %s: %d packages, commit %s", res.Ref, res.Version, len(res.Packages), short(res.Commit))
	if err := l.builds.SignCommit(ctx, res.Commit, sign.Ed25519{}, l.secret); err != nil {
		return object.Checksum{}, err
	}
	if err := l.builds.UpdateSummary(ctx, nil); err != nil {
		return object.Checksum{}, err
	}
	return res.Commit, l.checkSignature(res.Commit)
}

// checkSignature verifies a commit with the right key, and with a wrong one.
func (l *life) checkSignature(c object.Checksum) error {
	if _, err := l.builds.VerifyCommit(c, sign.Ed25519{}, &sign.Keys{Trusted: [][]byte{l.public}}); err != nil {
		return err
	}
	stranger, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if _, err := l.builds.VerifyCommit(c, sign.Ed25519{}, &sign.Keys{Trusted: [][]byte{stranger}}); err == nil {
		return errors.New("a stranger's key verifies the commit")
	}
	say("signed with ed25519; verifies with the key, and not with another one")
	return nil
}

// writeFile writes a file with the directories above.
func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
