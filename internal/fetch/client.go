package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/h1"
)

// Client fetches URLs. It is safe for use by several goroutines; make one and keep it, for it
// holds the connections.
type Client struct {
	opt      Options
	base     baseHeader
	proxy    proxyRules
	fast     *h1.Pool        // direct plain HTTP/1.1
	general  *http.Transport // TLS, proxies, bodies
	slots    chan struct{}
	bases    sync.Map // string → target
	numBases atomic.Int32
	received atomic.Int64
	requests atomic.Int64
}

// New makes a client. It reads the files of [Options.TLS]; nothing is connected yet.
func New(opt *Options) (*Client, error) {
	c := &Client{opt: opt.withDefaults()}
	if err := checkHeader(c.opt.Header); err != nil {
		return nil, err
	}
	if err := checkHeader(http.Header{"User-Agent": {c.opt.UserAgent}}); err != nil {
		return nil, err
	}
	var err error
	if c.proxy, err = newProxyRules(c.opt.Proxy, c.opt.ProxyEnv, c.opt.ProxyStyle); err != nil {
		return nil, err
	}
	tlsConfig, err := c.opt.TLS.config()
	if err != nil {
		return nil, err
	}
	c.base = newBaseHeader(&c.opt)
	c.slots = make(chan struct{}, c.opt.MaxConcurrent)
	c.fast = h1.NewPool(c.dial, parseReply, c.opt.MaxConcurrent)
	c.general = newTransport(&c.opt, c.dial, tlsConfig, c.proxy.forRequest)
	return c, nil
}

// Close closes the idle connections. Transfers under way are not disturbed.
func (c *Client) Close() {
	c.fast.CloseIdle()
	c.general.CloseIdleConnections()
}

// BytesReceived is the number of body bytes that came over the network so far (before
// content decoding, and whether or not they were of use).
func (c *Client) BytesReceived() int64 { return c.received.Load() }

// Requests is the number of HTTP requests sent so far, with redirects and retries.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Get sends the request and returns when the header of a reply with an acceptable status is
// there, after redirects, mirrors and retries. What happens while the body is read is the
// caller's to repeat: [Client.Fetch], [Client.GetBytes] and [Client.GetToFile] do.
//
// Errors are *Error, or those of ctx. As many bodies as Options.MaxConcurrent may be open;
// further calls wait for a Close.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		resp, err := c.tryMirrors(ctx, &req)
		if err == nil {
			return resp, nil
		}
		if err := c.beforeRetry(ctx, &req, err, n); err != nil {
			return nil, err
		}
	}
}

// Fetch sends the request and hands the reply to handle, which must read the body to io.EOF
// and leave it open. A transient error of the transfer, also in the middle of the body, makes
// Fetch begin again: handle is called once more and must discard what it had. Errors of
// handle's own end it.
func (c *Client) Fetch(ctx context.Context, req Request, handle func(*Response) error) error {
	if err := req.check(); err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := c.fetchOnce(ctx, &req, handle)
		if err == nil {
			return nil
		}
		if err := c.beforeRetry(ctx, &req, err, n); err != nil {
			return err
		}
	}
}

