package rpmostree

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// resolution is what is to be done to the base.
type resolution struct {
	install  []element                        // new packages, and the new side of replacements
	remove   []rpmdb.Record                   // packages of the base that go
	replaced []replacement                    // among those that go
	active   []string                         // requests that are not fulfilled by the base
	repos    []repoState                      // that took part
	set      *fetchpkgs.Set                   // nil if none was loaded
	cached   map[*rpm.Header]*pkgcache.Cached // packages that were not taken from a repository
}

// element is a package to install.
type element struct {
	goal.Package
	action       string // "install", "update" or "downgrade"
	replaceFiles bool
}

func (r *resolution) empty() bool { return len(r.install)+len(r.remove) == 0 }

// removedNEVRAs are the packages of the base that go without replacement.
func (r *resolution) removedNEVRAs() []rpm.NEVRA {
	var list []rpm.NEVRA
	for _, rec := range r.remove {
		n := rec.Header.NEVRA()
		if !slices.ContainsFunc(r.replaced, func(x replacement) bool { return x.old == n }) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b rpm.NEVRA) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// resolver finds what an origin means for a base.
type resolver struct {
	t       *transaction
	origin  *origin.Origin
	records []rpmdb.Record // of the base
	base    *goal.Goal     // with the base alone
	goal    *goal.Goal
	out     *resolution
	files   map[string]bool // NEVRAs of packages that may replace files
}

func recordSeq(records []rpmdb.Record) iter.Seq2[rpmdb.Record, error] {
	return func(yield func(rpmdb.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (t *transaction) resolve(ctx context.Context, records []rpmdb.Record) (*resolution, error) {
	r := &resolver{t: t, origin: t.origin, records: records, out: &resolution{cached: map[*rpm.Header]*pkgcache.Cached{}}, files: map[string]bool{}}
	opts := &goal.Options{
		Arch: t.sys.machine(), NoRecommends: t.sys.opts.Config.NoRecommends, Logger: t.sys.opts.Logger,
		NoFilelists: !t.sys.opts.DownloadFilelists && !slices.ContainsFunc(t.origin.Packages, func(s string) bool { return strings.Contains(s, "/") }),
	}
	r.base, r.goal = goal.New(opts), goal.New(opts)
	for _, g := range []*goal.Goal{r.base, r.goal} {
		if err := g.AddInstalled(recordSeq(records)); err != nil {
			return nil, err
		}
	}
	requests, err := r.activeRequests(ctx)
	if err != nil {
		return nil, err
	}
	r.out.active = requests
	if err := r.load(ctx, requests); err != nil {
		return nil, err
	}
	if err := r.request(ctx, requests); err != nil {
		return nil, err
	}
	return r.out, r.solve(ctx)
}

// activeRequests leaves out the requests that the base fulfils. For new ones that must be allowed.
func (r *resolver) activeRequests(ctx context.Context) ([]string, error) {
	var active, inactive []string
	for _, req := range r.origin.Packages {
		provider, removed, err := r.provider(ctx, req)
		if err != nil {
			return nil, err
		}
		switch {
		case provider == "" && removed != "":
			return nil, fmt.Errorf("Cannot request '%s' provided by removed package '%s'", req, removed)
		case provider == "":
			active = append(active, req)
		case !r.t.change.AllowInactive && !r.t.change.Idempotent && slices.Contains(r.t.change.Install, req):
			return nil, fmt.Errorf("\"%s\" is already provided by: %s. Use --allow-inactive to explicitly require it.", req, provider)
		default:
			inactive = append(inactive, fmt.Sprintf("  %s (already provided by %s)", req, provider))
		}
	}
	if len(inactive) > 0 {
		r.t.sys.message("Inactive requests:\n" + strings.Join(inactive, "\n"))
	}
	return active, nil
}

// provider is the package of the base that fulfils a request, or would if it were not removed.
func (r *resolver) provider(ctx context.Context, req string) (present, removed string, err error) {
	found, err := r.base.Match(ctx, req)
	if err != nil {
		return "", "", err
	}
	for _, p := range found {
		if r.origin.OverrideRemove.Contains(p.NEVRA.Name) {
			removed = p.NEVRA.String()
		} else if present == "" {
			present = p.NEVRA.String()
		}
	}
	return present, removed, nil
}

// load brings the packages that can be chosen from into the goal.
func (r *resolver) load(ctx context.Context, requests []string) error {
	o := r.origin
	if r.t.change.CacheOnly {
		return r.loadCache(ctx)
	}
	if len(requests)+len(o.Local)+len(o.LocalFileOverride)+len(o.OverrideReplace)+len(o.OverrideReplaceLocal) == 0 {
		return nil
	}
	repos, err := r.t.sys.refresh(ctx, nil)
	if err != nil {
		return err
	}
	r.out.set = repos
	if len(repos.Repos) == 0 && len(requests)+len(o.OverrideReplace) > 0 {
		return errors.New("No enabled repositories")
	}
	if err := repos.AddTo(ctx, r.goal, r.t.sys.opts.Progress, r.t.sys.message); err != nil {
		return err
	}
	for _, m := range repos.Repos {
		r.out.repos = append(r.out.repos, repoState{m.Config.ID, m.Time()})
	}
	return r.t.sys.filterModules(ctx, r.goal, repos)
}

// loadCache offers every package that was ever imported and is still there.
func (r *resolver) loadCache(ctx context.Context) error {
	refs, err := r.t.sys.Repo().Refs(strings.TrimSuffix(pkgcache.RefPrefix, "/"))
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := pkgcache.Load(r.t.sys.Repo(), ref.Name)
		if err != nil {
			return err
		}
		p, err := r.goal.AddLocal(c.Headers)
		if err != nil {
			return err
		}
		r.out.cached[p.Header] = c
	}
	return nil
}

// request makes the jobs, in the order in which rpm-ostree makes them.
func (r *resolver) request(ctx context.Context, requests []string) error {
	var inactive []string
	for _, name := range r.origin.OverrideRemove {
		if !r.goal.Erase(name) {
			inactive = append(inactive, "  "+name)
		}
	}
	if len(inactive) > 0 {
		r.t.sys.message("Inactive base removals:\n" + strings.Join(inactive, "\n"))
	}
	for _, group := range []struct {
		list   origin.Locals
		forced bool
	}{{r.origin.Local, false}, {r.origin.LocalFileOverride, true}} {
		for _, l := range group.list {
			if err := r.local(l, false); err != nil {
				return err
			}
			r.files[l.NEVRA] = group.forced
		}
	}
	for _, l := range r.origin.OverrideReplaceLocal {
		if err := r.local(l, true); err != nil {
			return err
		}
	}
	for _, x := range r.origin.OverrideReplace {
		if err := r.goal.Replace(ctx, x.Repo, x.Packages...); err != nil {
			return err
		}
	}
	if err := r.goal.Install(ctx, requests...); err != nil {
		return err
	}
	return r.goal.LockInstalled()
}

// local requests a package file. A replacement for something that the base does not have is inactive.
func (r *resolver) local(l origin.Local, replace bool) error {
	if slices.ContainsFunc(r.records, func(rec rpmdb.Record) bool { return pkglist.FromNEVRA(rec.Header.NEVRA()).String() == l.NEVRA }) {
		return r.inBase(l, replace)
	}
	inBase := slices.ContainsFunc(r.records, func(rec rpmdb.Record) bool { return rec.Header.String(rpm.TagName) == l.Name() })
	if replace && !inBase {
		r.t.sys.message("Inactive base replacements:\n  " + l.NEVRA)
		return nil
	}
	c, err := r.t.cachedLocal(l)
	if err != nil {
		return err
	}
	p, err := r.goal.AddLocal(c.Headers)
	if err != nil {
		return err
	}
	r.out.cached[p.Header] = c
	if replace {
		r.goal.ReplacePackage(p)
	} else {
		r.goal.InstallPackage(p)
	}
	return nil
}

// inBase is for a package file that the base has. That is an error when it is given; later, when a base has caught
// up with it, it is not in the way of updates.
func (r *resolver) inBase(l origin.Local, replace bool) error {
	given := slices.ContainsFunc(r.t.locals, func(p *localPackage) bool { return p.NEVRA == l.NEVRA })
	switch {
	case given && replace:
		return fmt.Errorf("Request to reinstall exact base package versions: %s", l.NEVRA)
	case given:
		return fmt.Errorf("Package '%s' is already in the base", l.NEVRA)
	case replace:
		r.t.sys.message("Inactive base replacements:\n  " + l.NEVRA)
	default:
		r.t.sys.message(fmt.Sprintf("Inactive requests:\n  %s (already provided by %s)", l.Name(), l.NEVRA))
	}
	return nil
}

// solve resolves, and refuses what would change the base without being asked for.
func (r *resolver) solve(ctx context.Context) (err error) {
	task := progress.Start(r.t.sys.opts.Progress, progress.Event{Task: "resolve", Text: "Resolving dependencies"})
	res, err := r.goal.Resolve(ctx)
	task.End(err)
	if err != nil {
		return err
	}
	if err := r.checkRemovals(res); err != nil {
		return err
	}
	if err := r.checkReplacements(res); err != nil {
		return err
	}
	for _, p := range res.Installs {
		r.add(p, "install")
	}
	for _, x := range res.Replacements {
		action := "update"
		if x.Kind == goal.Downgrade {
			action = "downgrade"
		}
		r.add(x.New, action)
		r.drop(x.Old)
		repl := replacement{old: x.Old.NEVRA, new: x.New.NEVRA}
		if x.New.Repo != goal.LocalRepo {
			repl.repo = x.New.Repo
		}
		r.out.replaced = append(r.out.replaced, repl)
	}
	for _, x := range res.Removals {
		r.drop(x.Package)
	}
	slices.SortFunc(r.out.install, func(a, b element) int { return strings.Compare(a.NEVRA.String(), b.NEVRA.String()) })
	return nil
}

func (r *resolver) add(p goal.Package, action string) {
	r.out.install = append(r.out.install, element{p, action, r.files[pkglist.FromNEVRA(p.NEVRA).String()]})
}

func (r *resolver) drop(p goal.Package) {
	for _, rec := range r.records {
		if rec.Header == p.Header {
			r.out.remove = append(r.out.remove, rec)
		}
	}
}

func (r *resolver) checkRemovals(res *goal.Result) error {
	var unasked []string
	for _, x := range res.Removals {
		asked := r.origin.OverrideRemove.Contains(x.NEVRA.Name)
		if !asked && (x.By == nil || !r.isOverride(*x.By)) {
			unasked = append(unasked, x.NEVRA.String())
		}
	}
	if len(unasked) > 0 {
		return fmt.Errorf("Base packages would be removed: %s", strings.Join(unasked, ", "))
	}
	var kept []string
	for _, name := range r.origin.OverrideRemove {
		inBase := slices.ContainsFunc(r.records, func(rec rpmdb.Record) bool { return rec.Header.String(rpm.TagName) == name })
		if inBase && !slices.ContainsFunc(res.Removals, func(x goal.Removal) bool { return x.NEVRA.Name == name }) {
			kept = append(kept, name)
		}
	}
	if len(kept) > 0 {
		return fmt.Errorf("Base packages not marked to be removed: %s", strings.Join(kept, ", "))
	}
	return nil
}

// isOverride tells whether a package was asked for as a replacement in the base.
func (r *resolver) isOverride(p goal.Package) bool {
	if r.origin.OverrideReplaceLocal.Contains(pkglist.FromNEVRA(p.NEVRA).String()) {
		return true
	}
	return slices.ContainsFunc(r.origin.OverrideReplace, func(x origin.RepoReplace) bool {
		return x.Repo == p.Repo && x.Packages.Contains(p.NEVRA.Name)
	})
}

func (r *resolver) checkReplacements(res *goal.Result) error {
	var forbidden []string
	for _, x := range res.Replacements {
		if x.Old.NEVRA == x.New.NEVRA {
			return fmt.Errorf("Request to reinstall exact base package versions: %s", x.Old.NEVRA)
		}
		if !r.isOverride(x.New) && !slices.ContainsFunc(r.origin.OverrideReplace, func(o origin.RepoReplace) bool { return o.Packages.Contains(x.Old.NEVRA.Name) }) {
			forbidden = append(forbidden, fmt.Sprintf("  %s %s -> %s (%s)", x.Old.NEVRA.Name, x.Old.NEVRA.EVR(), x.New.NEVRA.EVR(), x.New.Repo))
		}
	}
	if len(forbidden) == 0 {
		return nil
	}
	r.t.sys.message("Forbidden base package replacements:\n" + strings.Join(forbidden, "\n") +
		"\nThis likely means that some of your layered packages have requirements on newer or older versions of some base packages. " +
		"Doing `rpm-ostree cleanup -m` and `rpm-ostree upgrade` first may help.")
	return errors.New("Some base packages would be replaced")
}

// digest identifies the result: what was asked for, and every package that came of it.
func (r *resolution) digest(treefile string) string {
	h := sha512.New()
	h.Write([]byte(treefile))
	lines := make([]string, 0, len(r.install)+len(r.remove))
	for _, e := range r.install {
		lines = append(lines, e.NEVRA.String()+"\x00"+e.action+"\x00"+r.identity(&e))
	}
	for _, rec := range r.remove {
		lines = append(lines, rec.Header.NEVRA().String()+"\x00remove")
	}
	slices.Sort(lines)
	for _, l := range lines {
		h.Write([]byte(l + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// identity is the checksum that tells builds of one NEVRA apart.
func (r *resolution) identity(e *element) string {
	c := r.cached[e.Header]
	switch {
	case c == nil:
		return e.Checksum.String()
	case c.Repodata != "":
		return c.Repodata // it came from a repository once
	}
	return c.HeaderSHA256
}
