package rpmostree

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// enabledMetadata brings the metadata of the enabled repositories up to date and returns them.
func (s *System) enabledMetadata(ctx context.Context) ([]*rpmmd.Metadata, error) {
	set, err := s.refresh(ctx, nil)
	if err != nil {
		return nil, err
	}
	list := make([]*rpmmd.Metadata, len(set.Repos))
	for i, m := range set.Repos {
		list[i] = m.Meta
	}
	return list, nil
}

// findLayered finds newer versions of the layered packages in the repositories, with their advisories. It does not
// resolve dependencies: an upgrade may come to another result.
func (u *update) findLayered(ctx context.Context) error {
	layered, err := u.layeredPackages(ctx)
	if err != nil || len(layered) == 0 {
		return err
	}
	metas, err := u.sys.enabledMetadata(ctx)
	if err != nil {
		return err
	}
	newest := map[string]*pkglist.Package{}
	for _, m := range metas {
		if err := u.scanPrimary(ctx, m, layered, newest); err != nil {
			return err
		}
	}
	upgraded := map[string]bool{}
	var diff pkglist.Diff
	for key, p := range newest {
		old := layered[key]
		diff = append(diff, pkglist.Change{Type: pkglist.Upgraded, Name: p.Name, Old: &old, New: p})
		upgraded[p.String()] = true
	}
	slices.SortFunc(diff, func(a, b pkglist.Change) int { return strings.Compare(a.New.String(), b.New.String()) })
	u.packages = append(u.packages, diff...)
	slices.SortStableFunc(u.packages, func(a, b pkglist.Change) int { return strings.Compare(a.Name, b.Name) })
	if len(diff) == 0 {
		return nil
	}
	for _, m := range metas {
		if err := u.scanAdvisories(ctx, m, upgraded); err != nil {
			return err
		}
	}
	return nil
}

// layeredPackages are the packages of the deployment that its base does not have, by name and architecture.
func (u *update) layeredPackages(ctx context.Context) (map[string]pkglist.Package, error) {
	if u.base == u.deployment.Commit {
		return nil, nil
	}
	repo := u.sys.Repo()
	all, err := pkglist.Load(ctx, repo, u.deployment.Commit)
	if err != nil {
		return nil, err
	}
	base, err := pkglist.LoadBase(ctx, repo, u.deployment.Commit)
	if err != nil {
		return nil, err
	}
	layered := map[string]pkglist.Package{}
	for _, c := range pkglist.Compare(base, all) {
		if c.Type == pkglist.Added && !u.isLocal(c.New.String()) {
			layered[c.New.Name+"."+c.New.Arch] = *c.New
		}
	}
	return layered, nil
}

// isLocal tells whether a package was given as a file, so that no repository updates it.
func (u *update) isLocal(nevra string) bool {
	return u.origin.Local.Contains(nevra) || u.origin.LocalFileOverride.Contains(nevra)
}

func (u *update) scanPrimary(ctx context.Context, m *rpmmd.Metadata, layered map[string]pkglist.Package, newest map[string]*pkglist.Package) (err error) {
	r, err := m.Open("primary")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return rpmmd.ParsePrimary(ctx, r, func(p *rpmmd.PackageData) error {
		key := string(p.Name) + "." + string(p.Arch)
		present, ok := layered[key]
		if !ok {
			return nil
		}
		if best := newest[key]; best != nil {
			present = *best
		}
		found := pkglist.Package{Name: string(p.Name), Epoch: string(p.Epoch), Version: string(p.Version), Release: string(p.Release), Arch: string(p.Arch)}
		if found.Epoch == "" {
			found.Epoch = "0"
		}
		if evr.Compare(evrOf(&found), evrOf(&present)) > 0 {
			newest[key] = &found
		}
		return nil
	})
}

func evrOf(p *pkglist.Package) evr.EVR {
	return evr.EVR{Epoch: p.Epoch, Version: p.Version, Release: p.Release}
}

// scanAdvisories collects the advisories about packages that are upgraded.
func (u *update) scanAdvisories(ctx context.Context, m *rpmmd.Metadata, upgraded map[string]bool) (err error) {
	if m.Find("updateinfo") == nil {
		return nil
	}
	if err := m.Fetch(ctx, "updateinfo"); err != nil {
		return err
	}
	r, err := m.Open("updateinfo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return rpmmd.ParseUpdateinfo(ctx, r, func(x *rpmmd.Update) error {
		if a := advisoryFor(x, upgraded); a != nil && !slices.ContainsFunc(u.advisories, func(b *Advisory) bool { return b.ID == a.ID }) {
			u.advisories = append(u.advisories, a)
		}
		return nil
	})
}

// advisoryFor is an advisory as far as it is about certain packages; nil if it is not.
func advisoryFor(x *rpmmd.Update, nevras map[string]bool) *Advisory {
	a := &Advisory{ID: x.ID, Kind: advisoryKindOf(x.Type), Severity: severityOf(x.Severity)}
	for _, c := range x.Collections {
		for _, p := range c.Packages {
			q := pkglist.Package{Name: p.Name, Epoch: p.Epoch, Version: p.Version, Release: p.Release, Arch: p.Arch}
			if n := q.String(); nevras[n] && !slices.Contains(a.Packages, n) {
				a.Packages = append(a.Packages, n)
			}
		}
	}
	if len(a.Packages) == 0 {
		return nil
	}
	slices.Sort(a.Packages)
	for _, r := range x.References {
		if r.Type == "cve" {
			a.CVEs = append(a.CVEs, CVEReference{r.Href, r.Title})
		}
	}
	return a
}
