package cincinnati_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// serve starts a server and returns a client for it, and the parameters to ask it with.
func serve(t *testing.T, h http.HandlerFunc, o *cincinnati.ClientOptions) (*cincinnati.Client, cincinnati.Params) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := cincinnati.NewClient(o)
	return c, fullParams(s.URL + "/base/")
}

func wantError(t *testing.T, err error, kind, text string) *cincinnati.Error {
	t.Helper()
	var e *cincinnati.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Text, text) {
		t.Fatalf("got %#v (%v), want kind %s, text %s", err, err, kind, text)
	}
	return e
}

func TestClientRequest(t *testing.T) {
	var got *http.Request
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		io.WriteString(w, smallGraph)
	}, nil)
	g, err := c.Graph(t.Context(), p)
	if err != nil || len(g.Nodes) != 2 {
		t.Fatal(err)
	}
	if got.Method != "GET" || got.URL.Path != "/base/v1/graph" || got.URL.Query().Get("node_uuid") != p.NodeUUID {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	if got.Header.Get("Accept") != "application/json" || got.Header.Get("Accept-Encoding") != "gzip" || len(got.Header) != 3 || !got.Close {
		t.Errorf("header %v", got.Header)
	}
}

func TestClientErrors(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		name       string
		status     int
		body       string
		header     [2]string
		kind, text string
		full       string // "" = not compared
		code       int
	}{
		{"json error", 466, `{"kind":"failure_foo","value":"failed to perform foo"}`, [2]string{}, "failure_foo", "failed to perform foo", "server-side error, code 466: failed to perform foo", 466},
		{"json error, more keys", 500, ` {"x":1,"value":"v","kind":"k"} `, [2]string{}, "k", "v", "server-side error, code 500: v", 500},
		{"empty", 433, ``, [2]string{}, "generic_http_433", "(unknown/generic server error)", "server-side error, code 433: (unknown/generic server error)", 433},
		{"plain", 500, `oops`, [2]string{}, "generic_http_500", "(unknown/generic server error)", "", 500},
		{"half an error", 404, `{"kind":"k"}`, [2]string{}, "generic_http_404", "(unknown/generic server error)", "", 404},
		{"wrong type", 404, `{"kind":1,"value":"v"}`, [2]string{}, "generic_http_404", "(unknown/generic server error)", "", 404},
		{"html", 502, `<html>` + long, [2]string{}, "generic_http_502", "(unknown/generic server error)", "", 502},
		{"not modified, unasked", 304, ``, [2]string{}, "generic_http_304", "(unknown/generic server error)", "", 304},
		{"redirect to nowhere", 302, ``, [2]string{}, "generic_http_302", "(unknown/generic server error)", "", 302},
		{"long kind", 500, `{"kind":"` + long + `","value":"v"}`, [2]string{}, strings.Repeat("x", 64) + "…", "v", "", 500},
		{"control characters", 500, `{"kind":"a\u0000b","value":"v\u001b[2Jw"}`, [2]string{}, "a\ufffdb", "v\ufffd[2Jw", "", 500},
		{"empty graph document", 200, ``, [2]string{}, cincinnati.KindClientJSONDecoding, "failed to decode graph: ", "", 0},
		{"no graph", 200, `{}`, [2]string{}, cincinnati.KindClientJSONDecoding, "missing field `nodes` at line 1 column 2", "client-side error: failed to decode graph: error decoding response body: missing field `nodes` at line 1 column 2", 0},
		{"error with 200", 200, `{"kind":"k","value":"v"}`, [2]string{}, cincinnati.KindClientJSONDecoding, "failed to decode graph: ", "", 0},
		{"any 2xx will do, but needs a graph", 204, ``, [2]string{}, cincinnati.KindClientJSONDecoding, "failed to decode graph: ", "", 0},
		{"unknown encoding", 200, smallGraph, [2]string{"Content-Encoding", "br"}, cincinnati.KindClientJSONDecoding, "not supported", "", 0},
		{"gzip that is none", 200, smallGraph, [2]string{"Content-Encoding", "gzip"}, cincinnati.KindClientJSONDecoding, "failed to decode graph: ", "", 0},
		{"redirect to another scheme", 302, ``, [2]string{"Location", "file:///etc/passwd"}, cincinnati.KindClientRequest, "unsupported protocol scheme", "", 0},
	} {
		client, p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.header[0] != "" {
				w.Header().Set(c.header[0], c.header[1])
			}
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
		}, nil)
		t.Run(c.name, func(t *testing.T) {
			_, err := client.Graph(t.Context(), p)
			e := wantError(t, err, c.kind, c.text)
			if e.Code != c.code || c.full != "" && e.Error() != c.full || len(e.Error()) > 5000 {
				t.Errorf("code %d, %v", e.Code, e)
			}
		})
	}
}

