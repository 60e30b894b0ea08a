//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// runAdminStateOverlay is for ostree-state-overlay@.service.
func runAdminStateOverlay(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "NAME MOUNTPATH", "Internal command to assemble a state overlay")
	s, rest, err := c.parseSysroot(args, adminSuperuser|adminUnlocked)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	switch {
	case len(rest) < 2:
		return errors.New("Missing NAME or MOUNTPATH")
	case s.Booted() == nil:
		return errors.New("Must be booted into an OSTree deployment")
	}
	return prepareroot.StateOverlay(ctx, &prepareroot.StateOverlayOptions{Name: rest[0], Target: rest[1], Checksum: s.Booted().Commit.String()})
}
