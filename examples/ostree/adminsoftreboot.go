//go:build linux

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func runAdminPrepareSoftReboot(ctx context.Context, env *cli.Env, args []string) error {
	var reboot, reset bool
	c := newAdmin(ctx, env, "INDEX", "Prepare the specified deployment for a soft reboot",
		cli.Option{Long: "reboot", Help: "Initiate a soft reboot on success", Value: cli.Bool(&reboot)},
		cli.Option{Long: "reset", Help: "Undo queued soft reboot state", Value: cli.Bool(&reset)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	switch {
	case reset:
		return s.ClearSoftReboot(ctx)
	case len(rest) == 0:
		return c.usage("INDEX must be specified")
	}
	index, err := parseIndex(rest[0])
	if err != nil {
		return err
	}
	d, err := indexed(s, index)
	if err != nil {
		return err
	}
	if d == s.Booted() {
		return fmt.Errorf("Cannot prepare for soft-reboot currently booted deployment %d", d.Index)
	}
	if err := s.PrepareSoftReboot(ctx, d); err != nil || !reboot {
		return err
	}
	return c.systemctl(s, "soft-reboot")
}

// runAdminImplPrepareSoftReboot mounts the deployment that is the current directory as the next root. It is for
// programs that enter the mount namespace of PID 1 themselves.
func runAdminImplPrepareSoftReboot(ctx context.Context, _ *cli.Env, _ []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	_, err = prepareroot.PrepareNextRoot(ctx, &prepareroot.NextRootOptions{Deployment: dir})
	return err
}
