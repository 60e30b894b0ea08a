package fakecloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Server is a [Cloud] that listens on the loopback interface.
type Server struct {
	// URL is the server's base, http://127.0.0.1:port.
	URL string
	// TLSURL is the base of the same service over TLS, for providers that are
	// asked that way (packet); it is empty for the others.
	TLSURL string
	// Cloud is the service.
	Cloud *Cloud

	plain, secure net.Addr // secure: nil without TLS

	http *http.Server
	done sync.WaitGroup
}

// Start serves c on a free port of the loopback interface until
// [Server.Close]. It panics when it cannot, as package httptest does.
func Start(c *Cloud) *Server {
	s := &Server{Cloud: c, http: newHTTP(c)}
	plain := loopback()
	s.plain = plain.Addr()
	s.URL = "http://" + s.plain.String()
	s.run(plain)
	if c.speaksTLS() {
		secure := loopback()
		s.secure = secure.Addr()
		s.TLSURL = "https://" + s.secure.String()
		s.run(tls.NewListener(secure, c.TLSConfig()))
	}
	return s
}

func loopback() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		if l, err = net.Listen("tcp6", "[::1]:0"); err != nil {
			panic(fmt.Sprintf("fakecloud: listening on loopback: %v", err))
		}
	}
	return l
}

func (s *Server) run(l net.Listener) {
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		s.http.Serve(l)
	}()
}

// ListenAt makes the server also listen at an address of this machine, such as
// those of [AddressesOf] that a test has put on the loopback interface of its
// network namespace. Port 443 speaks TLS.
func (s *Server) ListenAt(addr netip.AddrPort) error {
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		return fmt.Errorf("fake of %s: %w", s.Cloud.Provider(), err)
	}
	s.run(s.Cloud.wrap(l))
	return nil
}

// Dial connects to the server whatever the address is: as the DialContext of an
// http.Transport it leads a client to it that believes to talk to the cloud.
// Port 443 is the service over TLS, and refused when it has none; every other
// port is plain HTTP.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	to := s.plain
	_, port, _ := net.SplitHostPort(addr)
	switch {
	case s.secure != nil && (port == "443" || addr == s.secure.String()):
		to = s.secure
	case port == "443":
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.String())
}

// Client returns a client that reaches the server at any address, trusts its
// certificates and uses no proxy.
func (s *Server) Client() *http.Client {
	t := &http.Transport{DialContext: s.Dial, DisableCompression: true}
	if s.secure != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: s.RootCAs()}
	}
	return &http.Client{Transport: t}
}

// RootCAs returns the authority that the service's certificates are from.
func (s *Server) RootCAs() *x509.CertPool { return s.Cloud.RootCAs() }

// Requests returns the log of the service, oldest first.
func (s *Server) Requests() []Request { return s.Cloud.Requests() }

// Close ends the server and cuts all connections, also those that a fault keeps
// hanging.
func (s *Server) Close() {
	s.http.Close()
	s.done.Wait()
}

// Serve answers requests on listeners of one's own until ctx is done, then
// closes them, cuts all connections and returns the cause. A listener on port
// 443 speaks TLS. An error of a listener ends it too.
func (c *Cloud) Serve(ctx context.Context, listeners ...net.Listener) error {
	s := newHTTP(c)
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- s.Serve(c.wrap(l)) }()
	}
	running := len(listeners)
	var err error
	select {
	case <-ctx.Done():
		err = context.Cause(ctx)
	case err = <-failed:
		running--
	}
	s.Close()
	for _, l := range listeners {
		l.Close() // those the server had not yet taken note of
	}
	for range running {
		<-failed
	}
	return err
}

func newHTTP(c *Cloud) *http.Server {
	return &http.Server{
		Handler:           c.Handler(),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		// HTTP/2 has no place on these services, and faults need the connection.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
}

// wrap speaks TLS on port 443.
func (c *Cloud) wrap(l net.Listener) net.Listener {
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.Port == 443 {
		return tls.NewListener(l, c.TLSConfig())
	}
	return l
}

// speaksTLS reports whether clients of the provider use port 443.
func (c *Cloud) speaksTLS() bool {
	return slices.ContainsFunc(AddressesOf(c.Provider()), func(a netip.AddrPort) bool { return a.Port() == 443 })
}

// Listen listens at all addresses of [AddressesOf], which must be addresses of
// this machine; it is meant for network namespaces and goes with
// [Cloud.Serve]. On an error nothing is left open.
func Listen(provider string) ([]net.Listener, error) {
	addrs := AddressesOf(provider)
	if addrs == nil {
		return nil, fmt.Errorf("no fake of provider %q", provider)
	}
	var list []net.Listener
	var failed error
	for _, a := range addrs {
		l, err := net.Listen("tcp", a.String())
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		list = append(list, l)
	}
	if failed != nil {
		for _, l := range list {
			l.Close()
		}
		return nil, failed
	}
	return list, nil
}
