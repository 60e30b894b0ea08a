package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/httpserve"
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
	var store server.Store
	err = retryInUse(ctx, func() (err error) {
		store, err = openStore(ctx, cfg, log)
		return err
	})
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
	s, err := server.New(cfg, store, &server.Options{Logger: log})
	if err != nil {
		return err
	}
	err = p.serveAll(ctx, cfg, s, log)
	if op, bind := errors.AsType[*net.OpError](err); bind && op.Op == "listen" {
		log.Error("service failure", "reason", err)
		return nil
	}
	return err
}

// service is one address.
type service struct {
	name    string
	config  httpserve.Config
	handler http.Handler
	server  *httpserve.Server
}

// serveAll binds all addresses before any is served.
func (p *program) serveAll(ctx context.Context, cfg *server.Config, s *server.Server, log *slog.Logger) error {
	services, done, err := p.services(cfg, s)
	if err != nil {
		return err
	}
	defer done()
	for i, service := range services {
		services[i].server, err = httpserve.Listen(service.config, log)
		if err != nil {
			for _, bound := range services[:i] {
				err = errors.Join(err, bound.server.Close())
			}
			return err
		}
		addr := services[i].server.Addr()
		log.Info(service.name+" service", "network", addr.Network(), "address", addr.String())
	}
	if !cfg.Status.Enabled {
		log.Warn("status service disabled")
	}
	runAll(ctx, services, s, log)
	return nil
}

// runAll serves until ctx ends or one of the services does; all the others end
// with it.
func runAll(ctx context.Context, services []service, s *server.Server, log *slog.Logger) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { s.Run(ctx) })
	for _, service := range services {
		all.Go(func() {
			defer cancel()
			if err := service.server.Serve(ctx, service.handler); err != nil {
				log.Error("service failure", "service", service.name, "reason", err)
			}
		})
	}
	all.Wait()
}

// services lists the addresses: the protocol, the status if enabled, and for
// a file store the socket of operators' commands.
func (p *program) services(cfg *server.Config, s *server.Server) (_ []service, done func() error, err error) {
	// The reply is due within the store's time limit; the rest is for the
	// network.
	write := cfg.Etcd3.TransactionTimeout + 30*time.Second
	main := httpserve.Config{
		Address: cfg.Service.Address, Port: cfg.Service.Port, Socket: cfg.Service.Socket,
		CertFile: cfg.Service.TLSCert, KeyFile: cfg.Service.TLSKey, ClientCAFile: cfg.Service.ClientCA,
		AuthFile: cfg.Service.AuthFile, MaxConcurrent: cfg.Service.MaxConcurrent, WriteTimeout: write,
	}
	if main.Socket != "" {
		main.Address, main.Port = "", 0
	}
	status := httpserve.Config{Address: cfg.Status.Address, Port: cfg.Status.Port}
	p.activate(&main, &status)
	services := []service{{name: "main", config: main, handler: s.Handler()}}
	if cfg.Status.Enabled {
		services = append(services, service{name: "status", config: status, handler: s.StatusHandler()})
	}
	done = func() error { return nil }
	if cfg.Store.Kind == server.KindFile {
		var socket string
		if socket, done, err = server.AdminSocket(cfg.Store.Path); err != nil {
			return nil, nil, err
		}
		services = append(services, service{name: "admin", handler: s.AdminHandler(), config: httpserve.Config{
			Socket: socket, SocketMode: 0o600, WriteTimeout: write,
		}})
	}
	return services, done, nil
}

// statusName is the FileDescriptorName= of a passed socket for the status
// service; all other sockets are for the main one.
const statusName = "status"

// activate uses the sockets that systemd passed to this process, if any.
func (p *program) activate(main, status *httpserve.Config) {
	pid, fds, names := p.getenv("LISTEN_PID"), p.getenv("LISTEN_FDS"), p.getenv("LISTEN_FDNAMES")
	if pid != strconv.Itoa(p.pid) || fds == "" || fds == "0" {
		return
	}
	use := func(c *httpserve.Config, name string) {
		*c = httpserve.Config{
			Activation: true, Name: name, ListenPID: pid, ListenFDs: fds, ListenFDNames: names,
			CertFile: c.CertFile, KeyFile: c.KeyFile, ClientCAFile: c.ClientCAFile,
			AuthFile: c.AuthFile, MaxConcurrent: c.MaxConcurrent, WriteTimeout: c.WriteTimeout,
		}
	}
	list := strings.Split(names, ":")
	if !slices.Contains(list, statusName) {
		use(main, "")
		return
	}
	use(status, statusName)
	if i := slices.IndexFunc(list, func(name string) bool { return name != statusName }); i >= 0 {
		use(main, list[i])
	}
}
