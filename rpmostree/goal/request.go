package goal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// NotFoundError reports requests that no package matches.
type NotFoundError struct {
	Subjects []string
	Repo     string // when only one repository was asked
}

// Error returns "Packages not found: a, b", or "No matches for 'a' in repo 'r'".
func (e *NotFoundError) Error() string {
	if e.Repo != "" {
		return fmt.Sprintf("No matches for '%s' in repo '%s'", strings.Join(e.Subjects, ", "), e.Repo)
	}
	return "Packages not found: " + strings.Join(e.Subjects, ", ")
}

// Unwrap returns ErrNotFound.
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// UnknownRepoError reports a request to a repository that the goal does not have.
type UnknownRepoError struct{ ID string }

// Error returns "Unknown rpm-md repository: ID".
func (e *UnknownRepoError) Error() string { return "Unknown rpm-md repository: " + e.ID }

// Unwrap returns ErrNotFound.
func (e *UnknownRepoError) Unwrap() error { return ErrNotFound }

// Match lists the packages that a subject names, as a request to install it would see them: installed ones and those of
// all repositories, without excluded ones.
//
// A subject is a name, optionally with epoch, version, release and architecture in the forms name-[epoch:]version-
// release.arch, name.arch, name-[epoch:]version-release and name-[epoch:]version; then something that packages provide,
// such as "pkgconfig(zlib) >= 1.2" or "(a or b)"; then a path. The first form that matches anything decides. Names,
// provides and paths may hold the wildcards *, ? and [.
func (g *Goal) Match(ctx context.Context, subject string) ([]Package, error) {
	if err := g.applyRepoExcludes(ctx); err != nil {
		return nil, err
	}
	ids, err := g.lookup(ctx, subject, filter{})
	return g.packages(ids), err
}

// MatchIn is Match within one repository, such as SystemRepo for the installed packages alone.
func (g *Goal) MatchIn(ctx context.Context, repo, subject string) ([]Package, error) {
	r := g.find(repo)
	if r == nil {
		return nil, &UnknownRepoError{repo}
	}
	if err := g.applyRepoExcludes(ctx); err != nil {
		return nil, err
	}
	ids, err := g.lookup(ctx, subject, filter{repo: r})
	return g.packages(ids), err
}

// Exclude hides the packages that the subjects name in one of the forms of a name, except installed ones. They stay visible
// to explanations of problems. The packages have to be there when it is called; the excludes of repositories are applied
// by themselves.
func (g *Goal) Exclude(ctx context.Context, subjects ...string) error {
	return g.exclude(ctx, subjects, filter{available: true, names: true})
}

func (g *Goal) exclude(ctx context.Context, subjects []string, f filter) error {
	for _, s := range subjects {
		ids, err := g.lookup(ctx, s, f)
		if err != nil {
			return err
		}
		for _, id := range ids {
			g.pool.Exclude(id)
		}
	}
	return nil
}

// ExcludeModular hides a package because of the module streams that are enabled, which explanations of problems then say.
func (g *Goal) ExcludeModular(id solver.SolvableID) {
	g.modular[id] = true
	g.pool.Exclude(id)
}

// ExcludeUnless hides all packages, except installed ones, that keep does not want. Local packages are kept.
func (g *Goal) ExcludeUnless(keep func(Package) bool) {
	for id := solver.SolvableID(2); id < g.pool.NumSolvables(); id++ {
		if g.pool.IsInstalled(id) || g.local != nil && g.local.Has(id) {
			continue
		}
		if !keep(g.Package(id)) {
			g.pool.Exclude(id)
		}
	}
}

// Install requests that one of the packages which each subject names is installed. Subjects that nothing matches are
// reported together in a *NotFoundError.
func (g *Goal) Install(ctx context.Context, subjects ...string) error {
	if err := g.applyRepoExcludes(ctx); err != nil {
		return err
	}
	var missing []string
	for _, s := range subjects {
		ids, err := g.lookup(ctx, s, filter{})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			missing = append(missing, s)
			continue
		}
		g.install(ids)
	}
	if len(missing) > 0 {
		return &NotFoundError{Subjects: missing}
	}
	return nil
}

