//go:build linux

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// rebaseRun is one change of the base.
type rebaseRun struct {
	*command
	changeFlags
	branch, remote, url, description           string
	skipPurge, experimental, disallowDowngrade bool
}

func (p *program) rebase(ctx context.Context, env *cli.Env, args []string) error {
	r := &rebaseRun{command: p.systemCommand(ctx, env, "REFSPEC [REVISION]", "Switch to a different tree")}
	r.add(
		cli.Option{Long: "branch", Short: 'b', Arg: "BRANCH", Help: "Rebase to branch BRANCH; use --remote to change remote as well", Value: cli.String(&r.branch)},
		cli.Option{Long: "remote", Short: 'm', Arg: "REMOTE", Help: "Rebase to current branch name using REMOTE; may also be combined with --branch", Value: cli.String(&r.remote)},
		r.rebootOption(),
		flag("skip-purge", 0, &r.skipPurge, "Keep previous refspec after rebase"),
		r.cacheOption(), r.downloadOption(),
		cli.Option{Long: "custom-origin-description", Help: "Human-readable description of custom origin", Value: cli.String(&r.description)},
		cli.Option{Long: "custom-origin-url", Help: "Machine-readable description of custom origin", Value: cli.String(&r.url)},
		flag("experimental", 0, &r.experimental, "Enable experimental features"),
		flag("disallow-downgrade", 0, &r.disallowDowngrade, "Forbid deployment of chronologically older trees"),
		r.lockOption(), r.driverOption("a rebase"))
	r.withPackages()
	rest, done, err := r.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) > 2 {
		return r.usage("Too many arguments")
	}
	change, repo, err := r.change(rest)
	if err != nil {
		return err
	}
	defer r.cleanUp()
	s, err := r.openChange()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := r.checkDriver(s, r.bypassDriver); err != nil {
		return err
	}
	if repo != "" {
		if err := r.pullLocal(s, repo, change); err != nil {
			return err
		}
	}
	return r.apply(s, change, &r.changeFlags, tails{unchanged: "No change.", downloaded: "Downloaded.", done: queuedHint})
}

// change says what the arguments mean. repo is the path of a repository that the base is to be pulled from.
func (r *rebaseRun) change(rest []string) (change *rpmostree.Change, repo string, err error) {
	change = &rpmostree.Change{
		SkipPurge: r.skipPurge, AllowDowngrade: !r.disallowDowngrade, CustomURL: r.url, CustomDescription: r.description,
		Install: r.installs, Uninstall: r.uninstalls,
	}
	switch {
	case r.url != "" && r.description == "":
		return nil, "", errors.New("--custom-origin-description must be supplied with --custom-origin-url")
	case r.description != "" && r.url == "":
		return nil, "", errors.New("--custom-origin-url must be supplied with --custom-origin-description")
	case len(rest) == 0 && r.branch == "" && r.remote == "":
		return nil, "", r.usage("Must specify refspec, or -b branch or -r remote")
	case len(rest) > 0:
		change.Refspec = rest[0]
	case r.remote != "":
		change.Refspec = r.remote + ":" + r.branch
	default:
		change.Refspec = r.branch
	}
	if len(rest) == 2 {
		change.Revision = rest[1]
	}
	kind, refspec := origin.Classify(change.Refspec)
	if refspec == "" {
		return nil, "", errors.New("Refspec is empty")
	}
	change.Refspec = refspec
	if kind == origin.KindContainer || !strings.HasPrefix(refspec, "/") {
		return change, "", nil
	}
	i := strings.LastIndexByte(refspec, ':')
	switch {
	case i < 0:
		return nil, "", errors.New("Missing ':' in LOCALPATH:REF rebase")
	case i == len(refspec)-1:
		return nil, "", errors.New("Missing REF in LOCALPATH:REF rebase")
	}
	repo, change.Refspec = refspec[:i], refspec[i:]
	return change, repo, nil
}

// pullLocal copies the new base from a repository in the file system.
func (r *rebaseRun) pullLocal(s *rpmostree.System, repo string, change *rpmostree.Change) error {
	ref := strings.TrimPrefix(change.Refspec, ":")
	return r.transact(func(ctx context.Context) error {
		src, err := ostree.Open(repo, nil)
		if err != nil {
			return err
		}
		defer src.Close()
		_, err = s.Repo().PullLocal(ctx, src, &ostree.PullLocalOptions{Refs: []string{ref}, Progress: r.progress()})
		return err
	})
}
