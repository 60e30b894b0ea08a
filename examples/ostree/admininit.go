//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminInitFS(ctx context.Context, env *cli.Env, args []string) error {
	var modern bool
	var epoch int
	c := newAdmin(ctx, env, "PATH", "Initialize a root filesystem",
		cli.Option{Long: "modern", Help: "Equivalent to --epoch=1", Value: cli.Bool(&modern)},
		cli.Option{Long: "epoch", Short: 'E', Arg: "EPOCH", Help: "Layout version: 0 creates all toplevel directories, 1 only /boot and /ostree, 2 keeps /ostree private too (default: 0)", Value: cli.Int(&epoch)})
	rest, done, err := c.parseOptions(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 {
		return c.usage("PATH must be specified")
	}
	if modern && epoch >= 0 {
		epoch = 1
	}
	return sysroot.InitFS(ctx, rest[0], epoch)
}

func runAdminOSInit(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "STATEROOT", "Initialize empty state for given operating system")
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) == 0 {
		return c.usage("STATEROOT must be specified")
	}
	if err := s.InitStateroot(ctx, rest[0]); err != nil {
		return err
	}
	c.printf("ostree/deploy/%s initialized as OSTree stateroot\n", rest[0])
	return nil
}