// InstallFrom is Install restricted to one repository.
func (g *Goal) InstallFrom(ctx context.Context, repo string, subjects ...string) error {
	_, err := g.installFrom(ctx, repo, subjects)
	return err
}

func (g *Goal) installFrom(ctx context.Context, repo string, subjects []string) ([]solver.SolvableID, error) {
	r := g.find(repo)
	if r == nil {
		return nil, &UnknownRepoError{repo}
	}
	if err := g.applyRepoExcludes(ctx); err != nil {
		return nil, err
	}
	var all []solver.SolvableID
	var missing []string
	for _, s := range subjects {
		ids, err := g.lookup(ctx, s, filter{repo: r})
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			missing = append(missing, s)
			continue
		}
		g.install(ids)
		all = append(all, ids...)
	}
	if len(missing) > 0 {
		return all, &NotFoundError{missing, repo}
	}
	return all, nil
}

func (g *Goal) find(repo string) *solver.Repo {
	for _, r := range g.pool.Repos() {
		if r.Name == repo {
			return r
		}
	}
	return nil
}

// InstallPackage requests a certain package, such as a local one.
func (g *Goal) InstallPackage(p Package) { g.install([]solver.SolvableID{p.ID}) }

func (g *Goal) install(ids []solver.SolvableID) {
	g.installs = true
	g.request(solver.VerbInstall|solver.SelOneOf|solver.JobSetArch|solver.JobSetEVR, g.pool.AddOneOf(ids))
}

func (g *Goal) request(how solver.How, what solver.ID) {
	if g.opts.Best {
		how |= solver.JobForceBest
	}
	g.jobs = append(g.jobs, solver.Job{How: how, What: what})
}

// Replace requests packages of a repository in the place of installed ones with the same names.
func (g *Goal) Replace(ctx context.Context, repo string, subjects ...string) error {
	ids, err := g.installFrom(ctx, repo, subjects)
	for _, id := range ids {
		g.freed[g.pool.Solvable(id).Name] = true
	}
	return err
}

// ReplacePackage requests a certain package in the place of the installed ones with its name.
func (g *Goal) ReplacePackage(p Package) {
	g.freed[g.pool.Solvable(p.ID).Name] = true
	g.InstallPackage(p)
}

// Erase requests the removal of the installed packages with a name, and reports whether there are any.
func (g *Goal) Erase(name string) bool {
	id := g.pool.Lookup(name)
	found := false
	for _, p := range g.namedID(id) {
		if g.pool.IsInstalled(p) {
			g.request(solver.VerbErase|solver.SelPkg, solver.ID(p))
			found = true
		}
	}
	g.freed[id] = g.freed[id] || found
	return found
}

// Update requests the newest versions of the installed packages that the subjects name, or of everything if there are no
// subjects.
func (g *Goal) Update(ctx context.Context, subjects ...string) error {
	if len(subjects) == 0 {
		g.request(solver.VerbUpdate|solver.SelAll, 0)
		return nil
	}
	if err := g.applyRepoExcludes(ctx); err != nil {
		return err
	}
	var missing []string
	for _, s := range subjects {
		ids, err := g.lookup(ctx, s, filter{})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			missing = append(missing, s)
			continue
		}
		g.request(solver.VerbUpdate|solver.SelOneOf|solver.JobTargeted|solver.JobSetArch|solver.JobSetEVR, g.pool.AddOneOf(ids))
	}
	if len(missing) > 0 {
		return &NotFoundError{Subjects: missing}
	}
	return nil
}

// ClearRequests takes all requests back, that of LockInstalled included; packages and excludes stay.
func (g *Goal) ClearRequests() {
	g.jobs, g.lock, g.installs = nil, false, false
	clear(g.freed)
}

// LockInstalled keeps every installed package as it is, except those that requests name to be erased or replaced. This is
// how packages are layered upon a base.
func (g *Goal) LockInstalled() error {
	if g.system == nil {
		return errors.New("no installed packages")
	}
	g.lock = true
	return nil
}
