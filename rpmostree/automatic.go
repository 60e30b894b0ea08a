package rpmostree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// AutomaticOutcome is what an automatic update came to.
type AutomaticOutcome struct {
	// Update is what was found, the dictionary that [System.CachedUpdate] returns from now on; nil if nothing is new.
	Update *object.Dict
	// Outcome is that of the upgrade; nil if the policy has none.
	Outcome *Outcome
	// Reboot says that the policy wants the new deployment booted now, which is left to the caller.
	Reboot bool
}

// AutomaticUpdate does what an update policy says: look for an update, or deploy it too. What was found is kept for
// [System.CachedUpdate]. The policy none does nothing.
func (s *System) AutomaticUpdate(ctx context.Context, policy UpdatePolicy) (*AutomaticOutcome, error) {
	switch policy {
	case PolicyCheck:
		u, err := s.CheckUpdate(ctx)
		return &AutomaticOutcome{Update: u}, err
	case PolicyStage, PolicyApply:
		out, err := s.Apply(ctx, &Change{Upgrade: true})
		if err != nil {
			return nil, err
		}
		a := &AutomaticOutcome{Outcome: out}
		if a.Update, err = s.RememberUpdate(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		a.Reboot = policy == PolicyApply && out.Changed
		return a, nil
	}
	return &AutomaticOutcome{}, nil
}

// CheckUpdate finds out what an upgrade would bring: of the base only the commit is fetched, of the repositories the
// metadata. It returns nil if nothing is new.
func (s *System) CheckUpdate(ctx context.Context) (*object.Dict, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	d, err := s.current()
	if err != nil {
		return nil, err
	}
	o, err := origin.FromSysroot(d.Origin)
	if err != nil {
		return nil, err
	}
	if err := o.CheckConfigured(); err != nil {
		return nil, err
	}
	u := &update{sys: s, deployment: d, origin: o}
	if u.base, _, err = BaseCommit(s.Repo(), d.Commit); err != nil {
		return nil, err
	}
	if err := u.find(ctx); err != nil {
		return nil, err
	}
	if err := u.findLayered(ctx); err != nil {
		return nil, err
	}
	return s.saveUpdate(u.dict())
}

// RememberUpdate keeps how the first deployment of the stateroot differs from the one that it was made from, for
// [System.CachedUpdate]. It returns nil if there is only one.
func (s *System) RememberUpdate(ctx context.Context) (*object.Dict, error) {
	if _, err := s.root.LoadIfChanged(ctx); err != nil {
		return nil, err
	}
	d, err := s.current()
	if err != nil {
		return nil, err
	}
	from := s.root.Booted()
	if from == nil {
		from = s.successor(d)
	}
	if from == nil || from.Name() == d.Name() {
		return s.saveUpdate(nil)
	}
	o, err := origin.FromSysroot(d.Origin)
	if err != nil {
		return nil, err
	}
	u := &update{sys: s, deployment: d, origin: o, staged: true}
	if u.base, _, err = BaseCommit(s.Repo(), from.Commit); err != nil {
		return nil, err
	}
	if u.head, _, err = BaseCommit(s.Repo(), d.Commit); err != nil {
		return nil, err
	}
	diff, err := DiffCommits(ctx, s.Repo(), from.Commit, d.Commit)
	if err != nil {
		return nil, err
	}
	u.packages, u.advisories = diff.Packages, diff.Advisories
	return s.saveUpdate(u.dict())
}

// successor is the deployment of the same stateroot after another one.
func (s *System) successor(d *sysroot.Deployment) *sysroot.Deployment {
	passed := false
	for _, x := range s.root.Deployments() {
		switch {
		case x.Name() == d.Name() && x.Stateroot == d.Stateroot:
			passed = true
		case passed && x.Stateroot == d.Stateroot:
			return x
		}
	}
	return nil
}

// ForgetUpdate deletes what was found by the last check for updates, since it is not true any more.
func (s *System) ForgetUpdate() error {
	_, err := s.saveUpdate(nil)
	return err
}

// saveUpdate stores a cached update, or deletes it.
func (s *System) saveUpdate(d *object.Dict) (*object.Dict, error) {
	name, err := s.cachedUpdateFile()
	if err != nil {
		return nil, err
	}
	if d == nil {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return d, atomicfile.WriteFile(name, d.Value().Bytes(), 0o644, nil)
}

// update is what is new.
type update struct {
	sys        *System
	deployment *sysroot.Deployment // that it is for, or in
	origin     *origin.Origin
	staged     bool            // the deployment has it already
	base, head object.Checksum // present and new
	image      *container.RemoteImage
	layers     *container.ManifestDiff
	packages   pkglist.Diff
	advisories []*Advisory
}

// find finds the newest base.
func (u *update) find(ctx context.Context) error {
	u.head = u.base
	switch u.origin.Kind() {
	case origin.KindChecksum:
		return nil // pinned
	case origin.KindContainer:
		return u.findImage(ctx)
	}
	repo := u.sys.Repo()
	remote, ref, err := ostree.ParseRefspec(u.origin.Refspec)
	if err != nil {
		return err
	}
	if remote != "" {
		opts := u.sys.pullOptions()
		opts.Refs, opts.CommitOnly = []string{ref}, true
		if _, err := repo.Pull(ctx, remote, opts); err != nil {
			return err
		}
	}
	if u.head, err = repo.ResolveRev(u.origin.Refspec); err != nil || u.head == u.base {
		return err
	}
	diff, err := DiffCommits(ctx, repo, u.base, u.head)
	if errors.Is(err, pkglist.ErrNoDatabase) || errors.Is(err, ostree.ErrNotFound) {
		return nil // the commit alone does not tell
	}
	if err != nil {
		return err
	}
	u.packages, u.advisories = diff.Packages, diff.Advisories
	return nil
}

func (u *update) findImage(ctx context.Context) error {
	ref, err := container.ParseReference(u.origin.Container)
	if err != nil {
		return err
	}
	u.image, err = container.CheckUpdate(ctx, u.sys.Repo(), ref, &container.PullOptions{Progress: u.sys.opts.Progress})
	if err != nil || u.image == nil {
		return err
	}
	old, err := container.LoadImageCommit(u.sys.Repo(), u.base)
	if err != nil {
		return err
	}
	u.layers = container.CompareManifests(old.Manifest, u.image.Manifest)
	return nil
}

// newBase tells whether the branch, or the tag, has something else.
func (u *update) newBase() bool { return u.head != u.base || u.image != nil }

// dict describes the update; nil if there is none.
func (u *update) dict() *object.Dict {
	if !u.newBase() && len(u.packages) == 0 {
		return nil
	}
	d := &object.Dict{}
	str := func(key, v string) {
		if v != "" {
			d.Set(key, gvariant.NewString(v))
		}
	}
	str("osname", u.deployment.Stateroot)
	if u.image != nil {
		str("checksum", u.image.Digest.String())
		str("version", u.image.Version())
		if u.image.Config != nil {
			d.Set("timestamp", gvariant.NewUint64(uint64(u.image.Config.Created.Unix())))
		}
	} else {
		u.describeHead(d, str)
	}
	str("origin", u.origin.Base())
	d.Set("ref-has-new-commit", gvariant.NewBool(u.newBase()))
	if u.staged {
		str("deployment", u.deployment.Stateroot+"-"+u.deployment.Name())
	}
	d.Set("rpm-diff", diffVariant(u.packages))
	if len(u.advisories) > 0 {
		d.Set("advisories", advisoriesVariant(u.advisories))
	}
	if u.layers != nil {
		d.Set("manifest-diff", manifestDiffVariant(u.layers))
	}
	sum := sha256.Sum256(d.Value().Bytes())
	str("update-sha256", hex.EncodeToString(sum[:]))
	return d
}

func (u *update) describeHead(d *object.Dict, str func(key, v string)) {
	str("checksum", u.head.String())
	if c, err := u.sys.Repo().LoadCommit(u.head); err == nil {
		str("version", textOf(c.Metadata, keyVersion))
		d.Set("timestamp", gvariant.NewUint64(c.Timestamp))
	}
	b := &describer{sys: u.sys, info: &DeploymentInfo{Dict: d, Base: u.head}}
	b.signatures(context.Background(), u.origin)
}

func manifestDiffVariant(m *container.ManifestDiff) gvariant.Value {
	var d object.Dict
	for _, part := range []struct {
		key string
		n   int64
	}{
		{"total", int64(m.Total)}, {"total-size", m.TotalSize}, {"n-removed", int64(len(m.Removed))}, {"removed-size", m.RemovedSize},
		{"n-added", int64(len(m.Added))}, {"added-size", m.AddedSize},
	} {
		d.Set(part.key, gvariant.NewUint64(uint64(part.n)))
	}
	return d.Value()
}
