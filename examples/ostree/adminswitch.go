//go:build linux

package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminSwitch(ctx context.Context, env *cli.Env, args []string) error {
	c := &adminUpgrade{}
	c.adminRun = newAdmin(ctx, env, "REFSPEC", "Construct new tree from REFSPEC and deploy it",
		cli.Option{Long: "reboot", Short: 'r', Help: "Reboot after switching trees", Value: cli.Bool(&c.restart)},
		kexecOption(&c.kexec),
		osOptionNotEmpty(&c.os))
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) == 0 {
		return c.usage("REFSPEC must be specified")
	}
	c.root = s
	return c.switchTo(rest[0])
}

func (c *adminUpgrade) switchTo(refspec string) error {
	u, err := c.upgrader(true)
	if err != nil {
		return err
	}
	old := u.Origin().Refspec()
	refspec, err = sysroot.SwitchRefspec(old, refspec)
	if err != nil {
		return err
	}
	if err := u.SetOrigin(sysroot.NewOrigin(refspec)); err != nil {
		return err
	}
	// Nothing says that the new tree must be younger.
	if _, err := c.pull(u, &sysroot.UpgradePull{AllowOlder: true}); err != nil {
		return err
	}
	if err := c.deploy(u); err != nil {
		return err
	}
	c.printf("Deleting ref '%s'\n", old)
	if err := c.root.Repo().SetRefImmediate(old, object.Checksum{}); err != nil {
		return fmt.Errorf("deleting ref %s: %w", old, err)
	}
	if c.restart {
		return c.reboot(c.root)
	}
	return nil
}
