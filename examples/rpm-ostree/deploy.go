//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
)

// deployRun is one deployment of a certain revision.
type deployRun struct {
	*command
	changeFlags
	preview, anyBranch, disallowDowngrade bool
	driver, cliwrap                       string
}

func (p *program) deploy(ctx context.Context, env *cli.Env, args []string) error {
	d := &deployRun{command: p.systemCommand(ctx, env, "REVISION", "Deploy a specific commit")}
	d.add(
		d.rebootOption(),
		flag("preview", 0, &d.preview, "Just preview package differences"),
		d.cacheOption(), d.downloadOption(),
		flag("skip-branch-check", 0, &d.anyBranch, "Do not check if commit belongs on the same branch"),
		d.lockOption(),
		flag("disallow-downgrade", 0, &d.disallowDowngrade, "Forbid deployment of chronologically older trees"),
		d.unchangedOption(),
		cli.Option{Long: "register-driver", Arg: "DRIVERNAME", Value: cli.String(&d.driver),
			Help: "Register the calling agent as the driver for updates; if REVISION is an empty string, register driver without deploying"},
		d.driverOption("a deploy"),
		cli.Option{Long: "ex-cliwrap", Hidden: true, Help: "Enable or disable wrapping binaries like /usr/bin/rpm (not supported)", Value: cli.String(&d.cliwrap)})
	d.withPackages()
	rest, done, err := d.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) == 0 && d.driver == "" && d.cliwrap == "":
		return d.usage("REVISION must be specified")
	case len(rest) > 1:
		return d.usage("Too many arguments")
	case d.cliwrap != "":
		return errors.New("--ex-cliwrap: wrapping programs is not supported")
	case d.preview && len(d.installs)+len(d.uninstalls) > 0:
		return errors.New("Cannot specify both --preview and --install/--uninstall")
	}
	defer d.cleanUp()
	s, err := d.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return d.run(s, rest)
}

func (d *deployRun) run(s *rpmostree.System, rest []string) error {
	if err := d.checkDriver(s, d.bypassDriver); err != nil {
		return err
	}
	if d.driver != "" {
		if err := d.register(s); err != nil {
			return err
		}
	}
	if len(rest) == 0 || rest[0] == "" {
		return nil
	}
	change := &rpmostree.Change{
		Revision: rest[0], AllowDowngrade: !d.disallowDowngrade, SkipBranchCheck: d.anyBranch, Install: d.installs, Uninstall: d.uninstalls,
	}
	if d.preview {
		return d.show(s, change)
	}
	return d.apply(s, change, &d.changeFlags, tails{unchanged: "No change.", downloaded: "Downloaded.", done: rebootHint})
}

// register makes the unit that called the one that drives updates.
func (d *deployRun) register(s *rpmostree.System) error {
	if d.elsewhere() {
		return nil // there is nobody to drive
	}
	unit := ownUnit()
	if unit == "" {
		return fmt.Errorf("Failed to determine the systemd unit of update driver %s", d.driver)
	}
	return s.RegisterDriver(d.ctx, rpmostree.UpdateDriver{Name: d.driver, Unit: unit})
}

// show tells how the packages would change.
func (d *deployRun) show(s *rpmostree.System, change *rpmostree.Change) error {
	change.DryRun = true
	change.CacheOnly = d.cacheOnly
	var out *rpmostree.Outcome
	err := d.transact(func(ctx context.Context) (err error) {
		out, err = s.Apply(ctx, change)
		return err
	})
	if err != nil {
		return err
	}
	diff := out.Diff()
	if len(diff) == 0 {
		return unchanged(d.unchanged77)
	}
	return diff.WriteDiff(d.env.Stdout)
}