func TestClientAnySuccess(t *testing.T) {
	c, p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		io.WriteString(w, smallGraph)
	}, nil)
	if _, err := c.Graph(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestClientBuildErrors(t *testing.T) {
	for _, base := range []string{"", "h", "ftp://h/", "http://[::1/"} {
		_, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(base))
		wantError(t, err, cincinnati.KindClientBuild, "failed to parse")
	}
}

func TestClientRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "0": 0, "-5": 0, "x": 0, "1.5": 0, "99999999999999999999": 0, "9999999999": 24 * time.Hour,
		"Fri, 27 Nov 2026 12:01:30 GMT": 90 * time.Second, "Fri, 27 Nov 2026 11:00:00 GMT": 0, "Fri, 27 Nov 2099 11:00:00 GMT": 24 * time.Hour,
	} {
		c, p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(503)
		}, &cincinnati.ClientOptions{Now: func() time.Time { return now }})
		_, err := c.Graph(t.Context(), p)
		if e := wantError(t, err, "generic_http_503", ""); e.RetryAfter != want {
			t.Errorf("%q: %v, want %v", text, e.RetryAfter, want)
		}
	}
}

// etagServer answers with a graph of the number of nodes that it is told.
type etagServer struct {
	nodes        atomic.Int64
	full, cached atomic.Int64
	zip          bool
}

func (s *etagServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	etag := `"` + strconv.FormatInt(s.nodes.Load(), 10) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		s.cached.Add(1)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.full.Add(1)
	body := bigGraph(int(s.nodes.Load()), 5)
	if s.zip {
		w.Header().Set("Content-Encoding", "gzip")
		body = zipped(body)
	}
	w.Write(body)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestClientReusesGraph(t *testing.T) {
	for _, zip := range []bool{false, true} {
		s := &etagServer{zip: zip}
		s.nodes.Store(3)
		c, p := serve(t, s.ServeHTTP, nil)
		get := func(p cincinnati.Params) *cincinnati.Graph {
			g, err := c.Graph(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		first := get(p)
		if second := get(p); second != first || s.cached.Load() != 1 {
			t.Error("an unchanged graph is not reused")
		}
		s.nodes.Store(4)
		if changed := get(p); len(changed.Nodes) != 4 || changed == first {
			t.Error("a changed graph is not seen")
		}
		// What is known of one address says nothing about another, and is forgotten then.
		other := p
		other.Stream = "testing"
		get(other)
		get(p)
		if s.full.Load() != 4 || s.cached.Load() != 1 {
			t.Errorf("%d full, %d cached", s.full.Load(), s.cached.Load())
		}
	}
}

func TestClientForgetsWithoutETag(t *testing.T) {
	var conditional atomic.Int64
	replies := []string{`"a"`, "", strings.Repeat("x", 5000), ""}
	var n atomic.Int64
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			conditional.Add(1)
		}
		if etag := replies[n.Add(1)-1]; etag != "" {
			w.Header().Set("ETag", etag)
		}
		io.WriteString(w, smallGraph)
	}, nil)
	for range replies {
		if _, err := c.Graph(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if conditional.Load() != 1 {
		t.Errorf("%d conditional requests, want only the one after the good ETag", conditional.Load())
	}
}

func TestClientKeepsGraphOverErrors(t *testing.T) {
	s := &etagServer{}
	s.nodes.Store(3)
	var fail atomic.Bool
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if fail.Load() {
			w.WriteHeader(500)
			return
		}
		s.ServeHTTP(w, r)
	}, nil)
	first, err := c.Graph(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	fail.Store(true)
	if g, err := c.Graph(t.Context(), p); err == nil || g != nil {
		t.Error("an old graph was given out for an error")
	}
	fail.Store(false)
	if g, err := c.Graph(t.Context(), p); err != nil || g != first {
		t.Errorf("not reused after an error: %v", err)
	}
}

// A redirect that leads elsewhere, to a server with the same ETag for other content.
func TestClientETagIsBoundToPlace(t *testing.T) {
	answer := func(nodes int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Write(bigGraph(nodes, 1))
		}
	}
	a, b := httptest.NewServer(answer(2)), httptest.NewServer(answer(5))
	defer a.Close()
	defer b.Close()
	var target atomic.Value
	target.Store(a.URL)
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.Load().(string)+"/x", http.StatusTemporaryRedirect)
	}, nil)
	for _, step := range []struct {
		url   string
		nodes int
	}{{a.URL, 2}, {a.URL, 2}, {b.URL, 5}, {b.URL, 5}, {a.URL, 2}} {
		target.Store(step.url)
		g, err := c.Graph(t.Context(), p)
		if err != nil || len(g.Nodes) != step.nodes {
			t.Fatalf("want %d nodes, got %+v, %v", step.nodes, g, err)
		}
	}
}

