//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

func (p *program) db(ctx context.Context, env *cli.Env, args []string) error {
	var quiet bool
	return (&cli.App{
		Name: "db", Summary: "Commands to query the RPM database",
		Commands: []cli.Command{
			{Name: "diff", Help: "Show package changes between two commits", Run: p.dbDiff},
			{Name: "list", Help: "List packages within commits", Run: p.dbList},
			{Name: "version", Help: "Show rpmdb version of packages within the commits", Run: p.dbVersion},
		},
		Options: []cli.Option{versionOption(env), quietOption(&quiet)},
	}).Run(ctx, env, args)
}

// dbRun is one query.
type dbRun struct {
	*command
	path string // of the repository; empty is that of the system
	repo *ostree.Repo
	root *sysroot.Sysroot // opened when it is needed
	out  *bufio.Writer
}

func (p *program) newDB(ctx context.Context, env *cli.Env, params, summary string) *dbRun {
	d := &dbRun{command: p.command(ctx, env, params, summary), out: bufio.NewWriter(env.Stdout)}
	d.add(
		cli.Option{Long: "repo", Short: 'r', Arg: "PATH", Help: "Path to OSTree repository (defaults to /sysroot/ostree/repo)", Value: cli.Filename(&d.path)},
		cli.Option{Long: "sysroot", Arg: "SYSROOT", Help: "Use system root SYSROOT (default: /)", Value: cli.Filename(&d.sysroot)})
	d.add(d.stateroots()...)
	return d
}

// parseRepo reads the command line and opens the repository.
func (d *dbRun) parseRepo(args []string) (rest []string, done bool, err error) {
	rest, done, err = d.parse(args)
	if done || err != nil {
		return nil, done, err
	}
	path := d.path
	switch {
	case path != "":
	case d.elsewhere():
		path = filepath.Join(d.sysroot, "ostree/repo")
	default:
		if err := d.requireBooted(); err != nil {
			return nil, false, err
		}
		path = "/sysroot/ostree/repo"
	}
	d.repo, err = ostree.Open(path, nil)
	return rest, false, err
}

func (d *dbRun) close() {
	if d.root != nil {
		d.root.Close()
	}
	if d.repo != nil {
		d.repo.Close()
	}
}

// system opens the system for what the deployments tell.
func (d *dbRun) system() (*sysroot.Sysroot, error) {
	if d.root != nil {
		return d.root, nil
	}
	path := d.sysroot
	if path == "" {
		path = "/"
	}
	s, err := sysroot.Open(path, nil)
	if err != nil {
		return nil, err
	}
	d.root = s
	return s, s.Load(d.ctx)
}

// own lists the deployments of the stateroot.
func (d *dbRun) own() ([]*sysroot.Deployment, error) {
	s, err := d.system()
	if err != nil {
		return nil, err
	}
	var list []*sysroot.Deployment
	for _, x := range s.Deployments() {
		if d.stateroot == "" || x.Stateroot == d.stateroot {
			list = append(list, x)
		}
	}
	return list, nil
}

// defaultRev is the commit that is meant when none is named: that of the booted deployment, or on another system
// that of the first.
func (d *dbRun) defaultRev() (string, error) {
	if d.path != "" {
		return "", d.usage("At least one REV must be specified")
	}
	s, err := d.system()
	if err != nil {
		return "", err
	}
	if b := s.Booted(); b != nil {
		return b.Commit.String(), nil
	}
	list, err := d.own()
	switch {
	case err != nil:
		return "", err
	case !d.elsewhere() || len(list) == 0:
		return "", errors.New("Not booted into any deployment")
	}
	return list[0].Commit.String(), nil
}

// title is the line that stands before what is told of a commit.
func title(rev string, commit object.Checksum) string {
	if rev == commit.String() {
		return rev
	}
	return fmt.Sprintf("%s (%s)", rev, commit)
}

func (p *program) dbList(ctx context.Context, env *cli.Env, args []string) error {
	var advisories bool
	d := p.newDB(ctx, env, "REV... [PREFIX-PKGNAME...]", "List packages within commits")
	d.add(flag("advisories", 'a', &advisories, "Also list advisories"))
	rest, done, err := d.parseRepo(args)
	defer d.close()
	if done || err != nil {
		return err
	}
	revs, patterns := d.splitRevs(rest)
	if len(revs) == 0 {
		rev, err := d.defaultRev()
		if err != nil {
			return err
		}
		revs = []string{rev}
	}
	for _, rev := range revs {
		if err := d.list(rev, patterns, advisories); err != nil {
			return err
		}
	}
	return d.out.Flush()
}

// splitRevs takes the arguments up to the first that is no commit for commits, the others for patterns.
func (d *dbRun) splitRevs(args []string) (revs, patterns []string) {
	for i, a := range args {
		if _, found, err := d.repo.ResolveRevOptional(a); err != nil || !found {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

func (d *dbRun) list(rev string, patterns []string, advisories bool) error {
	commit, err := d.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "ostree commit: %s\n", title(rev, commit))
	packages, err := pkglist.Load(d.ctx, d.repo, commit)
	if err != nil {
		return errors.Join(d.out.Flush(), err)
	}
	for _, p := range rpmostree.MatchPackages(packages, patterns) {
		fmt.Fprintf(d.out, " %s\n", p)
	}
	if !advisories {
		return nil
	}
	list, err := rpmostree.CommitAdvisories(d.repo, commit)
	if err != nil || len(list) == 0 {
		return err
	}
	fmt.Fprintln(d.out)
	return rpmostree.WriteAdvisories(d.out, list, d.textOptions(true, true))
}

func (p *program) dbVersion(ctx context.Context, env *cli.Env, args []string) error {
	d := p.newDB(ctx, env, "REV...", "Show rpmdb version of packages within the commits")
	revs, done, err := d.parseRepo(args)
	defer d.close()
	if done || err != nil {
		return err
	}
	if len(revs) == 0 {
		rev, err := d.defaultRev()
		if err != nil {
			return err
		}
		revs = []string{rev}
	}
	for _, rev := range revs {
		commit, err := d.repo.ResolveRev(rev)
		if err != nil {
			return errors.Join(d.out.Flush(), err)
		}
		packages, err := pkglist.Load(ctx, d.repo, commit)
		if err != nil {
			return errors.Join(d.out.Flush(), err)
		}
		fmt.Fprintf(d.out, "ostree commit: %s\n  rpmdbv is: %66s\n", title(rev, commit), pkglist.Version(packages))
	}
	return d.out.Flush()
}
