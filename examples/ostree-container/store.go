package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
)

// listedImage is an element of the list of images in JSON.
type listedImage struct {
	Image   container.ImageReference `json:"image"`
	Commit  object.Checksum          `json:"commit"`
	Base    object.Checksum          `json:"base,omitzero"`
	Digest  v1.Hash                  `json:"digest"`
	Version string                   `json:"version,omitempty"`
	Update  map[string]any           `json:"cached-update,omitempty"`
}

func runList(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "", "List container images")
	var asJSON bool
	c.addRepo()
	c.addJSON(&asJSON)
	r, _, err := c.parseRepo(args, 0, 0)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	images, err := container.Images(r)
	if err != nil {
		return err
	}
	if asJSON {
		return c.listJSON(r, images)
	}
	for _, img := range images {
		c.printf("%s\n", img)
	}
	return nil
}

func (c *command) listJSON(r *ostree.Repo, images []container.ImageReference) error {
	list := []listedImage{}
	for _, img := range images {
		i, err := container.LoadImage(r, img)
		if err != nil {
			return err
		}
		l := listedImage{Image: img, Commit: i.Commit, Base: i.Base, Digest: i.Digest, Version: i.Version()}
		if u := i.CachedUpdate; u != nil {
			l.Update = map[string]any{"digest": u.Digest, "version": u.Version()}
		}
		list = append(list, l)
	}
	return c.printJSON(list)
}

// storedImage is the frame of commands about one image of a repository. i is nil when done.
func (c *command) storedImage(args []string) (r *ostree.Repo, i *container.Image, err error) {
	c.addRepo()
	r, rest, err := c.parseRepo(args, 1, 1)
	if r == nil || err != nil {
		return nil, nil, err
	}
	img, err := container.ParseImageReference(rest[0])
	if err == nil {
		i, err = container.LoadImage(r, img)
	}
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return r, i, nil
}

func runHistory(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Output metadata about an already stored container image")
	c.parser.Description = imageNames
	var asJSON bool
	c.addJSON(&asJSON)
	r, i, err := c.storedImage(args)
	if i == nil || err != nil {
		return err
	}
	defer r.Close()
	history, err := i.History()
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(history)
	}
	c.printHistory(history)
	return nil
}

// printHistory prints a table with columns as wide as they need to be.
func (c *command) printHistory(history []container.HistoryEntry) {
	rows := [][2]string{{"ID", "SIZE"}}
	width := len("SIZE")
	for _, h := range history {
		size := strings.ReplaceAll(cli.FormatSize(uint64(max(h.Size, 0))), "\u00a0", " ")
		rows = append(rows, [2]string{h.Digest.Hex[:20], size})
		width = max(width, len(size))
	}
	for n, row := range rows {
		text := "CREATED BY"
		if n > 0 {
			text = history[n-1].CreatedBy
		}
		c.printf("%s\n", strings.TrimRight(fmt.Sprintf(" %-20s  %-*s  %s", row[0], width, row[1], text), " "))
	}
}

