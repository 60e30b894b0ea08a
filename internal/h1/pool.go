// Package h1 is the client's side of HTTP/1.1 in as little code and as few goroutines as it takes: requests of a known
// size, on connections that are used again. The calling goroutine itself writes the request and reads the reply, where
// net/http hands both over to two goroutines of the connection.
//
// [NewPool] and [Pool.RoundTrip] are all there is. Replies are parsed by a function of the caller's, since net/http's
// costs a program that uses nothing else of it half a megabyte. Redirects, limits of bodies and of time are the
// caller's, too.
package h1

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Pool holds the connections that are not in use. It is safe for use by several goroutines.
type Pool struct {
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	parse   Parser
	maxIdle int // per address

	mu   sync.Mutex
	idle map[string][]*Conn // most recently used last
}

// Limits of connections: how long an unused one is kept, how many bytes a reply's header may
// take, and how many 1xx replies may precede the real one.
const (
	IdleTime       = 60 * time.Second
	MaxHeaderBytes = 256 << 10
	MaxInterim     = 8
	ReadBuffer     = 16 << 10
)

// Reply is what a [Parser] made of the header of a reply.
type Reply struct {
	// Status is the status code.
	Status int
	// Close is set if the connection cannot be used again: the server said so, or the body ends with it.
	Close bool
	// Value is the caller's form of the reply, whose body is read from the reader that the parser was given.
	Value any
}

// Parser reads the header of a reply to a request of a method. The bytes that it may read are bounded.
type Parser func(r *bufio.Reader, method string) (*Reply, error)

// NewPool makes a pool that keeps up to maxIdle connections to each address. What dial returns may be a connection with
// TLS.
func NewPool(dial func(ctx context.Context, network, addr string) (net.Conn, error), parse Parser, maxIdle int) *Pool {
	return &Pool{dial: dial, parse: parse, maxIdle: maxIdle, idle: map[string][]*Conn{}}
}

// Watch ends an exchange from outside, by closing what the exchange waits for.
type Watch interface {
	// Context has values for the dialler; that it is done is of no account.
	Context() context.Context
	// SetKill says what to close; nil is nothing.
	SetKill(io.Closer)
	// Aborted returns why the exchange was ended, or nil.
	Aborted() error
}

// Request is what is sent. Fields appends the lines of the header, Host among them, and Content-Length if there is a
// body.
type Request struct {
	Method string
	URL    *url.URL
	Fields func(b []byte) []byte
	Body   []byte
}

// Conn is a connection with at most one request on it.
type Conn struct {
	pool   *Pool
	addr   string
	nc     net.Conn
	br     *bufio.Reader
	req    []byte // scratch for the request
	budget int64  // bytes that may still be read for a header; negative: no header now
	got    bool   // a byte of the present reply has been seen
	keep   bool   // the server keeps the connection open
	since  time.Time
}

// Close ends the connection.
func (c *Conn) Close() error { return c.nc.Close() }

var errHeaderTooLarge = errors.New("malformed HTTP response: header too large")

// Read is what br reads from: it bounds the header.
func (c *Conn) Read(p []byte) (int, error) {
	if c.budget == 0 {
		return 0, errHeaderTooLarge
	}
	n, err := c.nc.Read(p)
	if n > 0 {
		c.got = true
		if c.budget > 0 {
			c.budget = max(0, c.budget-int64(n))
		}
	}
	return n, err
}

// RoundTrip sends a request and returns when the header of the reply is there. A connection that the server has closed
// while it was idle is replaced by another. Afterwards w still has the connection to close; the caller reads the body
// and calls [Conn.PutBack] when it was read to the end, else [Conn.Close].
func (p *Pool) RoundTrip(w Watch, r *Request) (*Reply, *Conn, error) {
	addr := HostPort(r.URL)
	for {
		c, reused, err := p.get(w, addr)
		if err != nil {
			return nil, nil, err
		}
		w.SetKill(c)
		resp, err := c.exchange(r)
		if err == nil {
			return resp, c, nil
		}
		w.SetKill(nil)
		c.Close()
		if !reused || c.got || w.Aborted() != nil {
			return nil, nil, err
		}
	}
}

// exchange writes the request and reads the header of the reply.
func (c *Conn) exchange(r *Request) (*Reply, error) {
	c.req = r.append(c.req[:0])
	c.got, c.budget = false, MaxHeaderBytes
	_, werr := c.nc.Write(c.req)
	// A server may answer and close before it has read everything, so look even after a
	// failed write.
	resp, err := c.readHeader(r.Method)
	if err != nil {
		if werr != nil && !c.got {
			err = werr
		}
		return nil, err
	}
	c.budget = -1
	c.keep = !resp.Close && werr == nil && resp.Status != switchingProtocols
	return resp, nil
}

const switchingProtocols = 101

func (c *Conn) readHeader(method string) (*Reply, error) {
	for range MaxInterim {
		resp, err := c.pool.parse(c.br, method)
		if err != nil {
			return nil, err
		}
		if resp.Status >= 200 || resp.Status == switchingProtocols {
			return resp, nil
		}
	}
	return nil, errors.New("malformed HTTP response: too many interim replies")
}

func (r *Request) append(b []byte) []byte {
	uri := r.URL.RequestURI()
	if strings.Contains(uri, " ") {
		uri = strings.ReplaceAll(uri, " ", "%20")
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, uri...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = append(r.Fields(b), "\r\n"...)
	return append(b, r.Body...)
}

// AppendField appends a line of a header.
func AppendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// get takes an idle connection or opens one.
func (p *Pool) get(w Watch, addr string) (c *Conn, reused bool, err error) {
	if c := p.takeIdle(addr); c != nil {
		return c, true, nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	defer cancel()
	w.SetKill(closerFunc(cancel))
	defer w.SetKill(nil)
	nc, err := p.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, false, err
	}
	c = &Conn{pool: p, addr: addr, nc: nc}
	c.br = bufio.NewReaderSize(c, ReadBuffer)
	return c, false, nil
}

func (p *Pool) takeIdle(addr string) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[addr]
	for len(list) > 0 {
		c := list[len(list)-1]
		list[len(list)-1] = nil
		list = list[:len(list)-1]
		p.idle[addr] = list
		if time.Since(c.since) < IdleTime {
			return c
		}
		c.Close()
	}
	return nil
}

// PutBack makes the connection available when its reply was read to the end.
func (c *Conn) PutBack() {
	if !c.keep || c.br.Buffered() > 0 {
		c.Close()
		return
	}
	c.since = time.Now()
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle[c.addr]) >= p.maxIdle {
		c.Close()
		return
	}
	p.idle[c.addr] = append(p.idle[c.addr], c)
}

// CloseIdle closes the connections that are not in use.
func (p *Pool) CloseIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.idle {
		for _, c := range list {
			c.Close()
		}
	}
	clear(p.idle)
}

// HostPort is the address to connect to.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

type closerFunc func()

func (f closerFunc) Close() error { f(); return nil }

var _ io.Reader = (*Conn)(nil)
