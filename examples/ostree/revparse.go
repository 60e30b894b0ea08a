package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runRevParse(ctx context.Context, env *cli.Env, args []string) error {
	var single bool
	c := newCommand(ctx, env, "REV", "Output the target of a rev",
		cli.Option{Long: "single", Short: 'S', Help: "If the repository has exactly one commit, then print it; any other case will result in an error", Value: cli.Bool(&single)})
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	switch {
	case single && len(rest) > 0:
		return c.usage("Cannot specify arguments with --single")
	case single:
		return c.onlyCommit(r)
	case len(rest) == 0:
		return c.usage("REV must be specified")
	}
	for _, rev := range rest {
		sum, err := r.ResolveRev(rev)
		if err != nil {
			return err
		}
		c.printf("%s\n", sum)
	}
	return nil
}

// onlyCommit prints the commit of a repository that holds just one.
func (c *command) onlyCommit(r *ostree.Repo) error {
	commits, err := r.Commits(c.ctx)
	if err != nil {
		return err
	}
	switch len(commits) {
	case 0:
		return errors.New("No commit objects found")
	case 1:
		c.printf("%s\n", commits[0])
		return nil
	}
	return errors.New("Multiple commit objects found")
}
