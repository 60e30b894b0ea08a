package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

// upstream is a scripted web server for metadata and graphs.
type upstream struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]string // by path; absent means 404
	code  int               // for everything, when not 0
	delay chan struct{}     // when not nil, replies wait for it
	cond  int               // conditional requests that were answered with 304
}

func newUpstream(t testing.TB) *upstream {
	u := &upstream{files: map[string]string{}}
	u.Server = httptest.NewServer(u)
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	body, ok := u.files[r.URL.Path]
	code, delay := u.code, u.delay
	u.mu.Unlock()
	if delay != nil {
		<-delay
	}
	switch {
	case code != 0:
		w.WriteHeader(code)
		return
	case !ok:
		w.WriteHeader(404)
		return
	}
	tag := fmt.Sprintf(`"%x"`, len(body))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		u.mu.Lock()
		u.cond++
		u.mu.Unlock()
		w.WriteHeader(304)
		return
	}
	io.WriteString(w, body)
}

func (u *upstream) set(path, body string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.files[path] = body
}

func (u *upstream) fail(code int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.code = code
}

func (u *upstream) hold(c chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.delay = c
}

// The example: six releases, of which 1.2 lacks x86_64; a barrier, a dead end, two rollouts.
const (
	exampleUpdates = `{"stream":"s","metadata":{"last-modified":"x"},"releases":[
 {"version":"1.1","metadata":{"barrier":{"reason":"why"}}},
 {"version":"1.3","metadata":{"deadend":{"reason":"broken"}}},
 {"version":"1.4","metadata":{"rollout":{"start_percentage":1.0}}},
 {"version":"1.5","metadata":{"rollout":{"start_epoch":1700000000,"start_percentage":0.25,"duration_minutes":1440}}}]}`
	noUpdates = `{"stream":"s","metadata":{"last-modified":"x"},"releases":[]}`
)

func exampleReleases(n int) string {
	var list []string
	for i := range n {
		arch := "x86_64"
		if i == 2 {
			arch = "aarch64"
		}
		list = append(list, fmt.Sprintf(`{"version":"1.%d","metadata":"https://x/","commits":[{"architecture":%q,"checksum":"%064x"}],
"oci-images":[{"architecture":%q,"image":"q","digest-ref":"quay.io/f/c@sha256:%064x"}]}`, i, arch, i+1, arch, i+1))
	}
	return `{"releases":[` + strings.Join(list, ",") + `]}`
}

// example fills an upstream with the example as stream s.
func (u *upstream) example() {
	u.set("/s/releases.json", exampleReleases(6))
	u.set("/s.json", exampleUpdates)
}

func builderConfig(mode server.Mode, u *upstream) *server.Config {
	c := server.DefaultConfig(mode)
	c.Upstream.ReleasesURL = u.URL + "/${stream}/releases.json"
	c.Upstream.UpdatesURL = u.URL + "/${stream}.json"
	c.Streams = []server.Stream{{Name: "s", Basearches: []string{"x86_64", "aarch64"}}}
	return c
}

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func at(unix int64) *clock { return &clock{t: time.Unix(unix, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(unix int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = time.Unix(unix, 0)
}

func newServer(t *testing.T, c *server.Config, clk *clock) *server.Server {
	t.Helper()
	o := &server.Options{}
	if clk != nil {
		o.Now = clk.now
	}
	s, err := server.New(c, o)
	require.NoError(t, err)
	return s
}

// reply is what a client got.
type reply struct {
	*http.Response
	body string
}

func do(t testing.TB, h http.Handler, method, target string, header ...string) reply {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return reply{w.Result(), w.Body.String()}
}

func get(t testing.TB, h http.Handler, target string, header ...string) reply {
	t.Helper()
	return do(t, h, "GET", target, header...)
}

// graph parses the body, which may be gzip.
func (r reply) graph(t testing.TB) *cincinnati.Graph {
	t.Helper()
	require.Equal(t, 200, r.StatusCode, r.body)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, fmt.Sprint(len(r.body)), r.Header.Get("Content-Length"))
	data := []byte(r.body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(data))
		require.NoError(t, err)
		data, err = io.ReadAll(z)
		require.NoError(t, err)
	}
	g, err := cincinnati.ParseGraph(data)
	require.NoError(t, err)
	return g
}

func (r reply) failure(t testing.TB) (kind, value string) {
	t.Helper()
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	var f struct{ Kind, Value string }
	require.NoError(t, json.Unmarshal([]byte(r.body), &f), r.body)
	require.NotEmpty(t, f.Value)
	return f.Kind, f.Value
}

// offers reports whether there is a way into the release.
func offers(g *cincinnati.Graph, version string) bool {
	for _, e := range g.Edges {
		if g.Nodes[e[1]].Version == version {
			return true
		}
	}
	return false
}

func query(kv ...string) string {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return "/v1/graph?" + v.Encode()
}