func runMetadata(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Output manifest or configuration for an already stored container image")
	c.parser.Description = imageNames
	var config bool
	c.add(cli.Option{Long: "config", Help: "Output the config, not the manifest", Value: cli.Bool(&config)})
	r, i, err := c.storedImage(args)
	if i == nil || err != nil {
		return err
	}
	defer r.Close()
	text, err := i.CanonicalManifest()
	if config {
		text, err = i.CanonicalConfig()
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(env.Stdout, text)
	return err
}

func runClearCachedUpdate(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Remove metadata for a cached update")
	c.parser.Description = imageNames
	c.addRepo()
	r, rest, err := c.parseRepo(args, 1, 1)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	img, err := container.ParseImageReference(rest[0])
	if err != nil {
		return err
	}
	return container.ClearCachedUpdate(r, img)
}

func runCopy(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF", "Copy a pulled container image from one repo to another")
	c.parser.Description = originNames
	var from, to string
	c.add(cli.Option{Long: "src-repo", Arg: "REPO", Help: "Path to the source repository", Value: cli.Filename(&from)},
		cli.Option{Long: "dest-repo", Arg: "REPO", Help: "Path to the destination repository", Value: cli.Filename(&to)})
	rest, done, err := c.parse(args, 1, 1)
	if done || err != nil {
		return err
	}
	if from == "" || to == "" {
		return c.parser.UsageError("Command requires the --src-repo and --dest-repo arguments")
	}
	ref, err := container.ParseReference(rest[0])
	if err != nil {
		return err
	}
	src, err := c.open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dest, err := c.open(to)
	if err != nil {
		return err
	}
	defer dest.Close()
	return container.CopyImage(ctx, src, ref.Image, dest, ref.Image)
}

func runRemove(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "IMGREF…", "Unreference one or more pulled container images and perform a garbage collection")
	c.parser.Description = imageNames
	var skip bool
	c.addRepo()
	c.add(cli.Option{Long: "skip-gc", Help: "Do not garbage collect unused layers", Value: cli.Bool(&skip)})
	r, rest, err := c.parseRepo(args, 1, -1)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	images := make([]container.ImageReference, len(rest))
	for i, s := range rest {
		if images[i], err = container.ParseImageReference(s); err != nil {
			return err
		}
	}
	if err := container.RemoveImages(ctx, r, images...); err != nil {
		return err
	}
	if skip {
		c.printf("Removed images: %d\n", len(images))
		return nil
	}
	n, err := container.PruneLayers(ctx, r)
	if err == nil {
		c.printf("Removed images: %d layers: %d\n", len(images), n)
	}
	return err
}

func runPruneLayers(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "", "Garbage collect unreferenced image layer references")
	c.addRepo()
	r, _, err := c.parseRepo(args, 0, 0)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	n, err := container.PruneLayers(ctx, r)
	if err == nil {
		c.printf("Removed layers: %d\n", n)
	}
	return err
}

func runReexport(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "SRC_IMGREF DEST_IMGREF", "Re-export a fetched image")
	c.parser.Description = imageNames
	var fast bool
	c.addRepo()
	c.addAuthFile()
	c.add(cli.Option{Long: "compression-fast", Help: "Compress at the fastest level (e.g. gzip level 1)", Value: cli.Bool(&fast)})
	r, rest, err := c.parseRepo(args, 2, 2)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	src, dest, err := parsePair(rest[0], rest[1])
	if err != nil {
		return err
	}
	opts := &container.ReexportOptions{Registry: c.pushRegistry()}
	if fast {
		opts.Compression = container.CompressionGzipFast
	}
	var finish func()
	opts.Progress, finish = c.progress()
	digest, err := container.Reexport(ctx, r, src, dest, opts)
	finish()
	if err == nil {
		c.printf("Exported: %s\n", digest)
	}
	return err
}

func parsePair(a, b string) (src, dest container.ImageReference, err error) {
	if src, err = container.ParseImageReference(a); err == nil {
		dest, err = container.ParseImageReference(b)
	}
	return src, dest, err
}

func runReplaceDetached(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "[CONTENTS]", "Replace the detached metadata (e.g. to add a signature); without a file it is deleted")
	var from, to string
	c.add(cli.Option{Long: "src", Arg: "IMGREF", Help: "Source image", Value: cli.String(&from)},
		cli.Option{Long: "dest", Arg: "IMGREF", Help: "Target image", Value: cli.String(&to)})
	rest, done, err := c.parse(args, 0, 1)
	if done || err != nil {
		return err
	}
	if from == "" || to == "" {
		return c.parser.UsageError("Command requires the --src and --dest arguments")
	}
	src, dest, err := parsePair(from, to)
	if err != nil {
		return err
	}
	var contents []byte
	if len(rest) > 0 {
		if contents, err = os.ReadFile(rest[0]); err != nil {
			return err
		}
		if contents == nil {
			contents = []byte{}
		}
	}
	opts := &container.ReplaceOptions{Source: c.pushRegistry(), Dest: c.pushRegistry()}
	var finish func()
	opts.Progress, finish = c.progress()
	digest, err := container.ReplaceDetachedMetadata(ctx, src, dest, contents, opts)
	finish()
	if err == nil {
		c.printf("Pushed: %s\n", digest)
	}
	return err
}
