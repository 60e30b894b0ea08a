//go:build linux

package sysroot_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// Kernel arguments are changed like everything else, by a new list; the old ones are one rollback away if
// the deployment is kept.
func ExampleSysroot_SetKargs() {
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
	c, err := tinyOS(ctx, s.Repo(), "1.0")
	if err != nil {
		log.Fatal(err)
	}
	d, err := s.DeployTree(ctx, "tiny", c, nil, nil, &sysroot.DeployOptions{Kargs: kargs.Of("root=LABEL=root", "console=tty0", "quiet")})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.SimpleWriteDeployment(ctx, "tiny", d, nil, 0); err != nil {
		log.Fatal(err)
	}

	args := s.Deployments()[0].Kargs()
	args.Set("console=ttyS0")
	if err := args.DeleteIfPresent("quiet"); err != nil {
		log.Fatal(err)
	}
	args.AppendIfMissing("mitigations=auto")
	if err := s.SetKargs(ctx, s.Deployments()[0], args); err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Deployments()[0].Kargs().Without("ostree"))
	// Output:
	// root=LABEL=root console=ttyS0 mitigations=auto
}
