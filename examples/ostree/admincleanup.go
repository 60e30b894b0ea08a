//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdminCleanup(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "", "Delete untagged deployments and repository objects")
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	return s.Cleanup(ctx)
}

func runAdminPostCopy(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "", "Update the repo and deployments as needed after a copy")
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	return s.PostCopy(ctx)
}
