//go:build linux

package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// adminSetKargs is one execution of the command.
type adminSetKargs struct {
	*adminRun
	procCmdline, merge bool
	replace, append    []string
}

func runAdminSetKargs(ctx context.Context, env *cli.Env, args []string) error {
	c := &adminSetKargs{}
	c.adminRun = newAdmin(ctx, env, "ARGS", "Set new kernel command line arguments(Not stable)",
		cli.Option{Long: "import-proc-cmdline", Help: "Import current /proc/cmdline", Value: cli.Bool(&c.procCmdline)},
		cli.Option{Long: "merge", Help: "Merge with previous command line", Value: cli.Bool(&c.merge)},
		cli.Option{Long: "replace", Arg: "NAME=VALUE", Help: "Set kernel argument, like root=/dev/sda1; this overrides any earlier argument with the same name", Value: cli.Strings(&c.replace)},
		cli.Option{Long: "append", Arg: "NAME=VALUE", Help: "Append kernel argument; useful with e.g. console= that can be used multiple times", Value: cli.Strings(&c.append)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	d, err := firstDeployment(s)
	if err != nil {
		return err
	}
	k, err := c.kargs(d, rest)
	if err != nil {
		return err
	}
	return s.SetKargs(ctx, d, k)
}

func (c *adminSetKargs) kargs(d *sysroot.Deployment, rest []string) (*kargs.Args, error) {
	k := kargs.Of()
	switch {
	case c.procCmdline:
		var err error
		if k, err = procCmdline(); err != nil {
			return nil, err
		}
	case c.merge:
		k = d.Kargs()
	}
	for _, a := range c.replace {
		k.Set(a)
	}
	for _, a := range c.append {
		k.Append(a)
	}
	for _, a := range rest {
		k.Append(a)
	}
	return k, nil
}
