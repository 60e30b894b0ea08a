//go:build linux

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// layer adds a package to the machine, with what it requires, from the repository that the machine is configured for.
func (l *life) layer(ctx context.Context) error {
	l.title("A package is layered on the release")
	sys, err := rpmostree.Open(ctx, l.path("machine"), systemOptions())
	if err != nil {
		return err
	}
	defer sys.Close()
	l.plain = l.root
	if l.plainFiles, err = l.files(l.plain); err != nil {
		return err
	}
	out, err := sys.Apply(ctx, &rpmostree.Change{Install: []string{"editor"}})
	if err != nil {
		return err
	}
	for _, c := range out.Diff() {
		say("package %s-%s added", c.Name, c.New.EVR())
	}
	base, layered, err := rpmostree.BaseCommit(sys.Repo(), out.Commit)
	if err != nil {
		return err
	}
	if !layered || base != l.two {
		return fmt.Errorf("the base is %s", base)
	}
	diff, err := sys.Repo().Diff(ctx, ostree.DiffSide{Commit: base}, ostree.DiffSide{Commit: out.Commit}, nil)
	if err != nil {
		return err
	}
	say("commit %s on %s; its files differ by:", short(out.Commit), short(base))
	for line := range diff.Lines() {
		say("    %s", line)
	}
	if err := l.showMenu(); err != nil {
		return err
	}
	if err := l.boot(); err != nil {
		return err
	}
	editor, err := l.read("usr/bin/editor")
	if err != nil {
		return err
	}
	say("/usr/bin/editor is there (%d bytes)", len(editor))
	l.layered = l.root
	if err := l.checkPlain(); err != nil {
		return err
	}
	say("the deployment that ran until now is what it was: all %d files", len(l.plainFiles))
	return nil
}

// checkPlain tells whether the deployment below the one with the package is what it was.
func (l *life) checkPlain() error {
	files, err := l.files(l.plain)
	if err == nil && !maps.Equal(files, l.plainFiles) {
		err = fmt.Errorf("deployment %s is not what it was", l.plain)
	}
	return err
}

// damage breaks what the site offers in three ways, and shows that the machine takes nothing of it, and that nothing
// changed.
func (l *life) damage(ctx context.Context) error {
	l.title("Failures: what is damaged or not trusted is refused, and nothing changes")
	before, err := l.snapshot()
	if err != nil {
		return err
	}
	for _, attempt := range []func(context.Context) error{l.damagedPackage, l.strangersRelease, l.damagedRelease} {
		if err := attempt(ctx); err != nil {
			return err
		}
	}
	after, err := l.snapshot()
	if err != nil {
		return err
	}
	if !maps.Equal(before, after) {
		return errors.New("something changed")
	}
	say("boot entries, kernels, deployments, origins and refs are what they were: all %d", len(after))
	return nil
}

func (l *life) damagedPackage(ctx context.Context) error {
	repair, err := flip(l.path("packages/debugger-15.2-1.noarch.rpm"))
	if err != nil {
		return err
	}
	err = l.mustFail(ctx, "install of a damaged package", "checksum doesn't match", &rpmostree.Change{Install: []string{"debugger"}})
	return errors.Join(err, repair())
}

// strangersRelease publishes a third release, and replaces its signature by that of somebody else.
func (l *life) strangersRelease(ctx context.Context) (err error) {
	if err := l.publishPackages(ctx, day(4), []*rpmtest.Spec{release("3.0"), greeter("3.0")}); err != nil {
		return err
	}
	if l.three, err = l.composeRelease(ctx, "3.0", day(4)); err != nil {
		return err
	}
	if _, err := l.builds.DeleteSignatures(l.three, sign.Ed25519{}, [][]byte{l.public}); err != nil {
		return err
	}
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := l.builds.SignCommit(ctx, l.three, sign.Ed25519{}, secret); err != nil {
		return err
	}
	if err := l.mustFail(ctx, "upgrade to a release that a stranger has signed", "Signature couldn't be verified", &rpmostree.Change{Upgrade: true}); err != nil {
		return err
	}
	return l.builds.SignCommit(ctx, l.three, sign.Ed25519{}, l.secret)
}

