package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

// request is a command line without -t.
type request struct {
	options goal.Options
	repos   []repo
	dbpath  string
	lock    bool
}

type repo struct {
	name, dir string
	priority  int
}

func (r *request) flags(f *flag.FlagSet) {
	f.StringVar(&r.options.Arch, "arch", "x86_64", "`ARCH` of the machine")
	f.Func("repo", "`NAME=DIR[,PRIORITY]`: the repository in DIR, with dnf's priority (99; the smaller wins)", r.addRepo)
	f.StringVar(&r.dbpath, "installed-dbpath", "", "`DIR` of the database of installed packages")
	f.BoolVar(&r.options.NoRecommends, "no-recommends", false, "do not install what is only recommended")
	f.BoolVar(&r.lock, "lock-installed", false, "keep the installed packages as they are")
}

func (r *request) addRepo(s string) error {
	name, dir, ok := strings.Cut(s, "=")
	if !ok || name == "" || dir == "" {
		return errors.New("expected NAME=DIR")
	}
	x := repo{name: name, dir: dir, priority: -1}
	if i := strings.LastIndexByte(dir, ','); i >= 0 {
		prio, err := strconv.Atoi(dir[i+1:])
		if err != nil || prio < 0 {
			return fmt.Errorf("bad priority %q", dir[i+1:])
		}
		x.dir, x.priority = dir[:i], prio
	}
	r.repos = append(r.repos, x)
	return nil
}

// solve resolves the request and prints the transaction or the problems.
func (r *request) solve(ctx context.Context, w io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("expected install, erase, update or noop, or a testcase with -t; see rpm-solve --help")
	}
	if len(args) == 1 && (args[0] == "install" || args[0] == "erase") {
		return fmt.Errorf("expected names of packages to %s", args[0])
	}
	g := goal.New(&r.options)
	if r.dbpath != "" {
		if err := r.addInstalled(ctx, g); err != nil {
			return err
		}
	}
	for _, x := range r.repos {
		if err := x.addTo(ctx, g); err != nil {
			return err
		}
	}
	if err := ask(ctx, g, args[0], args[1:]); err != nil {
		return err
	}
	if r.lock {
		if err := g.LockInstalled(); err != nil {
			return err
		}
	}
	lines, err := g.TestcaseResult(ctx, testcase.Transaction|testcase.Problems)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	return err
}

func (r *request) addInstalled(ctx context.Context, g *goal.Goal) error {
	if err := checkDir(r.dbpath); err != nil {
		return fmt.Errorf("installed packages: %w", err)
	}
	db, err := rpmdb.Open(os.DirFS(r.dbpath))
	if err != nil {
		return fmt.Errorf("installed packages in %s: %w", r.dbpath, err)
	}
	return errors.Join(g.AddInstalled(db.Records(ctx)), db.Close())
}

func (x *repo) addTo(ctx context.Context, g *goal.Goal) error {
	if err := checkDir(x.dir); err != nil {
		return fmt.Errorf("repository %s: %w", x.name, err)
	}
	src, err := goal.RepoDir(ctx, x.name, os.DirFS(x.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is no repository such as createrepo_c makes: %w", x.dir, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", x.dir, err)
	}
	if x.priority >= 0 {
		src.Priority = x.priority
	}
	return g.AddRepo(ctx, src)
}

// checkDir names a directory that cannot be read, which the files below it would not.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", dir)
	}
	return err
}

func ask(ctx context.Context, g *goal.Goal, verb string, names []string) error {
	switch verb {
	case "install":
		return g.Install(ctx, names...)
	case "erase":
		var missing []string
		for _, n := range names {
			if !g.Erase(n) {
				missing = append(missing, n)
			}
		}
		if len(missing) > 0 {
			return &goal.NotFoundError{Subjects: missing}
		}
		return nil
	case "update":
		return g.Update(ctx, names...)
	case "noop":
		return nil
	}
	return fmt.Errorf("unknown request %q: expected install, erase, update or noop", verb)
}
