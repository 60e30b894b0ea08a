//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminInstutil(ctx context.Context, env *cli.Env, args []string) error {
	return adminApp(env, "admin instutil", "COMMAND", "Deprecated commands intended for installer programs", 24,
		cli.Command{Name: "selinux-ensure-labeled", Help: "Relabel all or part of a deployment", Run: runAdminSELinuxEnsureLabeled},
		cli.Command{Name: "set-kargs", Help: "Set new kernel command line arguments(Not stable)", Run: runAdminSetKargs},
		cli.Command{Name: "grub2-generate", Help: "Generate GRUB2 configuration from given BLS entries", Run: runAdminGrub2Generate},
	).Run(ctx, env, args)
}

func runAdminSELinuxEnsureLabeled(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "[SUBPATH PREFIX]", "Relabel all or part of a deployment")
	s, rest, err := c.parseSysroot(args, adminSuperuser|adminUnlocked)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if _, err := firstDeployment(s); err != nil {
		return err
	}
	switch len(rest) {
	case 0:
		return s.EnsureLabeled(ctx, "", "")
	case 1:
		return c.usage("PREFIX must be specified")
	}
	return s.EnsureLabeled(ctx, rest[0], rest[1])
}

func runAdminGrub2Generate(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "[BOOTVERSION]", "Generate GRUB2 configuration from given BLS entries")
	s, rest, err := c.parseSysroot(args, adminSuperuser|adminUnlocked)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	version, err := c.bootVersion(s, rest)
	if err != nil {
		return err
	}
	return s.WriteGrub2(env.Stdout, version, nil)
}

// bootVersion is that of the argument, or of the environment, in which GRUB's own generator passes it on.
func (c *adminRun) bootVersion(s *sysroot.Sysroot, rest []string) (int, error) {
	text := c.env.Lookup("_OSTREE_GRUB2_BOOTVERSION")
	if len(rest) > 0 {
		text = rest[0]
	}
	if text == "" && len(rest) == 0 {
		return s.BootVersion(), nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange), n > 1:
		return 0, fmt.Errorf("Invalid bootversion: %s", text)
	case err != nil:
		return 0, nil // as the C library reads it
	}
	return int(n), nil
}
