//go:build linux

package agenttest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
)

// deliberateRandom is like deliberate, for what happens in random worlds only.
var deliberateRandom = []struct {
	re *regexp.Regexp
	by string
}{
	// The cause, which the reference keeps to itself.
	{regexp.MustCompile("(failed to deserialize output of `loginctl`).*"), "$1"},
}

// late is a server whose address is known before what it serves.
type late struct {
	mu      sync.Mutex
	handler http.Handler
}

func (s *late) listen(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: ln, Config: &http.Server{Handler: s}}
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func (s *late) set(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = h
}

func (s *late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h := s.handler
	s.mu.Unlock()
	h.ServeHTTP(w, r)
}
