package resource

import (
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

const (
	defaultHeaderTimeout = 10 * time.Second
	dialTimeout          = 30 * time.Second
	handshakeTimeout     = 10 * time.Second
	idleTimeout          = 90 * time.Second
	idlePerHost          = 8 // files may be fetched in parallel
	// maxRedirects ends an attempt, not the fetch.
	maxRedirects = 1000
)

var errRedirects = errors.New("stopped after 1000 redirects")

func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:   dialTimeout,
		KeepAlive: 30 * time.Second,
		Resolver:  &net.Resolver{PreferGo: true},
	}
}

// newNetwork makes a network; nil roots are the system's, a nil proxy is none.
func (s *shared) newNetwork(total, header time.Duration, roots *x509.CertPool,
	proxy func(*url.URL) (*url.URL, error)) *network {
	// A TLS config of our own also keeps net/http from speaking HTTP/2.
	t := &http.Transport{
		DialContext:           s.opt.DialContext,
		TLSClientConfig:       &tls.Config{Rand: s.random, RootCAs: roots},
		TLSHandshakeTimeout:   handshakeTimeout,
		ResponseHeaderTimeout: header,
		IdleConnTimeout:       idleTimeout,
		MaxIdleConnsPerHost:   idlePerHost,
	}
	if proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	}
	return &network{total: total, transport: t, roots: roots, client: clientOf(t)}
}

// clientOf follows redirects without our headers: they may be secrets of the first
// host. net/http then adds its own User-Agent and Accept-Encoding.
func clientOf(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: t,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errRedirects
			}
			r.Header = http.Header{}
			return nil
		},
	}
}

// earlyRandom returns the randomness of TLS in early boot: /dev/urandom never
// waits for the kernel's pool to be initialized, as getrandom(2) does. Go makes
// its key shares with getrandom whatever we say, so this is only what a TLS
// config has a say in. In FIPS mode other sources than the module's are errors.
func earlyRandom() io.Reader {
	if fips140.Enabled() {
		return nil
	}
	if _, err := os.Stat(urandomPath); err != nil {
		return nil
	}
	return &urandom{}
}

const urandomPath = "/dev/urandom"

// urandom opens the device at the first read: most runs need no TLS.
type urandom struct {
	mu   sync.Mutex
	file *os.File
}

func (u *urandom) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.file == nil {
		file, err := os.Open(urandomPath)
		if err != nil {
			return 0, err
		}
		u.file = file
	}
	return u.file.Read(p)
}
