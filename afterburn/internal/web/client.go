package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// DefaultTimeout is how long one attempt may take.
	DefaultTimeout = 30 * time.Second
	// DefaultLimit is how large a document may be, in bytes.
	DefaultLimit = 1 << 20
	// maxRedirects is how many redirects of one attempt are followed.
	maxRedirects = 10
	// maxParallel is how many requests are under way at most.
	maxParallel = 16
	// firstConnect is how long a host that has an alternate may take to accept a connection.
	firstConnect = 2 * time.Second
)

// Options adjusts a Client. The zero value, and nil, are right for services on the network.
type Options struct {
	// Dial opens TCP connections; nil means the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are the certificates that TLS servers are verified against; nil means those of the system.
	RootCAs *x509.CertPool
	// Sleep waits for the pauses between attempts; nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Timeout is how long one attempt may take; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Logger is told of every attempt; nil discards it.
	Logger *slog.Logger
}

// Header has the fields of a request's header by their names in canonical form (Content-Type).
type Header = map[string][]string

// Client asks services. It is safe for use by several goroutines.
type Client struct {
	*shared
	header Header
}

// shared is what a client has in common with those that [Client.With] makes of it.
type shared struct {
	wire    *wire
	sleep   func(ctx context.Context, d time.Duration) error
	timeout time.Duration
	log     *slog.Logger

	wg         sync.WaitGroup // requests under way
	mu         sync.Mutex
	closed     bool
	calls      map[string]*call
	alternates map[string]string // by host
	reached    map[string]string // what a host with an alternate is reached by
}

// New makes a client.
func New(opt *Options) (*Client, error) {
	if opt == nil {
		opt = &Options{}
	}
	s := &shared{
		sleep: opt.Sleep, timeout: opt.Timeout, log: opt.Logger,
		calls: map[string]*call{}, alternates: map[string]string{}, reached: map[string]string{},
	}
	if s.sleep == nil {
		s.sleep = Sleep
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	dial := opt.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	s.wire = newWire(func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := s.connectLimit(ctx, addr)
		defer cancel()
		return dial(ctx, network, addr)
	}, &tls.Config{RootCAs: opt.RootCAs, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	return &Client{shared: s}, nil
}

// With returns a client that sends further header fields with every request. The two share their connections.
func (c *Client) With(header Header) *Client {
	return &Client{shared: c.shared, header: c.merge(header)}
}

func (c *Client) merge(header Header) Header {
	h := make(Header, len(c.header)+len(header)+1)
	maps.Copy(h, c.header)
	maps.Copy(h, header)
	return h
}

// Alternate names another host (an IPv6 address in brackets) that is asked when host does not accept connections, or
// not within two seconds. The one that answered first is asked from then on.
func (c *Client) Alternate(host, other string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alternates[host] = other
}

// hosts returns by which hosts a host is reached, the best one first.
func (c *Client) hosts(host string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	other, ok := c.alternates[host]
	if !ok {
		return []string{host}
	}
	list := []string{host, other}
	if c.reached[host] == other {
		slices.Reverse(list)
	}
	return list
}

func (c *Client) reachedBy(host, by string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached[host] = by
}

// connectLimit bounds the time for connecting to a host that has an alternate.
func (s *shared) connectLimit(ctx context.Context, addr string) (context.Context, context.CancelFunc) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return ctx, func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.alternates[host]; !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, firstConnect)
}

// Close ends the requests under way and closes the connections.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	for _, p := range c.calls {
		p.cancel()
	}
	c.mu.Unlock()
	c.wg.Wait()
	c.wire.close()
}

// errClosed is the error of a client that was closed.
var errClosed = errors.New("the metadata client is closed")
