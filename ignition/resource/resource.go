package resource

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
)

// DefaultMaxBytes is the limit of what is returned in memory: 96 MiB. Machines that
// boot for the first time may have little of it.
const DefaultMaxBytes = 96 << 20

// Log takes log messages. Formats are fmt's. It is for logs with a state of their own, such as
// Ignition's numbered operations; a [log/slog.Logger] goes into [Options].
type Log interface {
	// Debug is for what happens on the way, such as each attempt.
	Debug(format string, args ...any)
	// Info is for results.
	Info(format string, args ...any)
	// Err is for what went wrong.
	Err(format string, args ...any)
	// Crit is for what the machine cannot boot with.
	Crit(format string, args ...any)
}

// Source opens the objects of URL schemes that this package does not know, for
// instance those of S3. Reading ends with an error when ctx is done. The client
// has the proxies and certificate authorities of the config, and drops all headers
// when it is redirected.
type Source interface {
	// Open opens the object at u, which the caller closes. Nothing is tried again after an
	// error: that is the Source's own business.
	Open(ctx context.Context, client *http.Client, u *url.URL) (io.ReadCloser, error)
}

// Token returns an OAuth 2.0 access token. The empty token means anonymous access.
type Token func(ctx context.Context) (string, error)

// Options of a Fetcher. The zero value is usable: no log, online, and no S3.
type Options struct {
	// Logger gets the log; nil discards it.
	Logger *slog.Logger
	// Version is what follows "Ignition/" in the User-Agent.
	Version string
	// Offline makes each source that needs the network an ErrNeedsNetwork.
	Offline bool
	// FetchTimeout bounds each resource with all its attempts until Configure
	// replaces it; 0 is no limit.
	FetchTimeout time.Duration
	// MaxBytes is the limit of what is returned in memory, after decompression;
	// 0 is DefaultMaxBytes.
	MaxBytes int64
	// Sources open the objects of further schemes. The map is not modified.
	Sources map[string]Source
	// GoogleToken gives access to Google Cloud Storage; nil is anonymous access.
	GoogleToken Token
	// AzureToken gives access to Azure's blobs. Whatever fails with it is tried
	// again as plain HTTP. Nil is plain HTTP at once.
	AzureToken Token

	// GoogleStorage is the base URL of Google Cloud Storage's JSON API; empty is
	// the public one.
	GoogleStorage string
	// DialContext opens TCP connections; nil dials with a timeout of 30 s and Go's
	// own resolver.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// SystemRoots returns the certificate authorities that are trusted besides those
	// of the config; nil is x509.SystemCertPool.
	SystemRoots func() (*x509.CertPool, error)
	// Sleep waits between attempts, or returns when ctx is done; nil really waits.
	Sleep func(ctx context.Context, d time.Duration)
}

// Fetcher fetches resources. Use New.
type Fetcher struct {
	*shared
	log Log
	via *network // nil: the shared one
}

// shared is what a Fetcher and its copies with other logs have in common.
type shared struct {
	opt     Options
	offline atomic.Bool
	buffers sync.Pool // *[]byte of chunkSize
	gzips   sync.Pool // *gzip.Reader
	random  io.Reader // for TLS; nil is crypto/rand's

	mu  sync.Mutex
	net *network
	cas map[caKey][]byte // fetched bundles
}

// network is how servers are reached; it is replaced as a whole.
type network struct {
	total     time.Duration // for one resource; 0 is no limit
	transport *http.Transport
	client    *http.Client
	roots     *x509.CertPool // nil is the system's
}

// New returns a Fetcher. Nil options are the zero value.
func New(opt *Options) (*Fetcher, error) {
	s := &shared{cas: map[caKey][]byte{}}
	if opt != nil {
		s.opt = *opt
	}
	if s.opt.MaxBytes <= 0 {
		s.opt.MaxBytes = DefaultMaxBytes
	}
	if s.opt.GoogleStorage == "" {
		s.opt.GoogleStorage = "https://storage.googleapis.com"
	}
	if s.opt.DialContext == nil {
		s.opt.DialContext = dialer().DialContext
	}
	if s.opt.SystemRoots == nil {
		s.opt.SystemRoots = x509.SystemCertPool
	}
	if s.opt.Sleep == nil {
		s.opt.Sleep = sleep
	}
	s.offline.Store(s.opt.Offline)
	s.random = earlyRandom()
	s.net = s.newNetwork(s.opt.FetchTimeout, defaultHeaderTimeout, nil, nil)
	return &Fetcher{shared: s, log: oplog.New(s.opt.Logger)}, nil
}

// WithLog returns a Fetcher that logs to log; all else is shared with f.
func (f *Fetcher) WithLog(log Log) *Fetcher {
	return &Fetcher{shared: f.shared, log: log, via: f.via}
}

// WithLogger is WithLog for a logger of the standard library; nil discards.
func (f *Fetcher) WithLogger(log *slog.Logger) *Fetcher { return f.WithLog(oplog.New(log)) }

type logKey struct{}

// ContextWithLog returns a context whose calls of any Fetcher log to log. Stages
// use it, since their log's prefix tells which operation fetches.
func ContextWithLog(ctx context.Context, log Log) context.Context {
	return context.WithValue(ctx, logKey{}, log)
}

// logOf is the log for one call.
func (f *Fetcher) logOf(ctx context.Context) Log {
	if log, ok := ctx.Value(logKey{}).(Log); ok && log != nil {
		return log
	}
	return f.log
}

// SetOffline says whether sources that need the network are refused.
func (f *Fetcher) SetOffline(offline bool) { f.offline.Store(offline) }

// Offline says whether sources that need the network are refused.
func (f *Fetcher) Offline() bool { return f.offline.Load() }

// SetRegionHint tells the sources that understand it (that of S3) in which region
// the machine is; it is asked where buckets are.
func (f *Fetcher) SetRegionHint(region string) {
	for _, s := range f.opt.Sources {
		if s, ok := s.(interface{ SetRegionHint(string) }); ok {
			s.SetRegionHint(region)
		}
	}
}

// reach returns how servers are reached now.
func (f *Fetcher) reach() *network {
	if f.via != nil {
		return f.via
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.net
}

// within returns ctx bounded by the time for one resource.
func (n *network) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if n.total == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, n.total)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
