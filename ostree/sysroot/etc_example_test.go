//go:build linux

package sysroot_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// Before an upgrade is made one can ask whether the administrator's changes fit.
func ExampleSysroot_PlanEtcMerge() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sysroot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := newTiny(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	deploy := func(version string) *sysroot.Deployment {
		c, err := tinyOS(ctx, s.Repo(), version)
		if err != nil {
			log.Fatal(err)
		}
		d, err := s.DeployTree(ctx, "tiny", c, nil, nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		return d
	}
	old, new := deploy("1.0"), deploy("2.0")

	etc := filepath.Join(s.DeploymentPath(old), "etc")
	if err := os.WriteFile(filepath.Join(etc, "hostname"), []byte("here\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.Remove(filepath.Join(etc, "motd")); err != nil {
		log.Fatal(err)
	}
	plan, err := s.PlanEtcMerge(ctx, old, new)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Changes.Summary())
	for _, a := range plan.Actions {
		fmt.Println(a.Op, a.Path)
	}
	fmt.Println(len(plan.Conflicts), "conflicts")
	// Output:
	// Copying /etc changes: 0 modified, 1 removed, 1 added
	// remove motd
	// copy hostname
	// 0 conflicts
}
