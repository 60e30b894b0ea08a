//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdminKargs(ctx context.Context, env *cli.Env, args []string) error {
	return adminApp(env, "admin kargs", "COMMAND", "Change kernel arguments", 0,
		cli.Command{Name: "edit-in-place", Help: "Set new kernel command line arguments in place (applies to all deployments by default)", Hidden: true, Run: runAdminKargsEditInPlace},
	).Run(ctx, env, args)
}

func runAdminKargsEditInPlace(ctx context.Context, env *cli.Env, args []string) error {
	var missing []string
	c := newAdmin(ctx, env, "ARGS", "Set new kernel command line arguments in place (applies to all deployments by default)",
		cli.Option{Long: "append-if-missing", Arg: "NAME=VALUE", Help: "Append kernel arguments if they do not exist", Value: cli.Strings(&missing)})
	s, _, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if _, err := firstDeployment(s); err != nil {
		return err
	}
	for _, d := range s.Deployments() {
		k := d.Kargs()
		for _, a := range missing {
			k.AppendIfMissing(a)
		}
		if err := s.SetKargsInPlace(ctx, d, k); err != nil {
			return err
		}
	}
	return nil
}
