package goal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// SystemRepo and LocalRepo are the names of the repositories that hold the installed packages and those given as files.
const (
	SystemRepo = "@System"
	LocalRepo  = "@commandline"
)

// DefaultPriority and DefaultCost are those of repositories that do not say.
const (
	DefaultPriority = 99
	DefaultCost     = 1000
)

// ErrNotFound is wrapped by errors about subjects that nothing matches.
var ErrNotFound = errors.New("no match")

// Options adjust a goal. The zero value, like nil, is what rpm-ostree asks for.
type Options struct {
	// Arch is the machine's architecture in rpm's words, for example "x86_64". Empty means that packages of every
	// architecture can be installed.
	Arch string
	// NoRecommends leaves weak dependencies alone.
	NoRecommends bool
	// KeepVendor forbids updates from another vendor.
	KeepVendor bool
	// KeepInstalled forbids the removal of installed packages that was not asked for.
	KeepInstalled bool
	// Best insists on the newest version for each request.
	Best bool
	// NoFilelists keeps from reading the complete file lists for what dependencies name; requests still do. A path
	// outside of those that the primary metadata lists then has no provider.
	NoFilelists bool
	// Logger takes what may be of interest; nil is silent.
	Logger *slog.Logger
}

// Repo is a source of packages.
type Repo struct {
	ID string
	// Priority decides between packages of a name: the smaller wins. See DefaultPriority.
	Priority int
	// Cost decides between equal packages: the cheaper wins. See DefaultCost.
	Cost int
	// Primary opens the decompressed primary.xml.
	Primary func(ctx context.Context) (io.ReadCloser, error)
	// Filelists opens the decompressed filelists.xml. It is called when a path is wanted that the primary metadata do
	// not list, and may be nil.
	Filelists func(ctx context.Context) (io.ReadCloser, error)
	// Exclude and Include are the patterns of the repository's excludepkgs and includepkgs.
	Exclude, Include []string
}

// Goal collects repositories, installed packages and requests, and resolves them. It is not safe for concurrent use.
//
// Packages are added first, installed ones before all others, then excludes, then requests in the order in which they are
// to be considered.
type Goal struct {
	opts Options
	log  *slog.Logger
	pool *solver.Pool

	system *solver.Repo
	local  *solver.Repo
	repos  []*repoData // by solver.Repo.Index, 0 unused

	byName []solver.SolvableID // packages sorted by name
	paths  pathSet             // wanted paths outside of the primary metadata
	jobs   []solver.Job

	modular map[solver.SolvableID]bool // excluded by modules
	freed   map[solver.ID]bool         // names of installed packages that must not be locked
	lock    bool
	// installs tells that the goal contains a request to install, for which versions may go down.
	installs bool
}

// New returns an empty goal.
func New(o *Options) *Goal {
	g := &Goal{
		pool:  solver.NewPool(&solver.PoolOptions{Flags: solver.PoolFlags{ImplicitObsoleteUsesColors: true, WhatProvidesWithDisabled: true}}),
		repos: []*repoData{nil},
		freed: map[solver.ID]bool{}, modular: map[solver.SolvableID]bool{},
		log: slog.New(slog.DiscardHandler),
	}
	if o != nil {
		g.opts = *o
	}
	if g.opts.Logger != nil {
		g.log = g.opts.Logger
	}
	g.pool.SetArch(g.opts.Arch)
	return g
}

// Pool is the pool of the goal's packages, for those who want to look closer.
func (g *Goal) Pool() *solver.Pool { return g.pool }

// AddInstalled adds the installed packages, in the order of the database. It must be called before repositories are
// added. Public keys, which rpm keeps as packages, are passed over, and so are damaged records.
func (g *Goal) AddInstalled(records iter.Seq2[rpmdb.Record, error]) error {
	if len(g.repos) > 1 {
		return errors.New("installed packages must be added first")
	}
	g.system = g.addRepo(&Repo{ID: SystemRepo, Priority: DefaultPriority, Cost: DefaultCost})
	g.pool.SetInstalled(g.system)
	for r, err := range records {
		var damaged *rpmdb.RecordError
		if errors.As(err, &damaged) {
			g.log.Warn("damaged record of an installed package", "number", r.Num, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("installed packages: %w", err)
		}
		if r.Header.String(rpm.TagName) == "gpg-pubkey" {
			continue
		}
		if _, err := g.addHeader(g.system, r.Header); err != nil {
			return fmt.Errorf("installed package %s: %w", r.Header.NEVRA(), err)
		}
	}
	return nil
}

// AddRepo adds the packages of a repository.
func (g *Goal) AddRepo(ctx context.Context, r *Repo) error {
	rd, err := r.Primary(ctx)
	if err != nil {
		return fmt.Errorf("repository %s: %w", r.ID, err)
	}
	err = g.loadPrimary(ctx, g.addRepo(r), rd)
	if err = errors.Join(err, rd.Close()); err != nil {
		return fmt.Errorf("repository %s: %w", r.ID, err)
	}
	return nil
}

func (g *Goal) addRepo(r *Repo) *solver.Repo {
	sr := g.pool.AddRepo(r.ID, -r.Priority, -r.Cost)
	g.repos = append(g.repos, &repoData{source: r})
	return sr
}

// AddHeaders adds packages of which the headers are at hand, such as those in a cache, as a repository. Its Primary and
// Filelists are not used.
func (g *Goal) AddHeaders(r *Repo, headers iter.Seq2[*rpm.Header, error]) error {
	sr := g.addRepo(r)
	for h, err := range headers {
		if err == nil {
			_, err = g.addHeader(sr, h)
		}
		if err != nil {
			return fmt.Errorf("repository %s: %w", r.ID, err)
		}
	}
	return nil
}

// AddLocal adds a package file that was given by the user. [Goal.InstallPackage] requests it; it may also be what another
// request needs. All of them have to be added without adding a repository in between.
func (g *Goal) AddLocal(p *rpm.Package) (Package, error) {
	if g.local == nil {
		g.local = g.addRepo(&Repo{ID: LocalRepo, Priority: DefaultPriority, Cost: DefaultCost})
	}
	if g.local.Index() != len(g.pool.Repos()) {
		return Package{}, errors.New("a repository was added after the first local package")
	}
	id, err := g.addHeader(g.local, p.Header)
	if err != nil {
		return Package{}, fmt.Errorf("package %s: %w", p.NEVRA(), err)
	}
	return g.Package(id), nil
}

// data is what is kept of a package's repository beside the pool.
func (g *Goal) data(id solver.SolvableID) *repoData { return g.repos[g.pool.RepoOf(id).Index()] }
