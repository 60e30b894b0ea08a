// Package fetchpkgs brings packages of rpm-md repositories into the package cache of an OSTree repository:
// it refreshes metadata, downloads package files, verifies their signatures and imports them.
//
//	set, err := fetchpkgs.Refresh(ctx, client, configs, nil)
//	err = set.AddTo(ctx, goal, nil, nil)
//	cached, err := set.Fetch(ctx, result.Added(), &fetchpkgs.Options{Cache: repo})
//
// What the cache has already, with the checksum that the repository gives and with documentation as asked
// for, is not fetched again; with labels of another policy it is labelled anew.
package fetchpkgs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// Set are repositories with their metadata.
type Set struct {
	Client *rpmmd.Client
	Repos  []*Repo // in the order of their configurations
}

// Repo is a repository with its metadata.
type Repo struct {
	Config *rpmmd.RepoConfig
	Meta   *rpmmd.Metadata

	keys *pgp.Keyring // read when they are needed
}

// Options say where packages go and what is imported of them.
type Options struct {
	// Cache is the repository whose refs below rpmostree/pkg/ are the cache.
	Cache *ostree.Repo
	// Labels is the policy that files are labelled by, nil for no labels; LabelsChecksum identifies it.
	Labels         *ostree.SELinuxPolicy
	LabelsChecksum string
	// NoDocs, IMA, ReadOnlyExecutables, IgnoreDevices: see [pkgcache.ImportOptions].
	NoDocs, IMA, ReadOnlyExecutables, IgnoreDevices bool
	// KeepFiles leaves the package files in the cache of the client after they were imported.
	KeepFiles bool
	// DownloadOnly does not import, and implies KeepFiles: Fetch returns nothing.
	DownloadOnly bool

	// Progress receives events of the tasks "packages", "import" and "relabel"; Message lines for people.
	Progress progress.Reporter
	Message  func(line string)
	Logger   *slog.Logger
}

func (o *Options) message(format string, args ...any) {
	if o.Message != nil {
		o.Message(fmt.Sprintf(format, args...))
	}
}

// Refresh brings the metadata of repositories up to date. Those with skip_if_unavailable=1
// that cannot be had are left out.
func Refresh(ctx context.Context, client *rpmmd.Client, configs []*rpmmd.RepoConfig, opts *rpmmd.RefreshOptions) (*Set, error) {
	set := &Set{Client: client}
	if len(configs) == 0 {
		return set, nil
	}
	metas, err := client.RefreshAll(ctx, configs, opts)
	if err != nil {
		return nil, err
	}
	for _, m := range metas {
		if m == nil {
			continue
		}
		set.Repos = append(set.Repos, &Repo{Config: m.Repo, Meta: m})
	}
	return set, nil
}

// AddTo loads the packages of all repositories into a goal, and tells which state of each and how many.
func (s *Set) AddTo(ctx context.Context, g *goal.Goal, report progress.Reporter, message func(line string)) (err error) {
	if len(s.Repos) == 0 {
		return nil
	}
	task := progress.Start(report, progress.Event{Task: "metadata", Text: "Importing rpm-md"})
	counts := make([]int, len(s.Repos))
	for i, r := range s.Repos {
		before := g.Pool().NumSolvables()
		if err = g.AddRepo(ctx, r.Source()); err != nil {
			break
		}
		counts[i] = int(g.Pool().NumSolvables() - before)
	}
	task.End(err)
	if err != nil || message == nil {
		return err
	}
	for i, r := range s.Repos {
		message(r.Describe(counts[i]))
	}
	return nil
}

// Describe tells people which state of the repository is used, and how many packages it has, -1 if that is not known.
func (r *Repo) Describe(solvables int) string {
	state := ""
	if r.Meta.Cached {
		state = " (cached)"
	}
	text := fmt.Sprintf("rpm-md repo '%s'%s; generated: %s", r.Config.ID, state, r.Meta.Generated().UTC().Format(time.RFC3339))
	if solvables >= 0 {
		text += fmt.Sprintf(" solvables: %d", solvables)
	}
	return text
}

// Find returns the repository of an id, or nil.
func (s *Set) Find(id string) *Repo {
	for _, r := range s.Repos {
		if r.Config.ID == id {
			return r
		}
	}
	return nil
}

// Time is when the metadata were generated, in seconds since 1970.
func (r *Repo) Time() uint64 { return uint64(max(r.Meta.Generated().Unix(), 0)) }

// Source is the repository for the resolution of dependencies.
func (r *Repo) Source() *goal.Repo {
	open := func(typ string) func(context.Context) (io.ReadCloser, error) {
		return func(ctx context.Context) (io.ReadCloser, error) {
			if typ != "primary" { // which is always there
				if err := r.Meta.Fetch(ctx, typ); err != nil {
					return nil, err
				}
			}
			return r.Meta.OpenTrusted(typ) // the files were verified when they were fetched
		}
	}
	return &goal.Repo{
		ID: r.Config.ID, Priority: r.Config.Priority, Cost: r.Config.Cost, Primary: open("primary"), Filelists: open("filelists"),
		Exclude: r.Config.ExcludePackages, Include: r.Config.IncludePackages,
	}
}

// loadKeys reads the keys that the repository's packages are signed with.
func (r *Repo) loadKeys(ctx context.Context, c *rpmmd.Client) error {
	if r.keys != nil {
		return nil
	}
	keys := &pgp.Keyring{}
	for _, address := range r.Config.GPGKey {
		data, err := c.ReadKey(ctx, r.Config, address)
		if err != nil {
			return fmt.Errorf("key of repository %s: %w", r.Config.ID, err)
		}
		if err := keys.Add(data); err != nil {
			return fmt.Errorf("key of repository %s: %s: %w", r.Config.ID, address, err)
		}
	}
	r.keys = keys
	return nil
}
