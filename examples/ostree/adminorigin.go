//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminSetOrigin(ctx context.Context, env *cli.Env, args []string) error {
	var set []string
	index := -1
	c := newAdmin(ctx, env, "REMOTENAME URL [BRANCH]", "Set Origin and create a new origin file",
		cli.Option{Long: "set", Short: 's', Arg: "KEY=VALUE", Help: "Set config option KEY=VALUE for remote", Value: cli.Strings(&set)},
		cli.Option{Long: "index", Arg: "INDEX", Help: "Operate on the deployment INDEX, starting from zero", Value: cli.Int(&index)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) < 2 {
		return c.usage("REMOTENAME and URL must be specified")
	}
	d := s.Booted()
	switch {
	case index != -1:
		if d, err = indexed(s, int64(index)); err != nil {
			return err
		}
	case d == nil:
		return sysroot.ErrNotBooted
	}
	if err := addOriginRemote(s.Repo(), rest[0], rest[1], set); err != nil {
		return err
	}
	warnOfSettings(env, s.Repo(), set)
	branch := ""
	if len(rest) > 2 {
		branch = rest[2]
	}
	return setOrigin(s, d, rest[0], branch)
}

// addOriginRemote adds the remote unless there is one of that name.
func addOriginRemote(r *ostree.Repo, name, url string, set []string) error {
	o := &ostree.RemoteAddOptions{IfNotExists: true, Unchecked: true}
	for _, keyValue := range set {
		key, value, ok := strings.Cut(keyValue, "=")
		if !ok {
			return errors.New("Missing '=' in KEY=VALUE for --set")
		}
		o.Settings = append(o.Settings, [2]string{key, value})
	}
	return r.AddRemote(name, url, o)
}

// setOrigin makes a deployment follow a branch of a remote; without one, the branch that it follows now.
func setOrigin(s *sysroot.Sysroot, d *sysroot.Deployment, remote, branch string) error {
	if branch == "" {
		if d.Origin == nil || d.Origin.Refspec() == "" {
			return fmt.Errorf("No origin known for deployment %s", d.Name())
		}
		var err error
		if _, branch, err = ostree.ParseRefspec(d.Origin.Refspec()); err != nil {
			return err
		}
	}
	return s.SetOrigin(d, sysroot.NewOrigin(remote+":"+branch))
}
