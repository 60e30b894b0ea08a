//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
)

// diffRun is one comparison.
type diffRun struct {
	*dbRun
	format                       string
	changelogs, base, advisories bool
}

// side is one of the commits to compare.
type side struct {
	name   string
	commit object.Checksum
}

func (p *program) dbDiff(ctx context.Context, env *cli.Env, args []string) error {
	d := &diffRun{dbRun: p.newDB(ctx, env, "[FROM_REV] [TO_REV]", "Show package changes between two commits"), format: "block"}
	d.add(
		cli.Option{Long: "format", Short: 'F', Arg: "FORMAT", Help: "Output format: \"diff\" or \"json\" or (default) \"block\"", Value: cli.String(&d.format)},
		flag("changelogs", 'c', &d.changelogs, "Also output RPM changelogs"),
		flag("base", 0, &d.base, "Diff against deployments' base, not layered commits"),
		flag("advisories", 'a', &d.advisories, "Also output new advisories"))
	rest, done, err := d.parse(args)
	if done || err != nil {
		return err
	}
	switch {
	case len(rest) > 2:
		return d.usage("\"%s\" takes at most 2 arguments", env.Program)
	case d.format == "json" && d.changelogs:
		return d.usage("json format and --changelogs not supported")
	case d.format == "diff" && d.advisories:
		return d.usage("diff format and --advisories not supported")
	case !slices.Contains([]string{"block", "diff", "json"}, d.format):
		return d.usage("Format argument is invalid, pick one of: diff, block, json")
	}
	defer d.close()
	if _, done, err := d.parseRepo(nil); done || err != nil {
		return err
	}
	from, to, err := d.sides(rest)
	if err != nil {
		return err
	}
	if err := d.print(from, to); err != nil {
		return err
	}
	return d.out.Flush()
}

// sides finds what to compare.
func (d *diffRun) sides(args []string) (from, to side, err error) {
	if len(args) == 2 {
		if from, err = d.rev(args[0]); err == nil {
			to, err = d.rev(args[1])
		}
		return from, to, err
	}
	s, err := d.system()
	if err != nil {
		return from, to, err
	}
	booted := s.Booted()
	if booted == nil {
		return d.sidesElsewhere(args)
	}
	if from, err = d.deployment("booted deployment", booted); err != nil {
		return from, to, err
	}
	if len(args) == 1 {
		to, err = d.rev(args[0])
		return from, to, err
	}
	pending, rollback := s.Pending("")
	switch {
	case pending != nil:
		to, err = d.deployment("pending deployment", pending)
		return from, to, err
	case rollback != nil:
		old, err := d.deployment("rollback deployment", rollback)
		return old, from, err
	}
	return from, to, errors.New("No pending or rollback deployment to diff against")
}

// sidesElsewhere compares the deployments of a system that does not run: the first, which will boot, and the next.
func (d *diffRun) sidesElsewhere(args []string) (from, to side, err error) {
	list, err := d.own()
	switch {
	case err != nil:
		return from, to, err
	case !d.elsewhere() || len(list) == 0:
		return from, to, errors.New("Not booted into any deployment")
	}
	if len(args) == 1 {
		if from, err = d.deployment("pending deployment", list[0]); err == nil {
			to, err = d.rev(args[0])
		}
		return from, to, err
	}
	if len(list) < 2 {
		return from, to, errors.New("No pending or rollback deployment to diff against")
	}
	if from, err = d.deployment("rollback deployment", list[1]); err == nil {
		to, err = d.deployment("pending deployment", list[0])
	}
	return from, to, err
}

func (d *diffRun) rev(name string) (side, error) {
	c, err := d.repo.ResolveRev(name)
	return side{name, c}, err
}

func (d *diffRun) deployment(name string, x *sysroot.Deployment) (side, error) {
	if !d.base {
		return side{name, x.Commit}, nil
	}
	c, _, err := rpmostree.BaseCommit(d.repo, x.Commit)
	return side{name, c}, err
}

func (d *diffRun) print(from, to side) error {
	diff, err := rpmostree.DiffCommits(d.ctx, d.repo, from.commit, to.commit)
	if err != nil {
		return err
	}
	if d.format == "json" {
		return rpmostree.WriteJSON(d.out, diff)
	}
	fmt.Fprintf(d.out, "ostree diff commit from: %s\n", title(from.name, from.commit))
	fmt.Fprintf(d.out, "ostree diff commit to:   %s\n", title(to.name, to.commit))
	switch {
	case d.format == "diff":
		err = diff.Packages.WriteDiff(d.out)
	case d.changelogs:
		err = diff.WriteChangelogs(d.ctx, d.out, d.repo)
	default:
		err = diff.Packages.WriteBlock(d.out)
	}
	if err != nil || !d.advisories || len(diff.Advisories) == 0 {
		return err
	}
	fmt.Fprintln(d.out)
	return rpmostree.WriteAdvisories(d.out, diff.Advisories, d.textOptions(true, true))
}
