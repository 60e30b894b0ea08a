package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// patience is how long a store that is in use is waited for: by a server for
// an operator's command that looks into it, and by a command for the socket
// of a server that is just starting.
const patience = 5 * time.Second

// openStore opens the configured store.
func openStore(ctx context.Context, cfg *server.Config, log *slog.Logger) (server.Store, error) {
	if cfg.Store.Kind == server.KindFile {
		return filestore.Open(cfg.Store.Path, cfg.Lock.Groups, &filestore.Options{Logger: log})
	}
	return etcdstore.Open(ctx, etcdstore.Options{
		Endpoints: cfg.Etcd3.Endpoints, CertFile: cfg.Etcd3.ClientCert, KeyFile: cfg.Etcd3.ClientKey, CAFile: cfg.Etcd3.CACert,
		TransactionTimeout: cfg.Etcd3.TransactionTimeout, Groups: cfg.Lock.Groups, Logger: log,
	})
}

// retryInUse repeats open while another process has the store.
func retryInUse(ctx context.Context, open func() error) error {
	for deadline := time.Now().Add(patience); ; {
		err := open()
		if !errors.Is(err, filestore.ErrInUse) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// with runs viaServer if a server has the store, otherwise direct with the
// store itself.
func (p *program) with(ctx context.Context, viaServer func(*server.AdminClient) error, direct func(context.Context, server.Store, *server.Config) error) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	if cfg.Store.Kind != server.KindFile {
		return p.direct(ctx, cfg, direct)
	}
	admin := &server.AdminClient{Dir: cfg.Store.Path, Timeout: cfg.Etcd3.TransactionTimeout + 10*time.Second}
	return retryInUse(ctx, func() error {
		if err := viaServer(admin); !errors.Is(err, server.ErrNoServer) {
			return err
		}
		return p.direct(ctx, cfg, direct)
	})
}

func (p *program) direct(ctx context.Context, cfg *server.Config, do func(context.Context, server.Store, *server.Config) error) (err error) {
	store, err := openStore(ctx, cfg, p.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, cfg.Etcd3.TransactionTimeout)
	defer cancel()
	return do(ctx, store, cfg)
}

// inspect reads the state of all groups.
func (p *program) inspect(ctx context.Context) (slots *server.Slots, err error) {
	err = p.with(ctx, func(admin *server.AdminClient) (err error) {
		slots, err = admin.Slots(ctx)
		return err
	}, func(ctx context.Context, store server.Store, cfg *server.Config) (err error) {
		slots, err = server.Inspect(ctx, store, cfg.Lock.Groups)
		return err
	})
	return slots, err
}

// unlock releases one lock and says whether it was held.
func (p *program) unlock(ctx context.Context) (held bool, err error) {
	err = p.with(ctx, func(admin *server.AdminClient) (err error) {
		held, err = admin.Release(ctx, p.group, p.id)
		return err
	}, func(ctx context.Context, store server.Store, _ *server.Config) (err error) {
		held, err = server.ReleaseLock(ctx, store, p.group, p.id)
		return err
	})
	return held, err
}
