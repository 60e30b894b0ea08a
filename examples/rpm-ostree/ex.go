//go:build linux

package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func (p *program) ex(ctx context.Context, env *cli.Env, args []string) error {
	var quiet bool
	return (&cli.App{
		Name: "ex", Summary: "Experimental commands that may change or be removed in the future",
		Commands: []cli.Command{
			{Name: "history", Help: "Inspect rpm-ostree history of the system", Run: p.history},
			{Name: "rebuild", Help: "Apply client-side treefile modifications", Run: p.rebuild},
			{Name: "initramfs-etc", Hidden: true, Run: p.initramfsEtc},
			{Name: "apply-live", Hidden: true, Run: absent("applying changes to the running system")},
			{Name: "livefs", Hidden: true, Run: absent("applying changes to the running system")},
			{Name: "deploy-from-self", Hidden: true, Run: absent("deploying the running container")},
			{Name: "module", Hidden: true, Run: absent("modularity")},
		},
		Options: []cli.Option{versionOption(env), quietOption(&quiet)},
	}).Run(ctx, env, args)
}

// rebuild merges the treefiles in /etc/rpm-ostree/origin.d into the origin. They are deleted when that is deployed.
func (p *program) rebuild(ctx context.Context, env *cli.Env, args []string) error {
	var f changeFlags
	c := p.systemCommand(ctx, env, "", "Apply client-side treefile modifications", f.rebootOption(), f.dryRunOption(), f.lockOption(), f.unchangedOption())
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	root, err := c.etcRoot(s)
	if err != nil {
		return err
	}
	defer root.Close()
	merged, names, err := treefile.LoadClientDir(root.FS(), treefile.ClientDir, nil)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		c.printf("No changes to apply.\n")
		return unchanged(f.unchanged77)
	}
	change := &rpmostree.Change{AllowInactive: true, Edit: func(o *origin.Origin) error {
		_, err := o.MergeTreefile(merged)
		return err
	}}
	if err := c.apply(s, change, &f, tails{unchanged: "No changes to apply.", done: queuedHint}); err != nil || f.dryRun {
		return err
	}
	return c.consume(s, root, names)
}

// etcRoot is the tree whose /etc counts.
func (c *command) etcRoot(s *rpmostree.System) (*confine.Root, error) {
	if !c.elsewhere() {
		return confine.OpenRoot("/")
	}
	stateroot, err := s.Stateroot()
	if err != nil {
		return nil, err
	}
	d := s.Sysroot().MergeDeployment(stateroot)
	if d == nil {
		return nil, errors.New("No previous deployment for OS '" + stateroot + "'")
	}
	return confine.OpenRoot(s.Sysroot().DeploymentPath(d))
}

// consume deletes treefiles that are in the origin now: here, and in the new deployment if that has its /etc already.
func (c *command) consume(s *rpmostree.System, root *confine.Root, names []string) error {
	roots := []*confine.Root{root}
	if c.elsewhere() {
		first, err := c.etcRoot(s)
		if err != nil {
			return err
		}
		defer first.Close()
		roots = append(roots, first)
	}
	for _, r := range roots {
		for _, name := range names {
			if err := r.Remove(filepath.Clean(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
