//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
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
	d, err := firstDeployment(s)
	if err != nil {
		return err
	}
	subpath, prefix := "", ""
	switch len(rest) {
	case 0:
	case 1:
		return c.usage("PREFIX must be specified")
	default:
		prefix = rest[1]
		if subpath, err = inDeployment(s, d, rest[0]); err != nil {
			return err
		}
	}
	err = s.EnsureLabeled(ctx, subpath, prefix)
	if none, ok := errors.AsType[*sysroot.NoPolicyError](err); ok {
		c.printf("%s\n", none)
		return nil
	}
	return err
}

// inDeployment turns a path on the command line into one relative to a deployment.
func inDeployment(s *sysroot.Sysroot, d *sysroot.Deployment, arg string) (string, error) {
	path, err := filepath.Abs(arg)
	if err != nil {
		return "", err
	}
	if below, err := filepath.Rel(s.Path(), path); err != nil || !filepath.IsLocal(below) {
		return "", fmt.Errorf("%s is not in the sysroot %s: not supported", arg, s.Path())
	}
	return filepath.Rel(s.DeploymentPath(d), path)
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
	return s.WriteGrub2(env.Stdout, version, &bootloader.Grub2Options{
		BootDeviceID:     env.Lookup("GRUB2_BOOT_DEVICE_ID"),
		PrepareRootCache: env.Lookup("GRUB2_PREPARE_ROOT_CACHE"),
		EFI:              env.Lookup("_OSTREE_GRUB2_IS_EFI") != "",
		ModernGrub:       true, // "linux" has long been all that is needed; many builds lack "linuxefi"
	})
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
