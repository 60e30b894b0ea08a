package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/provision"
	"github.com/nestos-dev/nestos/internal/validatecmd"
)

// runPlan is "ignition plan": exit status 0 when provisioning would succeed as far
// as one can see, 1 when it would fail or cannot be planned, 2 for bad usage.
func runPlan(ctx context.Context, w *world) int {
	opt := &provision.PlanOptions{Version: version}
	var configFile string
	var bases []string
	var asJSON, verbose, apply, ignore bool
	flags := pflag.NewFlagSet(w.args[0]+" plan", pflag.ContinueOnError)
	usage := func(to io.Writer) {
		fmt.Fprintf(to, "Usage: %s plan [options] ROOT|IMAGE\n"+
			"Says what provisioning a root directory or a disk image would do, or with --apply what\n"+
			"ignition-apply would do with a root directory. Touches nothing.\nOptions:\n%s", w.args[0], flags.FlagUsages())
	}
	flags.StringVarP(&configFile, "config", "c", defaultCache, "config, of any version; - is standard input")
	flags.StringArrayVarP(&bases, "base", "b", nil, "base config of the distribution, merged under the config (may be repeated)")
	flags.StringVar(&opt.Device, "device", "", "the disk of the config that IMAGE stands for")
	flags.BoolVar(&opt.Offline, "offline", false, "error out if other configs, with --apply also contents, have to be fetched over the network")
	flags.BoolVar(&apply, "apply", false, "plan what ignition-apply would do, not a boot")
	flags.BoolVar(&ignore, "ignore-unsupported", false, "with --apply: as the same option of ignition-apply")
	flags.BoolVar(&asJSON, "json", false, "write JSON")
	flags.BoolVarP(&verbose, "verbose", "v", false, "write the log to standard error")
	if code, ok := w.parseAddition(flags, usage); !ok {
		return code
	}
	opt.Root = flags.Arg(0)
	info, err := os.Stat(opt.Root) // an error is told with those of the plan
	switch {
	case ignore && !apply:
		w.errorf("--ignore-unsupported needs --apply")
		return 2
	case apply && opt.Device != "":
		w.errorf("--device is for images, --apply for root directories")
		return 2
	case err == nil && info.IsDir() && opt.Device != "":
		w.errorf("--device is for images, but %s is a directory", opt.Root)
		return 2
	case err == nil && !info.IsDir() && !apply:
		opt.Root, opt.Image = "", opt.Root
	}
	if verbose {
		opt.Logger = slog.New(provision.NewLogHandler(w.stderr))
	}
	raw, err := w.planInputs(ctx, configFile, bases, opt)
	var dry *provision.DryRun
	switch {
	case err != nil:
	case apply:
		dry, err = provision.PlanApply(ctx, raw, &provision.ApplyOptions{
			Root: opt.Root, BaseConfigs: opt.BaseConfigs, Offline: opt.Offline, Version: opt.Version, Logger: opt.Logger,
			Settings: opt.Settings, Resource: opt.Resource, IgnoreUnsupported: ignore,
		})
	default:
		dry, err = provision.MakePlan(ctx, raw, opt)
	}
	if err != nil {
		invalid, ok := errors.AsType[*provision.ConfigError](err)
		if !ok {
			w.errorf("%s", err)
			return 1
		}
		w.errorf("%s: %s", sourceName(invalid.Source, configFile, bases), provision.LogText(err))
		fmt.Fprint(w.stderr, invalid.Report)
		return 1
	}
	if asJSON {
		enc := json.NewEncoder(w.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(dry)
	} else {
		err = dry.WriteText(w.stdout)
	}
	if err != nil {
		w.errorf("%s", err)
		return 1
	}
	if dry.Fails {
		return 1
	}
	return 0
}

// planInputs completes the options by the environment and the base configs, and returns the config.
func (w *world) planInputs(ctx context.Context, configFile string, bases []string, opt *provision.PlanOptions) ([]byte, error) {
	full := &provision.Options{}
	if err := w.configure(full); err != nil {
		return nil, err
	}
	opt.Settings, opt.Resource = full.Settings, full.Resource
	raw, err := w.readFile(ctx, configFile)
	if errors.Is(err, fs.ErrNotExist) && configFile == defaultCache {
		return nil, fmt.Errorf("reading config: %w: name another one with --config", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading config: %w", err)
	}
	if err := validatecmd.RefuseButane(configFile, raw); err != nil {
		return nil, err
	}
	for _, name := range bases {
		base, err := w.readFile(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("reading base config: %w", err)
		}
		if err := validatecmd.RefuseButane(name, base); err != nil {
			return nil, err
		}
		opt.BaseConfigs = append(opt.BaseConfigs, base)
	}
	return raw, nil
}

// sourceName is the file from which an invalid config comes.
func sourceName(source, config string, bases []string) string {
	for i, name := range bases {
		if source == fmt.Sprintf("base config %d", i+1) {
			return name
		}
	}
	switch source {
	case "config":
		return config
	case "":
		return "merged config"
	}
	return source
}
