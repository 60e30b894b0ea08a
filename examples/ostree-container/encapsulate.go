package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/container"
)

type encapsulateRun struct {
	*command
	labels, copyMeta, copyMetaOpt, cmd []string
	config, contentMeta                string
	fast                               bool
}

func runEncapsulate(ctx context.Context, env *cli.Env, args []string) error {
	c := &encapsulateRun{command: newCommand(ctx, env, "REV IMGREF", "Wrap an ostree commit into a container image")}
	c.parser.Description = imageNames
	c.addRepo()
	c.add(cli.Option{Long: "label", Short: 'l', Arg: "KEY=VALUE", Help: "Additional labels for the container", Value: cli.Strings(&c.labels)})
	c.addAuthFile()
	c.add(cli.Option{Long: "config", Arg: "CONFIG", Help: "Path to a JSON-formatted serialized container configuration", Value: cli.Filename(&c.config)},
		cli.Option{Long: "copymeta", Arg: "KEY", Help: "Propagate an OSTree commit metadata key to container label", Value: cli.Strings(&c.copyMeta)},
		cli.Option{Long: "copymeta-opt", Arg: "KEY", Help: "Propagate an optionally-present OSTree commit metadata key to container label", Value: cli.Strings(&c.copyMetaOpt)},
		cli.Option{Long: "cmd", Arg: "CMD", Help: "Corresponds to the Dockerfile `CMD` instruction", Value: cli.Strings(&c.cmd)},
		cli.Option{Long: "compression-fast", Help: "Compress at the fastest level (e.g. gzip level 1)", Value: cli.Bool(&c.fast)},
		cli.Option{Long: "contentmeta", Arg: "CONTENTMETA", Help: "Path to a JSON-formatted content meta object", Value: cli.Filename(&c.contentMeta)})
	c.addQuiet()
	r, rest, err := c.parseRepo(args, 2, 2)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	dest, err := container.ParseImageReference(rest[1])
	if err != nil {
		return err
	}
	opts, err := c.options()
	if err != nil {
		return err
	}
	p, finish := c.progress()
	opts.Progress = p
	digest, err := container.Encapsulate(ctx, r, rest[0], dest, opts)
	finish()
	if err == nil {
		c.printf("%s\n", digest)
	}
	return err
}

func (c *encapsulateRun) options() (*container.EncapsulateOptions, error) {
	o := &container.EncapsulateOptions{Labels: map[string]string{}, CopyMeta: c.copyMeta, CopyMetaOpt: c.copyMetaOpt, Cmd: c.cmd, Registry: c.pushRegistry()}
	if c.fast {
		o.Compression = container.CompressionGzipFast
	}
	for _, l := range c.labels {
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			return nil, fmt.Errorf("Missing '=' in label %s", l)
		}
		o.Labels[k] = v
	}
	if c.config != "" {
		b, err := os.ReadFile(c.config)
		if err != nil {
			return nil, err
		}
		o.Config = &v1.Config{}
		if err := json.Unmarshal(b, o.Config); err != nil {
			return nil, fmt.Errorf("%s: %w", c.config, err)
		}
	}
	if c.contentMeta != "" {
		if err := c.readContentMeta(o); err != nil {
			return nil, fmt.Errorf("%s: %w", c.contentMeta, err)
		}
	}
	return o, nil
}

// readContentMeta gives each component its own layer.
func (c *encapsulateRun) readContentMeta(o *container.EncapsulateOptions) error {
	f, err := os.Open(c.contentMeta)
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := container.ReadContentFile(f)
	if err != nil {
		return err
	}
	o.Contents, o.Created, o.MaxLayers = m.Contents, m.Created, m.MaxLayers()
	for k, v := range m.Labels {
		o.Labels[k] = v
	}
	return nil
}
