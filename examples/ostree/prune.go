package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
)

type pruneRun struct {
	*command
	o       ostree.PruneOptions
	depth   int
	younger string
	retain  []string
	json    bool
}

func runPrune(ctx context.Context, env *cli.Env, args []string) error {
	c := &pruneRun{depth: -1}
	o := &c.o
	c.command = newCommand(ctx, env, "", "Search for unreachable objects",
		cli.Option{Long: "no-prune", Help: "Only display unreachable objects; don't delete", Value: cli.Bool(&o.NoPrune)},
		cli.Option{Long: "refs-only", Help: "Only compute reachability via refs", Value: cli.Bool(&o.RefsOnly)},
		cli.Option{Long: "depth", Arg: "DEPTH", Help: "Only traverse DEPTH parents for each commit (default: -1=infinite)", Value: cli.Int(&c.depth)},
		cli.Option{Long: "delete-commit", Arg: "COMMIT", Help: "Specify a commit to delete", Value: cli.String(&o.DeleteCommit)},
		cli.Option{Long: "keep-younger-than", Arg: "DATE", Help: "Prune all commits older than the specified date", Value: cli.String(&c.younger)},
		cli.Option{Long: "static-deltas-only", Help: "Change the behavior of delete-commit and keep-younger-than to prune only static deltas", Value: cli.Bool(&o.StaticDeltasOnly)},
		cli.Option{Long: "retain-branch-depth", Arg: "BRANCH=DEPTH", Help: "Additionally retain BRANCH=DEPTH commits", Value: cli.Strings(&c.retain)},
		cli.Option{Long: "only-branch", Arg: "BRANCH", Help: "Only prune BRANCH (may be specified multiple times)", Value: cli.Strings(&o.OnlyBranches)},
		cli.Option{Long: "commit-only", Help: "Only traverse and delete commit objects.", Value: cli.Bool(&o.CommitOnly)},
		jsonOption(&c.json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if err := c.complete(); err != nil {
		return err
	}
	stats, err := r.Prune(ctx, o)
	if err != nil {
		return err
	}
	return c.print(stats)
}

// complete translates the options that are texts.
func (c *pruneRun) complete() (err error) {
	c.o.Depth = &c.depth
	if c.younger != "" {
		if c.o.KeepYoungerThan, err = parseDate(c.younger); err != nil {
			return fmt.Errorf("Could not parse '%s'", c.younger)
		}
	}
	for _, s := range c.retain {
		branch, depth, err := ostree.ParseBranchDepth(s)
		if err != nil {
			return err
		}
		if c.o.RetainBranchDepth == nil {
			c.o.RetainBranchDepth = map[string]int{}
		}
		c.o.RetainBranchDepth[branch] = depth
	}
	return nil
}

// pruneJSON is what prune --json prints.
type pruneJSON struct {
	Objects int      `json:"objects"` // looked at
	Pruned  int      `json:"pruned"`  // deleted, or with --no-prune to be deleted
	Freed   uint64   `json:"freed"`   // in bytes
	Deltas  []string `json:"deltas"`  // static deltas deleted
}

func (c *pruneRun) print(s *ostree.PruneStats) error {
	if c.json {
		j := pruneJSON{Objects: s.Objects, Pruned: s.Pruned, Freed: s.Freed, Deltas: []string{}}
		for _, d := range s.Deltas {
			j.Deltas = append(j.Deltas, d.String())
		}
		return c.printJSON(j)
	}
	what := "objects"
	if c.o.CommitOnly {
		what = "(commit only) objects"
	}
	c.printf("Total %s: %d\n", what, s.Objects)
	switch {
	case s.Pruned == 0:
		c.printf("No unreachable objects\n")
	case c.o.NoPrune:
		c.printf("Would delete: %d objects, freeing %s\n", s.Pruned, humansize.Format(s.Freed))
	default:
		c.printf("Deleted %d objects, %s freed\n", s.Pruned, humansize.Format(s.Freed))
	}
	return nil
}
