package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"

	"github.com/nestos-dev/nestos/internal/h1"
)

// newTransport is for everything the lean transport does not do: TLS and HTTP/2, proxies,
// request bodies.
func newTransport(opt *Options, dial func(context.Context, string, string) (net.Conn, error),
	tlsConfig *tls.Config, proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!opt.DisableHTTP2)
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dial,
		DialTLSContext:         dialTLS(opt, dial, tlsConfig),
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    opt.ConnectTimeout,
		DisableCompression:     true,
		MaxIdleConns:           4 * opt.MaxConcurrent,
		MaxIdleConnsPerHost:    opt.MaxConcurrent,
		IdleConnTimeout:        h1.IdleTime,
		MaxResponseHeaderBytes: h1.MaxHeaderBytes,
		ReadBufferSize:         h1.ReadBuffer,
		ForceAttemptHTTP2:      !opt.DisableHTTP2,
		Protocols:              &protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode != http.StatusOK {
				return errProxyRefused{r.StatusCode}
			}
			return nil
		},
	}
}

// dialTLS connects and shakes hands as net/http would, but marks the errors of the latter: a
// server that just closes the connection is a TLS error then, not a missing reply.
func dialTLS(opt *Options, dial func(context.Context, string, string) (net.Conn, error), base *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	config := base.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	if opt.DisableHTTP2 {
		config.NextProtos = config.NextProtos[1:]
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := config.Clone()
		if c.ServerName, _, err = net.SplitHostPort(addr); err != nil {
			c.ServerName = addr
		}
		if opt.ConnectTimeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, opt.ConnectTimeout)
			defer cancel()
		}
		tc := tls.Client(nc, c)
		if err := tc.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, handshakeError{err}
		}
		return tc, nil
	}
}

// config reads the files.
func (o *TLSOptions) config() (*tls.Config, error) {
	for _, f := range []string{o.CAFile, o.CertFile, o.KeyFile} {
		if strings.HasPrefix(f, "pkcs11:") {
			// The URI may hold a PIN.
			return nil, fmt.Errorf("TLS keys and certificates from pkcs11: URIs are %w", ErrNotSupported)
		}
	}
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: o.Permissive,
		RootCAs:            o.RootCAs,
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	if o.CAFile != "" {
		if o.RootCAs != nil {
			return nil, fmt.Errorf("both a CA file and a CA pool: %w", ErrNotSupported)
		}
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading CA certificates: %w", errno.New("open", o.CAFile, err))
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading CA certificates: %s holds no certificate", o.CAFile)
		}
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		return nil, fmt.Errorf("client certificate and key must be given together")
	}
	if o.CertFile != "" {
		cert, err := loadKeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

func loadKeyPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, errno.New("open", certFile, err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, errno.New("open", keyFile, err)
	}
	return tls.X509KeyPair(cert, key)
}
