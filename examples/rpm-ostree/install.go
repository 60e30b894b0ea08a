//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
)

// layerFlags are the options that install and uninstall share.
type layerFlags struct {
	changeFlags
	allowInactive, idempotent, yes bool
}

func (f *layerFlags) options() []cli.Option {
	return []cli.Option{
		f.rebootOption(), f.dryRunOption(),
		flag("assumeyes", 'y', &f.yes, "Auto-confirm interactive prompts for non-security questions"),
		flag("allow-inactive", 0, &f.allowInactive, "Allow inactive package requests"),
		flag("idempotent", 0, &f.idempotent, "Do nothing if package already (un)installed"),
		flag("unchanged-exit-77", 0, &f.unchanged77, "If no overlays were changed, exit 77"),
		f.lockOption(),
	}
}

// containerOptions are options for trees that are being built in containers.
func containerOptions(given *[]string) []cli.Option {
	return []cli.Option{
		{Long: "enablerepo", Help: "Enable the repository based on the repo id. For container builds, which are not supported.", Value: cli.Strings(given)},
		{Long: "disablerepo", Help: "Disable all (*) repositories. For container builds, which are not supported.", Value: cli.Strings(given)},
		{Long: "releasever", Help: "Set the releasever. For container builds, which are not supported.", Value: cli.Strings(given)},
	}
}

var errContainerOnly = errors.New("--enablerepo, --disablerepo and --releasever are only for container builds, which are not supported")

func (p *program) install(ctx context.Context, env *cli.Env, args []string) error {
	var f layerFlags
	var live, replaceFiles bool
	var container []string
	c := p.systemCommand(ctx, env, "PACKAGE [PACKAGE...]", "Overlay additional packages")
	c.add(
		cli.Option{Long: "uninstall", Arg: "PKG", Help: "Remove overlayed additional package", Value: cli.Strings(&c.uninstalls)},
		f.cacheOption(), f.downloadOption(),
		flag("apply-live", 'A', &live, "Apply changes to both pending deployment and running filesystem tree (not supported)"),
		flag("force-replacefiles", 0, &replaceFiles, "Allow package to replace files from other packages"))
	c.add(f.options()...)
	c.add(containerOptions(&container)...)
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) == 0:
		return c.usage("At least one PACKAGE must be specified")
	case live:
		return errors.New("--apply-live is not supported")
	case len(container) > 0:
		return errContainerOnly
	}
	change := &rpmostree.Change{Install: rest, Uninstall: c.uninstalls}
	if replaceFiles {
		change.Install, change.InstallReplacing, err = c.sortPackages(rest)
		if err != nil {
			return err
		}
		if len(change.Install) > 0 {
			return errors.New("--force-replacefiles is only supported for package files")
		}
	}
	return c.layer(change, &f)
}

func (p *program) uninstall(ctx context.Context, env *cli.Env, args []string) error {
	var f layerFlags
	var all bool
	c := p.systemCommand(ctx, env, "PACKAGE [PACKAGE...]", "Remove overlayed additional packages")
	c.add(
		cli.Option{Long: "install", Arg: "PKG", Help: "Overlay additional package", Value: cli.Strings(&c.installs)},
		flag("all", 0, &all, "Remove all overlayed additional packages"))
	c.add(f.options()...)
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 && !all {
		return c.usage("At least one PACKAGE must be specified")
	}
	// Taking away needs no network, as long as nothing is added.
	f.cacheOnly = len(c.installs) == 0
	return c.layer(&rpmostree.Change{Install: c.installs, Uninstall: rest, UninstallAll: all}, &f)
}

// layer changes which packages are layered.
func (c *command) layer(change *rpmostree.Change, f *layerFlags) error {
	defer c.cleanUp()
	change.AllowInactive, change.Idempotent = f.allowInactive, f.idempotent
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return c.apply(s, change, &f.changeFlags, tails{unchanged: "No change.", downloaded: "Downloaded.", done: queuedHint})
}
