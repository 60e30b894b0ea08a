package rpmostree

import (
	"context"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// packageDiff is how two commits differ.
type packageDiff struct {
	packages   pkglist.Diff
	advisories gvariant.Value // new ones, of type advisoryType
}

func (s *System) compareCommits(ctx context.Context, from, to object.Checksum) (*packageDiff, error) {
	a, err := packagesOf(ctx, s, from)
	if err != nil {
		return nil, err
	}
	b, err := packagesOf(ctx, s, to)
	if err != nil {
		return nil, err
	}
	list, err := newAdvisories(s.Repo(), from, to)
	if err != nil {
		return nil, err
	}
	return &packageDiff{pkglist.Compare(a, b), advisoriesVariant(list)}, nil
}

// CommitDiff is how the packages of two commits differ.
type CommitDiff struct {
	From, To   object.Checksum
	Packages   pkglist.Diff // how the packages differ
	Advisories []*Advisory  // of the second that the first does not have
}

// DiffCommits compares the packages of two commits.
func DiffCommits(ctx context.Context, repo *ostree.Repo, from, to object.Checksum) (*CommitDiff, error) {
	a, err := pkglist.Load(ctx, repo, from)
	if err != nil {
		return nil, err
	}
	b, err := pkglist.Load(ctx, repo, to)
	if err != nil {
		return nil, err
	}
	advisories, err := newAdvisories(repo, from, to)
	if err != nil {
		return nil, err
	}
	return &CommitDiff{From: from, To: to, Packages: pkglist.Compare(a, b), Advisories: advisories}, nil
}

// MarshalJSON returns the object that "db diff --format=json" prints.
func (d *CommitDiff) MarshalJSON() ([]byte, error) {
	return marshal(ordered{
		{"ostree-commit-from", d.From.String()}, {"ostree-commit-to", d.To.String()},
		{"pkgdiff", d.Packages}, {"advisories", variantJSON(advisoriesVariant(d.Advisories))},
	})
}

// WriteAdvisories writes a table of security advisories.
func WriteAdvisories(w io.Writer, list []*Advisory, o *TextOptions) error {
	t := newStatusText(o)
	t.advisories(0, advisoriesVariant(list))
	_, err := w.Write(t.b.Bytes())
	return err
}

// WriteChangelogs writes the changes in groups, and below each upgraded package the entries of its changelog that the
// old one does not have.
func (d *CommitDiff) WriteChangelogs(ctx context.Context, w io.Writer, repo *ostree.Repo) error {
	old, err := headersByNEVRA(ctx, repo, d.From)
	if err != nil {
		return err
	}
	now, err := headersByNEVRA(ctx, repo, d.To)
	if err != nil {
		return err
	}
	titles := map[pkglist.ChangeType]string{pkglist.Upgraded: "Upgraded", pkglist.Downgraded: "Downgraded", pkglist.Removed: "Removed", pkglist.Added: "Added"}
	for _, typ := range []pkglist.ChangeType{pkglist.Upgraded, pkglist.Downgraded, pkglist.Removed, pkglist.Added} {
		for i, c := range d.Packages.Of(typ) {
			if i == 0 {
				fmt.Fprintf(w, "%s:\n", titles[typ])
			}
			fmt.Fprintf(w, "  %s\n", changeText(&c))
			if typ != pkglist.Upgraded {
				continue
			}
			if err := writeNewChanges(w, old[c.Old.String()], now[c.New.String()]); err != nil {
				return err
			}
		}
	}
	return nil
}

func headersByNEVRA(ctx context.Context, repo *ostree.Repo, commit object.Checksum) (map[string]*rpm.Header, error) {
	tree, err := repo.CommitFS(commit)
	if err != nil {
		return nil, err
	}
	headers, err := pkglist.Headers(ctx, tree)
	if err != nil {
		return nil, fmt.Errorf("packages of commit %s: %w", commit, err)
	}
	by := make(map[string]*rpm.Header, len(headers))
	for _, h := range headers {
		by[pkglist.FromNEVRA(h.NEVRA()).String()] = h
	}
	return by, nil
}

// change is an entry of a changelog.
type change struct {
	time       uint32
	name, text string
}

func changelog(h *rpm.Header) []change {
	if h == nil {
		return nil
	}
	times, names, texts := h.Uint32s(rpm.TagChangelogTime), h.Strings(rpm.TagChangelogName), h.Strings(rpm.TagChangelogText)
	n := min(len(times), len(names), len(texts))
	list := make([]change, n)
	for i := range n {
		list[i] = change{times[i], names[i], texts[i]}
	}
	return list
}

// writeNewChanges writes the entries of a changelog above those that the old one has.
func writeNewChanges(w io.Writer, old, now *rpm.Header) error {
	known := map[change]bool{}
	for _, c := range changelog(old) {
		known[c] = true
	}
	list := changelog(now)
	sort.SliceStable(list, func(i, j int) bool { return list[i].time > list[j].time })
	for _, c := range list {
		if known[c] {
			continue
		}
		day := time.Unix(int64(c.time), 0).UTC().Format("Mon Jan 02 2006")
		if _, err := fmt.Fprintf(w, "    * %s %s\n%s\n\n", day, c.name, indent(c.text, "    ")); err != nil {
			return err
		}
	}
	return nil
}

// The types of package changes in a cached update.
const (
	modifiedType gvariant.Type = "a(us(ss)(ss))"
	singleType   gvariant.Type = "a(usss)"
)

// diffVariant is the form that changes have in a cached update.
func diffVariant(d pkglist.Diff) gvariant.Value {
	var dict object.Dict
	pair := func(p *pkglist.Package) gvariant.Value {
		return gvariant.NewTuple(gvariant.NewString(p.EVR()), gvariant.NewString(p.Arch))
	}
	for _, part := range []struct {
		key string
		typ pkglist.ChangeType
	}{{"upgraded", pkglist.Upgraded}, {"downgraded", pkglist.Downgraded}} {
		var items []gvariant.Value
		for _, c := range d.Of(part.typ) {
			items = append(items, gvariant.NewTuple(gvariant.NewUint32(uint32(c.Type)), gvariant.NewString(c.Name), pair(c.Old), pair(c.New)))
		}
		dict.Set(part.key, gvariant.NewArray(modifiedType.Elem(), items...))
	}
	for _, part := range []struct {
		key string
		typ pkglist.ChangeType
	}{{"removed", pkglist.Removed}, {"added", pkglist.Added}} {
		var items []gvariant.Value
		for _, c := range d.Of(part.typ) {
			p := c.New
			if p == nil {
				p = c.Old
			}
			items = append(items, gvariant.NewTuple(gvariant.NewUint32(uint32(c.Type)), gvariant.NewString(c.Name), gvariant.NewString(p.EVR()), gvariant.NewString(p.Arch)))
		}
		dict.Set(part.key, gvariant.NewArray(singleType.Elem(), items...))
	}
	return dict.Value()
}

// diffFromVariant reads the changes of a cached update.
func diffFromVariant(v gvariant.Value) pkglist.Diff {
	var d pkglist.Diff
	for _, part := range []struct {
		key string
		typ pkglist.ChangeType
	}{{"upgraded", pkglist.Upgraded}, {"downgraded", pkglist.Downgraded}} {
		list, ok := v.LookupType(part.key, modifiedType)
		if !ok {
			continue
		}
		for c := range list.Children() {
			name := c.Child(1).Str()
			d = append(d, pkglist.Change{Type: part.typ, Name: name, Old: packageOf(name, c.Child(2).Child(0).Str(), c.Child(2).Child(1).Str()),
				New: packageOf(name, c.Child(3).Child(0).Str(), c.Child(3).Child(1).Str())})
		}
	}
	for _, part := range []struct {
		key string
		typ pkglist.ChangeType
	}{{"removed", pkglist.Removed}, {"added", pkglist.Added}} {
		list, ok := v.LookupType(part.key, singleType)
		if !ok {
			continue
		}
		for c := range list.Children() {
			p := packageOf(c.Child(1).Str(), c.Child(2).Str(), c.Child(3).Str())
			change := pkglist.Change{Type: part.typ, Name: p.Name, New: p}
			if part.typ == pkglist.Removed {
				change.Old, change.New = p, nil
			}
			d = append(d, change)
		}
	}
	return d
}
