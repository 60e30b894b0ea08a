package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/zincati/fleetlock/lockstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// serve is "serve": it runs until a signal or until a listener fails. Both
// end with exit code 0, as airlock does.
func (p *program) serve(ctx context.Context, _ []string) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	log := p.logger()
	if len(cfg.Unknown) > 0 {
		log.Warn("ignoring unknown keys of the configuration", "keys", strings.Join(cfg.Unknown, " "))
	}
	// A journal that went away is no end: machines matter more than the log.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	store, err := lockstore.Open(ctx, cfg, &lockstore.Options{Logger: log})
	if err != nil {
		return err
	}
	defer func() {
		// Nothing that was acknowledged is lost by this: it is no reason to
		// call the end a failure.
		if err := store.Close(); err != nil {
			log.Error("closing the lock store", "reason", err)
		}
	}()
	s, err := server.New(cfg, store, &server.Options{Logger: log, ListenEnv: p.getenv})
	if err != nil {
		return err
	}
	err = s.Listen()
	if op, bind := errors.AsType[*net.OpError](err); err != nil && !(bind && op.Op == "listen") {
		return err
	}
	if err == nil {
		err = s.Run(ctx)
	}
	if err != nil {
		log.Error("service failure", "reason", err)
	}
	return nil
}
