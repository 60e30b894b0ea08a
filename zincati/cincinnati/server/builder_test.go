package server_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

func TestBuilderServesTheExample(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))

	g := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "rollout_wariness", "1")).graph(t)
	var versions []string
	for _, n := range g.Nodes {
		versions = append(versions, n.Version)
	}
	assert.Equal(t, []string{"1.0", "1.1", "1.3", "1.4", "1.5"}, versions)
	assert.ElementsMatch(t, []cincinnati.Edge{{0, 1}, {1, 3}, {1, 4}, {3, 4}}, g.Edges, "a builder does not throttle")
	assert.Equal(t, "checksum", g.Nodes[0].Metadata[cincinnati.MetaScheme])

	oci := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "oci", "true")).graph(t)
	assert.Equal(t, "oci", oci.Nodes[0].Metadata[cincinnati.MetaScheme])
	arm := get(t, s.Handler(), query("stream", "s", "basearch", "aarch64", "oci", "false")).graph(t)
	require.Len(t, arm.Nodes, 1)
	assert.Equal(t, "1.2", arm.Nodes[0].Version)
}

func TestBuilderAnswers(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))
	for _, c := range []struct {
		name, method, target string
		status               int
		kind, value          string
	}{
		{"nothing", "GET", "/v1/graph", 400, "missing_params", "basearch, stream"},
		{"no stream", "GET", "/v1/graph?basearch=x86_64", 400, "missing_params", "stream"},
		{"no basearch", "GET", "/v1/graph?stream=s", 400, "missing_params", "basearch"},
		{"empty stream", "GET", "/v1/graph?stream=&basearch=x86_64", 400, "missing_params", "stream"},
		{"empty basearch", "GET", "/v1/graph?basearch&stream=s", 400, "missing_params", "basearch"},
		{"oci neither", "GET", "/v1/graph?basearch=x86_64&stream=s&oci=1", 400, "invalid_params", "oci"},
		{"oci upper case", "GET", "/v1/graph?basearch=x86_64&stream=s&oci=True", 400, "invalid_params", "oci"},
		{"oci empty", "GET", "/v1/graph?basearch=x86_64&stream=s&oci=", 400, "invalid_params", "oci"},
		{"unknown stream", "GET", "/v1/graph?basearch=x86_64&stream=z", 404, "does_not_exist", `"z"`},
		{"unknown basearch", "GET", "/v1/graph?basearch=vax&stream=s", 404, "does_not_exist", `"vax"`},
		{"post", "POST", "/v1/graph?basearch=x86_64&stream=s", 405, "method_not_allowed", "GET"},
		{"delete", "DELETE", "/v1/graph", 405, "method_not_allowed", "GET"},
		{"slash", "GET", "/v1/graph/?basearch=x86_64&stream=s", 404, "does_not_exist", "path"},
		{"double slash", "GET", "//v1/graph?basearch=x86_64&stream=s", 404, "does_not_exist", "path"},
		{"metrics elsewhere", "GET", "/metrics", 404, "does_not_exist", "path"},
		{"post elsewhere", "POST", "/v2/graph", 404, "does_not_exist", "path"},
		{"unknown parameters", "GET", "/v1/graph?x=y&basearch=x86_64&;&stream=s&&=&oci=true&%zz=%", 200, "", ""},
		{"escapes", "GET", "/v1/graph?%62asearch=x86%5f64&stream=%73", 200, "", ""},
		{"first of two", "GET", "/v1/graph?basearch=x86_64&stream=s&stream=z", 200, "", ""},
		{"everything", "GET", "/v1/graph?basearch=x86_64&stream=s&group=g&platform=p&os_version=1&os_checksum=c&node_uuid=u&rollout_wariness=x", 200, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := do(t, s.Handler(), c.method, c.target)
			require.Equal(t, c.status, r.StatusCode, r.body)
			if c.status == 200 {
				assert.Len(t, r.graph(t).Nodes, 5)
				return
			}
			kind, value := r.failure(t)
			assert.Equal(t, c.kind, kind)
			assert.Contains(t, value, c.value)
			assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
			if c.status == 405 {
				assert.Contains(t, r.Header.Get("Allow"), "GET")
			}
		})
	}
}

