// Command afterburn fetches what the cloud knows about this machine, and writes it where the system looks for it: a
// drop-in for Afterburn 5.10 and 5.11. It is package afterburn/command with the streams, environment and signals of a
// process.
//
// An installation has it as /usr/bin/afterburn; "afterburn exp systemd-units DIR" writes the units and the dracut
// module that belong to it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/afterburn/command"
)

// version is what --version prints; distributions set it when linking.
var version = command.DefaultVersion

func main() {
	// A log that nobody reads is no reason to leave a machine half set up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, received := untilSignal(syscall.SIGTERM, syscall.SIGINT)
	p := &command.Program{Name: os.Args[0], Version: version, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
	code := p.Run(ctx, os.Args[1:])
	if s := received(); s != 0 && code != 0 {
		_ = syscall.Kill(os.Getpid(), s) // whoever waits shall see what ended it
		time.Sleep(time.Second)          // for the signal to arrive
	}
	os.Exit(code)
}

// untilSignal returns a context that ends with the first of some signals, and what tells which it was. The second one
// kills.
func untilSignal(signals ...os.Signal) (ctx context.Context, received func() syscall.Signal) {
	ctx, cancel := context.WithCancelCause(context.Background())
	got := make(chan os.Signal, 1)
	signal.Notify(got, signals...)
	var first atomic.Int32
	go func() {
		s := (<-got).(syscall.Signal)
		signal.Reset(signals...)
		first.Store(int32(s))
		cancel(fmt.Errorf("%s signal received", s))
	}()
	return ctx, func() syscall.Signal { return syscall.Signal(first.Load()) }
}
