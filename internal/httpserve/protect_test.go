package httpserve_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// protected serves hello behind Protect with a listener that knows nothing of cfg.
func protected(t *testing.T, cfg httpserve.Config, conf *tls.Config) *httptest.Server {
	t.Helper()
	h, err := httpserve.Protect(cfg, http.HandlerFunc(hello), nil)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(h)
	if s.TLS = conf; conf != nil {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	return resp.StatusCode
}

func TestProtectAsksForPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	write(t, file, []byte(entry(t, "node", "secret", 4)))
	s := protected(t, httpserve.Config{AuthFile: file}, nil)
	host := s.Listener.Addr().String()
	require.Equal(t, 401, status(t, s.Client(), s.URL))
	require.Equal(t, 401, status(t, s.Client(), "http://node:wrong@"+host))
	require.Equal(t, 200, status(t, s.Client(), "http://node:secret@"+host))

	// The first request after a change meets it, also when nobody asked for long.
	write(t, file, []byte(entry(t, "node", "another", 4)))
	time.Sleep(1100 * time.Millisecond)
	require.Equal(t, 401, status(t, s.Client(), "http://node:secret@"+host))
	require.Equal(t, 200, status(t, s.Client(), "http://node:another@"+host))
}

func TestProtectAsksForTLS(t *testing.T) {
	dir := t.TempDir()
	server, alice, bob := newIdentity(t, "server"), newIdentity(t, "alice"), newIdentity(t, "bob")
	cfg := httpserve.Config{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
	pair, err := tls.X509KeyPair(server.cert, server.key)
	require.NoError(t, err)
	// The listener asks for certificates and verifies none.
	conf := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}

	plain := protected(t, cfg, nil)
	require.Equal(t, 403, status(t, plain.Client(), plain.URL))
	secure := protected(t, cfg, conf)
	require.Equal(t, 200, status(t, tlsClient(t, server, nil), secure.URL))

	cfg.ClientCAFile = filepath.Join(dir, "ca")
	write(t, cfg.ClientCAFile, alice.cert)
	secure = protected(t, cfg, conf)
	require.Equal(t, 403, status(t, tlsClient(t, server, nil), secure.URL))
	require.Equal(t, 403, status(t, tlsClient(t, server, &bob), secure.URL))
	require.Equal(t, 200, status(t, tlsClient(t, server, &alice), secure.URL))
	write(t, cfg.ClientCAFile, bob.cert)
	time.Sleep(1100 * time.Millisecond)
	require.Equal(t, 403, status(t, tlsClient(t, server, &alice), secure.URL))
	require.Equal(t, 200, status(t, tlsClient(t, server, &bob), secure.URL))
}

func TestProtectBoundsRequests(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	h, err := httpserve.Protect(httpserve.Config{MaxConcurrent: 1, MaxBody: 10}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}), nil)
	require.NoError(t, err)
	s := httptest.NewServer(h)
	defer s.Close()
	resp, err := s.Client().Post(s.URL, "", strings.NewReader("more than ten"))
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode)
	done := make(chan error)
	go func() {
		resp, err := s.Client().Get(s.URL)
		if err == nil {
			err = resp.Body.Close()
		}
		done <- err
	}()
	<-entered
	require.Equal(t, 503, status(t, s.Client(), s.URL))
	close(leave)
	require.NoError(t, <-done)
}

func TestProtectChecksItsFiles(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for name, cfg := range map[string]httpserve.Config{
		"no passwords":    {AuthFile: filepath.Join(dir, "nothing")},
		"empty passwords": {AuthFile: empty},
		"no authorities":  {CertFile: "c", KeyFile: "k", ClientCAFile: empty},
		"only half":       {CertFile: "c"},
		"no TLS":          {ClientCAFile: empty},
	} {
		_, err := httpserve.Protect(cfg, http.HandlerFunc(hello), nil)
		require.Error(t, err, name)
	}
}
