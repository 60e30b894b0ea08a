package resource

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Configure applies the network settings of a config, in place of former ones:
//
//   - timeouts: the response header in httpResponseHeaders (default 10 s, 0 for
//     ever), all attempts of a resource in httpTotal (default 0, no limit);
//   - proxies, chosen by the rules of HTTP_PROXY, HTTPS_PROXY and NO_PROXY;
//   - certificate authorities, which are fetched with these timeouts and proxies
//     and trusted besides those of the system.
//
// A config without certificate authorities leaves alone which ones are trusted, as
// Ignition does: a config that replaces another may come from a server that only the
// replaced one vouches for. After an error nothing has changed.
func (f *Fetcher) Configure(ctx context.Context, ign types.Ignition) error {
	now := f.reach()
	header := seconds(ign.Timeouts.HTTPResponseHeaders, defaultHeaderTimeout)
	total := seconds(ign.Timeouts.HTTPTotal, 0)
	proxy := proxyOf(ign.Proxy)
	next := f.newNetwork(total, header, now.roots, proxy)
	if cas := ign.Security.TLS.CertificateAuthorities; len(cas) > 0 {
		via := &Fetcher{shared: f.shared, log: f.log, via: next}
		roots, err := via.trust(ctx, cas)
		if err != nil {
			return err
		}
		next = f.newNetwork(total, header, roots, proxy)
	}
	f.mu.Lock()
	old := f.net
	f.net = next
	f.mu.Unlock()
	old.transport.CloseIdleConnections()
	return nil
}

func seconds(p *int, unset time.Duration) time.Duration {
	if p == nil {
		return unset
	}
	if int64(*p) > int64(math.MaxInt64/time.Second) {
		return 0 // longer than any clock runs
	}
	return time.Duration(*p) * time.Second
}

// proxyOf returns nil when the config has no proxy.
func proxyOf(p types.Proxy) func(*url.URL) (*url.URL, error) {
	cfg := httpproxy.Config{}
	if p.HTTPProxy != nil {
		cfg.HTTPProxy = *p.HTTPProxy
	}
	if p.HTTPSProxy != nil {
		cfg.HTTPSProxy = *p.HTTPSProxy
	}
	if cfg.HTTPProxy == "" && cfg.HTTPSProxy == "" {
		return nil
	}
	hosts := make([]string, len(p.NoProxy))
	for i, host := range p.NoProxy {
		hosts[i] = string(host)
	}
	cfg.NoProxy = strings.Join(hosts, ",")
	return cfg.ProxyFunc()
}

// caKey tells bundles apart.
type caKey struct{ source, hash, compression string }

// FetchCA returns the PEM bundle of certificate authorities, verified and
// decompressed. A bundle is fetched only once in the life of a Fetcher. An engine
// uses it to put the bundles into the config that later stages get.
func (f *Fetcher) FetchCA(ctx context.Context, res types.Resource) ([]byte, error) {
	log := f.logOf(ctx)
	if res.Source == nil {
		log.Crit("invalid CA: %v", ErrSourceRequired)
		return nil, ErrSourceRequired
	}
	key := caKey{source: *res.Source}
	if res.Verification.Hash != nil {
		key.hash = *res.Verification.Hash
	}
	if res.Compression != nil {
		key.compression = *res.Compression
	}
	f.mu.Lock()
	bundle, ok := f.cas[key]
	f.mu.Unlock()
	if ok {
		return bytes.Clone(bundle), nil
	}
	bundle, err := f.FetchBytes(ctx, res)
	if err != nil {
		log.Err("Unable to fetch CA (%s): %s", ShownURL(*res.Source), oneLine(err))
		return nil, err
	}
	f.mu.Lock()
	f.cas[key] = bundle
	f.mu.Unlock()
	return bytes.Clone(bundle), nil
}

// ShownURL is a URL as it may be logged and shown: without the bytes of a data URL,
// the user and password, and the query, where signed URLs have their signature.
func ShownURL(source string) string {
	const redacted = "<redacted>"
	if isData(source) {
		return "data:," + redacted
	}
	u, err := url.Parse(source)
	if err != nil {
		return redacted
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	u.RawQuery = shownQuery(u.RawQuery)
	return u.String()
}

// plainParameters are parameters of object stores and metadata services without secrets.
var plainParameters = []string{"versionId", "alt", "api-version", "format"}

func shownQuery(query string) string {
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && !slices.Contains(plainParameters, name) {
			return "<redacted>"
		}
	}
	return query
}

// shownError is an error of an HTTP client as it may be logged.
func shownError(err error) string {
	if strings.Contains(err.Error(), "failed to parse Location header") {
		return "failed to parse Location header" // which the text would have
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Sprintf("%s %q: %s", e.Op, ShownURL(e.URL), oneLine(e.Err))
	}
	return oneLine(err)
}

// trust returns the system's certificate authorities and those of a config.
func (f *Fetcher) trust(ctx context.Context, cas []types.Resource) (*x509.CertPool, error) {
	log := f.logOf(ctx)
	pool, err := f.opt.SystemRoots()
	if err != nil {
		log.Err("Unable to read system certificate pool: %s", oneLine(err))
		return nil, err
	}
	for _, ca := range cas {
		bundle, err := f.FetchCA(ctx, ca)
		if err != nil {
			return nil, err
		}
		certs, err := parseBundle(bundle)
		for _, cert := range certs {
			log.Info("Adding %q to list of CAs", cert.Subject.CommonName)
			pool.AddCert(cert)
		}
		if err != nil {
			log.Err("Unable to decode CA (%s)", ShownURL(*ca.Source))
			log.Err("Unable to parse CA bundle: %s", oneLine(err))
			return nil, err
		}
	}
	return pool, nil
}

// parseBundle returns the certificates up to the first error.
func parseBundle(bundle []byte) (certs []*x509.Certificate, err error) {
	for len(bundle) > 0 {
		block, rest := pem.Decode(bundle)
		if block == nil {
			return certs, ErrPEM
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return certs, err
		}
		certs, bundle = append(certs, cert), rest
	}
	return certs, nil
}
