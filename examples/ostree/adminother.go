//go:build !linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdmin(ctx context.Context, env *cli.Env, args []string) error {
	return unsupported(ctx, env, args, "COMMAND", "Commands for managing a host system booted with ostree (not supported on this system)")
}
