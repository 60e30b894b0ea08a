package main

import (
	"context"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
)

type diffRun struct {
	*command
	repo                *ostree.Repo
	o                   ostree.DiffOptions
	uid, gid            int
	stats, fsDiff, json bool
}

func runDiff(ctx context.Context, env *cli.Env, args []string) error {
	c := &diffRun{uid: -1, gid: -1}
	c.command = newCommand(ctx, env, "REV_OR_DIR REV_OR_DIR", "Compare directory TARGETDIR against revision REV",
		cli.Option{Long: "stats", Help: "Print various statistics", Value: cli.Bool(&c.stats)},
		cli.Option{Long: "fs-diff", Help: "Print filesystem diff", Value: cli.Bool(&c.fsDiff)},
		cli.Option{Long: "no-xattrs", Help: "Skip output of extended attributes", Value: cli.Bool(&c.o.NoXattrs)},
		cli.Option{Long: "owner-uid", Arg: "UID", Help: "Use file ownership user id for local files", Value: cli.Int(&c.uid)},
		cli.Option{Long: "owner-gid", Arg: "GID", Help: "Use file ownership group id for local files", Value: cli.Int(&c.gid)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	var a, b string
	switch len(rest) {
	case 0:
		return c.usage("REV must be specified")
	case 1:
		a, b = rest[0]+"^", rest[0]
	default:
		a, b = rest[0], rest[1]
	}
	c.o.OwnerUID, c.o.OwnerGID = ownerID(c.uid), ownerID(c.gid)
	return c.run(a, b)
}

// ownerID returns the value of an option such as --owner-uid, nil if it was not given.
func ownerID(n int) *uint32 {
	if n < 0 {
		return nil
	}
	id := uint32(n)
	return &id
}

// diffJSON is what diff --json prints: paths, unless only --stats is given, and counts with it.
type diffJSON struct {
	Modified []string   `json:"modified,omitempty"`
	Removed  []string   `json:"removed,omitempty"`
	Added    []string   `json:"added,omitempty"`
	Stats    *statsJSON `json:"stats,omitempty"`
}

// statsJSON counts objects that the two commits reach.
type statsJSON struct {
	A          int   `json:"a"`
	B          int   `json:"b"`
	Common     int   `json:"common"`
	CommonSize int64 `json:"common_size"` // in bytes, as stored
}

func (c *diffRun) run(a, b string) error {
	var out diffJSON
	if c.fsDiff || !c.stats {
		sideA, err := c.side(a)
		if err != nil {
			return err
		}
		sideB, err := c.side(b)
		if err != nil {
			return err
		}
		d, err := c.repo.Diff(c.ctx, sideA, sideB, &c.o)
		if err != nil {
			return err
		}
		out.Modified, out.Removed, out.Added = d.Modified, d.Removed, d.Added
		if !c.json {
			for line := range d.Lines() {
				c.printf("%s\n", line)
			}
		}
	}
	if c.stats {
		if err := c.count(a, b, &out); err != nil {
			return err
		}
	}
	if c.json {
		return c.printJSON(out)
	}
	return nil
}

// side tells a directory, which begins with "/" or "./", from a revision.
func (c *diffRun) side(arg string) (s ostree.DiffSide, err error) {
	if strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "./") {
		return ostree.DiffSide{Dir: arg}, nil
	}
	s.Commit, err = c.repo.ResolveRev(arg)
	return s, err
}

func (c *diffRun) count(a, b string, out *diffJSON) error {
	sumA, err := c.repo.ResolveRev(a)
	if err != nil {
		return err
	}
	sumB, err := c.repo.ResolveRev(b)
	if err != nil {
		return err
	}
	s, err := c.repo.DiffStats(c.ctx, sumA, sumB)
	if err != nil {
		return err
	}
	if c.json {
		out.Stats = &statsJSON{A: s.A, B: s.B, Common: s.Common, CommonSize: s.CommonSize}
		return nil
	}
	c.printf("[A] Object Count: %d\n[B] Object Count: %d\nCommon Object Count: %d\nCommon Object Size: %s\n",
		s.A, s.B, s.Common, humansize.Format(uint64(s.CommonSize)))
	return nil
}
