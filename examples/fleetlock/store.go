package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

func now() time.Time { return time.Now() }

// adminSocket is the name of the socket in the directory of a file store by
// which operators' commands reach the server that has it.
const adminSocket = "admin.sock"

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

// socketPath returns a path for the admin socket that fits into a socket
// address, and what to call when it is no longer needed.
func socketPath(dir string) (string, func() error, error) {
	const fits = 100 // the kernel's limit is 108 with the final zero
	path := filepath.Join(dir, adminSocket)
	if len(path) <= fits {
		return path, func() error { return nil }, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.FormatUint(uint64(f.Fd()), 10) + "/" + adminSocket, f.Close, nil
}

// admin asks the server that has the file store; running is false if there is
// none.
func admin(ctx context.Context, cfg *server.Config, method, path string, body any) (reply []byte, running bool, err error) {
	socket, done, err := socketPath(cfg.Store.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer done()
	data, err := json.Marshal(body)
	if err != nil {
		return nil, false, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://fleetlock"+path, bytes.NewReader(data))
	if err != nil {
		return nil, false, err
	}
	client := &http.Client{
		Timeout: cfg.Etcd3.TransactionTimeout + 10*time.Second,
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}},
	}
	defer client.CloseIdleConnections()
	r, err := client.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, true, err
	}
	defer r.Body.Close()
	reply, err = io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = serverError(r.StatusCode, reply)
	}
	return reply, true, err
}

func serverError(status int, body []byte) error {
	var e struct{ Kind, Value string }
	if json.Unmarshal(body, &e) != nil || e.Value == "" {
		return fmt.Errorf("the server answered with status %d", status)
	}
	return errors.New(e.Value)
}

// with runs viaServer if a server has the store, otherwise direct with the
// store itself.
func (p *program) with(ctx context.Context, viaServer func(*server.Config) (bool, error), direct func(context.Context, server.Store, *server.Config) error) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	if cfg.Store.Kind != server.KindFile {
		return p.direct(ctx, cfg, direct)
	}
	return retryInUse(ctx, func() error {
		if running, err := viaServer(cfg); running || err != nil {
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
func (p *program) inspect(ctx context.Context) (*server.Slots, error) {
	var slots *server.Slots
	viaServer := func(cfg *server.Config) (bool, error) {
		reply, running, err := admin(ctx, cfg, http.MethodGet, "/v1/slots", nil)
		if running && err == nil {
			slots = &server.Slots{}
			err = json.Unmarshal(reply, slots)
		}
		return running, err
	}
	err := p.with(ctx, viaServer, func(ctx context.Context, store server.Store, cfg *server.Config) (err error) {
		slots, err = server.Inspect(ctx, store, cfg.Lock.Groups)
		return err
	})
	return slots, err
}

// unlock releases one lock and says whether it was held.
func (p *program) unlock(ctx context.Context) (held bool, err error) {
	viaServer := func(cfg *server.Config) (bool, error) {
		reply, running, err := admin(ctx, cfg, http.MethodPost, "/v1/release", server.Release{Group: p.group, ID: p.id})
		if running && err == nil {
			var r server.Release
			err = json.Unmarshal(reply, &r)
			held = r.Released
		}
		return running, err
	}
	err = p.with(ctx, viaServer, func(ctx context.Context, store server.Store, _ *server.Config) (err error) {
		held, err = server.ReleaseLock(ctx, store, p.group, p.id)
		return err
	})
	return held, err
}
