package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// h1Pool is a transport for what makes up most of a pull: GET over plain HTTP/1.1, directly,
// with thousands of small replies. The calling goroutine itself writes the request and reads
// the reply, where net/http hands both over to two goroutines of the connection; net/http's
// parser still reads the replies.
type h1Pool struct {
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	maxIdle int // per host

	mu   sync.Mutex
	idle map[string][]*h1Conn // most recently used last
}

// Limits of connections: how long an unused one is kept, how many bytes a reply's header may
// take, and how many 1xx replies may precede the real one.
const (
	idleTime       = 60 * time.Second
	maxHeaderBytes = 256 << 10
	maxInterim     = 8
	readBuffer     = 16 << 10
)

func newH1Pool(dial func(context.Context, string, string) (net.Conn, error), maxIdle int) *h1Pool {
	return &h1Pool{dial: dial, maxIdle: maxIdle, idle: map[string][]*h1Conn{}}
}

// h1Conn is a connection with at most one request on it.
type h1Conn struct {
	pool   *h1Pool
	addr   string
	nc     net.Conn
	br     *bufio.Reader
	req    []byte // scratch for the request
	budget int64  // bytes that may still be read for a header; negative: no header now
	got    bool   // a byte of the present reply has been seen
	keep   bool   // the server keeps the connection open
	since  time.Time
}

func (c *h1Conn) Close() error { return c.nc.Close() }

var errHeaderTooLarge = errors.New("malformed HTTP response: header too large")

// Read is what br reads from: it bounds the header.
func (c *h1Conn) Read(p []byte) (int, error) {
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

// roundTrip sends a request without body. A connection that the server has closed while it
// was idle is replaced by another.
func (p *h1Pool) roundTrip(t *transfer, method string, u *url.URL, base baseHeader, own []field) (*http.Response, *h1Conn, error) {
	addr := hostPort(u)
	for {
		c, reused, err := p.get(t, addr)
		if err != nil {
			return nil, nil, err
		}
		t.setKill(c)
		resp, err := c.exchange(method, u, base, own)
		if err == nil {
			return resp, c, nil
		}
		t.setKill(nil)
		c.Close()
		if !reused || c.got || t.aborted() != nil {
			return nil, nil, err
		}
	}
}

// exchange writes the request and reads the header of the reply.
func (c *h1Conn) exchange(method string, u *url.URL, base baseHeader, own []field) (*http.Response, error) {
	c.req = appendRequest(c.req[:0], method, u, base, own)
	c.got, c.budget = false, maxHeaderBytes
	_, werr := c.nc.Write(c.req)
	// A server may answer and close before it has read everything, so look even after a
	// failed write.
	resp, err := c.readHeader(method)
	if err != nil {
		if werr != nil && !c.got {
			err = werr
		}
		return nil, err
	}
	c.budget = -1
	c.keep = !resp.Close && werr == nil && resp.ProtoAtLeast(1, 1) && resp.StatusCode != http.StatusSwitchingProtocols
	return resp, nil
}

// requests that tell http.ReadResponse whether a body follows.
var (
	getRequest  = &http.Request{Method: http.MethodGet}
	headRequest = &http.Request{Method: http.MethodHead}
)

func (c *h1Conn) readHeader(method string) (*http.Response, error) {
	r := getRequest
	if method == http.MethodHead {
		r = headRequest
	}
	for range maxInterim {
		resp, err := http.ReadResponse(c.br, r)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, errors.New("malformed HTTP response: too many interim replies")
}

func appendRequest(b []byte, method string, u *url.URL, base baseHeader, own []field) []byte {
	uri := u.RequestURI()
	if strings.Contains(uri, " ") {
		uri = strings.ReplaceAll(uri, " ", "%20")
	}
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, uri...)
	b = append(b, " HTTP/1.1\r\n"...)
	if !base.overrides(own) {
		b = appendField(b, "Host", u.Host)
		b = append(b, base.lines...)
		for _, f := range own {
			b = appendField(b, f.name, f.value)
		}
		return append(b, "\r\n"...)
	}
	h := base.with(own)
	if h.Get("Host") == "" {
		b = appendField(b, "Host", u.Host)
	}
	for k, vs := range h {
		for _, v := range vs {
			b = appendField(b, k, v)
		}
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// get takes an idle connection or opens one.
func (p *h1Pool) get(t *transfer, addr string) (c *h1Conn, reused bool, err error) {
	if c := p.takeIdle(addr); c != nil {
		return c, true, nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.ctx))
	defer cancel()
	t.setKill(closerFunc(cancel))
	defer t.setKill(nil)
	nc, err := p.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, false, err
	}
	c = &h1Conn{pool: p, addr: addr, nc: nc}
	c.br = bufio.NewReaderSize(c, readBuffer)
	return c, false, nil
}

func (p *h1Pool) takeIdle(addr string) *h1Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[addr]
	for len(list) > 0 {
		c := list[len(list)-1]
		list[len(list)-1] = nil
		list = list[:len(list)-1]
		p.idle[addr] = list
		if time.Since(c.since) < idleTime {
			return c
		}
		c.Close()
	}
	return nil
}

// putBack makes the connection available when its reply was read to the end.
func (c *h1Conn) putBack() {
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

func (p *h1Pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.idle {
		for _, c := range list {
			c.Close()
		}
	}
	clear(p.idle)
}

// hostPort is the address to connect to.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

var _ io.Reader = (*h1Conn)(nil)