func TestBeforeTheFirstRoundTheGraphIsEmpty(t *testing.T) {
	for _, mode := range []server.Mode{server.GraphBuilder, server.Combined} {
		u := newUpstream(t)
		s := newServer(t, builderConfig(mode, u), nil)
		r := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64"))
		assert.Equal(t, 200, r.StatusCode)
		assert.Equal(t, `{"nodes":[],"edges":[]}`, r.body)
		assert.Equal(t, "no-store", r.Header.Get("Cache-Control"), "or nodes would miss the first graph")
		require.Error(t, s.Refresh(t.Context()))
		assert.Equal(t, `{"nodes":[],"edges":[]}`, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).body)
		assert.Equal(t, 503, get(t, s.StatusHandler(), "/readyz").StatusCode)
		u.example()
		require.NoError(t, s.Refresh(t.Context()))
		assert.Equal(t, 200, get(t, s.StatusHandler(), "/readyz").StatusCode)
		assert.Equal(t, "max-age=30", get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).Header.Get("Cache-Control"))
	}
}

func TestAFailedRoundKeepsTheGraph(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))
	before := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).body

	for name, breakIt := range map[string]func(){
		"status 500":       func() { u.fail(500) },
		"releases missing": func() { u.set("/s/releases.json", "") },
		"releases garbage": func() { u.set("/s/releases.json", "[]") },
		"updates garbage":  func() { u.set("/s.json", `{"stream":1}`); u.set("/s/releases.json", exampleReleases(3)) },
	} {
		t.Run(name, func(t *testing.T) {
			breakIt()
			require.Error(t, s.Refresh(t.Context()))
			assert.Equal(t, before, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).body)
			u.fail(0)
			u.example()
			require.NoError(t, s.Refresh(t.Context()))
		})
	}
	// What came in with a failed round counts in the next good one, also when only the other half is new.
	u.set("/s/releases.json", exampleReleases(7))
	u.set("/s.json", "x")
	require.Error(t, s.Refresh(t.Context()))
	u.set("/s.json", noUpdates)
	require.NoError(t, s.Refresh(t.Context()))
	g := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).graph(t)
	assert.Len(t, g.Nodes, 6)
	assert.Empty(t, g.Edges)
}

func TestStreamsFailOnTheirOwn(t *testing.T) {
	u := newUpstream(t)
	u.example()
	c := builderConfig(server.GraphBuilder, u)
	c.Streams = append(c.Streams, server.Stream{Name: "gone", Basearches: []string{"x86_64"}})
	s := newServer(t, c, nil)
	assert.ErrorContains(t, s.Refresh(t.Context()), "gone")
	assert.Len(t, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).graph(t).Nodes, 5)
	assert.Contains(t, get(t, s.StatusHandler(), "/readyz").body, "gone")
}

func TestScrapingIsConditional(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))
	tag := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).Header.Get("ETag")
	require.NoError(t, s.Refresh(t.Context()))
	assert.Equal(t, 2, u.cond)
	assert.Equal(t, tag, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).Header.Get("ETag"))
	u.set("/s.json", noUpdates)
	require.NoError(t, s.Refresh(t.Context()))
	assert.NotEqual(t, tag, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).Header.Get("ETag"))
}

func TestScrapingFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("releases.json", exampleReleases(6))
	write("s.json", exampleUpdates)
	c := server.DefaultConfig(server.GraphBuilder)
	c.Upstream.ReleasesURL, c.Upstream.UpdatesURL = "file://"+dir+"/releases.json", "file://"+dir+"/${stream}.json"
	c.Streams = []server.Stream{{Name: "s", Basearches: []string{"x86_64"}}}
	s := newServer(t, c, nil)
	require.NoError(t, s.Refresh(t.Context()))
	assert.Len(t, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).graph(t).Edges, 4)
	write("s.json", noUpdates) // within the same second
	require.NoError(t, s.Refresh(t.Context()))
	assert.Empty(t, get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")).graph(t).Edges)
}

func TestAnHangingUpstreamTimesOut(t *testing.T) {
	u := newUpstream(t)
	u.example()
	c := builderConfig(server.GraphBuilder, u)
	c.Upstream.Timeout = 50 * time.Millisecond
	s := newServer(t, c, nil)
	gate := make(chan struct{})
	u.hold(gate)
	start := time.Now()
	assert.ErrorContains(t, s.Refresh(t.Context()), "no reply within 50ms")
	assert.Less(t, time.Since(start), time.Minute)
	close(gate)
}

