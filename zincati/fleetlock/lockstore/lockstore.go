package lockstore

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// DefaultPatience is that of [Options].
const DefaultPatience = 5 * time.Second

// Options tune the access to a store. The zero value, or nil, is right.
type Options struct {
	// Logger is passed on to the store; nil is silent.
	Logger *slog.Logger
	// Patience is how long a directory that another process has is waited for: by a server for a command that looks
	// into it, and by a command for the socket of a server that is just starting. 0 means [DefaultPatience], negative
	// not to wait.
	Patience time.Duration
}

// Open opens the store of cfg. A directory that another process keeps is an error that wraps [filestore.ErrInUse]; etcd
// may come up later.
func Open(ctx context.Context, cfg *server.Config, o *Options) (store semaphore.Store, err error) {
	if o == nil {
		o = &Options{}
	}
	err = o.retry(ctx, func() error {
		store, err = open(ctx, cfg, o)
		return err
	})
	return store, err
}

func open(ctx context.Context, cfg *server.Config, o *Options) (semaphore.Store, error) {
	if err := cfg.CheckStore(); err != nil {
		return nil, err
	}
	if cfg.Store.Kind == server.KindFile {
		s, err := filestore.Open(cfg.Store.Path, cfg.Lock.Groups, &filestore.Options{Logger: o.Logger})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	s, err := etcdstore.Open(ctx, &etcdstore.Options{
		Endpoints: cfg.Etcd3.Endpoints, CertFile: cfg.Etcd3.ClientCert, KeyFile: cfg.Etcd3.ClientKey, CAFile: cfg.Etcd3.CACert,
		TransactionTimeout: cfg.Lock.Timeout, Groups: cfg.Lock.Groups, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// retry repeats open while another process has the directory.
func (o *Options) retry(ctx context.Context, open func() error) error {
	for deadline := time.Now().Add(cmp.Or(o.Patience, DefaultPatience)); ; {
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

// Slots reads the state of all groups. Those who wait are known to a server only.
func Slots(ctx context.Context, cfg *server.Config, o *Options) (slots *server.Slots, err error) {
	err = access(ctx, cfg, o, func(admin *server.AdminClient) (err error) {
		slots, err = admin.Slots(ctx)
		return err
	}, func(ctx context.Context, store semaphore.Store) (err error) {
		slots, err = server.Inspect(ctx, store, cfg.Lock.Groups)
		return err
	})
	return slots, err
}

// Release gives back the lock of a node that cannot do it itself, and says whether it held one.
func Release(ctx context.Context, cfg *server.Config, group, id string, o *Options) (held bool, err error) {
	err = access(ctx, cfg, o, func(admin *server.AdminClient) (err error) {
		held, err = admin.Release(ctx, group, id)
		return err
	}, func(ctx context.Context, store semaphore.Store) (err error) {
		held, err = server.ReleaseLock(ctx, store, group, id)
		return err
	})
	return held, err
}

// access runs viaServer if a server has the directory, otherwise direct with the store itself.
func access(ctx context.Context, cfg *server.Config, o *Options, viaServer func(*server.AdminClient) error, direct func(context.Context, semaphore.Store) error) error {
	if o == nil {
		o = &Options{}
	}
	timeout := cfg.Lock.Timeout
	if timeout <= 0 {
		timeout = server.DefaultTimeout
	}
	alone := func() (err error) {
		store, err := open(ctx, cfg, o)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return direct(ctx, store)
	}
	if cfg.Store.Kind != server.KindFile {
		return alone()
	}
	admin := &server.AdminClient{Dir: cfg.Store.Path, Timeout: timeout + 10*time.Second}
	return o.retry(ctx, func() error {
		if err := viaServer(admin); !errors.Is(err, server.ErrNoServer) {
			return err
		}
		return alone()
	})
}
