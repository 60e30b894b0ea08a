package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/nestos-dev/nestos/internal/cli"
)

// unsupported is a command of the reference implementation that needs a sysroot: it has a help text.
func unsupported(ctx context.Context, env *cli.Env, args []string, summary string) error {
	c := newCommand(ctx, env, "", summary+" (not supported)")
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		_, err := io.WriteString(env.Stdout, c.parser.Help())
		return err
	}
	return fmt.Errorf("%s is not supported", env.Program)
}

func runDeploy(ctx context.Context, env *cli.Env, args []string) error {
	return unsupported(ctx, env, args, "Perform initial deployment for a container image")
}

func runPruneImages(ctx context.Context, env *cli.Env, args []string) error {
	return unsupported(ctx, env, args, "Garbage collect images that no deployment uses")
}
