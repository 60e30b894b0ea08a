package server

import (
	"context"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// The names of the addresses. That of the status is also the
// FileDescriptorName= of a socket for it.
const (
	mainName   = "main"
	statusName = "status"
	adminName  = "admin"
)

// Listen binds all addresses of the configuration, or none: that of the
// protocol, the status if it is enabled, and beside a file store the socket of
// [Server.AdminHandler], of mode 0600. It tells errors such as an address in
// use, or a certificate that cannot be read. Run does it when it has not been
// done; it can be done once.
func (s *Server) Listen() error {
	services, err := s.services()
	if err != nil {
		return err
	}
	if err := s.addresses.Listen(services, s.logger); err != nil {
		return err
	}
	for _, service := range services {
		addr := s.addresses.Addr(service.Name)
		s.logger.Info(service.Name+" service", "network", addr.Network(), "address", addr.String())
	}
	if !s.cfg.Status.Enabled {
		s.logger.Warn("status service disabled")
	}
	return nil
}

// Addr is where the protocol is served, nil before Listen.
func (s *Server) Addr() net.Addr { return s.addresses.Addr(mainName) }

// StatusAddr is where metrics and health are served, nil before Listen and if
// they are not enabled.
func (s *Server) StatusAddr() net.Addr { return s.addresses.Addr(statusName) }

// Close stops listening. It is needed only when Run is not called after Listen.
func (s *Server) Close() error { return s.addresses.Close() }

// Run serves all addresses, as [Server.Listen] binds them, and calls
// [Server.Check] at once and then every minute. When ctx ends it answers the
// requests in progress and returns nil. A listener that fails ends it with an
// error, and so do requests that take longer than ten seconds at the end. It runs
// once.
func (s *Server) Run(ctx context.Context) error {
	if !s.addresses.Listening() {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var checks sync.WaitGroup
	checks.Go(func() { s.watch(ctx) })
	err := s.addresses.Serve(ctx)
	cancel()
	checks.Wait()
	return err
}

// mainAddress is the section [service].
func (s *Server) mainAddress() httpserve.Config {
	c := &s.cfg.Service
	a := httpserve.Config{
		Address: c.Address, Port: c.Port, Socket: c.Socket,
		CertFile: c.TLSCert, KeyFile: c.TLSKey, ClientCAFile: c.ClientCA,
		AuthFile: c.AuthFile, MaxConcurrent: c.MaxConcurrent, WriteTimeout: s.writeTimeout(),
	}
	if a.Socket != "" {
		a.Address, a.Port = "", 0
	}
	return a
}

// writeTimeout is for a reply: it is due within the time limit of the store, and
// the rest is for the network.
func (s *Server) writeTimeout() time.Duration { return s.timeout + 30*time.Second }

func (s *Server) services() ([]httpserve.Service, error) {
	main := s.mainAddress()
	status := httpserve.Config{Address: s.cfg.Status.Address, Port: s.cfg.Status.Port}
	s.usePassed(&main, &status)
	services := []httpserve.Service{{Name: mainName, Config: main, Handler: http.HandlerFunc(s.route)}}
	if s.cfg.Status.Enabled {
		services = append(services, httpserve.Service{Name: statusName, Config: status, Handler: s.StatusHandler()})
	}
	if s.cfg.Store.Kind == KindFile {
		socket, done, err := AdminSocket(s.cfg.Store.Path)
		if err != nil {
			return nil, err
		}
		services = append(services, httpserve.Service{
			Name: adminName, Handler: s.AdminHandler(), Done: done,
			Config: httpserve.Config{Socket: socket, SocketMode: 0o600, WriteTimeout: s.writeTimeout()},
		})
	}
	return services, nil
}

// usePassed uses the sockets that systemd passed to this process, if any.
func (s *Server) usePassed(main, status *httpserve.Config) {
	if s.listenEnv == nil {
		return
	}
	pid, fds, names := s.listenEnv("LISTEN_PID"), s.listenEnv("LISTEN_FDS"), s.listenEnv("LISTEN_FDNAMES")
	if pid != strconv.Itoa(os.Getpid()) || fds == "" || fds == "0" {
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
