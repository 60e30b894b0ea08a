package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

var staticDeltaCommands = []cli.Command{
	{Name: "list", Help: "List static delta files", Run: runDeltaList},
	{Name: "show", Help: "Dump information on a delta", Run: runDeltaShow},
	{Name: "delete", Help: "Remove a delta", Run: runDeltaDelete},
	{Name: "generate", Help: "Generate static delta files", Run: runDeltaGenerate},
	{Name: "apply-offline", Help: "Apply static delta file", Run: runDeltaApply},
	{Name: "verify", Help: "Verify static delta signatures", Run: runDeltaVerify},
	{Name: "indexes", Help: "List static delta indexes", Run: runDeltaIndexes},
	{Name: "reindex", Help: "Regenerate static delta indexes", Run: runDeltaReindex},
}

// runStaticDelta finds the subcommand. Its help has a layout of its own.
func runStaticDelta(ctx context.Context, env *cli.Env, args []string) error {
	name, rest, found := cli.SplitCommand(args)
	for _, c := range staticDeltaCommands {
		if found && c.Name == name {
			sub := *env
			sub.Program += " " + name
			return c.Run(ctx, &sub, rest)
		}
	}
	a := &cli.App{Name: "static-delta", Commands: staticDeltaCommands, Column: 17}
	help := "Usage:\n  ostree static-delta [OPTION...] COMMAND\n\n" + a.CommandList() + "\n\n"
	if found {
		return &cli.HelpError{Help: help, Err: fmt.Errorf("Unknown \"static-delta\" subcommand '%s'", name)}
	}
	for _, arg := range args {
		if arg == "--help" || arg == "-h" {
			_, err := io.WriteString(env.Stdout, help)
			return err
		}
	}
	return &cli.HelpError{Help: help, Err: errors.New("No command specified")}
}

// deltaJSON names a delta in what list and indexes print with --json.
type deltaJSON struct {
	Delta      string          `json:"delta"`
	From       object.Checksum `json:"from,omitzero"` // missing: from scratch
	To         object.Checksum `json:"to"`
	Superblock object.Checksum `json:"superblock,omitzero"` // of its file, as indexes have it
}

func newDeltaJSON(n delta.Name, superblock object.Checksum) deltaJSON {
	return deltaJSON{n.String(), n.From, n.To, superblock}
}

func runDeltaList(ctx context.Context, env *cli.Env, args []string) error {
	var json bool
	c := newCommand(ctx, env, "", "List static delta files", jsonOption(&json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	names, err := r.StaticDeltas()
	if err != nil {
		return err
	}
	if json {
		list := make([]deltaJSON, len(names))
		for i, n := range names {
			list[i] = newDeltaJSON(n, object.Checksum{})
		}
		return jsonSlice(c, list)
	}
	if len(names) == 0 {
		c.printf("(No static deltas)\n")
	}
	for _, n := range names {
		c.printf("%s\n", n)
	}
	return nil
}

func runDeltaShow(ctx context.Context, env *cli.Env, args []string) error {
	var json bool
	c := newCommand(ctx, env, "", "Dump information on a delta", jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return errors.New("DELTA must be specified")
	}
	info, err := r.DeltaInfo(ctx, rest[0])
	if err != nil {
		return err
	}
	if json {
		return c.printJSON(info)
	}
	c.printf("%s", info.Text())
	return nil
}

func runDeltaDelete(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "", "Remove a delta")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return errors.New("DELTA must be specified")
	}
	n, err := delta.ParseName(rest[0])
	if err != nil {
		return err
	}
	return r.DeleteStaticDelta(n)
}

// deltaIndexJSON is one element of what indexes --json prints.
type deltaIndexJSON struct {
	To     object.Checksum `json:"to"`
	Deltas []deltaJSON     `json:"deltas"`
}

func runDeltaIndexes(ctx context.Context, env *cli.Env, args []string) error {
	var json bool
	c := newCommand(ctx, env, "", "List static delta indexes", jsonOption(&json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	indexes, err := r.DeltaIndexes()
	if err != nil {
		return err
	}
	if json {
		return c.printIndexes(r, indexes)
	}
	if len(indexes) == 0 {
		c.printf("(No static deltas indexes)\n")
	}
	for _, to := range indexes {
		c.printf("%s\n", to)
	}
	return nil
}

func (c *command) printIndexes(r *ostree.Repo, indexes []object.Checksum) error {
	list := make([]deltaIndexJSON, 0, len(indexes))
	for _, to := range indexes {
		deltas, err := r.DeltaIndex(to)
		if err != nil {
			return err
		}
		j := deltaIndexJSON{To: to, Deltas: []deltaJSON{}}
		for _, d := range deltas {
			j.Deltas = append(j.Deltas, newDeltaJSON(d.Name, d.Superblock))
		}
		list = append(list, j)
	}
	return jsonSlice(c, list)
}

func runDeltaReindex(ctx context.Context, env *cli.Env, args []string) error {
	var to string
	c := newCommand(ctx, env, "", "Regenerate static delta indexes",
		cli.Option{Long: "to", Arg: "REV", Help: "Only update delta index to revision REV", Value: cli.String(&to)})
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	o := &ostree.ReindexOptions{}
	if to = strings.TrimSpace(to); to != "" {
		if o.To, err = object.ParseChecksum(to); err != nil {
			return err
		}
	}
	return r.ReindexDeltas(ctx, o)
}
