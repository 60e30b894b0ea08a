//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdminLockFinalization(ctx context.Context, env *cli.Env, args []string) error {
	var unlock bool
	c := newAdmin(ctx, env, "", "Change the finalization locking state of the staged deployment",
		cli.Option{Long: "unlock", Short: 'u', Help: "Unlock finalization", Value: cli.Bool(&unlock)})
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	changed, err := s.LockFinalization(ctx, !unlock)
	if err != nil {
		return err
	}
	state := "already finalization locked"
	switch {
	case unlock && changed:
		state = "now queued to apply on shutdown"
	case unlock:
		state = "already prepared for finalization"
	case changed:
		state = "now finalization locked"
	}
	c.printf("Staged deployment is %s\n", state)
	return nil
}
