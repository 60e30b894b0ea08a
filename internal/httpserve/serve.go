package httpserve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// Serve answers requests with h until ctx ends; then it accepts no more connections, answers the requests in
// progress and returns nil. Those that are not done after the DrainTimeout are cut off, which is an error, as is a
// listener that fails. A server serves once.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	// Requests outlive ctx by the time to drain.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := &http.Server{
		Handler:           newGate(s, h),
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
		return errors.Join(err, s.drain(srv))
	case <-ctx.Done():
		return s.drain(srv)
	}
}

func (s *Server) serveOn(srv *http.Server, l net.Listener) error {
	if s.tls != nil {
		return srv.ServeTLS(l, "", "")
	}
	return srv.Serve(l)
}

func (s *Server) drain(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.DrainTimeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), srv.Close())
	}
	// Shutdown closes only the listeners that Serve has reached already.
	return errors.Join(err, s.Close())
}
