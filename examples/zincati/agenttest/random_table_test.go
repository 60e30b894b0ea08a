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
	// The words of other HTTP libraries.
	{regexp.MustCompile("(client-side error: )(…|builder error).*"), "$1…"},
	// The words of other JSON libraries; the way to the wrong value is told in several steps.
	{regexp.MustCompile(`(?m)^\[ERROR zincati\]  -> (.* at line \d+ column \d+|/run/zincati/booted-status-override.json|field .*|not an? .*|missing field .*|invalid character .*|unexpected end of JSON input|image (manifest|configuration)|data after .*)$`), "JSON"},
	{regexp.MustCompile("(JSON\n)+"), "JSON\n"},
	// The file and the key of a wrong value are named.
	{regexp.MustCompile(`(?m)^\[ERROR zincati\]  -> failed to read file '[^']*'\n`), ""},
	{regexp.MustCompile("(?m)^    (in `.*`)?\n"), ""},
	// One message of the reference has a line break in the middle.
	{regexp.MustCompile(`(base image configuration,)\s+or`), "$1 or"},
	// Where a syntax error is, and how it is called.
	{regexp.MustCompile("(?m)(TOML parse error) at line.*(\n  .*)*"), "$1"},
	// The name of a library that is not used here.
	{regexp.MustCompile("(failed to notify service manager.*: )libsystemd error: "), "$1"},
	// A reason that looks like an option is kept from being one.
	{regexp.MustCompile("(deadend-motd set --reason)=-"), "$1 -"},
	// Why a machine id is none.
	{regexp.MustCompile("(failed to get node ID: |failed to parse node UUID: ).*"), "$1…"},
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
