// Command afterburn fetches what the cloud knows about this machine, and writes it where the system looks for it: a
// drop-in for Afterburn 5.10 and 5.11. It is package afterburn/command with the streams, environment and signals of a
// process.
//
// An installation has it as /usr/bin/afterburn; "afterburn exp systemd-units DIR" writes the units and the dracut
// module that belong to it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/nestos-dev/nestos/afterburn/command"
)

// version is what --version prints; distributions set it when linking.
var version = command.DefaultVersion

func main() {
	// A log that nobody reads is no reason to leave a machine half set up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// The first signal ends the work in order, a second one kills.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	p := &command.Program{Name: os.Args[0], Version: version, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
	os.Exit(p.Run(ctx, os.Args[1:]))
}
