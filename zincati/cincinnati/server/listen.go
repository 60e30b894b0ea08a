package server

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// The names of the listeners, as in the configuration.
const (
	serviceName = "service"
	statusName  = "status"
)

// prepareHandlers puts before the handlers what the configuration demands of requests.
func (s *Server) prepareHandlers() (err error) {
	s.handler, err = httpserve.Protect(s.cfg.Service.serve(), http.HandlerFunc(s.route), s.log)
	if err != nil {
		return fmt.Errorf("%s: %w", serviceName, err)
	}
	s.statusHandler, err = httpserve.Protect(s.cfg.Status.serve(), s.routeStatus(), s.log)
	if err != nil {
		return fmt.Errorf("%s: %w", statusName, err)
	}
	return nil
}

// Handler serves clients and people, for programs with a listener of their own in place of [Server.Run], whose scrapers
// [Server.Refresh] can stand in for.
//
// What the configuration of the service demands of a request holds here as well: a password of AuthFile, no more than
// MaxConcurrent at a time, and with TLSCert a connection by TLS, with a certificate of ClientCA; a request that comes
// without is refused with 403. The certificate of the server, asking for those of clients (tls.RequestClientCert), and
// bounds on time are the listener's.
func (s *Server) Handler() http.Handler { return s.handler }

// StatusHandler serves /metrics, /livez and /readyz. A server is ready when each of its streams has been built
// once, and until it drains; a policy engine, which learns from its clients what to ask for, is ready at once. It demands
// of a request what the configuration of the status does, as [Server.Handler].
func (s *Server) StatusHandler() http.Handler { return s.statusHandler }

// Listen opens both listeners, or none, so that addresses in use and unreadable certificates show. Run does it when it
// has not been done; it can be done once.
func (s *Server) Listen() error {
	err := s.addresses.Listen([]httpserve.Service{
		{Name: serviceName, Config: s.cfg.Service.serve(), Handler: http.HandlerFunc(s.route)},
		{Name: statusName, Config: s.cfg.Status.serve(), Handler: s.routeStatus()},
	}, s.log)
	if err != nil {
		return err
	}
	s.log.Info("listening", serviceName, s.Addr().String(), statusName, s.StatusAddr().String())
	return nil
}

func (l *Listener) serve() httpserve.Config {
	return httpserve.Config{
		Address: l.Address, Port: l.Port, Socket: l.Socket, CertFile: l.TLSCert, KeyFile: l.TLSKey,
		ClientCAFile: l.ClientCA, AuthFile: l.AuthFile, MaxConcurrent: l.MaxConcurrent, MaxBody: 1 << 10,
	}
}

// Addr is where clients and people are served, nil before Listen.
func (s *Server) Addr() net.Addr { return s.addresses.Addr(serviceName) }

// StatusAddr is where metrics and health are served, nil before Listen.
func (s *Server) StatusAddr() net.Addr { return s.addresses.Addr(statusName) }

// Close stops listening. It is needed only when Run is not called after Listen.
func (s *Server) Close() error { return s.addresses.Close() }

// Run fetches and serves. When ctx ends it answers the requests in progress and returns nil. A listener that fails ends
// it with an error, and so do requests that take longer than ten seconds at the end. It runs once.
func (s *Server) Run(ctx context.Context) error {
	if !s.addresses.Listening() {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	defer s.client.Close()
	group, inner := errgroup.WithContext(ctx)
	for _, sc := range s.scrapers {
		group.Go(func() error {
			sc.run(inner, s.cfg.Upstream.Pause)
			return nil
		})
	}
	group.Go(func() error {
		return s.addresses.Serve(inner)
	})
	err := group.Wait()
	if s.remotes != nil {
		s.remotes.close()
	}
	return err
}
