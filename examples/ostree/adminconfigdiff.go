//go:build linux

package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminConfigDiff(ctx context.Context, env *cli.Env, args []string) error {
	var os string
	c := newAdmin(ctx, env, "", "Diff current /etc configuration versus default", osOption(&os))
	s, _, err := c.parseSysroot(args, adminSuperuser|adminUnlocked)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if err := requireOS(s, os); err != nil {
		return err
	}
	d := s.Booted()
	if os != "" {
		if d = s.MergeDeployment(os); d == nil {
			return fmt.Errorf("No deployment for OS '%s'", os)
		}
	}
	return c.printEtcDiff(s, d)
}

func (c *adminRun) printEtcDiff(s *sysroot.Sysroot, d *sysroot.Deployment) error {
	changes, err := s.EtcDiff(c.ctx, d)
	if err != nil {
		return err
	}
	for _, class := range []struct {
		letter string
		paths  []string
	}{{"M", changes.Modified}, {"D", changes.Removed}, {"A", changes.Added}} {
		for _, p := range class.paths {
			c.printf("%s    %s\n", class.letter, p)
		}
	}
	return nil
}
