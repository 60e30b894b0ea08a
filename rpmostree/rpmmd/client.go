package rpmmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/progress"
)

// Progress takes the events of a long operation: an interface with the method Report. It is the type that
// package ostree describes under this name. A nil Progress is fine everywhere.
type Progress = progress.Reporter

// ClientOptions configures a [Client].
type ClientOptions struct {
	// CacheDir holds a directory for each repository. It is made when it is missing.
	CacheDir string

	// ReleaseVer and BaseArch are part of the names of these directories, ID-RELEASEVER-ARCH,
	// since the addresses of most repositories depend on them. With both empty the name is
	// the ID.
	ReleaseVer, BaseArch string

	// KeyRoot is where the file:// addresses of gpgkey lead to; nil means the root of the
	// host. All other file:// addresses, and the files of the TLS options, are the host's.
	KeyRoot fs.FS

	// Offline forbids to connect to anything but file:// addresses: what is cached is used,
	// however old it is.
	Offline bool

	// UserAgent is sent where the configuration has none.
	UserAgent string

	// ProxyEnv looks up http_proxy and its like; os.Getenv follows the environment, nil
	// does not. The configuration of a repository wins.
	ProxyEnv func(name string) string

	// Dial opens TCP connections; nil means a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Backoff is the pause before the mirrors are tried for the n-th time again, from 1; nil
	// means 100 ms doubling up to 2 s.
	Backoff func(n int) time.Duration

	// Now is the clock for expiry; nil means time.Now.
	Now func() time.Time

	// Progress takes the events of tasks "repo" (metadata of one repository) and "packages".
	Progress Progress

	// Logger takes what mirrors were given up, and why; nil is silent.
	Logger *slog.Logger
}

// Client fetches metadata and packages of repositories, and keeps them in a cache directory.
// It may be used by several goroutines, and several processes may share the directory.
type Client struct {
	o   ClientOptions
	log *slog.Logger

	mu       sync.Mutex
	fetchers map[fetcherKey]*fetch.Client
}

// NewClient makes a client, whose options must name the directory of the cache. Nothing is connected yet.
func NewClient(opts *ClientOptions) (*Client, error) {
	if opts == nil || opts.CacheDir == "" {
		return nil, errors.New("no cache directory")
	}
	o := *opts
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Backoff == nil {
		o.Backoff = func(n int) time.Duration { return min(100*time.Millisecond<<min(n-1, 10), 2*time.Second) }
	}
	if o.KeyRoot == nil {
		o.KeyRoot = os.DirFS("/")
	}
	c := &Client{o: o, log: o.Logger, fetchers: map[fetcherKey]*fetch.Client{}}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Close closes idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.fetchers {
		f.Close()
	}
}

// RepoDir is the directory of the cache that belongs to a repository.
func (c *Client) RepoDir(repo *RepoConfig) string {
	name := repo.ID
	if c.o.ReleaseVer != "" || c.o.BaseArch != "" {
		// $releasever comes from a file of the system.
		clean := func(s string) string { return strings.NewReplacer("/", "_", "\x00", "_").Replace(s) }
		name += "-" + clean(c.o.ReleaseVer) + "-" + clean(c.o.BaseArch)
	}
	return filepath.Join(c.o.CacheDir, name)
}

// fetcherKey is what two repositories must have in common to share connections.
type fetcherKey struct {
	proxy, agent, caCert, clientCert, clientKey, network string
	insecure                                             bool
	timeout                                              time.Duration
	minRate                                              int64
	concurrent                                           int
}

// fetcher returns the HTTP client for a repository.
func (c *Client) fetcher(repo *RepoConfig) (*fetch.Client, error) {
	key, err := c.fetcherKey(repo)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.fetchers[key]; f != nil {
		return f, nil
	}
	opt := &fetch.Options{
		UserAgent: key.agent, Proxy: key.proxy, ProxyEnv: c.o.ProxyEnv,
		TLS:            fetch.TLSOptions{Permissive: key.insecure, CAFile: key.caCert, CertFile: key.clientCert, KeyFile: key.clientKey},
		ConnectTimeout: key.timeout, LowSpeedTime: max(key.timeout, 0), LowSpeedLimit: key.minRate,
		MaxConcurrent: key.concurrent, Retries: -1, Dial: c.dialer(key),
	}
	if repo.Proxy == "_none_" {
		opt.ProxyEnv = nil
	}
	f, err := fetch.New(opt)
	if err != nil {
		return nil, err
	}
	c.fetchers[key] = f
	return f, nil
}

func (c *Client) fetcherKey(repo *RepoConfig) (fetcherKey, error) {
	key := fetcherKey{
		agent: repo.UserAgent, caCert: repo.SSLCACert, clientCert: repo.SSLClientCert, clientKey: repo.SSLClientKey,
		insecure: !repo.SSLVerify, timeout: repo.Timeout, minRate: repo.MinRate, concurrent: max(repo.MaxParallelDownloads, 1),
		network: repo.IPResolve,
	}
	if key.agent == "" {
		key.agent = c.o.UserAgent
	}
	if key.timeout <= 0 { // no limit, in curl's words
		key.timeout, key.minRate = -1, -1
	}
	if key.minRate == 0 {
		key.minRate = -1
	}
	unsupported := func(option, value string) (fetcherKey, error) {
		return key, fmt.Errorf("%s=%s: %w", option, limited(value), ErrNotSupported)
	}
	switch {
	case repo.SSLVerifyStatus:
		return unsupported("sslverifystatus", "1")
	case !slices.Contains([]string{"", "any", "none", "basic"}, strings.ToLower(repo.ProxyAuthMethod)):
		return unsupported("proxy_auth_method", repo.ProxyAuthMethod)
	case !slices.Contains([]string{"", "rpm-md", "rpm", "repomd", "rpmmd", "yum"}, strings.ToLower(repo.Type)):
		return unsupported("type", repo.Type)
	}
	var err error
	key.proxy, err = proxyURL(repo)
	return key, err
}

// proxyURL puts the credentials into the address.
func proxyURL(repo *RepoConfig) (string, error) {
	if repo.Proxy == "" || repo.Proxy == "_none_" || repo.ProxyUsername == "" {
		return strings.TrimPrefix(repo.Proxy, "_none_"), nil
	}
	text := repo.Proxy
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("proxy %s is no address", fetch.RedactURL(repo.Proxy))
	}
	u.User = url.UserPassword(repo.ProxyUsername, repo.ProxyPassword)
	return u.String(), nil
}

// dialer restricts connections to one version of IP, if that is wanted.
func (c *Client) dialer(key fetcherKey) func(context.Context, string, string) (net.Conn, error) {
	dial := c.o.Dial
	if key.network == "" {
		return dial
	}
	if dial == nil {
		dial = (&net.Dialer{Timeout: max(key.timeout, 0)}).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dial(ctx, strings.TrimRight(network, "46")+key.network, addr)
	}
}
