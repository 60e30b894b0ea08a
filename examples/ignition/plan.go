package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/provision"
)

// runPlan is "ignition plan": exit status 0 when provisioning would succeed as far
// as one can see, 1 when it would fail or cannot be planned, 2 for bad usage.
func runPlan(ctx context.Context, w *world) int {
	opt := &provision.PlanOptions{Version: version}
	var configFile string
	var bases []string
	var asJSON, verbose bool
	fs := pflag.NewFlagSet(w.args[0]+" plan", pflag.ContinueOnError)
	fs.SetOutput(w.stderr)
	fs.Usage = func() {
		fmt.Fprintf(w.stderr, "Usage: %s plan [options] ROOT|IMAGE\n"+
			"Says what provisioning a root directory or a disk image would do. Touches nothing.\nOptions:\n%s", w.args[0], fs.FlagUsages())
	}
	fs.StringVarP(&configFile, "config", "c", "/run/ignition.json", "config, of any version; - is standard input")
	fs.StringArrayVarP(&bases, "base", "b", nil, "base config of the distribution, merged under the config (may be repeated)")
	fs.StringVar(&opt.Device, "device", "", "the disk of the config that IMAGE stands for")
	fs.BoolVar(&opt.Offline, "offline", false, "error out if other configs have to be fetched over the network")
	fs.BoolVar(&asJSON, "json", false, "write JSON")
	fs.BoolVarP(&verbose, "verbose", "v", false, "write the log to standard error")
	w.args = append([]string{w.args[0]}, w.args[2:]...)
	if code, ok := parse(fs, w); !ok {
		return code
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return 2
	}
	opt.Target = fs.Arg(0)
	if verbose {
		opt.Log = slog.New(provision.NewLogHandler(w.stderr))
	}
	dry, err := w.plan(ctx, configFile, bases, opt)
	if err != nil {
		w.errorf("%s", err)
		if invalid, ok := errors.AsType[*provision.ConfigError](err); ok {
			fmt.Fprint(w.stderr, invalid.Report)
		}
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

func (w *world) plan(ctx context.Context, configFile string, bases []string, opt *provision.PlanOptions) (*provision.DryRun, error) {
	full := &provision.Options{}
	if err := w.configure(full); err != nil {
		return nil, err
	}
	opt.Settings, opt.Resource = full.Settings, full.Resource
	raw, err := w.readFile(ctx, configFile)
	if err != nil {
		return nil, fmt.Errorf("reading config: %w", err)
	}
	for _, name := range bases {
		base, err := w.readFile(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("reading base config: %w", err)
		}
		opt.BaseConfigs = append(opt.BaseConfigs, base)
	}
	return provision.MakePlan(ctx, raw, opt)
}
