package resource_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/internal/pkitest"
)

func serveTLS(t *testing.T, config *tls.Config, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = config
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}

func trusting(cas ...types.Resource) types.Ignition {
	var ign types.Ignition
	ign.Security.TLS.CertificateAuthorities = cas
	return ign
}

// once is a context that ends with the first wait, for fetches that would be tried for ever.
func (f fixture) once(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	f.clock.hook = func(int) { cancel() }
	return ctx
}

func TestCertificateAuthorities(t *testing.T) {
	one, two := pkitest.New(t, "one"), pkitest.New(t, `t"wo`)
	ok := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secret") }
	secure := serveTLS(t, two.Server("127.0.0.1"), ok)
	bundle := append(append([]byte{}, one.PEM...), two.PEM...)
	var asked atomic.Int32
	token := "tok-secret"
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("X-Token") != token {
			w.WriteHeader(403)
			return
		}
		w.Write(compress(t, bundle))
	})
	ca := gzipped(hashed(plain, sha512Of(bundle)))
	ca.HTTPHeaders = types.HTTPHeaders{{Name: "X-Token", Value: &token}}

	f := newFetcher(t, resource.Options{MaxBytes: 1e6})
	require.ErrorIs(t, f.Fetch(f.once(t), from(secure), io.Discard), context.Canceled)
	require.Contains(t, f.log.all()[1], "certificate")

	require.NoError(t, f.Configure(t.Context(), trusting(ca)))
	require.Subset(t, f.log.all(), []string{`Adding "one" to list of CAs`, `Adding "t\"wo" to list of CAs`})
	data, err := f.FetchBytes(t.Context(), from(secure))
	require.NoError(t, err)
	require.Equal(t, "secret", string(data))

	// Bundles are fetched once, and can be had for the cache.
	require.NoError(t, f.Configure(t.Context(), trusting(ca)))
	got, err := f.FetchCA(t.Context(), ca)
	require.NoError(t, err)
	require.Equal(t, bundle, got)
	require.EqualValues(t, 1, asked.Load())

	// Failures change nothing, and neither does a config without authorities.
	for text, bad := range map[string]types.Resource{
		"unable to decode PEM block":                     from(dataURL(append(append([]byte{}, one.PEM...), '\n'))),
		"source is required":                             {},
		"failed to fetch resource":                       from(plain),
		"resource is too large: more than 1000000 bytes": gzipped(from(dataURL(compress(t, make([]byte, 1000001))))),
	} {
		require.EqualError(t, f.Configure(t.Context(), trusting(bad)), text)
	}
	require.ErrorContains(t, f.Configure(t.Context(), trusting(from("data:,-----BEGIN%20CERTIFICATE-----%0AAAAA%0A-----END%20CERTIFICATE-----%0A"))), "x509: malformed certificate")
	require.NoError(t, f.Configure(t.Context(), types.Ignition{}))
	require.NoError(t, f.Fetch(t.Context(), from(secure), io.Discard))

	// Other authorities replace these.
	require.NoError(t, f.Configure(t.Context(), trusting(from(dataURL(one.PEM)))))
	require.ErrorIs(t, f.Fetch(f.once(t), from(secure), io.Discard), context.Canceled)
	for _, line := range f.log.all() {
		require.NotContains(t, line, "BEGIN")
		require.NotContains(t, line, "base64")
		require.NotContains(t, line, token)
	}
}

func TestRedirectToOtherHosts(t *testing.T) {
	ca := pkitest.New(t, "ca")
	headers := make(chan http.Header, 1)
	secure := serveTLS(t, ca.Server("127.0.0.1"), func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header
		io.WriteString(w, "secret")
	})
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secure+"/x", http.StatusFound) })
	f := newFetcher(t, resource.Options{SystemRoots: ca.Pool})
	require.NoError(t, f.Configure(t.Context(), trusting(from(dataURL(ca.PEM)))))
	value := "secret"
	res := from(plain)
	res.HTTPHeaders = types.HTTPHeaders{{Name: "X-Secret", Value: &value}, {Name: "Cookie", Value: &value}}
	require.NoError(t, f.Fetch(t.Context(), res, io.Discard))
	require.Equal(t, http.Header{"User-Agent": {"Go-http-client/1.1"}, "Accept-Encoding": {"gzip"}}, <-headers)
}

// tunnel is a proxy that knows CONNECT and answers other requests itself.
func tunnel(t *testing.T, target string, asked *atomic.Int32) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method != http.MethodConnect {
			io.WriteString(w, "proxied "+r.URL.String())
			return
		}
		out, err := net.Dial("tcp", target)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, in, _ := w.(http.Hijacker).Hijack()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			defer conn.Close()
			io.Copy(conn, out)
		}()
		go func() {
			defer out.Close()
			io.Copy(out, bufio.NewReader(in))
		}()
	})
}

func TestProxies(t *testing.T) {
	ca := pkitest.New(t, "ca")
	secure := serveTLS(t, ca.Server("secure.test"), func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "tunneled") })
	var asked, never atomic.Int32
	proxy := tunnel(t, strings.TrimPrefix(secure, "https://"), &asked)
	t.Setenv("HTTP_PROXY", tunnel(t, "", &never))
	t.Setenv("http_proxy", tunnel(t, "", &never))
	direct := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "direct") })
	// A name that would not be proxied as localhost would not.
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ".test:80") {
			address = strings.TrimPrefix(direct, "http://")
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	f := newFetcher(t, resource.Options{DialContext: dial, SystemRoots: ca.Pool})
	get := func(source string) string {
		t.Helper()
		data, err := f.FetchBytes(t.Context(), from(source))
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, "direct", get("http://host.test/"))
	ign := trusting(from(dataURL(ca.PEM)))
	ign.Proxy = types.Proxy{HTTPProxy: &proxy, HTTPSProxy: &proxy, NoProxy: []types.NoProxyItem{"other.test", ".sub.test"}}
	require.NoError(t, f.Configure(t.Context(), ign))
	require.Equal(t, "proxied http://host.test/a?b", get("http://host.test/a?b"))
	require.Equal(t, "tunneled", get("https://secure.test/"))
	require.EqualValues(t, 2, asked.Load())
	require.Equal(t, "direct", get("http://other.test/"))
	require.Equal(t, "direct", get("http://a.sub.test/"))
	require.EqualValues(t, 2, asked.Load())
	ign.Proxy.NoProxy = []types.NoProxyItem{"*"}
	require.NoError(t, f.Configure(t.Context(), ign))
	require.Equal(t, "direct", get("http://host.test/"))
	require.Zero(t, never.Load())
}

func TestExtremeTimeouts(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	f := newFetcher(t, resource.Options{FetchTimeout: 1})
	require.ErrorIs(t, f.Fetch(t.Context(), from(base), io.Discard), resource.ErrTimeout)
	for _, n := range []int{0, 1 << 62} {
		require.NoError(t, f.Configure(t.Context(), types.Ignition{Timeouts: types.Timeouts{HTTPTotal: &n, HTTPResponseHeaders: &n}}))
		require.NoError(t, f.Fetch(t.Context(), from(base), io.Discard))
	}
}
