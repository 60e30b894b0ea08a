//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdminUndeploy(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "INDEX", "Delete deployment INDEX")
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) == 0 {
		return c.usage("INDEX must be specified")
	}
	index, err := parseIndex(rest[0])
	if err != nil {
		return err
	}
	d, err := s.Undeploy(ctx, int(index))
	if err != nil {
		return err
	}
	c.printf("Deleted deployment %s\n", d.Name())
	return nil
}
