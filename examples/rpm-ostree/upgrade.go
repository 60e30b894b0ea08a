//go:build linux

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
)

// upgradeRun is one upgrade.
type upgradeRun struct {
	*command
	changeFlags
	downgrade, preview, check, automatic bool
}

func (p *program) upgrade(ctx context.Context, env *cli.Env, args []string) error {
	u := &upgradeRun{command: p.systemCommand(ctx, env, "", "Perform a system upgrade")}
	u.add(
		u.rebootOption(),
		flag("allow-downgrade", 0, &u.downgrade, "Permit deployment of chronologically older trees"),
		hiddenFlag("check-diff", &u.preview, "Check for upgrades and print package diff only"),
		flag("preview", 0, &u.preview, "Just preview package differences (implies --unchanged-exit-77)"),
		flag("check", 0, &u.check, "Just check if an upgrade is available (implies --unchanged-exit-77)"),
		u.cacheOption(), u.downloadOption(),
		hiddenFlag("upgrade-unchanged-exit-77", &u.unchanged77, "If no upgrade is available, exit 77"),
		u.unchangedOption(),
		hiddenFlag("trigger-automatic-update-policy", &u.automatic, "For automated use only; triggered by automatic timer"),
		u.lockOption(), u.driverOption("an upgrade"))
	u.withPackages()
	if done, err := u.parseNone(args); done || err != nil {
		return err
	}
	switch {
	case u.changeFlags.reboot && u.preview:
		return errors.New("Cannot specify both --reboot and --preview")
	case u.changeFlags.reboot && u.check:
		return errors.New("Cannot specify both --reboot and --check")
	case u.preview && len(u.installs)+len(u.uninstalls) > 0:
		return errors.New("Cannot specify both --preview and --install/--uninstall")
	}
	defer u.cleanUp()
	s, err := u.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return u.run(s)
}

func (u *upgradeRun) run(s *rpmostree.System) error {
	policy := updatePolicy(s)
	if !u.automatic && policy == rpmostree.PolicyStage {
		u.printf("note: automatic updates (%s) are enabled\n", policy)
	}
	if err := u.checkDriver(s, u.bypassDriver); err != nil {
		return err
	}
	switch {
	case u.check || u.preview:
		return u.look(s)
	case u.automatic:
		return u.followPolicy(s, policy)
	}
	return u.apply(s, &rpmostree.Change{Upgrade: true, AllowDowngrade: u.downgrade, Install: u.installs, Uninstall: u.uninstalls}, &u.changeFlags,
		tails{unchanged: u.noUpgrade(s), downloaded: "Update downloaded.", done: rebootHint})
}

func updatePolicy(s *rpmostree.System) rpmostree.UpdatePolicy {
	return cmp.Or(s.Config().AutomaticUpdatePolicy, rpmostree.PolicyNone)
}

// noUpgrade says why there is nothing to do.
func (u *upgradeRun) noUpgrade(s *rpmostree.System) string {
	const none = "No upgrade available."
	list, err := s.Deployments(u.ctx)
	if err != nil {
		return none
	}
	for _, d := range list {
		if stateroot, err := s.Stateroot(); err != nil || d.Text("osname") != stateroot {
			continue
		}
		switch {
		case d.Origin == nil || !object.IsChecksum(d.Origin.Refspec):
			return none
		case d.Origin.CustomDescription != "":
			return "Pinned to commit by custom origin: " + d.Origin.CustomDescription
		}
		return "Pinned to commit; no upgrade available"
	}
	return none
}

// look looks for an update.
func (u *upgradeRun) look(s *rpmostree.System) error {
	io.WriteString(u.env.Stderr, "Note: --check and --preview may be unreliable.  See https://github.com/coreos/rpm-ostree/issues/1579\n")
	var update *object.Dict
	err := u.transact(func(ctx context.Context) (err error) {
		update, err = s.CheckUpdate(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if update == nil {
		u.printf("No updates available.\n")
		return unchanged(true)
	}
	return rpmostree.WriteUpdateText(u.env.Stdout, update, u.textOptions(u.preview, false))
}

// followPolicy does what the timer wants.
func (u *upgradeRun) followPolicy(s *rpmostree.System, policy rpmostree.UpdatePolicy) error {
	if policy == rpmostree.PolicyNone {
		u.printf("Automatic updates are not enabled; exiting...\n")
		return nil
	}
	var out *rpmostree.AutomaticOutcome
	err := u.transact(func(ctx context.Context) (err error) {
		out, err = s.AutomaticUpdate(ctx, policy)
		return err
	})
	if err != nil {
		return fmt.Errorf("automatic (%s): %w", policy, err)
	}
	switch {
	case out.Outcome != nil && !out.Outcome.Changed || out.Outcome == nil && out.Update == nil:
		u.printf("%s\n", u.noUpgrade(s))
		return unchanged(u.unchanged77)
	case out.Reboot:
		return u.command.reboot(s)
	case out.Update != nil:
		return rpmostree.WriteUpdateText(u.env.Stdout, out.Update, u.textOptions(false, false))
	}
	return nil
}
