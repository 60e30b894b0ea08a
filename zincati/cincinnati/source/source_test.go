package source_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
	"github.com/nestos-dev/nestos/zincati/cincinnati/source"
)

const (
	releases = `{"releases":[
{"version":"1","metadata":"","commits":[{"architecture":"x86_64","checksum":"aa"}],
 "oci-images":[{"architecture":"x86_64","image":"q","digest-ref":"q.example/os@sha256:01"}]},
{"version":"2","metadata":"","commits":[{"architecture":"x86_64","checksum":"bb"}]}]}`
	updates = `{"stream":"site","metadata":{"last-modified":""},"releases":[
{"version":"2","metadata":{"rollout":{"start_epoch":1700000000,"start_percentage":0.5,"duration_minutes":60}}}]}`
)

// files are the metadata in a directory.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"releases.json": releases, "updates.json": updates, "nonsense": "{"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func TestMetadata(t *testing.T) {
	dir := files(t)
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer web.Close()
	for _, base := range []string{dir, "file://" + dir, web.URL} {
		from := &source.Source{Releases: base + "/releases.json", Updates: base + "/updates.json", Basearch: "x86_64"}
		g, err := source.Load(t.Context(), from, nil)
		require.NoError(t, err)
		require.Len(t, g.Nodes, 2)
		assert.Len(t, g.Edges, 1, "the rollout hides nothing")
		assert.Contains(t, string(g.AppendJSON(nil)), "1700000000")

		from.Updates, from.Scheme = "", cincinnati.OCI
		g, err = source.Load(t.Context(), from, nil)
		require.NoError(t, err)
		require.Len(t, g.Nodes, 1)
		assert.Equal(t, "q.example/os@sha256:01", g.Nodes[0].Payload)
		assert.NotContains(t, string(g.AppendJSON(nil)), "1700000000")

		from.Basearch = "vax"
		g, err = source.Load(t.Context(), from, nil)
		require.NoError(t, err)
		assert.Empty(t, g.Nodes)
	}
}

// A server is asked in a way in which it hides nothing from anybody.
func TestServer(t *testing.T) {
	dir := files(t)
	cfg := server.DefaultConfig(server.Combined)
	cfg.Upstream.ReleasesURL, cfg.Upstream.UpdatesURL = "file://"+dir+"/releases.json", "file://"+dir+"/updates.json"
	cfg.Streams = []server.Stream{{Name: "site", Basearches: []string{"x86_64"}}}
	s, err := server.New(cfg, nil)
	require.NoError(t, err)
	require.NoError(t, s.Refresh(t.Context()))
	web := httptest.NewServer(http.StripPrefix("/updates", s.Handler()))
	defer web.Close()
	local, err := source.Load(t.Context(), &source.Source{Releases: dir + "/releases.json", Updates: dir + "/updates.json", Basearch: "x86_64"}, nil)
	require.NoError(t, err)
	for _, u := range []string{"/updates", "/updates/", "/updates/v1/graph", "/updates/v1/graph?x=y"} {
		g, err := source.Load(t.Context(), &source.Source{URL: web.URL + u, Stream: "site", Basearch: "x86_64"}, nil)
		require.NoError(t, err, u)
		assert.Equal(t, local.Edges, g.Edges, u)
	}
	g, err := source.Load(t.Context(), &source.Source{URL: web.URL + "/updates", Stream: "site", Basearch: "x86_64", Scheme: cincinnati.OCI}, nil)
	require.NoError(t, err)
	assert.Len(t, g.Nodes, 1)
	_, err = source.Load(t.Context(), &source.Source{URL: web.URL + "/updates", Stream: "other", Basearch: "x86_64"}, nil)
	assert.ErrorContains(t, err, "404")
}

func TestErrors(t *testing.T) {
	dir := files(t)
	good := dir + "/releases.json"
	for want, from := range map[string]*source.Source{
		"neither a release index nor a server":               {},
		"both release metadata and a server":                 {Releases: good, URL: "http://h"},
		"a server to get":                                    {Updates: good, URL: "http://h"},
		"reading " + dir + "/nothing: ":                      {Releases: dir + "/nothing"},
		"release index " + dir + "/nonsense: ":               {Releases: dir + "/nonsense"},
		"updates metadata " + dir + "/nonsense: ":            {Releases: good, Updates: dir + "/nonsense"},
		`"stable.json" is not the URL of a server, such as `: {URL: "stable.json"},
		`"x" is no kind of payload`:                          {Releases: good, Scheme: "x"},
		"http://u@127.0.0.1:1/v1/graph?basearch=":            {URL: "http://u:secret@127.0.0.1:1", Basearch: "x86_64"},
	} {
		_, err := source.Load(t.Context(), from, &source.Options{Retries: -1})
		if assert.ErrorContains(t, err, want) {
			assert.NotContains(t, err.Error(), "secret")
		}
	}
	_, err := source.Load(t.Context(), &source.Source{URL: "stable.json"}, nil)
	assert.ErrorIs(t, err, source.ErrNotServer)
}

func TestProxy(t *testing.T) {
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Host
		fmt.Fprint(w, `{"nodes":[],"edges":[]}`)
	}))
	defer proxy.Close()
	_, err := source.Load(t.Context(), &source.Source{URL: "http://updates.example", Stream: "s", Basearch: "a"}, &source.Options{
		ProxyEnv: func(name string) string {
			if name == "http_proxy" {
				return proxy.URL
			}
			return ""
		},
	})
	require.NoError(t, err)
	assert.Equal(t, "updates.example", asked)
}

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "metadata")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	from := &source.Source{Releases: filepath.Join(dir, "releases.json"), Updates: filepath.Join(dir, "updates.json"), Basearch: "x86_64"}
	for name, text := range map[string]string{from.Releases: releases, from.Updates: updates} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
	g, err := source.Load(context.Background(), from, nil)
	if err != nil {
		panic(err)
	}
	for _, edge := range g.Edges {
		fmt.Println(g.Nodes[edge[0]].Version, "->", g.Nodes[edge[1]].Version)
	}
	// Output: 1 -> 2
}
