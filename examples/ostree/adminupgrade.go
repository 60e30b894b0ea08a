//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// adminUpgrade is one execution of upgrade or switch.
type adminUpgrade struct {
	*adminRun
	root *sysroot.Sysroot

	os, override                                                string
	restart, kexec, allowDowngrade, pullOnly, deployOnly, stage bool
}

func runAdminUpgrade(ctx context.Context, env *cli.Env, args []string) error {
	c := &adminUpgrade{}
	c.adminRun = newAdmin(ctx, env, "", "Construct new tree from current origin and deploy it, if it changed",
		osOptionNotEmpty(&c.os),
		cli.Option{Long: "reboot", Short: 'r', Help: "Reboot after a successful upgrade", Value: cli.Bool(&c.restart)},
		kexecOption(&c.kexec),
		cli.Option{Long: "allow-downgrade", Help: "Permit deployment of chronologically older trees", Value: cli.Bool(&c.allowDowngrade)},
		cli.Option{Long: "override-commit", Arg: "CHECKSUM", Help: "Deploy CHECKSUM instead of the latest tree", Value: cli.String(&c.override)},
		cli.Option{Long: "pull-only", Help: "Do not create a deployment, just download", Value: cli.Bool(&c.pullOnly)},
		cli.Option{Long: "deploy-only", Help: "Do not pull, only deploy", Value: cli.Bool(&c.deployOnly)},
		cli.Option{Long: "stage", Help: "Enable staging (finalization at reboot time)", Value: cli.Bool(&c.stage)})
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	c.root = s
	return c.upgrade()
}

func kexecOption(p *bool) cli.Option {
	return cli.Option{Long: "kexec", Short: 'k', Help: "Stage new kernel in kexec", Value: cli.Bool(p)}
}

func (c *adminUpgrade) upgrade() error {
	switch {
	case c.pullOnly && c.deployOnly:
		return errors.New("Cannot simultaneously specify --pull-only and --deploy-only")
	case c.pullOnly && c.restart:
		return errors.New("Cannot simultaneously specify --pull-only and --reboot")
	}
	u, err := c.upgrader(false)
	if err != nil {
		return err
	}
	if err := c.renewOrigin(u); err != nil {
		return err
	}
	changed, err := c.pull(u, &sysroot.UpgradePull{AllowOlder: c.allowDowngrade, NoPull: c.deployOnly})
	switch {
	case err != nil && c.pullOnly:
		// Commits pulled in part are not to pile up with every attempt; the error of the pull is the one to tell.
		_ = c.root.Cleanup(c.ctx)
		return err
	case err != nil:
		return err
	case !changed:
		c.printf("No update available.\n")
		return nil
	}
	if !c.pullOnly {
		if err := c.deploy(u); err != nil {
			return err
		}
	}
	if c.restart {
		return c.reboot(c.root)
	}
	return nil
}

func (c *adminUpgrade) upgrader(ignoreUnconfigured bool) (*sysroot.Upgrader, error) {
	return c.root.NewUpgrader(c.os, &sysroot.UpgraderOptions{
		IgnoreUnconfigured: ignoreUnconfigured,
		Stage:              c.stage || c.env.Lookup("OSTREE_EX_STAGE_DEPLOYMENTS") != "",
	})
}

// renewOrigin drops what the origin says of the present deployment alone.
func (c *adminUpgrade) renewOrigin(u *sysroot.Upgrader) error {
	o := u.Origin().Clone()
	o.RemoveTransient()
	if c.override != "" {
		if err := o.Set("origin", "override-commit", c.override); err != nil {
			return err
		}
	}
	return u.SetOrigin(o)
}

// pull shows its progress and the signatures as the pull command does, and on a terminal what came of it.
func (c *adminUpgrade) pull(u *sysroot.Upgrader, o *sysroot.UpgradePull) (changed bool, err error) {
	p := c.newPullProgress(0, false)
	defer p.finish()
	o.Pull.Progress, o.Pull.OnGPGResult, o.Pull.RetryAll = p.reporter(), p.onGPGResult(), true
	c.network(&o.Pull)
	o.OnPull = func(remote string, stats *ostree.PullStats) {
		c.journal(remote, stats)
		if p.line != nil {
			p.finish()
			c.printf("%s\n", stats.Status())
		}
	}
	changed, err = u.Pull(c.ctx, o)
	if err != nil {
		if remote, _, e := ostree.ParseRefspec(u.Origin().Refspec()); e == nil {
			c.journalFailure(remote, err)
		}
	}
	return changed, err
}

func (c *adminUpgrade) deploy(u *sysroot.Upgrader) error {
	staged := c.root.Staged()
	if err := u.Deploy(c.ctx); err != nil {
		return err
	}
	c.tellDiscarded(c.root, staged)
	if !c.kexec {
		return nil
	}
	return c.root.KexecLoad(c.ctx, u.Deployment())
}
