package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// advisory is a security advisory that packages of the tree are the answer to.
type advisory struct {
	id       string
	severity uint32
	packages []string
	cves     []rpmmd.UpdateReference
}

const kindSecurity = 1

// severities are the numbers of the grades; anything else is 0.
var severities = map[string]uint32{"low": 1, "moderate": 2, "important": 3, "critical": 4}

// advisories finds the security advisories about the packages, sorted by their ids.
func (c *composer) advisories(ctx context.Context, repos *repositories, packages []goal.Package) ([]*advisory, error) {
	wanted := map[string]bool{}
	for _, p := range packages {
		wanted[pkglist.FromNEVRA(p.NEVRA).String()] = true
	}
	found := map[string]*advisory{}
	for _, r := range repos.set.Repos {
		if r.Meta.Find("updateinfo") == nil {
			continue
		}
		if err := r.Meta.Fetch(ctx, "updateinfo"); err != nil {
			return nil, err
		}
		doc, err := r.Meta.Open("updateinfo")
		if err != nil {
			return nil, err
		}
		if err := scanAdvisories(ctx, doc, wanted, found); err != nil {
			return nil, fmt.Errorf("advisories of %s: %w", r.Config.ID, err)
		}
	}
	list := make([]*advisory, 0, len(found))
	for _, a := range found {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *advisory) int { return strings.Compare(a.id, b.id) })
	return list, nil
}

func scanAdvisories(ctx context.Context, doc io.ReadCloser, wanted map[string]bool, found map[string]*advisory) error {
	err := rpmmd.ParseUpdateinfo(ctx, doc, func(u *rpmmd.Update) error {
		if u.Type != "security" || found[u.ID] != nil {
			return nil
		}
		if a := advisoryOf(u, wanted); len(a.packages) > 0 {
			found[u.ID] = a
		}
		return nil
	})
	return errors.Join(err, doc.Close())
}

var cvePattern = regexp.MustCompile(`\bCVE-[0-9]+-[0-9]+\b`)

func advisoryOf(u *rpmmd.Update, wanted map[string]bool) *advisory {
	a := &advisory{id: u.ID, severity: severities[strings.ToLower(u.Severity)]}
	for _, c := range u.Collections {
		for _, p := range c.Packages {
			n := pkglist.Package{Name: p.Name, Epoch: cmp.Or(p.Epoch, "0"), Version: p.Version, Release: p.Release, Arch: p.Arch}.String()
			if wanted[n] && !slices.Contains(a.packages, n) {
				a.packages = append(a.packages, n)
			}
		}
	}
	slices.Sort(a.packages)
	// One CVE may have several references, one for each product; the first address tells most.
	refs := slices.Clone(u.References)
	slices.SortStableFunc(refs, func(x, y rpmmd.UpdateReference) int { return strings.Compare(x.Href, y.Href) })
	seen := map[string]bool{}
	for _, r := range refs {
		cve := cvePattern.FindString(r.Title)
		if cve == "" || r.Href == "" || seen[cve] {
			continue
		}
		seen[cve] = true
		a.cves = append(a.cves, r)
	}
	return a
}

func advisoriesVariant(list []*advisory) gvariant.Value {
	items := make([]gvariant.Value, len(list))
	for i, a := range list {
		more := &object.Dict{}
		if len(a.cves) > 0 {
			refs := make([]gvariant.Value, len(a.cves))
			for j, r := range a.cves {
				refs[j] = gvariant.NewTuple(gvariant.NewString(r.Href), gvariant.NewString(r.Title))
			}
			more.Set("cve_references", gvariant.NewArray("(ss)", refs...))
		}
		items[i] = gvariant.NewTuple(gvariant.NewString(a.id), gvariant.NewUint32(kindSecurity), gvariant.NewUint32(a.severity), gvariant.NewStrings(a.packages), more.Value())
	}
	return gvariant.NewArray("(suuasa{sv})", items...)
}
