package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runInit(ctx context.Context, env *cli.Env, args []string) error {
	var mode, collection string
	c := newCommand(ctx, env, "", "Initialize a new empty repository")
	c.parser.Options = []cli.Option{c.repoOption(),
		{Long: "mode", Help: "Initialize repository in given mode (bare, bare-user, bare-user-only, archive)", Value: cli.String(&mode)},
		{Long: "collection-id", Arg: "COLLECTION-ID", Help: "Globally unique ID for this repository as an collection of refs for redistribution to other repositories", Value: cli.String(&collection)},
	}
	_, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	path, err := c.repoPath()
	if err != nil {
		return err
	}
	o := &ostree.InitOptions{Mode: ostree.ModeBare, CollectionID: collection, Options: *c.options(path)}
	if mode != "" {
		if o.Mode, err = ostree.ParseMode(mode); err != nil {
			return err
		}
	}
	r, err := ostree.Init(path, o)
	if err != nil {
		return err
	}
	return r.Close()
}
