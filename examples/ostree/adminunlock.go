//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

var unlockedTexts = map[sysroot.Unlocked]string{
	sysroot.UnlockedHotfix: "Hotfix mode enabled.  A writable overlayfs is now mounted on /usr\n" +
		"for this booted deployment.  A non-hotfixed clone has been created\n" +
		"as the non-default rollback target.\n",
	sysroot.UnlockedDevelopment: "Development mode enabled.  A writable overlayfs is now mounted on /usr.\n" +
		"All changes there will be discarded on reboot.\n",
	sysroot.UnlockedTransient: "A writable overlayfs is prepared for /usr, but is mounted read-only by default.\n" +
		"All changes there will be discarded on reboot.\n",
}

func runAdminUnlock(ctx context.Context, env *cli.Env, args []string) error {
	var hotfix, transient bool
	c := newAdmin(ctx, env, "", "Make the current deployment mutable (as a hotfix or development)",
		cli.Option{Long: "hotfix", Help: "Retain changes across reboots", Value: cli.Bool(&hotfix)},
		cli.Option{Long: "transient", Help: "Mount overlayfs read-only by default", Value: cli.Bool(&transient)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	switch {
	case len(rest) > 0:
		return c.usage("This command takes no extra arguments")
	case s.Booted() == nil:
		return sysroot.ErrNotBooted
	case hotfix && transient:
		return errors.New("Cannot specify both --hotfix and --transient")
	}
	state := sysroot.UnlockedDevelopment
	switch {
	case hotfix:
		state = sysroot.UnlockedHotfix
	case transient:
		state = sysroot.UnlockedTransient
	}
	if err := s.UnlockDeployment(ctx, s.Booted(), state); err != nil {
		return err
	}
	c.printf("%s", unlockedTexts[state])
	return nil
}
