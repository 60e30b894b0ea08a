//go:build linux

package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

func runAdminPin(ctx context.Context, env *cli.Env, args []string) error {
	var unpin bool
	c := newAdmin(ctx, env, "INDEX", "Change the \"pinning\" state of a deployment, INDEX can be >= 0 or one of booted, pending or rollback strings",
		cli.Option{Long: "unpin", Short: 'u', Help: "Unset pin", Value: cli.Bool(&unpin)})
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) == 0 {
		return c.usage("INDEX must be specified")
	}
	list, err := findDeployments(s, rest, !unpin)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := c.pin(s, d, !unpin); err != nil {
			return err
		}
	}
	return nil
}

// findDeployments finds all deployments that are to be pinned or unpinned before the first one is: what one argument
// gets wrong should not leave half of the work done.
func findDeployments(s *sysroot.Sysroot, args []string, pinned bool) ([]*sysroot.Deployment, error) {
	var list []*sysroot.Deployment
	for _, arg := range args {
		d, err := findDeployment(s, arg)
		if err == nil && pinned && d.Staged {
			err = s.SetPinned(d, pinned) // refuses it
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

func (c *adminRun) pin(s *sysroot.Sysroot, d *sysroot.Deployment, pinned bool) error {
	word := "unpinned"
	if pinned {
		word = "pinned"
	}
	if d.Pinned() == pinned {
		c.printf("Deployment %d is already %s\n", d.Index, word)
		return nil
	}
	if err := s.SetPinned(d, pinned); err != nil {
		return err
	}
	c.printf("Deployment %d is now %s\n", d.Index, word)
	return nil
}

// findDeployment finds a deployment by index or by what it is to the running system.
func findDeployment(s *sysroot.Sysroot, arg string) (*sysroot.Deployment, error) {
	var d *sysroot.Deployment
	switch arg {
	case "booted":
		d = s.Booted()
	case "pending", "rollback":
		if s.Booted() != nil {
			pending, rollback := s.Pending("")
			if d = pending; arg == "rollback" {
				d = rollback
			}
		}
	default:
		index, err := parseIndex(arg)
		if err != nil {
			return nil, err
		}
		return indexed(s, index)
	}
	if d == nil {
		return nil, fmt.Errorf("Deployment type not found: %s", arg)
	}
	return d, nil
}