func (c *Client) fetchOnce(ctx context.Context, req *Request, handle func(*Response) error) error {
	resp, err := c.tryMirrors(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return handle(resp)
}

// DefaultMaxBytes is the limit of [Client.GetBytes] when the request has none: that of
// libostree for metadata.
const DefaultMaxBytes = 128 << 20

// GetBytes fetches a whole body into memory. Without MaxSize it takes at most
// [DefaultMaxBytes]. With NotModified the bytes are nil. The response's Body is closed.
func (c *Client) GetBytes(ctx context.Context, req Request) ([]byte, *Response, error) {
	limit := &req.MaxSize
	if req.Decode != nil {
		limit = &req.MaxDecodedSize
	}
	if *limit <= 0 {
		*limit = DefaultMaxBytes
	}
	var (
		data []byte
		last *Response
	)
	err := c.Fetch(ctx, req, func(r *Response) (err error) {
		last = r
		data, err = readBody(r)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return data, last, nil
}

// readBody reads r's body. A promised size is trusted only so far: memory is taken as the
// bytes arrive, in pieces that are put together when all of it is known to be within the limit.
func readBody(r *Response) ([]byte, error) {
	if r.NotModified {
		_, err := io.Copy(io.Discard, r.Body)
		return nil, err
	}
	const piece = 1 << 20
	size := bytes.MinRead
	if r.Size > 0 {
		size = int(min(r.Size, piece)) + 1 // one more, so that the end shows without another piece
	}
	var pieces [][]byte
	for {
		b := make([]byte, size)
		n, err := io.ReadFull(r.Body, b)
		pieces = append(pieces, b[:n])
		switch err {
		case nil:
			size = min(2*size, piece)
			continue
		case io.EOF, io.ErrUnexpectedEOF: // of ReadFull; a transfer that breaks off has errors of its own
			if len(pieces) == 1 {
				return pieces[0], nil
			}
			return bytes.Join(pieces, nil), nil
		}
		return nil, err
	}
}

// tryMirrors makes one attempt at each address.
func (c *Client) tryMirrors(ctx context.Context, req *Request) (*Response, error) {
	if len(req.Mirrors) == 0 {
		return c.attempt(ctx, req, "")
	}
	var err error
	for _, base := range req.Mirrors {
		var resp *Response
		if resp, err = c.attempt(ctx, req, base); err == nil {
			return resp, nil
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			return nil, err
		}
	}
	return nil, err
}

func (c *Client) attempt(ctx context.Context, req *Request, base string) (*Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	t, err := c.resolve(base, req.URL)
	if err != nil {
		return nil, err
	}
	switch t.u.Scheme {
	case "file":
		return c.openFile(req, t)
	case "data":
		return c.openData(req, t)
	}
	return c.follow(ctx, req, t)
}

// beforeRetry returns nil after the pause that precedes attempt n+1, or the error to give up
// with.
//
// This small loop stands where hashicorp/go-retryablehttp could: that one judges a request
// when its header is there, whereas most of what we repeat breaks in the body; it closes
// all idle connections after a request that failed for good, which for seven other workers
// means to connect anew because an optional object was missing; it knows neither mirrors nor
// the texts that callers look for.
func (c *Client) beforeRetry(ctx context.Context, req *Request, err error, n int) error {
	return c.pauseBefore(ctx, req, err, n, n)
}

// pauseBefore is beforeRetry with the length of the pause chosen apart: that of retry number
// step.
func (c *Client) pauseBefore(ctx context.Context, req *Request, err error, n, step int) error {
	fe, ok := errors.AsType[*Error](err)
	if !ok || req.NoRetry || n > c.opt.Retries || ctx.Err() != nil || !c.worthRetry(fe) {
		return err
	}
	pause := max(c.opt.Backoff(step), fe.RetryAfter)
	c.tracef("* %v; retry %d of %d in %v", err, n, c.opt.Retries, pause)
	if req.OnRetry != nil {
		req.OnRetry(err, pause)
	}
	if pause <= 0 {
		return nil
	}
	return c.opt.Sleep(ctx, pause)
}

func (c *Client) worthRetry(e *Error) bool {
	if c.opt.RetryIf != nil {
		return c.opt.RetryIf(e)
	}
	return e.Transient() || c.opt.RetryAll && e.curable()
}

// acquire waits for a slot of MaxConcurrent.
func (c *Client) acquire(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Client) release() { <-c.slots }

// follow performs an HTTP request with its redirects.
func (c *Client) follow(ctx context.Context, req *Request, t target) (*Response, error) {
	if err := c.acquire(ctx); err != nil {
		return nil, err
	}
	resp, err := c.hops(ctx, req, t)
	if err != nil {
		c.release()
	}
	return resp, err
}

// hops follows redirects. The slot goes over to the response's body when there is no error.
func (c *Client) hops(ctx context.Context, req *Request, t target) (*Response, error) {
	h := hop{target: t, method: req.method(), body: req.Body, foreign: req.foreign}
	var seen map[string]bool
	for n := 0; ; n++ {
		x, err := c.exchange(ctx, req, &h)
		if err != nil {
			return nil, err
		}
		loc := redirectLocation(x.resp)
		if loc == "" || req.accepts(x.resp.StatusCode) {
			return c.judge(req, &h, x)
		}
		x.discard()
		next, err := h.redirect(loc, x.resp.StatusCode)
		if err != nil {
			return nil, err
		}
		if seen == nil {
			seen = map[string]bool{h.method + h.target.u.String(): true}
		}
		key := next.method + next.target.u.String()
		if n >= c.opt.MaxRedirects || seen[key] {
			return nil, &Error{URL: next.target.String(), CurlCode: CurlTooManyRedirects,
				Err: fmt.Errorf("after %d redirects", n)}
		}
		seen[key] = true
		h = next
	}
}

// hop is one request of a chain of redirects.
type hop struct {
	target  target
	method  string
	body    []byte
	foreign bool // another host than the first one: no Authorization, no Cookie of the caller's
}

func redirectLocation(resp *http.Response) string {
	switch resp.StatusCode {
	case 301, 302, 303, 307, 308:
		return resp.Header.Get("Location")
	}
	return ""
}

func (h *hop) redirect(location string, status int) (hop, error) {
	fail := func(code int, cause error) (hop, error) {
		return hop{}, &Error{URL: RedactURL(location), CurlCode: code, Err: cause}
	}
	u, err := h.target.u.Parse(location)
	if err != nil {
		return fail(CurlMalformedURL, parseCause(err))
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return fail(CurlUnsupportedProtocol, ErrScheme)
	}
	if u.Hostname() == "" {
		return fail(CurlMalformedURL, errors.New("no host"))
	}
	u.Fragment = ""
	next := hop{target: newTarget(u), method: h.method, body: h.body, foreign: h.foreign}
	if sameOrigin(u, h.target.u) {
		if next.target.auth == "" {
			next.target.auth, next.target.user = h.target.auth, h.target.user
		}
	} else {
		next.foreign = true
	}
	if h.method != http.MethodGet && h.method != http.MethodHead && status <= 303 {
		next.method, next.body = http.MethodGet, nil
	}
	return next, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && h1.HostPort(a) == h1.HostPort(b)
}
