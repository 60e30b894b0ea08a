package cincinnati_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestProxyFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		env       []string
		url, want string // "" = none, "!" = error
	}{
		{nil, "http://h/", ""},
		{[]string{"http_proxy", "http://p:1"}, "http://h/", "http://p:1"},
		{[]string{"HTTP_PROXY", "http://p:1"}, "http://h/", "http://p:1"},
		{[]string{"http_proxy", "http://p:1", "HTTP_PROXY", "http://q:2"}, "http://h/", "http://q:2"},
		{[]string{"http_proxy", "http://p:1"}, "https://h/", ""},
		{[]string{"https_proxy", "http://p:1"}, "https://h/", "http://p:1"},
		{[]string{"HTTPS_PROXY", "https://p:1"}, "https://h/", "https://p:1"},
		{[]string{"https_proxy", "http://p:1"}, "http://h/", ""},
		{[]string{"all_proxy", "socks5://p:1"}, "http://h/", "socks5://p:1"},
		{[]string{"ALL_PROXY", "socks5h://u:w@p:1"}, "https://h/", "socks5h://u:w@p:1"},
		{[]string{"all_proxy", "http://p:1", "http_proxy", "http://q:2"}, "http://h/", "http://q:2"},
		{[]string{"all_proxy", "http://p:1", "http_proxy", "http://q:2"}, "https://h/", "http://p:1"},
		{[]string{"http_proxy", "p:3128"}, "http://h/", "http://p:3128"},
		{[]string{"http_proxy", "ftp://p:1"}, "http://h/", "!"},
		{[]string{"http_proxy", "http://"}, "http://h/", "!"},
		{[]string{"http_proxy", "http://u:secret@[::1"}, "http://h/", "!"},
		{[]string{"http_proxy", "http://p:1"}, "http://127.0.0.1/", "http://p:1"},
		{[]string{"HTTP_PROXY", "http://p:1", "REQUEST_METHOD", "GET"}, "http://h/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "*"}, "http://h/", ""},
		{[]string{"http_proxy", "http://p:1", "NO_PROXY", "x, H"}, "http://h/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "example.org"}, "http://a.example.org:8080/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", ".example.org"}, "http://example.org/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "*.example.org"}, "http://a.example.org/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "example.org"}, "http://badexample.org/", "http://p:1"},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "10.0.0.0/8"}, "http://10.1.2.3/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "10.0.0.0/8"}, "http://11.1.2.3/", "http://p:1"},
		{[]string{"http_proxy", "http://p:1", "no_proxy", "::1,127.0.0.1"}, "http://[::1]:8080/", ""},
		{[]string{"http_proxy", "http://p:1", "no_proxy", ","}, "http://h/", "http://p:1"},
	} {
		req := httptest.NewRequest("GET", c.url, nil)
		u, err := cincinnati.ProxyFromEnvironment(env(c.env...))(req)
		got := ""
		switch {
		case err != nil:
			got = "!"
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v: the error tells the password: %v", c.env, err)
			}
		case u != nil:
			got = u.String()
		}
		if got != c.want {
			t.Errorf("%v, %s: %q, want %q", c.env, c.url, got, c.want)
		}
	}
}

func TestClientHTTPProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.Host)
		io.WriteString(w, smallGraph)
	}))
	defer proxy.Close()
	c := cincinnati.NewClient(&cincinnati.ClientOptions{Proxy: cincinnati.ProxyFromEnvironment(env("HTTP_PROXY", proxy.URL))})
	if _, err := c.Graph(t.Context(), fullParams("http://graph.invalid/")); err != nil || asked.Load() != "graph.invalid" {
		t.Errorf("%v, asked for %v", err, asked.Load())
	}
	c = cincinnati.NewClient(&cincinnati.ClientOptions{Proxy: cincinnati.ProxyFromEnvironment(env("http_proxy", "gopher://p"))})
	_, err := c.Graph(t.Context(), fullParams("http://graph.invalid/"))
	wantError(t, err, cincinnati.KindClientRequest, `proxy scheme "gopher" not supported`)
}

// socks serves the SOCKS 5 protocol without authentication, connecting everybody to target.
func socks(t *testing.T, target string, asked *atomic.Value) string {
	t.Helper()
	return listen(t, func(conn net.Conn) { socksConn(conn, target, asked) })
}

func socksConn(conn net.Conn, target string, asked *atomic.Value) {
	in := bufio.NewReader(conn)
	greeting := make([]byte, 2)
	if _, err := io.ReadFull(in, greeting); err != nil {
		return
	}
	io.CopyN(io.Discard, in, int64(greeting[1]))
	conn.Write([]byte{5, 0})
	head := make([]byte, 5) // version, connect, 0, kind of address, first byte of it
	if _, err := io.ReadFull(in, head); err != nil || head[3] != 3 {
		return
	}
	rest := make([]byte, int(head[4])+2)
	if _, err := io.ReadFull(in, rest); err != nil {
		return
	}
	name := rest[:len(rest)-2]
	asked.Store(string(name) + ":" + strconv.Itoa(int(binary.BigEndian.Uint16(rest[len(name):]))))
	conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	go io.Copy(out, in)
	io.Copy(conn, out)
}

func TestClientSocksProxy(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, smallGraph) }))
	defer s.Close()
	for _, name := range []string{"all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"} {
		for _, scheme := range []string{"socks5", "socks5h"} {
			var asked atomic.Value
			address := socks(t, s.Listener.Addr().String(), &asked)
			c := cincinnati.NewClient(&cincinnati.ClientOptions{Proxy: cincinnati.ProxyFromEnvironment(env(name, scheme+"://"+address))})
			if _, err := c.Graph(t.Context(), fullParams("http://graph.invalid:8080/")); err != nil || asked.Load() != "graph.invalid:8080" {
				t.Errorf("%s=%s: %v, asked for %v", name, scheme, err, asked.Load())
			}
		}
	}
}
