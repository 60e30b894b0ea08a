package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runPullLocal(ctx context.Context, env *cli.Env, args []string) error {
	o := &ostree.PullLocalOptions{}
	var requireDeltas, json bool
	c := newCommand(ctx, env, "SRC_REPO [REFS...]", "Copy data from SRC_REPO",
		cli.Option{Long: "commit-metadata-only", Help: "Fetch only the commit metadata", Value: cli.Bool(&o.CommitOnly)},
		cli.Option{Long: "remote", Arg: "REMOTE", Help: "Add REMOTE to refspec", Value: cli.String(&o.Remote)},
		cli.Option{Long: "disable-fsync", Help: "Do not invoke fsync()", Value: cli.Bool(&o.NoFsync)},
		cli.Option{Long: "per-object-fsync", Help: "Perform writes in such a way that avoids stalling concurrent processes", Value: cli.Bool(&o.PerObjectFsync)},
		cli.Option{Long: "untrusted", Help: "Verify checksums of local sources (always enabled for HTTP pulls)", Value: cli.Bool(&o.Untrusted)},
		cli.Option{Long: "bareuseronly-files", Help: "Reject regular files with mode outside of 0775 (world writable, suid, etc.)", Value: cli.Bool(&o.BareUserOnlyFiles)},
		cli.Option{Long: "require-static-deltas", Help: "Require static deltas", Value: cli.Bool(&requireDeltas)},
		cli.Option{Long: "gpg-verify", Help: "GPG verify commits (must specify --remote)", Value: cli.Bool(&o.GPGVerify)},
		cli.Option{Long: "gpg-verify-summary", Help: "GPG verify summary (must specify --remote)", Value: cli.Bool(&o.GPGVerifySummary)},
		cli.Option{Long: "disable-verify-bindings", Help: "Do not verify commit bindings", Value: cli.Bool(&o.NoVerifyBindings)},
		cli.Option{Long: "depth", Arg: "DEPTH", Help: "Traverse DEPTH parents (-1=infinite) (default: 0)", Value: cli.Int(&o.Depth)},
		jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("DESTINATION must be specified")
	}
	src, err := ostree.Open(rest[0], c.options(rest[0]))
	if err != nil {
		return err
	}
	defer src.Close()
	o.Refs, o.Deltas = rest[1:], deltaPolicy(false, requireDeltas)
	p := c.newPullProgress(0, json)
	o.Progress = p.reporter()
	stats, err := r.PullLocal(ctx, src, o)
	p.finish()
	if err != nil {
		return err
	}
	return c.printStats(stats, json)
}
