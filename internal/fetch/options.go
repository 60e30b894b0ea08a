package fetch

import (
	"context"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Defaults of [Options]. The connect time-out, the low-speed limit, the number of retries
// and the number of concurrent requests are those of libostree's fetcher; the redirect limit
// is libcurl's.
const (
	DefaultUserAgent      = "nestos"
	DefaultMaxConcurrent  = 8
	DefaultRetries        = 5
	DefaultConnectTimeout = 30 * time.Second
	DefaultLowSpeedLimit  = 1000
	DefaultLowSpeedTime   = 30 * time.Second
	DefaultMaxRedirects   = 30
)

// Options configures a [Client]. The zero value (or a nil pointer) is a client for the open
// network: system CA certificates, no proxy, no cookies, HTTP/2 where the server offers it
// over TLS, and the defaults named above.
type Options struct {
	// UserAgent is the User-Agent header; empty means [DefaultUserAgent].
	UserAgent string

	// Header is added to every HTTP request; it may replace User-Agent, Accept and Host.
	// Authorization and Cookie are not passed on to another host after a redirect.
	Header http.Header

	// Proxy is the proxy for every request: "http://", "https://", "socks5://" or
	// "socks5h://" with an optional "user:password@"; without a scheme "http://" is meant.
	// Empty means none, or what ProxyEnv says.
	Proxy string

	// ProxyEnv looks up http_proxy, https_proxy, all_proxy and no_proxy (and the upper-case
	// names, save HTTP_PROXY) with curl's rules; pass os.Getenv to follow the environment.
	// Nil means that the environment has no say. Proxy wins over the first three;
	// no_proxy applies to Proxy as well.
	ProxyEnv func(name string) string

	// ProxyStyle says whose rules ProxyEnv is read by; the zero value is curl.
	ProxyStyle ProxyStyle

	// TLS holds what is particular about TLS; the zero value verifies servers against the
	// system's certificates.
	TLS TLSOptions

	// DisableHTTP2 keeps TLS connections at HTTP/1.1. Plain HTTP is always HTTP/1.1.
	DisableHTTP2 bool

	// ConnectTimeout bounds name resolution, TCP connect and TLS handshake, each; 0 means
	// [DefaultConnectTimeout], negative means no limit.
	ConnectTimeout time.Duration

	// LowSpeedLimit (bytes/s) and LowSpeedTime: a transfer that is slower than the limit for
	// that long is given up with curl's error 28. Only time spent waiting for the network
	// counts. 0 means [DefaultLowSpeedLimit] and [DefaultLowSpeedTime]; a negative
	// LowSpeedLimit switches the check off.
	LowSpeedLimit int64
	LowSpeedTime  time.Duration

	// MaxRedirects is how many redirects are followed; 0 means [DefaultMaxRedirects],
	// negative means none. A loop is recognized at once.
	MaxRedirects int

	// MaxConcurrent bounds the requests under way, from the start of Get to the Close of the
	// body; 0 means [DefaultMaxConcurrent].
	MaxConcurrent int

	// Retries is how often a request is repeated after a transient error; 0 means
	// [DefaultRetries], negative means never.
	Retries int

	// RetryAll extends retrying from the transient errors (see [Error.Transient]) to every
	// HTTP status from 500, and to every network error that a repetition could cure.
	RetryAll bool

	// RetryIf, when not nil, says in place of Error.Transient and RetryAll which errors are
	// worth another attempt.
	RetryIf func(*Error) bool

	// Backoff is the pause before retry number n (from 1). Nil means 50 ms doubling up to
	// 5 s, of which a random half is taken off; a server's Retry-After of up to 30 s is
	// honoured when it is longer.
	Backoff func(n int) time.Duration

	// Sleep waits for the pauses before retries; it returns early, with the cause, when ctx
	// ends. Nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error

	// Cookies are sent where they match; see [ParseCookies]. Set-Cookie is not obeyed.
	Cookies []Cookie

	// Trace, if not nil, is given blocks of lines in the style of curl's verbose output
	// ("* " comments, "> " request, "< " reply), without credentials and cookies. It is
	// called from several goroutines at once.
	Trace func(text string)

	// Dial opens TCP connections; nil means a net.Dialer with ConnectTimeout.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Now is the clock for cookie expiry; nil means time.Now.
	Now func() time.Time
}

// TLSOptions configures TLS.
type TLSOptions struct {
	// Permissive accepts any server certificate.
	Permissive bool

	// CAFile is a PEM file of the only certificates that servers are verified against;
	// RootCAs is the same as a pool. At most one of the two may be set; neither means the
	// system's certificates.
	CAFile  string
	RootCAs *x509.CertPool

	// CertFile and KeyFile are the PEM files of the client's certificate and key: both or
	// none. "pkcs11:" URIs are not supported, and refused.
	CertFile, KeyFile string
}

// withDefaults returns a copy of o in which every number is meant literally: a limit of 0
// means none.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	c.ConnectTimeout = orDefault(c.ConnectTimeout, DefaultConnectTimeout)
	c.LowSpeedLimit = orDefault(c.LowSpeedLimit, DefaultLowSpeedLimit)
	c.LowSpeedTime = orDefault(c.LowSpeedTime, DefaultLowSpeedTime)
	c.MaxRedirects = orDefault(c.MaxRedirects, DefaultMaxRedirects)
	c.Retries = orDefault(c.Retries, DefaultRetries)
	if c.MaxConcurrent <= 0 {
		c.MaxConcurrent = DefaultMaxConcurrent
	}
	if c.Backoff == nil {
		c.Backoff = defaultBackoff
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: c.ConnectTimeout}).DialContext
	}
	return c
}

func orDefault[T int | int64 | time.Duration](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	}
	return v
}

func defaultBackoff(n int) time.Duration {
	const base, limit = 50 * time.Millisecond, 5 * time.Second
	d := limit
	if n < 8 {
		d = min(limit, base<<max(n-1, 0))
	}
	return d/2 + rand.N(d/2+1)
}

// sleep is the Sleep of real time.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
