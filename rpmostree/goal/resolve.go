package goal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

// Kind says how a package replaces another.
type Kind int

// The kinds of replacements. Change is another build of the same version, or another architecture of it.
const (
	Upgrade Kind = iota
	Downgrade
	Reinstall
	Change
)

// String is the kind in lower case.
func (k Kind) String() string { return [...]string{"upgrade", "downgrade", "reinstall", "change"}[k] }

// Replacement is an installed package that another version takes the place of.
type Replacement struct {
	Kind     Kind
	Old, New Package
}

// Removal is an installed package that goes away. By is set when a package of another name, which is among the installs
// or the replacements, obsoletes it.
type Removal struct {
	Package
	By *Package
}

// Result is what fulfils the requests. The lists are sorted by name and version.
type Result struct {
	Installs     []Package // what is new, without replacements
	Replacements []Replacement
	Removals     []Removal
}

// Empty tells that nothing changes.
func (r *Result) Empty() bool { return len(r.Installs)+len(r.Replacements)+len(r.Removals) == 0 }

// Added are all packages that have to be fetched: installs and the new side of replacements.
func (r *Result) Added() []Package {
	list := slices.Clone(r.Installs)
	for _, x := range r.Replacements {
		list = append(list, x.New)
	}
	slices.SortFunc(list, comparePackages)
	return list
}

func comparePackages(a, b Package) int {
	return cmp.Or(strings.Compare(a.NEVRA.Name, b.NEVRA.Name), cmp.Compare(a.ID, b.ID))
}

// Resolve finds the set of packages that fulfils all requests. When there is none the error is a *UnsolvableError.
func (g *Goal) Resolve(ctx context.Context) (*Result, error) {
	s, jobs, err := g.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if !s.Solve(jobs) {
		return nil, g.newUnsolvableError(s)
	}
	return g.result(s.Transaction()), nil
}

// WriteTestcase writes packages and requests as a testcase of libsolv, with the result: what testsolv and package
// testcase can solve again elsewhere.
func (g *Goal) WriteTestcase(ctx context.Context, w io.Writer) error {
	s, jobs, err := g.prepare(ctx)
	if err != nil {
		return err
	}
	s.Solve(jobs)
	return testcase.Write(w, s, jobs, testcase.Transaction|testcase.Problems)
}

// TestcaseResult returns the result of the requests as the lines that testsolv prints.
func (g *Goal) TestcaseResult(ctx context.Context, classes testcase.Classes) ([]string, error) {
	s, jobs, err := g.prepare(ctx)
	if err != nil {
		return nil, err
	}
	s.Solve(jobs)
	return testcase.Result(s, classes), nil
}

// prepare makes the solver and the jobs, as libdnf does.
func (g *Goal) prepare(ctx context.Context) (*solver.Solver, []solver.Job, error) {
	if err := g.applyRepoExcludes(ctx); err != nil {
		return nil, nil, err
	}
	if !g.opts.NoFilelists {
		if err := g.readFilelists(ctx); err != nil {
			return nil, nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s := solver.New(g.pool)
	f := &s.Flags
	f.AllowVendorChange, f.DupAllowVendorChange = !g.opts.KeepVendor, !g.opts.KeepVendor
	f.KeepOrphans, f.BestObeyPolicy, f.YumObsoletes, f.URPMReorder, f.KeepExplicitObsoletes = true, true, true, true, true
	f.IgnoreRecommended = g.opts.NoRecommends
	f.AllowDowngrade = g.installs
	return s, append(slices.Clone(g.jobs), g.policyJobs()...), nil
}

// policyJobs say what may happen to installed packages.
func (g *Goal) policyJobs() []solver.Job {
	if g.system == nil {
		return nil
	}
	var jobs []solver.Job
	first, end := g.system.Range()
	for id := first; id < end && g.lock; id++ {
		if !g.freed[g.pool.Solvable(id).Name] {
			jobs = append(jobs, solver.Job{How: solver.VerbLock | solver.SelPkg, What: solver.ID(id)})
		}
	}
	for id := first; id < end && !g.opts.KeepInstalled; id++ {
		if !g.pool.Excluded(id) {
			jobs = append(jobs, solver.Job{How: solver.VerbAllowUninstall | solver.SelPkg, What: solver.ID(id)})
		}
	}
	return jobs
}

// result sorts the changes of a transaction.
func (g *Goal) result(t *solver.Transaction) *Result {
	r := &Result{}
	replacing := map[solver.SolvableID]bool{}
	var installs []solver.SolvableID
	for _, c := range t.Changes() {
		switch c.Type {
		case solver.ChangeInstall, solver.ChangeMultiInstall, solver.ChangeMultiReinstall, solver.ChangeObsolete:
			if !g.pool.IsInstalled(c.Package) {
				installs = append(installs, c.Package)
			}
		case solver.ChangeErase:
			x := Removal{Package: g.Package(c.Package)}
			if c.Other != 0 {
				by := g.Package(c.Other)
				x.By = &by
			}
			r.Removals = append(r.Removals, x)
		case solver.ChangeUpgrade, solver.ChangeDowngrade, solver.ChangeReinstall, solver.ChangeChange:
			replacing[c.Other] = true
			r.Replacements = append(r.Replacements, Replacement{kindOf(c.Type), g.Package(c.Package), g.Package(c.Other)})
		}
	}
	for _, id := range installs {
		if !replacing[id] {
			r.Installs = append(r.Installs, g.Package(id))
		}
	}
	slices.SortFunc(r.Installs, comparePackages)
	slices.SortFunc(r.Replacements, func(a, b Replacement) int { return comparePackages(a.Old, b.Old) })
	slices.SortFunc(r.Removals, func(a, b Removal) int { return comparePackages(a.Package, b.Package) })
	return r
}

func kindOf(c solver.ChangeType) Kind {
	switch c {
	case solver.ChangeUpgrade:
		return Upgrade
	case solver.ChangeDowngrade:
		return Downgrade
	case solver.ChangeReinstall:
		return Reinstall
	}
	return Change
}

// applyRepoExcludes hides what the repositories' excludes name, and what their includes leave out.
func (g *Goal) applyRepoExcludes(ctx context.Context) error {
	for i, r := range g.pool.Repos() {
		data := g.repos[i+1]
		if data.excluded {
			continue
		}
		data.excluded = true
		if err := g.exclude(ctx, data.source.Exclude, filter{repo: r, names: true}); err != nil {
			return fmt.Errorf("excludes of repository %s: %w", r.Name, err)
		}
		if len(data.source.Include) == 0 {
			continue
		}
		if err := g.include(ctx, r, data.source.Include); err != nil {
			return fmt.Errorf("includes of repository %s: %w", r.Name, err)
		}
	}
	return nil
}

func (g *Goal) include(ctx context.Context, r *solver.Repo, subjects []string) error {
	keep := map[solver.SolvableID]bool{}
	for _, s := range subjects {
		ids, err := g.lookup(ctx, s, filter{repo: r, excluded: true, names: true})
		if err != nil {
			return err
		}
		for _, id := range ids {
			keep[id] = true
		}
	}
	first, end := r.Range()
	for id := first; id < end; id++ {
		if !keep[id] {
			g.pool.Exclude(id)
		}
	}
	return nil
}
