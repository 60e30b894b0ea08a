package cincinnati

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limits of [Client] unless [ClientOptions] tell otherwise.
const (
	// DefaultTimeout bounds a whole exchange, redirects and body included.
	DefaultTimeout = 5 * time.Minute
	// DefaultConnectTimeout bounds the connect, and likewise the TLS handshake.
	DefaultConnectTimeout = 30 * time.Second

	maxRedirects   = 10
	maxErrorBytes  = 64 << 10
	maxHeaderBytes = 256 << 10
	maxETag        = 1024
)

// ClientOptions configures a [Client]. The zero value is a client for the open network.
type ClientOptions struct {
	// Transport makes the requests; nil means one of the client's own, with the system's
	// trust store and a new connection for each poll. Proxy and ConnectTimeout are for that one only.
	Transport http.RoundTripper
	// Proxy chooses the proxy of a request; nil means none. See [ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// Timeout bounds a whole exchange; 0 means [DefaultTimeout], negative no limit.
	Timeout time.Duration
	// ConnectTimeout bounds the connect; 0 means [DefaultConnectTimeout].
	ConnectTimeout time.Duration
	// MaxBytes is the greatest size of a graph, decompressed; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// Now is the clock for Retry-After dates; nil means time.Now.
	Now func() time.Time
	// Logger is told about each exchange at debug level; nil means silence.
	Logger *slog.Logger
}

// Client asks servers for graphs. It keeps the last graph, with its ETag, and hands it out
// again when the server says that it has not changed. It is safe for concurrent use.
type Client struct {
	http     http.Client
	timeout  time.Duration
	maxBytes int64
	now      func() time.Time
	log      *slog.Logger

	mu   sync.Mutex
	last cached
}

// cached is the last reply that had an ETag.
type cached struct {
	url   string // asked for
	final string // after redirects: an ETag means nothing anywhere else
	etag  string
	graph *Graph
}

// NewClient returns a client; o may be nil.
func NewClient(o *ClientOptions) *Client {
	if o == nil {
		o = new(ClientOptions)
	}
	c := &Client{
		timeout:  cmp.Or(o.Timeout, DefaultTimeout),
		maxBytes: cmp.Or(o.MaxBytes, DefaultMaxBytes),
		now:      o.Now,
		log:      o.Logger,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.http = http.Client{Transport: o.Transport, CheckRedirect: checkRedirect}
	if c.http.Transport == nil {
		c.http.Transport = newTransport(o)
	}
	return c
}

func newTransport(o *ClientOptions) *http.Transport {
	connect := cmp.Or(o.ConnectTimeout, DefaultConnectTimeout)
	return &http.Transport{
		Proxy:                  o.Proxy,
		DialContext:            (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:    connect,
		DisableCompression:     true, // done here, within MaxBytes
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeaderBytes,
		// Polls are minutes apart: a connection kept that long is more often dead than useful.
		DisableKeepAlives: true,
	}
}

// redirectError is a redirect that was not followed.
type redirectError struct{ from *url.URL }

func (e *redirectError) Error() string { return "too many redirects" }

func checkRedirect(req *http.Request, via []*http.Request) error {
	if req.URL.Host == "" && (req.URL.Scheme == "http" || req.URL.Scheme == "https") {
		return http.ErrUseLastResponse // leads nowhere: a failure of the server
	}
	if len(via) > maxRedirects {
		return &redirectError{via[len(via)-1].URL}
	}
	// It would tell the new host the query of the old one.
	req.Header.Del("Referer")
	return nil
}

// Graph asks for the graph of a node. Errors are of type [*Error]; whatever they are, they
// mean that there is no update. The graph may be handed out again by later calls: it must
// not be changed.
func (c *Client) Graph(ctx context.Context, p Params) (*Graph, error) {
	u, err := p.URL()
	if err != nil {
		return nil, &Error{Kind: KindClientBuild, Text: err.Error(), Err: err}
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	known := c.remembered(u.String())
	g, err := c.exchange(ctx, u, known)
	if errors.Is(err, errForeignMatch) {
		g, err = c.exchange(ctx, u, cached{})
	}
	return g, err
}

// errForeignMatch is a "not modified" from another place than where the ETag is from.
var errForeignMatch = errors.New("not modified, but at another address")

// remembered returns what is known of an address. The memory holds one address only.
func (c *Client) remembered(address string) cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.url != address {
		return cached{}
	}
	return c.last
}

func (c *Client) exchange(ctx context.Context, u *url.URL, known cached) (*Graph, error) {
	req, err := newRequest(ctx, u, known.etag)
	if err != nil {
		return nil, requestError(u, err)
	}
	start := c.now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, requestError(u, err)
	}
	defer resp.Body.Close()
	c.log.DebugContext(ctx, "graph reply", "status", resp.StatusCode, "duration", c.now().Sub(start))

	final := resp.Request.URL.String()
	switch {
	case resp.StatusCode == http.StatusNotModified && known.graph != nil:
		if final != known.final {
			return nil, errForeignMatch
		}
		return known.graph, nil
	case resp.StatusCode/100 != 2:
		return nil, c.serverError(resp)
	}
	g, err := c.readGraph(ctx, u, resp)
	if err != nil {
		return nil, err
	}
	c.remember(cached{u.String(), final, resp.Header.Get("ETag"), g})
	return g, nil
}

func newRequest(ctx context.Context, u *url.URL, etag string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "") // none
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	return req, nil
}

func (c *Client) remember(r cached) {
	if r.etag == "" || len(r.etag) > maxETag {
		r = cached{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = r
}

// requestError describes a failed exchange. The cause may name another address, after
// redirects.
func requestError(u *url.URL, err error) *Error {
	address, cause, what := u.Redacted(), err, "error sending request"
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		address, cause = wrapped.URL, wrapped.Err
	}
	text := cause.Error()
	var timeout interface{ Timeout() bool }
	var redirect *redirectError
	switch {
	case errors.As(err, &redirect):
		what, address = "error following redirect", redirect.from.Redacted()
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		text = "operation timed out"
	}
	return &Error{
		Kind: KindClientRequest,
		Text: printable(fmt.Sprintf("%s for url (%s): %s", what, address, text), maxText),
		Err:  err,
	}
}
