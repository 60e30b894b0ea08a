//go:build linux

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/rpmostree"
)

func (p *program) initramfs(ctx context.Context, env *cli.Env, args []string) error {
	var f changeFlags
	var enable, disable bool
	var dracut []string
	c := p.systemCommand(ctx, env, "", "Enable or disable local initramfs regeneration",
		flag("enable", 0, &enable, "Enable regenerating initramfs locally using dracut"),
		cli.Option{Long: "arg", Arg: "ARG", Help: "Append ARG to the dracut arguments", Value: cli.Strings(&dracut)},
		flag("disable", 0, &disable, "Disable regenerating initramfs locally"),
		f.rebootOption(), f.lockOption())
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	switch {
	case enable && disable:
		return errors.New("Cannot simultaenously specify --enable and --disable")
	case disable && len(dracut) > 0:
		return errors.New("Cannot simultaenously specify --disable and --arg")
	case !enable && !disable && f.reboot:
		return errors.New("--reboot must be used with --enable or --disable")
	case !enable && !disable && len(dracut) > 0:
		return errors.New("--arg must be used with --enable")
	case !enable && !disable:
		return c.showInitramfs()
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	change := &rpmostree.Change{Initramfs: &rpmostree.Initramfs{Regenerate: enable, Args: dracut}, LockFinalization: f.lock}
	err = c.transact(func(ctx context.Context) error {
		_, err := s.Apply(ctx, change)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.changed(s); err != nil {
		return err
	}
	if f.reboot && s.IsBooted() {
		return c.reboot(s)
	}
	c.printf("Initramfs regeneration is now: %s\n", enabledText(enable))
	if !enable {
		c.printf("Initramfs will be reset to default on next reboot.\n")
	}
	return nil
}

func enabledText(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

// first describes the deployment that a change would start from.
func (c *command) first() (*rpmostree.DeploymentInfo, error) {
	s, err := c.open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	stateroot, err := s.Stateroot()
	if err != nil {
		return nil, err
	}
	list, err := s.Deployments(c.ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.Text("osname") == stateroot {
			return d, nil
		}
	}
	return nil, errors.New("No previous deployment for OS '" + stateroot + "'")
}

func (c *command) showInitramfs() error {
	d, err := c.first()
	if err != nil {
		return err
	}
	c.printf("Initramfs regeneration: %s\n", enabledText(d.Flag("regenerate-initramfs")))
	if args := d.Texts("initramfs-args"); len(args) > 0 {
		c.printf("Initramfs args: %s\n", strings.Join(args, " "))
	}
	return nil
}

func (p *program) initramfsEtc(ctx context.Context, env *cli.Env, args []string) error {
	var f changeFlags
	var e rpmostree.InitramfsEtc
	c := p.systemCommand(ctx, env, "", "Add files to the initramfs",
		flag("force-sync", 0, &e.ForceSync, "Deploy a new tree with the latest tracked /etc files"),
		cli.Option{Long: "track", Arg: "FILE", Help: "Track root /etc file", Value: cli.Strings(&e.Track)},
		cli.Option{Long: "untrack", Arg: "FILE", Help: "Untrack root /etc file", Value: cli.Strings(&e.Untrack)},
		flag("untrack-all", 0, &e.UntrackAll, "Untrack all root /etc files"),
		f.rebootOption(), f.lockOption(), f.unchangedOption())
	if done, err := c.parseNone(args); done || err != nil {
		return err
	}
	if !e.ForceSync && !e.UntrackAll && len(e.Track)+len(e.Untrack) == 0 {
		if f.reboot {
			return errors.New("Cannot use ---reboot without --track, --untrack, --untrack-all, or --force-sync")
		}
		return c.showInitramfsEtc()
	}
	s, err := c.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	return c.apply(s, &rpmostree.Change{InitramfsEtc: &e}, &f, tails{unchanged: "No changes.", done: rebootHint})
}

func (c *command) showInitramfsEtc() error {
	d, err := c.first()
	if err != nil {
		return err
	}
	files := d.Texts("initramfs-etc")
	if len(files) == 0 {
		c.printf("No tracked files.\n")
		return nil
	}
	c.printf("Tracked files:\n")
	for _, f := range files {
		c.printf("  %s\n", f)
	}
	return nil
}
