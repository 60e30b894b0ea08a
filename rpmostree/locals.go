package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// localPackage is a package file of the user's, in the cache now.
type localPackage struct {
	origin.Local
	commit object.Checksum
}

// addFiles imports package files and requests them.
func (t *transaction) addFiles(ctx context.Context) error {
	for _, group := range []struct {
		files   []string
		replace bool
	}{{t.change.InstallFiles, false}, {t.change.InstallReplacing, true}} {
		locals, err := t.importFiles(ctx, group.files)
		if err != nil {
			return err
		}
		if _, err := t.origin.AddLocalPackages(locals, group.replace, t.change.Idempotent); err != nil {
			return err
		}
	}
	return nil
}

// addOverrides settles what the user named and edits the overrides.
func (t *transaction) addOverrides(ctx context.Context) error {
	c := t.change
	if len(c.OverrideRemove) > 0 {
		base, err := t.basePackages(ctx)
		if err != nil {
			return err
		}
		for _, subject := range c.OverrideRemove {
			p, err := origin.MatchBasePackage(base, subject)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(t.origin.OverrideReplaceLocal, func(l origin.Local) bool { return l.Name() == p.Name }) {
				return fmt.Errorf("Override already exists for package '%s'", p.Name)
			}
			if err := t.origin.AddOverrideRemove(p.Name); err != nil {
				return err
			}
		}
	}
	locals, err := t.importFiles(ctx, c.OverrideReplaceFiles)
	if err != nil {
		return err
	}
	for _, l := range locals {
		if t.origin.OverrideRemove.Contains(l.Name()) {
			return fmt.Errorf("Override already exists for package '%s'", l.Name())
		}
	}
	if err := t.origin.AddOverrideReplaceLocal(locals...); err != nil {
		return err
	}
	for _, r := range c.OverrideReplace {
		t.origin.AddOverrideReplace(r.Repo, r.Packages...)
	}
	return nil
}

func (t *transaction) basePackages(ctx context.Context) ([]origin.BasePackage, error) {
	list, err := pkglist.Load(ctx, t.sys.Repo(), t.base)
	if err != nil {
		return nil, err
	}
	base := make([]origin.BasePackage, len(list))
	for i, p := range list {
		base[i] = origin.BasePackage{Name: p.Name, NEVRA: p.String()}
	}
	return base, nil
}

// importFiles brings package files into the cache. The refs appear together.
func (t *transaction) importFiles(ctx context.Context, files []string) (locals []origin.Local, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	task := progress.Start(t.sys.opts.Progress, progress.Event{Task: "import", Text: "Importing packages"})
	defer func() { task.End(err) }()
	policy, err := t.policy(t.from.Commit)
	if err != nil {
		return nil, err
	}
	txn, err := t.sys.Repo().Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	for _, file := range files {
		l, err := importFile(ctx, txn, t.sys.Repo(), file, policy)
		if err != nil {
			return nil, err
		}
		t.locals = append(t.locals, l)
		locals = append(locals, l.Local)
	}
	_, err = txn.Commit(ctx)
	return locals, err
}

func importFile(ctx context.Context, txn *ostree.Txn, repo *ostree.Repo, file string, policy policy) (*localPackage, error) {
	p, err := rpm.Open(file)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if p.IsSource() {
		return nil, fmt.Errorf("%s appears to be a source RPM which are not usually intended to be installed", file)
	}
	got, err := pkgcache.Import(ctx, txn, repo, p, &pkgcache.ImportOptions{Policy: policy.labels, PolicyChecksum: policy.checksum})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := txn.SetRef(got.Ref, got.Commit); err != nil {
		return nil, err
	}
	nevra := p.NEVRA()
	return &localPackage{origin.Local{SHA256: got.HeaderSHA256, NEVRA: pkglist.FromNEVRA(nevra).String()}, got.Commit}, nil
}

// cachedLocal finds a package file that was given at an earlier operation.
func (t *transaction) cachedLocal(l origin.Local) (*pkgcache.Cached, error) {
	n, err := rpm.ParseNEVRA(l.NEVRA)
	if err != nil {
		return nil, err
	}
	c, err := pkgcache.Load(t.sys.Repo(), pkgcache.Ref(n))
	if errors.Is(err, ostree.ErrNotFound) {
		return nil, fmt.Errorf("package %s is not in the cache any more; uninstall it, or install its file again", l.NEVRA)
	}
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(c.HeaderSHA256, l.SHA256) {
		return nil, fmt.Errorf("Checksum mismatch for package %s: expected %s, found %s", l.NEVRA, l.SHA256, c.HeaderSHA256)
	}
	return c, nil
}

// policy is the SELinux policy of a tree; labels is nil for a tree without one.
type policy struct {
	labels   *ostree.SELinuxPolicy
	checksum string
}

func (t *transaction) policy(commit object.Checksum) (policy, error) {
	return loadPolicy(t.sys.Repo(), commit)
}
