package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/provision"
)

// applyUsage is written out: the flag package's own text differs between its versions.
const applyUsage = `Usage: %s [options] config.ign
Options:
      --ignore-unsupported   ignore unsupported config sections
      --offline              error out if config references remote resources
      --root string          root of the filesystem (default "/")
      --version              print the version of ignition-apply
`

// runApply is ignition-apply.
func runApply(ctx context.Context, w *world) int {
	opt := &provision.ApplyOptions{Version: version}
	var showVersion bool
	fs := pflag.NewFlagSet(w.args[0], pflag.ContinueOnError)
	fs.SetOutput(w.stderr)
	fs.Usage = func() { fmt.Fprintf(w.stderr, applyUsage, w.args[0]) }
	fs.StringVar(&opt.Root, "root", "/", "root of the filesystem")
	fs.BoolVar(&opt.IgnoreUnsupported, "ignore-unsupported", false, "ignore unsupported config sections")
	fs.BoolVar(&opt.Offline, "offline", false, "error out if config references remote resources")
	fs.BoolVar(&showVersion, "version", false, "print the version of ignition-apply")
	if code, ok := parse(fs, w); !ok {
		return code
	}
	if showVersion {
		fmt.Fprintf(w.stdout, "Ignition %s\n", version)
		return 0
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return 1
	}
	log := slog.New(provision.NewLogHandler(w.stdout))
	log.Info("Ignition " + version)
	opt.Logger = log
	err := w.apply(ctx, fs.Arg(0), opt)
	if err != nil {
		log.Log(ctx, provision.LevelCritical, strings.ToValidUTF8(provision.LogText(err), "\uFFFD"))
		return 1
	}
	return 0
}

func (w *world) apply(ctx context.Context, name string, opt *provision.ApplyOptions) error {
	full := &provision.Options{}
	if err := w.configure(full); err != nil {
		return err
	}
	opt.Settings, opt.Resource = full.Settings, full.Resource
	if !provision.InContainer(w.getenv("container")) {
		return fmt.Errorf("failed to apply: %w", provision.ErrNotContainer)
	}
	raw, err := w.readFile(ctx, name)
	if err != nil {
		return fmt.Errorf("couldn't read config: %w", err)
	}
	if opt.Root, err = filepath.Abs(opt.Root); err != nil {
		return err
	}
	return provision.Apply(ctx, raw, opt)
}

// readFile reads a file, which may be a pipe whose writer takes its time, or standard
// input for "-".
func (w *world) readFile(ctx context.Context, name string) (data []byte, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if name == "-" {
			data, err = io.ReadAll(w.stdin)
		} else {
			data, err = os.ReadFile(name)
		}
	}()
	select {
	case <-done:
		return data, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// parse parses options as the programs with long options do: the usage and what is
// wrong on standard error, status 2.
func parse(fs *pflag.FlagSet, w *world) (code int, ok bool) {
	err := fs.Parse(w.args[1:])
	switch {
	case err == nil:
		return 0, true
	case errors.Is(err, pflag.ErrHelp):
		return 0, false
	}
	fs.Usage()
	w.errorf("%s", err)
	return 2, false
}
