package cincinnati_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
