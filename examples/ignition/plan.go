package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"regexp"

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
	flags := pflag.NewFlagSet(w.args[0]+" plan", pflag.ContinueOnError)
	usage := func(to io.Writer) {
		fmt.Fprintf(to, "Usage: %s plan [options] ROOT|IMAGE\n"+
			"Says what provisioning a root directory or a disk image would do. Touches nothing.\nOptions:\n%s", w.args[0], flags.FlagUsages())
	}
	flags.StringVarP(&configFile, "config", "c", defaultCache, "config, of any version; - is standard input")
	flags.StringArrayVarP(&bases, "base", "b", nil, "base config of the distribution, merged under the config (may be repeated)")
	flags.StringVar(&opt.Device, "device", "", "the disk of the config that IMAGE stands for")
	flags.BoolVar(&opt.Offline, "offline", false, "error out if other configs have to be fetched over the network")
	flags.BoolVar(&asJSON, "json", false, "write JSON")
	flags.BoolVarP(&verbose, "verbose", "v", false, "write the log to standard error")
	if code, ok := w.parseAddition(flags, usage); !ok {
		return code
	}
	opt.Target = flags.Arg(0)
	if info, err := os.Stat(opt.Target); err == nil && info.IsDir() && opt.Device != "" {
		w.errorf("--device is for images, but %s is a directory", opt.Target)
		return 2
	}
	if verbose {
		opt.Logger = slog.New(provision.NewLogHandler(w.stderr))
	}
	dry, err := w.plan(ctx, configFile, bases, opt)
	if err != nil {
		invalid, ok := errors.AsType[*provision.ConfigError](err)
		if !ok {
			w.errorf("%s", err)
			return 1
		}
		w.errorf("%s: %s", sourceName(invalid.Source, configFile, bases), err)
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

func (w *world) plan(ctx context.Context, configFile string, bases []string, opt *provision.PlanOptions) (*provision.DryRun, error) {
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
	if err := refuseButane(configFile, raw); err != nil {
		return nil, err
	}
	for _, name := range bases {
		base, err := w.readFile(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("reading base config: %w", err)
		}
		if err := refuseButane(name, base); err != nil {
			return nil, err
		}
		opt.BaseConfigs = append(opt.BaseConfigs, base)
	}
	return provision.MakePlan(ctx, raw, opt)
}

// butane is how a config begins that people write, in YAML.
var butane = regexp.MustCompile(`(?m)^variant: *[a-z0-9-]+ *$`)

// refuseButane tells those who take one for the other what to do.
func refuseButane(name string, raw []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) || !butane.Match(raw) {
		return nil
	}
	return fmt.Errorf("%s is a Butane config, which butane translates: butane %s > config.ign", name, name)
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