func TestRepresentations(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))
	target := query("stream", "s", "basearch", "x86_64")
	plain, packed := get(t, s.Handler(), target), get(t, s.Handler(), target, "Accept-Encoding", "gzip")
	assert.Equal(t, plain.graph(t), packed.graph(t))
	assert.Less(t, len(packed.body), len(plain.body)/2)
	assert.NotEqual(t, plain.Header.Get("ETag"), packed.Header.Get("ETag"), "strong tags name bytes")
	for _, r := range []reply{plain, packed} {
		assert.Equal(t, "max-age=30", r.Header.Get("Cache-Control"))
		assert.Equal(t, "Accept-Encoding", r.Header.Get("Vary"))
		assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"))
		assert.Regexp(t, `^"[0-9a-f]{32}(-gzip)?"$`, r.Header.Get("ETag"))
	}
	for accept, want := range map[string]string{
		"": "", "identity": "", "br": "", "gzip;q=0": "", "gzip; q=0.0, *": "", "*;q=0": "", "gzipped": "",
		"gzip": "gzip", "deflate, gzip;q=0.5": "gzip", "GZIP": "gzip", "*": "gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1": "gzip",
		"x-gzip": "gzip", "gzip;level=9": "gzip",
	} {
		assert.Equal(t, want, get(t, s.Handler(), target, "Accept-Encoding", accept).Header.Get("Content-Encoding"), accept)
	}
	tag := plain.Header.Get("ETag")
	for cond, want := range map[string]int{
		tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, `W/"x" , W/` + tag: 304,
		`"x"`: 200, "": 200, strings.Trim(tag, `"`): 200, packed.Header.Get("ETag"): 200, `"`: 200, tag[:5] + `"`: 200,
	} {
		r := get(t, s.Handler(), target, "If-None-Match", cond)
		assert.Equal(t, want, r.StatusCode, cond)
		if want == 304 {
			assert.Empty(t, r.body)
			assert.Equal(t, tag, r.Header.Get("ETag"))
			assert.Equal(t, "max-age=30", r.Header.Get("Cache-Control"))
			assert.Equal(t, "Accept-Encoding", r.Header.Get("Vary"))
			assert.Empty(t, r.Header.Get("Content-Length"))
		}
	}
	head := do(t, s.Handler(), "HEAD", target)
	assert.Equal(t, 200, head.StatusCode)
	assert.Equal(t, plain.Header, head.Header)
	assert.Empty(t, head.body)
	bad := do(t, s.Handler(), "HEAD", "/v1/graph")
	assert.Equal(t, 400, bad.StatusCode)
	assert.Empty(t, bad.body)
}

func TestOrigins(t *testing.T) {
	u := newUpstream(t)
	u.example()
	c := builderConfig(server.GraphBuilder, u)
	c.OriginAllowlist = []string{"https://a.example", "https://b.example"}
	s := newServer(t, c, nil)
	require.NoError(t, s.Refresh(t.Context()))
	for origin, want := range map[string]string{"https://b.example": "https://b.example", "https://c.example": "", "": ""} {
		for _, target := range []string{query("stream", "s", "basearch", "x86_64"), "/v1/graph"} {
			r := get(t, s.Handler(), target, "Origin", origin)
			assert.Equal(t, want, r.Header.Get("Access-Control-Allow-Origin"), origin)
			assert.Contains(t, r.Header.Get("Vary"), "Origin")
		}
	}
	r := do(t, s.Handler(), "OPTIONS", "/v1/graph", "Origin", "https://a.example", "Access-Control-Request-Method", "GET")
	assert.Equal(t, 204, r.StatusCode)
	assert.Equal(t, "https://a.example", r.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "GET, HEAD", r.Header.Get("Access-Control-Allow-Methods"))
}

func TestOverARealConnection(t *testing.T) {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.GraphBuilder, u), nil)
	require.NoError(t, s.Refresh(t.Context()))
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	for range 2 { // the second is conditional
		c := cincinnati.NewClient(nil)
		g, err := c.Graph(t.Context(), cincinnati.Params{BaseURL: srv.URL, Basearch: "x86_64", Stream: "s",
			Payload: cincinnati.Payload{Scheme: cincinnati.Checksum, Text: strings.Repeat("0", 63) + "1"}, OSVersion: "1.0",
			Group: "default", NodeUUID: strings.Repeat("0", 32), Platform: "metal"})
		require.NoError(t, err)
		assert.Len(t, g.Nodes, 5)
	}
}
