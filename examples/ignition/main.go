// Command ignition is a drop-in replacement of Ignition. By its name it is one of
//
//	ignition           one stage of a first boot
//	ignition-apply     applies a config to a container's root
//	ignition-rmcfg     deletes the config from the platform's metadata
//	ignition-validate  checks a config
//
// and, beyond Ignition,
//
//	ignition plan ROOT|IMAGE     what would be done, without doing it
//	ignition dracut-files DIR    writes the dracut module and the systemd units
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/validatecmd"
)

// version is what the program says it is: the release of Ignition whose texts and requests it has. Distributions set it
// when linking.
var version = "2.26.0"

// world is what the program gets from outside; tests replace it.
type world struct {
	args           []string // with the program's name
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func main() {
	// An initramfs is in memory itself: collect garbage earlier than Go would.
	debug.SetGCPercent(60)
	// net/http reports what misbehaving servers send through this log.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, &world{args: os.Args, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv})
	stop()
	os.Exit(code)
}

func run(ctx context.Context, w *world) int {
	switch filepath.Base(w.args[0]) {
	case "ignition-apply":
		return runApply(ctx, w)
	case "ignition-rmcfg":
		return runRmcfg(ctx, w)
	case "ignition-validate":
		return validatecmd.Main(w.args, version, w.stdin, w.stdout, w.stderr)
	case dracut.GeneratorName:
		return runGenerator(ctx, w)
	case dracut.FirstBootCompleteName:
		return runFirstBootComplete(ctx, w)
	}
	if len(w.args) > 1 {
		switch w.args[1] {
		case "plan":
			return runPlan(ctx, w)
		case "dracut-files":
			return runDracutFiles(w)
		}
	}
	return runStage(ctx, w)
}

// additions is what "ignition -help" says of the commands that Ignition does not have.
const additions = `
Commands that Ignition does not have:
  plan [options] ROOT|IMAGE
    	say what provisioning would do, without doing it
  dracut-files [options] DIR
    	write the dracut module and the systemd units
Each has --help. Called ignition-apply, ignition-rmcfg or ignition-validate, the program is that one.
`

// parseAddition parses the command line of one of these commands, which takes one argument: help goes to standard
// output, and a mistake is told after the usage.
func (w *world) parseAddition(fs *pflag.FlagSet, usage func(io.Writer)) (code int, ok bool) {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	err := fs.Parse(w.args[2:])
	switch {
	case errors.Is(err, pflag.ErrHelp):
		usage(w.stdout)
		return 0, false
	case err == nil && fs.NArg() == 1:
		return 0, true
	case err == nil && fs.NArg() == 0:
		err = errors.New("an argument is missing")
	case err == nil:
		err = fmt.Errorf("too many arguments: %q", fs.Args())
	}
	usage(w.stderr)
	w.errorf("%s", err)
	return 2, false
}

func (w *world) errorf(format string, args ...any) { fmt.Fprintf(w.stderr, format+"\n", args...) }
