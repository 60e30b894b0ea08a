package httpserve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// farewellTime is enough for what is on its way when a server ends.
const farewellTime = 250 * time.Millisecond

// Serve answers requests with h until ctx ends; then it accepts no more connections, answers the requests in progress
// and those that are just arriving, and returns nil. Those that are not done after the DrainTimeout are cut off, which
// is an error, as is a listener that fails. A server serves once.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	// Requests outlive ctx by the time to drain.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	g := newGate(s, h)
	srv := &http.Server{
		Handler:           g,
		ReadHeaderTimeout: s.cfg.ReadTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		WriteTimeout:      s.cfg.ReadTimeout + s.cfg.WriteTimeout, // net/http counts from the end of the header
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	if s.tls != nil {
		srv.TLSConfig = s.tlsConfig()
	}
	if s.tls != nil || s.auth != nil {
		go s.watchFiles(requests)
	}
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- s.serveOn(srv, l) }()
	}
	select {
	case err := <-failed:
		return errors.Join(err, s.drain(srv, g))
	case <-ctx.Done():
		return s.drain(srv, g)
	}
}

func (s *Server) serveOn(srv *http.Server, l net.Listener) error {
	if s.tls != nil {
		return srv.ServeTLS(l, "", "")
	}
	return srv.Serve(l)
}

// farewell answers for a short while what still comes on the connections that there are, each time with the end of the
// connection. Without it those who are just sending a request on one that looks idle would get no answer.
func (s *Server) farewell(ctx context.Context, g *gate) {
	g.leaving.Store(true)
	end := time.NewTimer(min(farewellTime, s.cfg.DrainTimeout/4))
	defer end.Stop()
	tick := time.NewTicker(farewellTime / 50)
	defer tick.Stop()
	for s.places.open.Load() > 0 {
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) drain(srv *http.Server, g *gate) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.DrainTimeout)
	defer cancel()
	closed := s.Close()
	s.farewell(ctx, g)
	err := srv.Shutdown(ctx)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), srv.Close())
	}
	return errors.Join(closed, err)
}
