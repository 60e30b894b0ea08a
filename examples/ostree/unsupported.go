package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
)

// unsupported is the frame of a command of the reference implementation that this program lacks: it
// has a help text.
func unsupported(ctx context.Context, env *cli.Env, args []string, params, summary string, options ...cli.Option) error {
	c := newCommand(ctx, env, params, summary, options...)
	for _, a := range args {
		if a == "--help" || a == "-h" {
			_, err := fmt.Fprint(env.Stdout, c.parser.Help())
			return err
		}
	}
	return fmt.Errorf("%s is not supported", env.Program)
}

func runFindRemotes(ctx context.Context, env *cli.Env, args []string) error {
	return unsupported(ctx, env, args, "COLLECTION-ID REF [COLLECTION-ID REF...]", "Find remotes to serve the given refs (not supported)")
}

func runCreateUSB(ctx context.Context, env *cli.Env, args []string) error {
	return unsupported(ctx, env, args, "MOUNT-PATH COLLECTION-ID REF [COLLECTION-ID REF...]", "Copy the refs to a USB stick (not supported)")
}
