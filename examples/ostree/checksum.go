package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runChecksum(ctx context.Context, env *cli.Env, args []string) error {
	o := &ostree.ChecksumOptions{}
	c := newCommand(ctx, env, "PATH", "Checksum a file or directory",
		cli.Option{Long: "ignore-xattrs", Help: "Don't include xattrs in checksum", Value: cli.Bool(&o.NoXattrs)})
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 {
		return c.usage("A filename must be given")
	}
	sum, err := ostree.ChecksumPath(ctx, rest[0], o)
	if err != nil {
		return err
	}
	c.printf("%s\n", sum)
	return nil
}
