package main

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
)

type pullRun struct {
	*command
	check, digestFile string
	ref               container.Reference
}

func runPull(ctx context.Context, env *cli.Env, args []string) error {
	c := &pullRun{command: newCommand(ctx, env, "REPO IMGREF", "Pull (or update) a container image")}
	c.parser.Description = originNames
	c.add(cli.Option{Long: "ostree-digestfile", Arg: "FILE", Help: "File to which to write the resulting OSTree commit digest", Value: cli.Filename(&c.digestFile)})
	c.addRegistry()
	c.addQuiet()
	c.add(cli.Option{Long: "check", Arg: "FILE", Help: "Just check for an updated manifest, and write it to FILE if there is one", Value: cli.Filename(&c.check)})
	rest, done, err := c.parse(args, 2, 2)
	if done || err != nil {
		return err
	}
	r, err := c.open(rest[0])
	if err != nil {
		return err
	}
	defer r.Close()
	if c.ref, err = container.ParseReference(rest[1]); err != nil {
		return err
	}
	opts, err := c.pullOptions(c.ref)
	if err != nil {
		return err
	}
	var finish func()
	opts.Progress, finish = c.progress()
	i, err := container.Prepare(ctx, r, c.ref, opts)
	if err != nil {
		return err
	}
	defer i.Close()
	return c.pull(i, finish)
}

func (c *pullRun) pull(i *container.Import, finish func()) error {
	if i.Present != nil {
		return c.finish("No changes in", i.Present.Commit)
	}
	if c.check != "" {
		manifest, err := i.Image.CanonicalManifest()
		if err == nil {
			err = atomicfile.WriteFile(c.check, []byte(manifest), 0o644, nil)
		}
		if err == nil {
			err = i.Cache()
		}
		return err
	}
	if i.Previous != nil {
		c.printf("%s", container.CompareManifests(i.Previous.Manifest, i.Image.Manifest))
	}
	if missing, size := i.Missing(); missing > 0 {
		c.printf("layers already present: %d; layers needed: %d (%s)\n", len(i.Layers)-missing, missing, cli.FormatSize(uint64(max(size, 0))))
	}
	result, err := i.Run(c.ctx)
	finish()
	if err != nil {
		return err
	}
	if w := result.FilteredWarning(); w != "" {
		fmt.Fprintln(c.env.Stderr, w)
	}
	if result.Verified != "" {
		c.printf("%s\n", result.Verified)
	}
	return c.finish("Wrote:", result.Commit)
}

func (c *pullRun) finish(text string, commit object.Checksum) error {
	if c.digestFile != "" {
		if err := os.WriteFile(c.digestFile, []byte(commit.String()), 0o644); err != nil {
			return err
		}
	}
	c.printf("%s %s => %s\n", text, c.ref, commit)
	return nil
}
