package fetch_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// newClient makes a client that retries without pause.
func newClient(t testing.TB, opt *fetch.Options) *fetch.Client {
	t.Helper()
	var o fetch.Options
	if opt != nil {
		o = *opt
	}
	if o.Backoff == nil {
		o.Backoff = func(int) time.Duration { return 0 }
	}
	c, err := fetch.New(&o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// server is an httptest server that counts connections and requests.
type server struct {
	*httptest.Server
	conns, requests atomic.Int64
	mu              sync.Mutex
	last            *http.Request
}

func newServer(t testing.TB, h http.HandlerFunc) *server {
	t.Helper()
	s := newUnstarted(h)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func newUnstarted(h http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.mu.Lock()
		s.last = r
		s.mu.Unlock()
		h(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			s.conns.Add(1)
		}
	}
	return s
}

func (s *server) request() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// rawServer reads a request's header and then lets reply misbehave. After it the connection
// is closed, with a reset if reply returns true.
func rawServer(t testing.TB, reply func(n int, c net.Conn) (reset bool)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				br := bufio.NewReader(c)
				for {
					line, err := br.ReadString('\n')
					if err != nil || strings.TrimSpace(line) == "" {
						break
					}
				}
				if reply(n, c) {
					c.(*net.TCPConn).SetLinger(0)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// say is a reply for rawServer.
func say(text string) func(int, net.Conn) bool {
	return func(_ int, c net.Conn) bool { io.WriteString(c, text); return false }
}

func getBytes(t testing.TB, c *fetch.Client, url string) ([]byte, error) {
	data, _, err := c.GetBytes(t.Context(), fetch.Request{URL: url})
	return data, err
}

func curlCode(t testing.TB, err error) int {
	t.Helper()
	var fe *fetch.Error
	require.ErrorAs(t, err, &fe)
	return fe.CurlCode
}

var discardLog = log.New(io.Discard, "", 0)
