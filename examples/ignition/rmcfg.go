package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/provision"
)

const rmcfgUsage = `Usage: %s [options]
Options:
      --log-to-stdout     log to stdout instead of the system log
      --platform string   current platform. %s
      --version           print the version and exit
`

// runRmcfg is ignition-rmcfg.
func runRmcfg(ctx context.Context, w *world) int {
	var platform string
	var toStdout, showVersion bool
	names := platforms()
	fs := pflag.NewFlagSet(w.args[0], pflag.ContinueOnError)
	fs.SetOutput(w.stderr)
	fs.Usage = func() { fmt.Fprintf(w.stderr, rmcfgUsage, w.args[0], names) }
	fs.StringVar(&platform, "platform", "", "current platform. "+fmt.Sprint(names))
	fs.BoolVar(&toStdout, "log-to-stdout", false, "log to stdout instead of the system log")
	fs.BoolVar(&showVersion, "version", false, "print the version and exit")
	if code, ok := parse(fs, w); !ok {
		return code
	}
	switch {
	case showVersion:
		fmt.Fprintf(w.stdout, "Ignition %s\n", version)
		return 0
	case fs.NArg() != 0:
		fs.Usage()
		return 2
	case platform == "":
		w.errorf("'--platform' must be provided")
		return 2
	case !slices.Contains(names, platform):
		w.errorf("%s is not a valid platform", platform)
		return 2
	}
	opt := &provision.Options{Platform: platform}
	if err := w.configure(opt); err != nil {
		w.errorf("%s", err)
		return 1
	}
	log, closeLog := w.newLog(toStdout)
	defer closeLog()
	log.Info("Ignition " + version)
	opt.Logger = log
	engine, err := provision.New(opt)
	if err != nil {
		log.Log(ctx, provision.LevelCritical, err.Error())
		return 3
	}
	if err := engine.DeleteConfig(ctx); err != nil {
		log.Log(ctx, provision.LevelCritical, fmt.Sprintf("couldn't delete config: %s", err))
		return 1
	}
	log.Info("Successfully deleted config")
	return 0
}