func TestClientRedirects(t *testing.T) {
	// /n leads to /n-1, and so on; /0 has the graph.
	var referer atomic.Int64
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" {
			referer.Add(1)
		}
		hops, err := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		if err != nil {
			hops, _ = strconv.Atoi(r.URL.Query().Get("group"))
		}
		if hops == 0 {
			io.WriteString(w, smallGraph)
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/%d", hops-1), []int{301, 302, 303, 307, 308}[hops%5])
	}
	c, p := serve(t, h, nil)
	p.Group = "10"
	if _, err := c.Graph(t.Context(), p); err != nil {
		t.Errorf("ten redirects: %v", err)
	}
	p.Group = "11"
	_, err := c.Graph(t.Context(), p)
	wantError(t, err, cincinnati.KindClientRequest, "error following redirect for url (http://")
	if referer.Load() != 0 {
		t.Error("redirected requests have a Referer")
	}
	loop, p := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), 302) }, nil)
	_, err = loop.Graph(t.Context(), p)
	wantError(t, err, cincinnati.KindClientRequest, "error following redirect for url (http://")
}

func TestClientTimeouts(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	wait := func(r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	handlers := map[string]http.HandlerFunc{
		"no reply": func(_ http.ResponseWriter, r *http.Request) { wait(r) },
		"stalls in the body": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, smallGraph[:20])
			w.(http.Flusher).Flush()
			wait(r)
		},
		"drips": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
		"drips an error": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			w.(http.Flusher).Flush()
			wait(r)
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			c, p := serve(t, h, &cincinnati.ClientOptions{Timeout: 200 * time.Millisecond})
			start := time.Now()
			_, err := c.Graph(t.Context(), p)
			if name == "drips an error" {
				wantError(t, err, "generic_http_500", "")
			} else if e := wantError(t, err, cincinnati.KindClientRequest, "operation timed out"); !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("cause %v", e.Err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		c, p := serve(t, handlers["stalls in the body"], nil)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := c.Graph(ctx, p)
		if e := wantError(t, err, cincinnati.KindClientRequest, "context canceled"); !errors.Is(e, context.Canceled) {
			t.Errorf("cause %v", e.Err)
		}
	})
	t.Run("no connection", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		_, err = cincinnati.NewClient(nil).Graph(t.Context(), fullParams("http://u:secret@"+address))
		e := wantError(t, err, cincinnati.KindClientRequest, "error sending request for url (http://u:***@"+address+"/v1/graph?")
		if !strings.Contains(e.Text, "refused") || strings.Contains(e.Error(), "secret") {
			t.Error(e)
		}
	})
	t.Run("connect", func(t *testing.T) {
		// A TLS handshake that the server never answers.
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := cincinnati.NewClient(&cincinnati.ClientOptions{ConnectTimeout: 100 * time.Millisecond})
		_, err = c.Graph(t.Context(), fullParams("https://"+l.Addr().String()))
		wantError(t, err, cincinnati.KindClientRequest, "operation timed out")
	})
	t.Run("certificate", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		_, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(s.URL))
		wantError(t, err, cincinnati.KindClientRequest, "certificate")
	})
}

