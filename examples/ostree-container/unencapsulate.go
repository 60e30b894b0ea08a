package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/container"
)

func runUnencapsulate(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Import an ostree commit embedded in a remote container image")
	c.parser.Description = originNames
	var ref string
	c.addRepo()
	c.addRegistry()
	c.add(cli.Option{Long: "write-ref", Arg: "REF", Help: "Create an ostree ref pointing to the imported commit", Value: cli.String(&ref)})
	c.addQuiet()
	r, rest, err := c.parseRepo(args, 1, 1)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	img, err := container.ParseReference(rest[0])
	if err != nil {
		return err
	}
	opts, err := c.pullOptions(img)
	if err != nil {
		return err
	}
	var finish func()
	opts.Progress, finish = c.progress()
	u, err := container.Unencapsulate(ctx, r, img, &container.UnencapsulateOptions{PullOptions: *opts, WriteRef: ref})
	finish()
	if err != nil {
		return err
	}
	if u.Verified != "" {
		c.printf("%s\n", u.Verified)
	}
	if ref != "" {
		c.printf("Imported: %s => %s\n", ref, u.Commit)
	} else {
		c.printf("Imported: %s\n", u.Commit)
	}
	return nil
}

func runInfo(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Print information about an exported ostree-container image")
	c.parser.Description = originNames
	var asJSON bool
	c.addRegistry()
	c.addJSON(&asJSON)
	rest, done, err := c.parse(args, 1, 1)
	if done || err != nil {
		return err
	}
	ref, i, err := c.inspect(rest[0])
	if err != nil {
		return err
	}
	if !asJSON {
		c.printf("%s digest: %s\n", ref, i.Digest)
		return nil
	}
	history, err := i.History()
	if err != nil {
		return err
	}
	return c.printJSON(map[string]any{"image": ref, "digest": i.Digest, "version": i.Version(), "labels": i.Config.Config.Labels, "layers": history})
}

// inspect fetches the description of an image.
func (c *command) inspect(s string) (container.Reference, *container.RemoteImage, error) {
	ref, err := container.ParseReference(s)
	if err != nil {
		return ref, nil, err
	}
	reg, err := c.registry()
	if err != nil {
		return ref, nil, err
	}
	i, err := container.Inspect(c.ctx, ref.Image, reg)
	return ref, i, err
}

func runCompare(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF_OLD IMGREF_NEW", "Compare the contents of two OCI compliant images")
	c.parser.Description = originNames
	var asJSON bool
	c.addRegistry()
	c.addJSON(&asJSON)
	rest, done, err := c.parse(args, 2, 2)
	if done || err != nil {
		return err
	}
	_, from, err := c.inspect(rest[0])
	if err != nil {
		return err
	}
	_, to, err := c.inspect(rest[1])
	if err != nil {
		return err
	}
	diff := container.CompareManifests(from.Manifest, to.Manifest)
	if asJSON {
		return c.printJSON(diff)
	}
	c.printf("%s", diff)
	return nil
}
