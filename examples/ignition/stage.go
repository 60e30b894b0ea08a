package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/provision"
)

// defaultCache is where the config is between the stages.
const defaultCache = "/run/ignition.json"

// choice is a flag whose value is one of a list.
type choice struct {
	value  string
	values []string
	what   string
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.values, s) {
		return fmt.Errorf("%s is not a valid %s", s, c.what)
	}
	c.value = s
	return nil
}

func platforms() []string {
	names := slices.Clone(platform.Names())
	slices.Sort(names)
	return names
}

// runStage runs one stage.
func runStage(ctx context.Context, w *world) int {
	var stages []string
	for _, s := range provision.Stages() {
		stages = append(stages, string(s))
	}
	slices.Sort(stages)
	name := &choice{values: platforms(), what: "platform"}
	stage := &choice{values: stages, what: "stage"}
	opt := &provision.Options{}
	var toStdout, showVersion bool

	fs := flag.NewFlagSet(w.args[0], flag.ContinueOnError)
	fs.SetOutput(w.stderr)
	fs.StringVar(&opt.ConfigCache, "config-cache", defaultCache, "where to cache the config")
	fs.DurationVar(&opt.FetchTimeout, "fetch-timeout", 2*time.Minute, "initial duration for which to wait for config")
	fs.StringVar(&opt.NeedNet, "neednet", "/run/ignition/neednet", "flag file to write from fetch-offline if networking is needed")
	fs.Var(name, "platform", "current platform. "+fmt.Sprint(name.values))
	fs.StringVar(&opt.Root, "root", "/", "root of the filesystem")
	fs.Var(stage, "stage", "execution stage. "+fmt.Sprint(stage.values))
	fs.StringVar(&opt.StateFile, "state-file", "/run/ignition/state", "where to store internal state")
	fs.BoolVar(&showVersion, "version", false, "print the version and exit")
	fs.BoolVar(&toStdout, "log-to-stdout", false, "log to stdout instead of the system log when set")
	if err := fs.Parse(w.args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(w.stderr, additions)
			return 0
		}
		return 2
	}
	switch {
	case showVersion:
		fmt.Fprintf(w.stdout, "Ignition %s\n", version)
		return 0
	case name.value == "":
		w.errorf("'--platform' must be provided")
		if fs.NArg() > 0 {
			w.errorf("there is no command %q: see %s -help", fs.Arg(0), w.args[0])
		}
		return 2
	case stage.value == "":
		w.errorf("'--stage' must be provided")
		return 2
	}
	if opt.FetchTimeout <= 0 {
		opt.FetchTimeout = -1 // no limit
	}
	opt.Platform = name.value
	if err := w.configure(opt); err != nil {
		w.errorf("%s", err)
		return 1
	}
	log, closeLog := w.newLog(toStdout)
	defer closeLog()
	opt.Logger = log
	engine, err := provision.New(opt)
	if err == nil {
		err = engine.Run(ctx, provision.Stage(stage.value))
	}
	return w.report(err)
}

// report tells of a failure on standard error and returns the exit status.
func (w *world) report(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, provision.ErrFetcher), errors.Is(err, provision.ErrState):
		w.errorf("%s", err)
		return 3
	}
	if failure, ok := errors.AsType[*provision.Failure](err); ok {
		fmt.Fprint(w.stderr, failure.Dump(), failure.Summary())
	} else {
		w.errorf("%s", strings.ToValidUTF8(err.Error(), "\uFFFD"))
	}
	return 1
}
