//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func (p *program) override(ctx context.Context, env *cli.Env, args []string) error {
	var quiet bool
	return (&cli.App{
		Name: "override", Summary: "Manage base package overrides",
		Commands: []cli.Command{
			{Name: "replace", Help: "Replace packages in the base layer", Run: p.overrideReplace},
			{Name: "remove", Help: "Remove packages from the base layer", Run: p.overrideRemove},
			{Name: "reset", Help: "Reset currently active package overrides", Run: p.overrideReset},
		},
		Options: []cli.Option{versionOption(env), quietOption(&quiet)},
	}).Run(ctx, env, args)
}

// overrideRun is one change of overrides.
type overrideRun struct {
	*command
	changeFlags
}

func (p *program) newOverride(ctx context.Context, env *cli.Env, summary string) *overrideRun {
	o := &overrideRun{command: p.systemCommand(ctx, env, "PACKAGE [PACKAGE...]", summary)}
	o.add(o.rebootOption(), o.dryRunOption(), o.lockOption(), flag("cache-only", 'C', &o.cacheOnly, "Only operate on cached data"), o.unchangedOption())
	o.withPackages()
	return o
}

func (o *overrideRun) parsePackages(args []string) (rest []string, done bool, err error) {
	rest, done, err = o.parse(args)
	if err == nil && !done && len(rest) == 0 {
		err = o.usage("At least one PACKAGE must be specified")
	}
	return rest, done, err
}

// run carries out the change. Where nothing new is needed the network is left alone: nobody expects an update here.
func (o *overrideRun) run(change *rpmostree.Change, hint string) error {
	defer o.cleanUp()
	change.Install, change.Uninstall = o.installs, o.uninstalls
	change.CacheOnly = len(o.installs)+len(change.OverrideReplaceFiles)+len(change.OverrideReplace) == 0
	s, err := o.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return o.apply(s, change, &o.changeFlags, tails{unchanged: "No change.", hint: hint, done: queuedHint})
}

func (p *program) overrideReplace(ctx context.Context, env *cli.Env, args []string) error {
	var remove []string
	var experimental, freeze bool
	var from string
	o := p.newOverride(ctx, env, "Replace packages in the base layer")
	o.add(
		cli.Option{Long: "remove", Arg: "PKG", Help: "Remove a package", Value: cli.Strings(&remove)},
		hiddenFlag("experimental", &experimental, "Allow experimental options such as --from or --freeze"),
		hiddenFlag("freeze", &freeze, "Pin packages to versions found (not supported)"),
		cli.Option{Long: "from", Arg: "KIND=NAME", Hidden: true, Help: "Source of override", Value: cli.String(&from)})
	rest, done, err := o.parsePackages(args)
	if done || err != nil {
		return err
	}
	switch {
	case !experimental && (freeze || from != ""):
		return errors.New("Must specify --experimental to use --freeze or --from")
	case freeze:
		return errors.New("--freeze is not supported")
	}
	change := &rpmostree.Change{OverrideRemove: remove, OverrideReplaceFiles: rest}
	if from != "" {
		if err := replaceFrom(change, from, rest); err != nil {
			return err
		}
	}
	return o.run(change, undoHint)
}

// replaceFrom makes the packages that are no files replacements from a repository.
func replaceFrom(change *rpmostree.Change, from string, args []string) error {
	kind, name, ok := strings.Cut(from, "=")
	if !ok || kind != "repo" || name == "" {
		return fmt.Errorf("Parsing override source: expected repo=ID, found %q", from)
	}
	var names treefile.Set
	change.OverrideReplaceFiles = nil
	for _, a := range args {
		_, err := rpm.ParseNEVRA(a)
		switch {
		case strings.HasSuffix(a, ".rpm") || strings.Contains(a, "://"):
			change.OverrideReplaceFiles = append(change.OverrideReplaceFiles, a)
		case err == nil:
			return fmt.Errorf("%s: pinning packages to versions of a repository is not supported; name the package", a)
		default:
			names = names.With(a)
		}
	}
	if len(names) > 0 {
		change.OverrideReplace = []origin.RepoReplace{{Repo: name, Packages: names}}
	}
	return nil
}

func (p *program) overrideRemove(ctx context.Context, env *cli.Env, args []string) error {
	var replace []string
	o := p.newOverride(ctx, env, "Remove packages from the base layer")
	o.add(cli.Option{Long: "replace", Arg: "RPM", Help: "Replace a package", Value: cli.Strings(&replace)})
	rest, done, err := o.parsePackages(args)
	if done || err != nil {
		return err
	}
	return o.run(&rpmostree.Change{OverrideRemove: rest, OverrideReplaceFiles: replace}, undoHint)
}

func (p *program) overrideReset(ctx context.Context, env *cli.Env, args []string) error {
	var all bool
	o := p.newOverride(ctx, env, "Reset currently active package overrides")
	o.add(flag("all", 'a', &all, "Reset all active overrides"))
	rest, done, err := o.parse(args)
	switch {
	case done || err != nil:
		return err
	case len(rest) == 0 && !all:
		return o.usage("At least one PACKAGE must be specified")
	case len(rest) > 0 && all:
		return o.usage("Cannot specify PACKAGEs with --all")
	}
	return o.run(&rpmostree.Change{OverrideReset: rest, OverrideResetAll: all}, "")
}

func (p *program) reset(ctx context.Context, env *cli.Env, args []string) error {
	var f changeFlags
	var overlays, overrides, initramfs bool
	c := p.systemCommand(ctx, env, "", "Remove all mutations",
		flag("reboot", 'r', &f.reboot, "Initiate a reboot after transaction is complete"),
		flag("overlays", 'l', &overlays, "Remove all overlayed packages"),
		flag("overrides", 'o', &overrides, "Remove all overrides"),
		flag("initramfs", 'i', &initramfs, "Stop regenerating initramfs or tracking files"),
		f.lockOption()).withPackages()
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	if !overlays && !overrides && !initramfs {
		overlays, overrides, initramfs = true, true, true
	}
	defer c.cleanUp()
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	change := &rpmostree.Change{
		UninstallAll: overlays, OverrideResetAll: overrides, ResetInitramfs: initramfs, Install: c.installs, Uninstall: c.uninstalls,
		CacheOnly: len(c.installs) == 0,
	}
	return c.apply(s, change, &f, tails{unchanged: "No change.", done: queuedHint})
}
