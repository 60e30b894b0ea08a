package compose

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// resolve finds the packages of the treefile: on nothing, since a tree is made anew each time. They are sorted.
func (c *composer) resolve(ctx context.Context, repos *repositories) (list []goal.Package, err error) {
	task := c.task("resolve", "Resolving dependencies")
	defer func() { task.End(err) }()
	g, err := c.newGoal(ctx, repos, c.tf, goal.Options{})
	if err != nil {
		return nil, err
	}
	if err := c.applyLocks(ctx, g); err != nil {
		return nil, err
	}
	if err := c.request(ctx, g); err != nil {
		return nil, err
	}
	res, err := g.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	return sortPackages(res.Added()), nil
}

// emptyGoal is a goal without packages.
func (c *composer) emptyGoal(tf *treefile.Treefile, o goal.Options) *goal.Goal {
	o.Arch, o.NoRecommends, o.Logger = c.opts.arch(), !tf.WantRecommends(), c.opts.Logger
	return goal.New(&o)
}

// newGoal loads the repositories.
func (c *composer) newGoal(ctx context.Context, repos *repositories, tf *treefile.Treefile, o goal.Options) (*goal.Goal, error) {
	g := c.emptyGoal(tf, o)
	return g, repos.set.AddTo(ctx, g, c.opts.Progress, c.opts.Message)
}

func sortPackages(list []goal.Package) []goal.Package {
	slices.SortFunc(list, func(a, b goal.Package) int { return strings.Compare(a.NEVRA.String(), b.NEVRA.String()) })
	return list
}

// request asks for what the treefile lists.
func (c *composer) request(ctx context.Context, g *goal.Goal) error {
	for _, name := range c.tf.ExcludePackages {
		if slices.Contains(c.tf.Packages, name) {
			return fmt.Errorf("Package %s is both listed and excluded", name)
		}
	}
	if err := g.Exclude(ctx, c.tf.ExcludePackages...); err != nil {
		return err
	}
	for _, r := range c.tf.RepoPackages {
		if err := g.InstallFrom(ctx, r.Repo, r.Packages...); err != nil {
			return err
		}
	}
	return g.Install(ctx, c.tf.Packages...)
}

// applyLocks hides what lockfiles do not allow.
func (c *composer) applyLocks(ctx context.Context, g *goal.Goal) error {
	if c.opts.Lockfile == nil {
		if len(c.tf.LockfileRepos) > 0 {
			g.ExcludeUnless(func(p goal.Package) bool { return !c.onlyLocked(p.Repo) })
		}
		return nil
	}
	locked, err := c.opts.Lockfile.Locked()
	if err != nil {
		return err
	}
	byName := map[string][]treefile.LockedPackage{}
	for _, l := range locked {
		if l.Arch == "src" {
			return fmt.Errorf("lock of the source package %s: %w", l.Name, errNotSupported)
		}
		byName[l.Name] = append(byName[l.Name], l)
		if err := findLocked(ctx, g, l); err != nil {
			return err
		}
	}
	g.ExcludeUnless(func(p goal.Package) bool {
		locks := byName[p.NEVRA.Name]
		if len(locks) == 0 {
			return !c.opts.LockfileStrict && !c.onlyLocked(p.Repo)
		}
		return slices.ContainsFunc(locks, func(l treefile.LockedPackage) bool {
			return l.Matches(evrOf(p), p.NEVRA.Arch) && l.MatchesDigest(p.Checksum.String())
		})
	})
	return nil
}

// onlyLocked tells whether a repository is there for locked packages alone.
func (c *composer) onlyLocked(repo string) bool {
	return slices.Contains(c.tf.LockfileRepos, repo) && !slices.Contains(c.tf.Repos, repo)
}

func evrOf(p goal.Package) string { return pkglist.FromNEVRA(p.NEVRA).EVR() }

// findLocked makes sure that there is a package which a lock allows.
func findLocked(ctx context.Context, g *goal.Goal, l treefile.LockedPackage) error {
	found, err := g.Match(ctx, l.Name)
	if err != nil {
		return err
	}
	candidates, mismatched := 0, 0
	for _, p := range found {
		if p.NEVRA.Name != l.Name || !l.Matches(evrOf(p), p.NEVRA.Arch) {
			continue
		}
		candidates++
		if !l.MatchesDigest(p.Checksum.String()) {
			mismatched++
		}
	}
	if candidates == mismatched {
		return l.NotFound(candidates, mismatched)
	}
	return nil
}

// inputHash identifies all that goes into a composition: the treefile with its files, the layers, and each package.
func (c *composer) inputHash(packages []goal.Package, layers []string) (string, error) {
	h := sha256.New()
	sum, err := c.tf.Checksum(layers)
	if err != nil {
		return "", err
	}
	io.WriteString(h, sum+"\n")
	if c.opts.DisableSELinux && c.tf.UseSELinux() {
		io.WriteString(h, "without labels\n")
	}
	for _, p := range packages {
		io.WriteString(h, p.NEVRA.String()+" "+p.Checksum.String()+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// lockfile pins the packages that were chosen.
func (c *composer) lockfile(packages []goal.Package, repos *repositories) *treefile.Lockfile {
	l := &treefile.Lockfile{Generated: c.now}
	for _, p := range packages {
		digest := ""
		if p.Checksum != (rpmmd.Checksum{}) {
			digest = p.Checksum.String()
		}
		l.Lock(treefile.LockedPackage{Name: p.NEVRA.Name, EVR: evrOf(p), Arch: p.NEVRA.Arch, Digest: digest})
	}
	for _, r := range repos.set.Repos {
		if l.Repos == nil {
			l.Repos = map[string]time.Time{}
		}
		l.Repos[r.Config.ID] = r.Meta.Generated()
	}
	return l
}
