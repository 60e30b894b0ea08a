package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runConfig(ctx context.Context, env *cli.Env, args []string) error {
	var group string
	c := newCommand(ctx, env, "(get KEY|set KEY VALUE|unset KEY)", "Change repo configuration settings",
		cli.Option{Long: "group", Help: "Group name", Value: cli.String(&group)})
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("OPERATION must be specified")
	}
	op, rest := rest[0], rest[1:]
	want := map[string]int{"get": 1, "set": 2, "unset": 1}[op]
	switch {
	case want == 0:
		return fmt.Errorf("Unknown operation %s", op)
	case len(rest) < want && op == "set":
		return c.usage("KEY and VALUE must be specified")
	case len(rest) < want:
		return c.usage("KEY must be specified")
	case len(rest) > want:
		return c.usage("Too many arguments given")
	}
	key := rest[0]
	if group == "" {
		if group, key, err = ostree.SplitConfigKey(key); err != nil {
			return err
		}
	}
	if op == "get" {
		value, err := r.Config().Value(group, key)
		if err != nil {
			return err
		}
		c.printf("%s\n", value)
		return nil
	}
	return changeConfig(r, func(cfg *ostree.Config) error {
		if op == "set" {
			return cfg.Set(group, key, rest[1])
		}
		cfg.Unset(group, key)
		return nil
	})
}

func changeConfig(r *ostree.Repo, change func(*ostree.Config) error) error {
	cfg, err := r.EditConfig()
	if err != nil {
		return err
	}
	if err := change(cfg); err != nil {
		return err
	}
	return r.SetConfig(cfg)
}
