package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// modulesDir is where the streams that the administrator chose are.
const modulesDir = "etc/dnf/modules.d"

// filterModules keeps packages of module streams that are not enabled, and packages that an enabled stream
// replaces, out of a goal.
func (s *System) filterModules(ctx context.Context, g *goal.Goal, repos *fetchpkgs.Set) error {
	var all []*rpmmd.Modules
	for _, m := range repos.Repos {
		mods, err := modulesOf(ctx, m)
		if err != nil {
			return err
		}
		if mods != nil {
			all = append(all, mods)
		}
	}
	if len(all) == 0 {
		return nil
	}
	root, err := s.configRoot()
	if err != nil {
		return err
	}
	states, err := moduleStates(root)
	if err != nil {
		return err
	}
	filter := rpmmd.NewModuleFilter(all, states)
	pool := g.Pool()
	for _, r := range pool.Repos() {
		m := repos.Find(r.Name)
		if m == nil || m.Config.ModuleHotfixes {
			continue
		}
		first, end := r.Range()
		for id := first; id < end; id++ {
			if nevra, name := moduleNEVRA(g, id); filter.Excluded(nevra, name, provideNames(pool, id)) {
				g.ExcludeModular(id)
			}
		}
	}
	return nil
}

func moduleStates(root *confine.Root) ([]rpmmd.ModuleState, error) {
	states, err := rpmmd.LoadModuleStates(root.FS(), modulesDir)
	return states, errors.Join(err, root.Close())
}

// modulesOf reads the modules of a repository; nil if it has none.
func modulesOf(ctx context.Context, m *fetchpkgs.Repo) (mods *rpmmd.Modules, err error) {
	if m.Meta.Find("modules") == nil {
		return nil, nil
	}
	if err := m.Meta.Fetch(ctx, "modules"); err != nil {
		return nil, err
	}
	r, err := m.Meta.OpenTrusted("modules")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if mods, err = rpmmd.ParseModules(ctx, io.Reader(r)); err != nil {
		return nil, fmt.Errorf("modules of repository %s: %w", m.Config.ID, err)
	}
	return mods, nil
}

// moduleNEVRA is the form that modules list packages in, with an epoch always.
func moduleNEVRA(g *goal.Goal, id solver.SolvableID) (nevra, name string) {
	n := g.Package(id).NEVRA
	epoch := n.Epoch
	if epoch == "" {
		epoch = "0"
	}
	return n.Name + "-" + epoch + ":" + n.Version + "-" + n.Release + "." + n.Arch, n.Name
}

func provideNames(p *solver.Pool, id solver.SolvableID) []string {
	var names []string
	for _, dep := range p.Deps(id, solver.Provides) {
		if name, _, _, ok := p.RelParts(dep); ok {
			dep = name
		}
		names = append(names, p.Str(dep))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
