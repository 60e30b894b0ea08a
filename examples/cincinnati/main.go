// Command cincinnati serves update graphs to a fleet and explains them to people.
//
// graph-builder and policy-engine are drop-ins for the two programs of the Fedora CoreOS update backend, also when
// the program is called fcos-graph-builder or fcos-policy-engine; serve is both in one process. graph, explain and
// simulate work on files or on a running server.
//
// The program parses options, calls the packages below zincati/cincinnati and prints. Each file has one command.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/clap"
)

// version is what --version prints; distributions set it when linking.
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal kills
	p := &program{
		name: os.Args[0], stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now,
	}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is the world in which a command line runs.
type program struct {
	// name is the name or path of the program, which decides what it is.
	name           string
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
}

// action carries a command out.
type action func(ctx context.Context, p *program, m *clap.Matches) error

// run executes one command line and returns the exit status: 0, 1 for errors, 2 for wrong usage. Being told to end
// is no error.
func (p *program) run(ctx context.Context, args []string) int {
	m, err := p.command().Parse(&clap.Line{Program: p.name, Args: args})
	if err != nil {
		return clap.Exit(p.stdout, p.stderr, err)
	}
	m = m.Leaf()
	if a := m.Blank(); a != nil && a.Long != "from" && a.Long != "to" && a.Long != "node" {
		err = errors.New("a value is required for " + a.String() + " but none was supplied")
	} else {
		err = m.Command().Do.(action)(ctx, p, m)
	}
	switch {
	case err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled):
		return 0
	default:
		clap.WriteError(p.stderr, err)
		return 1
	}
}

// command describes the command line of the name under which the program runs.
func (p *program) command() *clap.Command {
	switch filepath.Base(p.name) {
	case "fcos-graph-builder":
		return builderCommand("fcos-graph-builder")
	case "fcos-policy-engine":
		return engineCommand("fcos-policy-engine")
	}
	return &clap.Command{
		Name: "cincinnati", Version: version, About: "Update graphs for a fleet: server and tools",
		Commands: []*clap.Command{
			builderCommand("graph-builder"), engineCommand("policy-engine"), combinedCommand("serve"),
			graphCommand(), explainCommand(), simulateCommand(),
		},
	}
}

// logger prints what is as important as the number of -v demands: from warnings on without any.
func (p *program) logger(verbosity int) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case verbosity == 1:
		level = slog.LevelInfo
	case verbosity > 1:
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}
