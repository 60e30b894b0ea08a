package main

import (
	"context"
	"errors"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

func runExport(ctx context.Context, env *cli.Env, args []string) error {
	var output string
	o := &ostree.ExportOptions{}
	c := newCommand(ctx, env, "COMMIT", "Stream COMMIT to stdout in tar format",
		cli.Option{Long: "no-xattrs", Help: "Skip output of extended attributes", Value: cli.Bool(&o.NoXattrs)},
		cli.Option{Long: "subpath", Arg: "PATH", Help: "Checkout sub-directory PATH", Value: cli.Filename(&o.Subpath)},
		cli.Option{Long: "prefix", Arg: "PATH", Help: "Add PATH as prefix to archive pathnames", Value: cli.Filename(&o.Prefix)},
		cli.Option{Long: "output", Short: 'o', Arg: "PATH", Help: "Output to PATH ", Value: cli.Filename(&output)})
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("A COMMIT argument is required")
	}
	commit, err := r.ResolveRev(rest[0])
	if err != nil {
		return err
	}
	if output == "" {
		return r.Export(ctx, env.Stdout, commit, o)
	}
	return exportFile(ctx, r, output, commit, o)
}

func exportFile(ctx context.Context, r *ostree.Repo, path string, commit object.Checksum, o *ostree.ExportOptions) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(r.Export(ctx, f, commit, o), f.Close())
}
