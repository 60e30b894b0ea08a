package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runReset(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "REF COMMIT", "Reset a REF to a previous COMMIT")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) < 2 {
		return c.usage("A REF and COMMIT argument is required")
	}
	return r.ResetRef(ctx, rest[0], rest[1])
}
