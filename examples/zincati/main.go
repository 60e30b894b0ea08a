// Command zincati is the update agent of NestOS and Fedora CoreOS, a drop-in for zincati 0.0.32. It is package
// zincati/command with the streams, environment and signals of a process.
//
// An installation has it as /usr/libexec/zincati; "zincati packaging DIR" writes the units, policies and default
// settings that belong to it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/nestos-dev/nestos/zincati/command"
)

// version is what the log says; distributions set it when linking.
var version = command.DefaultVersion

func main() {
	p := &command.Program{
		Name: os.Args[0], Version: version, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Guard: guard,
	}
	os.Exit(p.Run(context.Background(), os.Args[1:]))
}

// guard lets the agent end in order, at the first TERM. A second one kills. A journal that went away is no end: updates
// matter more than their log.
func guard(ctx context.Context) (context.Context, func()) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
