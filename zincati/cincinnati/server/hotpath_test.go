package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

// sink is a ResponseWriter that costs nothing.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header               { return s.header }
func (s *sink) WriteHeader(status int)            { s.status = status }
func (s *sink) Write(p []byte) (n int, err error) { s.bytes += len(p); return len(p), nil }

// agentRequest is the request of an agent on an image host.
func agentRequest() *http.Request {
	r := httptest.NewRequest("GET", query("stream", "s", "basearch", "x86_64", "oci", "true", "group", "default", "platform", "metal",
		"node_uuid", "a6021cacafbb49ccb7e778d135fc9fa4", "os_version", "1.0", "os_checksum", "quay.io/f/c@sha256:00"), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	return r
}

func TestServingAllocatesNothing(t *testing.T) {
	clk := at(1700043200)
	c := newChain(t, 1<<60, clk)
	for name, s := range map[string]*server.Server{"combined": combined(t, clk), "builder": c.builder, "engine": c.engine} {
		h, r := s.Handler(), agentRequest()
		w := &sink{header: http.Header{}}
		h.ServeHTTP(w, r)
		require.Equal(t, 200, w.status, name)
		require.Equal(t, []string{"gzip"}, w.header["Content-Encoding"])
		assert.Zero(t, testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }), name)
		r.Header.Set("If-None-Match", `"x", `+w.header["Etag"][0])
		assert.Zero(t, testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }), name)
		require.Equal(t, 304, w.status)
	}
}

func BenchmarkServe(b *testing.B) {
	u := newUpstream(b)
	u.example()
	s, err := server.New(builderConfig(server.Combined, u), nil)
	require.NoError(b, err)
	require.NoError(b, s.Refresh(b.Context()))
	h, r, w := s.Handler(), agentRequest(), &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
