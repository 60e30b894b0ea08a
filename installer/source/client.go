package source

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// Limits of a [Client].
const (
	// MaxRedirects is how many redirects are followed.
	MaxRedirects = 10
	// MaxPause is the longest pause before a retry.
	MaxPause = 600 * time.Second
	// DefaultStallTime is the StallTime of the zero Client.
	DefaultStallTime = 5 * time.Minute
	// MaxSignature is the size in bytes of the largest signature file.
	MaxSignature = 1 << 20
)

// Client gets things over HTTP. Its zero value is ready for use; the fields must not be changed
// after the first. It is safe for use by several goroutines.
type Client struct {
	// UserAgent is the User-Agent header; empty means "nestos-installer".
	UserAgent string

	// CAFiles are files of PEM certificates of authorities that are trusted beside those
	// of the system.
	CAFiles []string

	// Getenv looks up environment variables that name proxies; os.Getenv follows the
	// environment, nil uses none.
	Getenv func(name string) string

	// Retries is how many failed attempts to get one URL are followed by another; negative
	// means any number of them.
	Retries int

	// Message is given the texts that a user should see of retries, one line a call; nil is
	// silent.
	Message func(text string)

	// StallTime is how long a connection may deliver nothing at all before it counts as
	// broken; 0 means DefaultStallTime, negative means for ever.
	StallTime time.Duration

	// Sleep waits for the pauses between attempts, and returns early with the cause when ctx
	// ends; nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error

	// Dial opens TCP connections; nil means a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	once sync.Once
	http *fetch.Client
	err  error
}

// client makes the HTTP client at the first use.
func (c *Client) client() (*fetch.Client, error) {
	c.once.Do(func() {
		roots, err := certificates(c.CAFiles)
		if err == nil {
			c.http, err = fetch.New(c.options(roots))
		}
		if err != nil {
			c.err = fmt.Errorf("building HTTP client: %w", err)
		}
	})
	return c.http, c.err
}

func (c *Client) options(roots *x509.CertPool) *fetch.Options {
	o := &fetch.Options{
		UserAgent: c.UserAgent, Dial: c.Dial, Sleep: c.Sleep,
		ProxyEnv: c.Getenv, ProxyStyle: fetch.ProxyReqwest,
		TLS:           fetch.TLSOptions{RootCAs: roots},
		MaxRedirects:  MaxRedirects,
		LowSpeedLimit: 1, LowSpeedTime: c.StallTime,
		Retries: c.Retries, RetryIf: retryable, Backoff: pause,
	}
	if o.UserAgent == "" {
		o.UserAgent = "nestos-installer"
	}
	switch {
	case c.Retries < 0:
		o.Retries = math.MaxInt
	case c.Retries == 0:
		o.Retries = -1
	}
	switch {
	case c.StallTime < 0:
		o.LowSpeedLimit, o.LowSpeedTime = -1, 0
	case c.StallTime == 0:
		o.LowSpeedTime = DefaultStallTime
	}
	return o
}

// pause is the time before retry number n: 1, 2, 4 … seconds.
func pause(n int) time.Duration {
	if n > 10 {
		return MaxPause
	}
	return min(MaxPause, time.Second<<max(n-1, 0))
}

// certificates returns the system's certificates and those of the files, or nil for the
// former alone.
func certificates(files []string) (*x509.CertPool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	for _, name := range files {
		pem, err := readLimited(name, maxCertificates)
		if err != nil {
			if pe, ok := errors.AsType[*fs.PathError](err); ok {
				err = pe.Err
			}
			return nil, fmt.Errorf("reading CA certificates %s: %w", name, err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading CA certificates %s: no certificate found", name)
		}
	}
	return pool, nil
}

// maxCertificates bounds a file of certificates, in bytes; the system's have 250 KiB.
const maxCertificates = 16 << 20

func readLimited(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}

// Close closes idle connections. The client can be used on.
func (c *Client) Close() {
	if c.http != nil {
		c.http.Close()
	}
}

// Open begins to fetch an image. It returns its bytes as the server stores them, their number
// (-1 if the server does not tell), and the image's file name: the last segment of the URL's
// path after redirects, still percent-encoded, or empty if there is none that could name a
// file.
//
// The reader resumes broken transfers and fails in the end with the errors of the transport;
// it must be read to io.EOF, up to which nothing says that the image is whole. ctx governs
// reading as well.
//
// Errors are "fetching '<url>'" with causes, or a *StatusError.
func (c *Client) Open(ctx context.Context, url string) (body io.ReadCloser, length int64, name string, err error) {
	client, err := c.client()
	if err != nil {
		return nil, 0, "", err
	}
	began := false
	req, err := c.request(url, &began)
	if err != nil {
		return nil, 0, "", failure(url, err)
	}
	resp, err := client.GetResuming(ctx, req)
	if err != nil {
		return nil, 0, "", failure(url, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, 0, "", &StatusError{URL: fetch.RedactURL(url), Code: resp.StatusCode}
	}
	began = true
	return &imageBody{resp.Body}, resp.Size, fileName(resp.FinalURL), nil
}

// Bytes fetches a document of at most limit bytes. A transfer that breaks off is repeated, as
// one of Retries. Errors are as those of Open.
func (c *Client) Bytes(ctx context.Context, url string, limit int64) ([]byte, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	req, err := c.request(url, new(bool))
	if err != nil {
		return nil, failure(url, err)
	}
	req.MaxSize = limit
	data, resp, err := client.GetBytes(ctx, req)
	if err != nil {
		return nil, failure(url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &StatusError{URL: fetch.RedactURL(url), Code: resp.StatusCode}
	}
	return data, nil
}

// Signature fetches the signature of an image. Errors begin with "fetching signature URL",
// which is all that coreos-installer shows of them.
func (c *Client) Signature(ctx context.Context, url string) ([]byte, error) {
	data, err := c.Bytes(ctx, url, MaxSignature)
	if err != nil {
		return nil, fmt.Errorf("fetching signature URL: %w", err)
	}
	return data, nil
}

// request prepares the request for an http or https URL. began is set when its body is read.
func (c *Client) request(url string, began *bool) (fetch.Request, error) {
	if err := checkScheme(url); err != nil {
		return fetch.Request{}, err
	}
	return fetch.Request{URL: url, OnRetry: func(err error, pause time.Duration) {
		if c.Message == nil {
			return
		}
		c.Message(fmt.Sprintf("Error fetching '%s': %s", fetch.RedactURL(url), retryText(url, err, *began)))
		c.Message(fmt.Sprintf("Sleeping %ds and retrying...", int64((pause+time.Second-1)/time.Second)))
	}}, nil
}

// imageBody words the errors of a body.
type imageBody struct{ rc io.ReadCloser }

func (b *imageBody) Read(p []byte) (int, error) {
	n, err := b.rc.Read(p)
	if err != nil && err != io.EOF {
		err = bodyError(err)
	}
	return n, err
}

func (b *imageBody) Close() error { return b.rc.Close() }
