package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

// passwordFile has the password "secret" of "node".
func passwordFile(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "auth")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "node:%s\n", hash), 0o600))
	return path
}

// local is a configuration for the example on free ports.
func local(t *testing.T) *server.Config {
	t.Helper()
	u := newUpstream(t)
	u.example()
	c := builderConfig(server.Combined, u)
	c.Service = server.Listener{Address: "127.0.0.1"}
	c.Status = server.Listener{Address: "127.0.0.1"}
	return c
}

func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	resp.Body.Close()
	return resp.StatusCode
}

func TestRun(t *testing.T) {
	c := local(t)
	c.Service.AuthFile = passwordFile(t)
	s, err := server.New(c, nil)
	require.NoError(t, err)
	assert.Nil(t, s.Addr())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	// The addresses may be asked for while Run makes them: the race detector looks on.
	require.Eventually(t, func() bool { return s.Addr() != nil && s.StatusAddr() != nil }, time.Minute, time.Millisecond)
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	require.Eventually(t, func() bool { return status(t, plain, "http://"+s.StatusAddr().String()+"/readyz") == 200 }, time.Minute, 10*time.Millisecond)
	graph := s.Addr().String() + query("stream", "s", "basearch", "x86_64")
	assert.Equal(t, 401, status(t, plain, "http://"+graph))
	assert.Equal(t, 200, status(t, plain, "http://node:secret@"+graph))
	assert.Error(t, s.Listen(), "it listens already")
	cancel()
	assert.NoError(t, <-done, "being told to end is no failure")
}

func TestListenBindsAllOrNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c := local(t)
	c.Service.Socket = filepath.Join(t.TempDir(), "s")
	c.Status.Port = l.Addr().(*net.TCPAddr).Port
	s, err := server.New(c, nil)
	require.NoError(t, err)
	err = s.Run(t.Context())
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	assert.ErrorContains(t, err, "status: ")
	assert.NoFileExists(t, c.Service.Socket)
}

func TestHandlersAskForPasswords(t *testing.T) {
	c := local(t)
	c.Service.AuthFile, c.Status.AuthFile = passwordFile(t), passwordFile(t)
	s, err := server.New(c, nil)
	require.NoError(t, err)
	require.NoError(t, s.Refresh(t.Context()))
	for path, h := range map[string]http.Handler{
		query("stream", "s", "basearch", "x86_64"): s.Handler(), "/": s.Handler(), "/readyz": s.StatusHandler(), "/metrics": s.StatusHandler(),
	} {
		assert.Equal(t, 401, get(t, h, path).StatusCode, path)
		r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
		r.SetBasicAuth("node", "secret")
		h.ServeHTTP(w, r)
		assert.Equal(t, 200, w.Code, path)
	}
	c.Service.AuthFile = "/nonexistent"
	_, err = server.New(c, nil)
	require.ErrorContains(t, err, "service: ")
}

func TestHandlersAskForTLS(t *testing.T) {
	c := local(t)
	c.Service.TLSCert, c.Service.TLSKey = "cert", "key" // for a listener
	c.Status = c.Service
	s, err := server.New(c, nil)
	require.NoError(t, err)
	require.NoError(t, s.Refresh(t.Context()))
	for path, h := range map[string]http.Handler{"/": s.Handler(), "/livez": s.StatusHandler()} {
		assert.Equal(t, 403, get(t, h, path).StatusCode, path)
		l := httptest.NewTLSServer(h)
		pool := x509.NewCertPool()
		pool.AddCert(l.Certificate())
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
		assert.Equal(t, 200, status(t, client, l.URL+path), path)
		l.Close()
	}
}

func TestHandlerBoundsRequests(t *testing.T) {
	up := newUpstream(t)
	hold := make(chan struct{})
	up.hold(hold)
	c := server.DefaultConfig(server.PolicyEngine)
	c.Upstream.URL = up.URL + "/v1/graph"
	c.Service.MaxConcurrent = 1
	s, err := server.New(c, nil)
	require.NoError(t, err)
	// One of two waits for the upstream.
	answers := make(chan int, 2)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest("GET", query("stream", "s", "basearch", "x86_64"), nil))
			answers <- w.Code
		})
	}
	assert.Equal(t, 503, <-answers)
	close(hold)
	all.Wait()
	assert.NotEqual(t, 503, <-answers)
}
