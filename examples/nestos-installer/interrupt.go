package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/clap"
)

// errInterrupted is why the context of a command ends.
var errInterrupted = errors.New("interrupted")

// guard catches the signals that would kill the program in the middle of its work. Interrupts, also the end of
// the session, end the context, so that nothing half done stays; the second one kills. What the parent has had
// ignored, as nohup does, stays ignored. Writing to a closed pipe fails, so that an installation goes on when
// nobody reads its progress. Signals are caught, not ignored, so that programs that are started have them again.
func guard(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	interrupts := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(interrupts, s)
		}
	}
	stop := func() { signal.Stop(interrupts) }
	go func() {
		select {
		case <-interrupts:
			stop()
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	return ctx, func() {
		stop()
		cancel(nil)
		signal.Stop(pipe)
	}
}

// worded says "interrupted" where an error says that a context has been canceled: nothing else cancels one.
func worded(err error) error {
	if err == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	levels := clap.Levels(err)
	for n := range levels {
		levels[n] = strings.ReplaceAll(levels[n], context.Canceled.Error(), errInterrupted.Error())
	}
	return chain(levels)
}

// chain is an error with the texts of its levels, the outermost first.
type chain []string

func (c chain) Error() string { return strings.Join(c, ": ") }

func (c chain) Unwrap() error {
	if len(c) == 1 {
		return nil
	}
	return c[1:]
}
