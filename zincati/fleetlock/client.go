package fleetlock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/nestos-dev/nestos/internal/retryafter"
)

// Meter receives the client's metrics.
type Meter interface {
	// Inc adds one to a counter; label values are in the order of its labels.
	Inc(name string, labels ...string)
	// Set sets a gauge.
	Set(name string, value float64, labels ...string)
}

// The counters of the client, with the labels "api" and "api", "kind".
const (
	metricRequests = "zincati_strategy_fleet_lock_requests_total"
	metricErrors   = "zincati_strategy_fleet_lock_errors_total"
)

// Options tune a client. The zero value is right.
type Options struct {
	// Transport makes the requests; nil is one of the client's own, with
	// keep-alive and without a proxy.
	Transport http.RoundTripper
	// Timeout bounds one request as a whole, redirects included; 0 is 5
	// minutes.
	Timeout time.Duration
	// ConnectTimeout bounds the connect of the client's own transport; 0 is
	// 30 s.
	ConnectTimeout time.Duration
	// Now is the clock for Retry-After dates; nil is time.Now.
	Now func() time.Time
	// Meter counts requests and errors; nil counts nothing.
	Meter Meter
	// Logger gets each request at debug level; nil is silent.
	Logger *slog.Logger
}

// Client asks one lock server for one node. It is safe for use by several
// goroutines; make one and keep it, for it holds the connection.
type Client struct {
	base   *url.URL
	body   []byte
	http   *http.Client
	now    func() time.Time
	meter  Meter
	logger *slog.Logger
}

// maxReply bounds how much of a reply is read.
const maxReply = 64 << 10

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 24 * time.Hour

// maxRedirects is how many redirects one request may meet.
const maxRedirects = 10

// maxHeader bounds the header of a reply.
const maxHeader = 256 << 10

// NewClient prepares a client for the node id of group at the server's base
// URL (http or https), to which the paths are resolved like links in a page:
// it should end with a slash.
func NewClient(base, group, id string, o *Options) (*Client, error) {
	if o == nil {
		o = &Options{}
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("failed to parse '%s': %w", base, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("failed to parse '%s': not an absolute http or https URL", base)
	}
	if group == "" {
		return nil, errors.New("missing group value")
	}
	if id == "" {
		return nil, errors.New("missing node id")
	}
	body, err := json.MarshalIndent(Request{ClientParams{ID: id, Group: group}}, "", "  ")
	if err != nil {
		return nil, err
	}
	c := &Client{base: u, body: body, now: o.Now, meter: o.Meter, logger: o.Logger}
	c.http = &http.Client{Transport: o.Transport, Timeout: o.Timeout, CheckRedirect: keepMethod}
	c.defaults(o.ConnectTimeout)
	return c, nil
}

func (c *Client) defaults(connect time.Duration) {
	if c.http.Timeout == 0 {
		c.http.Timeout = 5 * time.Minute
	}
	if c.http.Transport == nil {
		c.http.Transport = NewTransport(connect)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.meter == nil {
		c.meter = noMeter{}
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
}

// NewTransport returns what a client uses unless it is given a transport: it
// keeps the connection, bounds connect and TLS handshake (0 is 30 s) and what
// a reply's header may hold, and knows no proxy.
func NewTransport(connect time.Duration) *http.Transport {
	if connect == 0 {
		connect = 30 * time.Second
	}
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:    connect,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           2,
		MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2:      true,
	}
}

// keepMethod follows redirects only while they repeat the POST: a GET of some
// other page that succeeds is no consent.
func keepMethod(next *http.Request, via []*http.Request) error {
	if next.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	return nil
}

// PreReboot asks for a slot; nil means that the node may reboot. The error is
// an [*Error].
func (c *Client) PreReboot(ctx context.Context) error {
	return c.post(ctx, "pre-reboot", PathPreReboot)
}

// SteadyState gives the slot back; nil means that the server has acknowledged
// it, also when the node did not hold one. The error is an [*Error].
func (c *Client) SteadyState(ctx context.Context) error {
	return c.post(ctx, "steady-state", PathSteadyState)
}

// post makes one request and counts it.
func (c *Client) post(ctx context.Context, api, path string) error {
	c.meter.Inc(metricRequests, api)
	c.logger.Debug("asking the lock server", "api", api)
	if e := c.try(ctx, path); e != nil {
		c.meter.Inc(metricErrors, api, e.Kind)
		return e
	}
	return nil
}

func (c *Client) try(ctx context.Context, path string) *Error {
	target := c.base.ResolveReference(&url.URL{Path: path})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(c.body))
	if err != nil {
		return &Error{Kind: KindFailedBuild, Value: err.Error(), Err: err}
	}
	// Names as the agent sends them; the empty User-Agent suppresses Go's.
	req.Header[HeaderName] = []string{"true"}
	req.Header["accept"] = []string{"*/*"}
	req.Header["User-Agent"] = []string{""}
	reply, err := c.http.Do(req)
	if err != nil {
		return &Error{Kind: KindFailedRequest, Value: err.Error(), Err: err}
	}
	defer reply.Body.Close()
	// The rest is read so that the connection can be used again; the body of
	// a success means nothing, also when it cannot be read.
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxReply))
	if v := reply.ProtoMajor; v != 1 && (v != 2 || reply.TLS == nil) {
		err := fmt.Errorf("a reply in %q is none", reply.Proto)
		return &Error{Kind: KindFailedRequest, Value: err.Error(), Err: err}
	}
	if reply.StatusCode >= 200 && reply.StatusCode <= 299 {
		return nil
	}
	if err != nil {
		body = nil // half an explanation is none
	}
	return replyError(reply.StatusCode, body, retryafter.Parse(reply.Header, c.now(), maxRetryAfter))
}

// noMeter counts nothing.
type noMeter struct{}

func (noMeter) Inc(string, ...string)          {}
func (noMeter) Set(string, float64, ...string) {}
