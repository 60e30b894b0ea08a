//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree/compose"
)

// imageRun is the making of one image.
type imageRun struct {
	*composeRun
	labels, copyMeta, copyMetaOpt, cmd []string
	config, previous, auth             string
	layers, version                    int
	fast                               bool
	prior                              *v1.Manifest // of the image that is there
}

func (i *imageRun) imageOptions() {
	i.version = 1
	i.add(
		texts("label", "KEY=VALUE", &i.labels, "Additional labels for the container image, in KEY=VALUE format"),
		text("image-config", "FILE", &i.config, "Path to container image configuration in JSON format"),
		text("previous-build-manifest", "FILE", &i.previous, "If set, fetch the manifest of a prior image to keep its layering"),
		text("authfile", "FILE", &i.auth, "Path to Docker-formatted authentication file"),
		cli.Option{Long: "max-layers", Arg: "N", Help: "Maximum number of container image layers", Value: cli.Int(&i.layers)},
		cli.Option{Long: "format-version", Arg: "N", Help: "The encapsulated container format version; must be 1", Value: cli.Int(&i.version)},
		hiddenFlag("compression-fast", &i.fast, "Compress at the fastest level"))
}

// encapsulate fills in the options of the image.
func (i *imageRun) encapsulate() (*container.EncapsulateOptions, error) {
	if i.version != 1 {
		return nil, fmt.Errorf("format version %d is not supported", i.version)
	}
	o := &container.EncapsulateOptions{
		Labels: map[string]string{}, CopyMeta: i.copyMeta, CopyMetaOpt: i.copyMetaOpt, Cmd: i.cmd, MaxLayers: i.layers,
		Registry: &container.RegistryOptions{AuthFile: i.authFile(), UserAgent: "rpm-ostree/" + version}, Progress: i.progress(),
	}
	if i.fast {
		o.Compression = container.CompressionGzipFast
	}
	for _, l := range i.labels {
		key, value, ok := strings.Cut(l, "=")
		if !ok {
			return nil, fmt.Errorf("Missing '=' in label %s", l)
		}
		o.Labels[key] = value
	}
	if i.config != "" {
		var c v1.ConfigFile
		if err := readJSON(i.config, &c); err != nil {
			return nil, err
		}
		o.Config = &c.Config
	}
	if i.previous != "" {
		o.PriorBuild = &v1.Manifest{}
		if err := readJSON(i.previous, o.PriorBuild); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func readJSON(name string, v any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// authFile is where credentials for registries are; empty means that there are none.
func (i *imageRun) authFile() string {
	if i.auth != "" {
		return i.auth
	}
	return container.FindAuthFile(i.env.Lookup)
}

func (p *program) composeEncapsulate(ctx context.Context, env *cli.Env, args []string) error {
	i := &imageRun{composeRun: p.newCompose(ctx, env, "OSTREE_REF IMGREF", "Generate a reproducible \"chunked\" container image (using RPM data) from an OSTree commit")}
	i.repoOption("Path to OSTree repository")
	i.imageOptions()
	i.add(
		texts("copymeta", "KEY", &i.copyMeta, "Propagate an OSTree commit metadata key to container label"),
		texts("copymeta-opt", "KEY", &i.copyMetaOpt, "Propagate an optionally-present OSTree commit metadata key to container label"),
		texts("cmd", "CMD", &i.cmd, "Corresponds to the Dockerfile `CMD` instruction"))
	rest, done, err := i.parse(args)
	switch {
	case done || err != nil:
		return err
	case len(rest) != 2:
		return i.usage("OSTREE_REF and IMGREF must be specified")
	case i.repo == "":
		return i.usage("--repo must be specified")
	}
	dest, err := container.ParseImageReference(rest[1])
	if err != nil {
		return err
	}
	repo, err := i.openRepo(i.repo)
	if err != nil {
		return err
	}
	defer i.close()
	opts, err := i.encapsulate()
	if err != nil {
		return err
	}
	return i.transact(func(ctx context.Context) error {
		digest, err := compose.ContainerEncapsulate(ctx, repo, rest[0], dest, opts)
		if err == nil {
			i.printf("Pushed digest: %s\n", digest)
		}
		return err
	})
}

func (p *program) composeImage(ctx context.Context, env *cli.Env, args []string) error {
	var initialize, offline, insecure bool
	var mode, format string
	i := &imageRun{composeRun: p.newCompose(ctx, env, "MANIFEST OUTPUT", "Generate a reproducible \"chunked\" container image (using RPM data) from a treefile")}
	i.imageOptions()
	i.add(
		text("cachedir", "CACHEDIR", &i.opts.CacheDir, "Directory to use for caching downloaded packages and other data"),
		text("source-root", "PATH", &i.opts.SourceRoot, "Rootfs to use for resolving package system configuration"),
		flag("initialize", 'i', &initialize, "Operate on a new image; do not query the destination for a previous one"),
		text("initialize-mode", "MODE", &mode, "Control conditions under which the image is written: query, always or if-not-exists"),
		text("format", "FORMAT", &format, "ociarchive, oci or registry"),
		flag("force-nocache", 0, &i.tree.ForceNoCache, "Force a build"),
		flag("offline", 0, &offline, "Operate only on cached data, do not access network repositories"),
		texts("lockfile", "FILE", &i.locks, "JSON-formatted lockfile; can be specified multiple times"),
		text("write-lockfile-to", "FILE", &i.tree.WriteLockfileTo, "Write lockfile to FILE"),
		text("layer-repo", "REPO", &i.layerRepo, "Path to OSTree repository for ostree-layers and ostree-override-layers"),
		text("touch-if-changed", "FILE", &i.tree.TouchIfChanged, "Update the timestamp or create this file on changes"),
		flag("insecure", 0, &insecure, "Accept any certificate of the registry, and plain HTTP"))
	rest, done, err := i.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) != 2 {
		return i.usage("MANIFEST and OUTPUT must be specified")
	}
	dest, err := imageReference(format, rest[1])
	if err != nil {
		return err
	}
	if skip, err := i.previousImage(ctx, dest, initialize, mode); skip || err != nil {
		return err
	}
	tf, err := i.treefile(rest[0])
	if err != nil {
		return err
	}
	i.opts.CacheOnly = offline
	if err := i.prepare(); err != nil {
		return err
	}
	defer i.close()
	e, err := i.encapsulate()
	if err != nil {
		return err
	}
	e.Registry.Insecure = insecure
	if e.PriorBuild == nil {
		e.PriorBuild = i.prior
	}
	return i.transact(func(ctx context.Context) error {
		digest, _, err := compose.Image(ctx, tf, dest, &compose.ImageOptions{Tree: i.tree, Encapsulate: *e})
		if err == nil && digest != (v1.Hash{}) {
			i.printf("Pushed digest: %s\n", digest)
		}
		return err
	})
}

// imageReference is where an image goes.
func imageReference(format, output string) (container.ImageReference, error) {
	prefix := map[string]string{"": "oci-archive:", "ociarchive": "oci-archive:", "oci": "oci:", "registry": "docker://"}[format]
	if prefix == "" {
		return container.ImageReference{}, fmt.Errorf("invalid value '%s' for '--format': expected ociarchive, oci or registry", format)
	}
	return container.ParseImageReference(prefix + output)
}

// previousImage looks at the image that is there, whose layers the new one keeps as far as possible.
func (i *imageRun) previousImage(ctx context.Context, dest container.ImageReference, initialize bool, mode string) (skip bool, err error) {
	switch {
	case initialize && mode != "":
		return false, errors.New("Cannot specify both --initialize and --initialize-mode")
	case initialize || mode == "always":
		return false, nil
	case mode != "" && mode != "query" && mode != "if-not-exists":
		return false, fmt.Errorf("invalid value '%s' for '--initialize-mode': expected query, always or if-not-exists", mode)
	}
	old, err := container.Inspect(ctx, dest, &container.RegistryOptions{AuthFile: i.authFile()})
	switch {
	case errors.Is(err, fs.ErrNotExist) || mode == "if-not-exists" && err != nil:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("looking for a previous image (--initialize does without): %w", err)
	}
	if mode == "if-not-exists" {
		i.printf("Image %s exists.\n", dest)
		return true, nil
	}
	i.prior = old.Manifest
	i.tree.PreviousInputHash = old.Config.Config.Labels["rpmostree.inputhash"]
	i.tree.PreviousVersion = old.Version()
	return false, nil
}