// raw starts a server that sends the same bytes to everyone and closes.
func raw(t *testing.T, reply string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			conn.Read(buf)
			io.WriteString(conn, reply)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

func TestClientBrokenTransfers(t *testing.T) {
	zip := string(zipped([]byte(smallGraph)))
	head := func(h string) string { return "HTTP/1.1 200 OK\r\n" + h + "\r\n" }
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	for _, c := range []struct{ name, reply, kind string }{
		{"less than Content-Length", head(length(len(smallGraph)+9)) + smallGraph, cincinnati.KindClientJSONDecoding},
		{"far less than Content-Length", head("Content-Length: 9223372036854775807\r\n") + smallGraph, cincinnati.KindClientJSONDecoding},
		{"more than Content-Length", head(length(20)) + smallGraph, cincinnati.KindClientJSONDecoding},
		{"no last chunk", head("Transfer-Encoding: chunked\r\n") + "5\r\n{\"nod\r\n", cincinnati.KindClientJSONDecoding},
		{"broken chunk", head("Transfer-Encoding: chunked\r\n") + "zz\r\n{\"nod\r\n", cincinnati.KindClientJSONDecoding},
		{"truncated gzip in a complete transfer", head("Content-Encoding: gzip\r\n"+length(len(zip)-6)) + zip[:len(zip)-6], cincinnati.KindClientJSONDecoding},
		{"truncated gzip in a truncated transfer", head("Content-Encoding: gzip\r\n"+length(len(zip))) + zip[:len(zip)-6], cincinnati.KindClientJSONDecoding},
		{"corrupt gzip", head("Content-Encoding: gzip\r\n"+length(len(zip))) + strings.Replace(zip, zip[20:30], "0123456789", 1), cincinnati.KindClientJSONDecoding},
		{"no status", "hello\r\n\r\n", cincinnati.KindClientRequest},
		{"nothing", "", cincinnati.KindClientRequest},
		{"negative length", head("Content-Length: -5\r\n"), cincinnati.KindClientRequest},
		{"two lengths", head("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello!", cincinnati.KindClientRequest},
		{"endless header", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20), cincinnati.KindClientRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(raw(t, c.reply)))
			wantError(t, err, c.kind, "")
		})
	}
	// Without a length the end of the connection is the end of the document.
	if _, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(raw(t, head("")+smallGraph))); err != nil {
		t.Error(err)
	}
}

func TestClientLimits(t *testing.T) {
	bomb := func() []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 200 {
			z.Write(chunk)
		}
		z.Close()
		return b.Bytes()
	}()
	for name, h := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := serve(t, h, &cincinnati.ClientOptions{MaxBytes: 1 << 20})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Graph(t.Context(), p)
			runtime.ReadMemStats(&after)
			wantError(t, err, cincinnati.KindClientJSONDecoding, "failed to decode graph: error decoding response body: document exceeds 1048576 bytes")
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("%d bytes allocated", used)
			}
		})
	}
	t.Run("endless error", func(t *testing.T) {
		c, p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, nil)
		_, err := c.Graph(t.Context(), p)
		wantError(t, err, "generic_http_500", "")
	})
}

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(entries)
}

func TestClientSoak(t *testing.T) {
	s := &etagServer{zip: true}
	s.nodes.Store(200)
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		// Now and then a failure, a redirect and a closed connection come in between.
		switch n := s.cached.Load() + s.full.Load(); {
		case n%50 == 7 && r.URL.Query().Get("again") == "":
			http.Redirect(w, r, r.URL.String()+"&again=1", http.StatusFound)
			return
		case n%100 == 9:
			w.Header().Set("Connection", "close")
		}
		s.ServeHTTP(w, r)
	}, nil)
	polls := 10_000
	if testing.Short() {
		polls = 2000
	}
	var before, after runtime.MemStats
	var fds int
	for i := range polls {
		if i == 1000 {
			fds = descriptors(t)
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
		if i%1000 == 999 {
			s.nodes.Add(1)
		}
		if _, err := c.Graph(t.Context(), p); err != nil {
			t.Fatalf("poll %d: %v", i, err)
		}
	}
	if now := descriptors(t); now > fds+2 {
		t.Errorf("%d descriptors, %d before", now, fds)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+1<<20 {
		t.Errorf("heap of %d bytes, %d before", after.HeapAlloc, before.HeapAlloc)
	}
	if full := s.full.Load(); full > 250 {
		t.Errorf("%d of %d polls had a body", full, polls)
	}
}

func TestClientTransportOption(t *testing.T) {
	used := 0
	c := cincinnati.NewClient(&cincinnati.ClientOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		used++
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(smallGraph)), Header: http.Header{}, Request: r}, nil
	})})
	if _, err := c.Graph(t.Context(), fullParams("http://example.invalid/")); err != nil || used != 1 {
		t.Errorf("%v, used %d times", err, used)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ExampleClient() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"nodes":[{"version":"40.1","payload":"01","metadata":{}}],"edges":[]}`)
	}))
	defer server.Close()
	client := cincinnati.NewClient(&cincinnati.ClientOptions{
		Proxy: cincinnati.ProxyFromEnvironment(func(string) string { return "" }), // os.Getenv in a program
	})
	g, err := client.Graph(context.Background(), cincinnati.Params{
		BaseURL: server.URL, Basearch: "x86_64", Stream: "stable", Platform: "qemu", Group: "default",
		NodeUUID: "c988d2509fdf4cdcbed39037c56406fb", OSVersion: "40.1",
		Payload: cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "01"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(g.Nodes), g.Nodes[0].Version)
	// Output: 1 40.1
}
