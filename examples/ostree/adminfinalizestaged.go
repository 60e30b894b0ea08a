//go:build linux

package main

import (
	"context"
	"errors"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
)

// systemBooted tells whether OSTree booted the running system.
func systemBooted() bool {
	_, err := os.Stat("/run/ostree-booted")
	return err == nil
}

func runAdminFinalizeStaged(ctx context.Context, env *cli.Env, args []string) error {
	if !systemBooted() {
		return nil
	}
	var hold bool
	c := newAdmin(ctx, env, "", "Internal command to run at shutdown time",
		cli.Option{Long: "hold", Help: "Hold /boot open during finalization", Value: cli.Bool(&hold)})
	_, done, err := c.parseOptions(args)
	if done || err != nil {
		return err
	}
	flags := adminSuperuser
	if hold {
		flags |= adminUnlocked // in a mount namespace of its own nothing would be held
	}
	s, err := c.load(flags)
	if err != nil {
		return err
	}
	defer s.Close()
	if hold {
		return s.HoldFinalize(ctx)
	}
	return s.FinalizeStaged(ctx)
}

func runAdminBootComplete(ctx context.Context, env *cli.Env, args []string) error {
	if !systemBooted() {
		return nil
	}
	if env.Lookup("INVOCATION_ID") == "" {
		return errors.New("INVOCATION_ID is not set: this command is for systemd to run")
	}
	c := newAdmin(ctx, env, "", "Internal command to run at boot after an update was applied")
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	return s.BootComplete(ctx)
}
