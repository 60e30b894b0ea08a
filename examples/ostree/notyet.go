package main

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

func notSupported(_ context.Context, env *cli.Env, _ []string) error {
	return fmt.Errorf("%s is not supported", env.Program)
}

var (
	runGPGSign           = notSupported
	runPull              = notSupported
	runPullLocal         = notSupported
	runRemoteGPGImport   = notSupported
	runRemoteGPGListKeys = notSupported
	runRemoteRefs        = notSupported
	runRemoteSummary     = notSupported
	runSign              = notSupported
	runStaticDelta       = notSupported
	runSummary           = notSupported
)

func (c *commitRun) sign(object.Checksum) error     { return nil }
func (c *showRun) signatures(object.Checksum) error { return nil }
func (c *command) importKeys(r *ostree.Repo, remote string, files []string, stdin bool, ids []string) error {
	return fmt.Errorf("not supported")
}