// damagedRelease damages one of its files.
func (l *life) damagedRelease(ctx context.Context) error {
	file, err := l.builds.Lookup(ctx, l.three, "/usr/bin/greeter")
	if err != nil {
		return err
	}
	name := object.Name{Checksum: file.Checksum, Type: object.TypeFile}
	repair, err := flip(filepath.Join(l.builds.Path(), "objects", name.LoosePath(true)))
	if err != nil {
		return err
	}
	err = l.mustFail(ctx, "upgrade to a release with a damaged file", "Corrupted file object", &rpmostree.Change{Upgrade: true})
	return errors.Join(err, repair())
}

// mustFail tries a change, which must be refused for this reason.
func (l *life) mustFail(ctx context.Context, what, reason string, c *rpmostree.Change) error {
	sys, err := rpmostree.Open(ctx, l.path("machine"), systemOptions())
	if err != nil {
		return err
	}
	defer sys.Close()
	if _, err = sys.Apply(ctx, c); err == nil {
		return fmt.Errorf("%s: it was taken", what)
	}
	if !strings.Contains(err.Error(), reason) {
		return fmt.Errorf("%s: %w", what, err)
	}
	say("%s:\n    %s", what, checksums.ReplaceAllString(err.Error(), "$1…"))
	return nil
}

// checksums are too long for people.
var checksums = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// flip changes one bit near the end of a file, and returns what changes it back.
func flip(path string) (back func() error, err error) {
	good, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bad := slices.Clone(good)
	bad[len(bad)-3] ^= 1
	return func() error { return os.WriteFile(path, good, 0o644) }, os.WriteFile(path, bad, 0o644)
}

// snapshot is the state of everything that says what the machine boots: checksums of files by their names, and refs.
func (l *life) snapshot() (map[string]object.Checksum, error) {
	state, err := l.files(l.path("machine/boot"), l.path("machine/ostree/deploy"))
	if err != nil {
		return nil, err
	}
	repo, err := ostree.Open(l.path("machine/ostree/repo"), nil)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	refs, err := repo.Refs("")
	for _, r := range refs {
		state[r.Refspec()] = r.Checksum
	}
	return state, err
}

// files are the checksums of all that is in directories.
func (l *life) files(dirs ...string) (map[string]object.Checksum, error) {
	state := map[string]object.Checksum{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			var content []byte
			switch {
			case e.Type().IsRegular():
				content, err = os.ReadFile(path)
			case e.Type() == fs.ModeSymlink:
				var target string
				target, err = os.Readlink(path)
				content = []byte(target)
			}
			state[path] = sha256.Sum256(content)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return state, nil
}

// rollback makes the deployment before the default again.
func (l *life) rollback(ctx context.Context) error {
	l.title("The way back")
	sys, err := rpmostree.Open(ctx, l.path("machine"), systemOptions())
	if err != nil {
		return err
	}
	defer sys.Close()
	if _, err := sys.Rollback(ctx); err != nil {
		return err
	}
	if err := l.showMenu(); err != nil {
		return err
	}
	list, err := l.entries()
	if err != nil {
		return err
	}
	if len(list) != 2 {
		return fmt.Errorf("%d boot entries", len(list))
	}
	for i, want := range []string{l.plain, l.layered} {
		if got, err := l.target(list[i]); got != want || err != nil {
			return fmt.Errorf("boot entry %d is for %s, not %s: %v", i+1, got, want, err)
		}
	}
	if err := l.checkPlain(); err != nil {
		return err
	}
	if err := l.boot(); err != nil {
		return err
	}
	if _, err := l.read("usr/bin/editor"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the editor is still there: %v", err)
	}
	if name, err := l.read("etc/hostname"); err != nil || name == "" {
		return fmt.Errorf("hostname %q: %v", name, err)
	}
	say("without the editor; its /etc is that of its time, and the newer deployment is kept")
	return nil
}
