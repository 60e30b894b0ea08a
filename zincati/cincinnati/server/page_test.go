package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

func TestPage(t *testing.T) {
	s := combined(t, at(1700043200))
	r := get(t, s.Handler(), "/")
	assert.Equal(t, 200, r.StatusCode)
	assert.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
	assert.Contains(t, r.Header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Contains(t, r.body, "62.5", "the progress of the rollout")
	assert.Contains(t, r.body, "s, x86_64, commits")
	assert.Contains(t, r.body, "<svg")
	assert.NotContains(t, r.body, "<script")
	assert.Equal(t, len(r.body), int(r.ContentLength))

	later := get(t, s.Handler(), "/?stream=s&basearch=x86_64&oci=true&at=2024-01-01T00:00")
	assert.Contains(t, later.body, "s, x86_64, images")
	assert.Contains(t, later.body, "2024-01-01")
	arm := get(t, s.Handler(), "/?basearch=aarch64")
	assert.Contains(t, arm.body, "s, aarch64, commits")
	assert.Less(t, len(get(t, s.Handler(), "/", "Accept-Encoding", "gzip").body), len(r.body)/2)
	assert.Empty(t, do(t, s.Handler(), "HEAD", "/").body)
	assert.Equal(t, 405, do(t, s.Handler(), "POST", "/").StatusCode)
}

func TestPageSaysWhatIsWrong(t *testing.T) {
	s := combined(t, at(1700043200))
	for target, c := range map[string]struct {
		status int
		text   string
	}{
		"/?stream=%3Cb%3E":    {404, "does not exist"},
		"/?basearch=vax":      {404, "does not exist"},
		"/?oci=perhaps":       {400, "perhaps"},
		"/?at=yesterday":      {400, "yesterday"},
		"/graph.svg?stream=z": {404, "does_not_exist"},
		"/graph.dot?at=x":     {400, "invalid_params"},
	} {
		r := get(t, s.Handler(), target)
		assert.Equal(t, c.status, r.StatusCode, target)
		assert.Contains(t, r.body, c.text, target)
		assert.NotContains(t, r.body, "<b>")
	}
	young := newServer(t, builderConfig(server.GraphBuilder, newUpstream(t)), nil)
	r := get(t, young.Handler(), "/")
	assert.Equal(t, 503, r.StatusCode)
	assert.Contains(t, r.body, "not been fetched yet")
}

func TestDrawings(t *testing.T) {
	s := combined(t, at(1700043200))
	svg := get(t, s.Handler(), "/graph.svg?stream=s&basearch=x86_64")
	assert.Equal(t, "image/svg+xml", svg.Header.Get("Content-Type"))
	assert.Contains(t, svg.body, "</svg>")
	assert.Contains(t, svg.body, "1.5")
	dot := get(t, s.Handler(), "/graph.dot?stream=s&basearch=x86_64&at=1800000000")
	assert.True(t, strings.HasPrefix(dot.Header.Get("Content-Type"), "text/vnd.graphviz"))
	assert.Contains(t, dot.body, "digraph")
}

func TestPageOfAnEngine(t *testing.T) {
	c := newChain(t, time.Hour, at(1700043200))
	r := get(t, c.engine.Handler(), "/")
	assert.Equal(t, 500, r.StatusCode, "this upstream has no stream stable")
	assert.Contains(t, r.body, "stable")
	get(t, c.engine.Handler(), query("stream", "s", "basearch", "x86_64"))
	r = get(t, c.engine.Handler(), "/")
	assert.Equal(t, 200, r.StatusCode)
	assert.Contains(t, r.body, "s, x86_64, commits")
	assert.NotContains(t, r.body, "stable", "now it knows better")
}
