package httpserve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
)

// Server is an address that is bound already; connections wait in its queue until [Server.Serve] runs.
type Server struct {
	cfg       Config
	log       *slog.Logger
	listeners []net.Listener
	places    places
	tls       *watched[*tls.Config] // nil without TLS
	auth      *watched[*passwords]  // nil without passwords
}

// Listen checks cfg, reads the files it names and binds its address. A nil log is silent.
// The server is to be ended by [Server.Serve] or [Server.Close].
func Listen(cfg Config, log *slog.Logger) (*Server, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	s := &Server{cfg: cfg, log: log}
	if err := s.readFiles(); err != nil {
		return nil, err
	}
	var err error
	s.listeners, err = bind(&cfg)
	if err != nil {
		return nil, err
	}
	s.places.taken = make(chan struct{}, cfg.MaxConnections)
	for i, l := range s.listeners {
		s.listeners[i] = limit(l, &s.places)
	}
	return s, nil
}

func (s *Server) readFiles() (err error) {
	c := &s.cfg
	if c.CertFile != "" {
		s.tls, err = watch(func() (*tls.Config, error) { return loadTLS(c) }, c.CertFile, c.KeyFile, c.ClientCAFile)
		if err != nil {
			return err
		}
	}
	return s.readPasswords()
}

func (s *Server) readPasswords() (err error) {
	if path := s.cfg.AuthFile; path != "" {
		s.auth, err = watch(func() (*passwords, error) { return loadPasswords(path) }, path)
	}
	return err
}

func bind(c *Config) ([]net.Listener, error) {
	switch {
	case c.Activation:
		return passedListeners(c)
	case c.Socket != "":
		l, err := listenUnix(c.Socket, c.SocketMode)
		if err != nil {
			return nil, fmt.Errorf("listening on %s: %w", c.Socket, err)
		}
		return []net.Listener{l}, nil
	}
	// net.Listen asks for the longest queue that the kernel allows (net.core.somaxconn).
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", net.JoinHostPort(c.Address, strconv.Itoa(c.Port)))
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// Addr returns the address that is listened on, the first one if systemd passed several.
func (s *Server) Addr() net.Addr { return s.listeners[0].Addr() }

// Close stops listening. It is needed only when [Server.Serve] is not called.
func (s *Server) Close() error {
	var errs []error
	for _, l := range s.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
