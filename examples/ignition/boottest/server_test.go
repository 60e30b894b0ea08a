package boottest_test

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// contents are what the server has, by path.
var contents = map[string]string{
	"/payload": strings.Repeat("a line of the payload\n", 10000),
	"/key":     "correct horse battery staple",
}

// A server serves contents on this machine's loopback, which guests reach as
// 10.0.2.2.
type server struct {
	url string

	mu   sync.Mutex
	seen map[string]int // requests by path
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{seen: map[string]int{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	_, port, err := net.SplitHostPort(h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://10.0.2.2:" + port
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[r.URL.Path]++
	text, ok := contents[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, text)
}

// requests counts the requests for a path, and forgets them.
func (s *server) requests(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.seen[path]
	delete(s.seen, path)
	return n
}

// hash is the verification hash of a text.
func hash(text string) string {
	sum := sha512.Sum512([]byte(text))
	return "sha512-" + hex.EncodeToString(sum[:])
}
