package server_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

// values are the samples of the metrics page by name and labels.
func values(t *testing.T, s *server.Server) map[string]string {
	r := get(t, s.StatusHandler(), "/metrics")
	require.Equal(t, 200, r.StatusCode)
	v := map[string]string{}
	for line := range strings.Lines(r.body) {
		if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] != '#' {
			v[line[:i]] = strings.TrimSpace(line[i:])
		}
	}
	return v
}

func TestMetrics(t *testing.T) {
	clk := at(1700043200)
	c := newChain(t, time.Hour, clk)
	scope := `{basearch="x86_64",stream="s",type="checksum"}`
	for i := range 10 {
		get(t, c.engine.Handler(), query("stream", "s", "basearch", "x86_64", "node_uuid", fmt.Sprint("n", i%4), "rollout_wariness", "0.95"))
	}
	get(t, c.engine.Handler(), query("stream", "s", "basearch", "x86_64", "rollout_wariness", "0.05"))
	get(t, c.engine.Handler(), query("stream", "s", "basearch", "x86_64", "rollout_wariness", "nan"))
	get(t, c.engine.Handler(), "/v1/graph") // refused, but it came in
	require.Error(t, func() error { c.up.fail(500); return c.builder.Refresh(t.Context()) }())

	b := values(t, c.builder)
	const gb = "fcos_cincinnati_gb_"
	assert.Equal(t, "1", b[gb+"cache_graph_requests_total"+scope])
	assert.Equal(t, "0", b[gb+"cache_graph_requests_total"+strings.Replace(scope, "checksum", "oci", 1)])
	assert.Equal(t, "4", b[gb+"scraper_graph_final_edges"+scope])
	assert.Equal(t, "5", b[gb+"scraper_graph_final_releases"+scope])
	assert.NotEmpty(t, b[gb+"scraper_graph_last_refresh_timestamp"+scope])
	assert.Equal(t, "2", b[gb+`scraper_upstream_scrapes_total{stream="s"}`])
	assert.Equal(t, "1", b[gb+`scraper_upstream_failures_total{stream="s"}`])
	assert.NotEmpty(t, b["process_start_time_seconds"])

	e := values(t, c.engine)
	const pe = "fcos_cincinnati_pe_v1_graph_"
	assert.Equal(t, "13", e[pe+"incoming_requests_total"])
	assert.Equal(t, "4", e[pe+"unique_uuids_total"])
	assert.Equal(t, "11", e[pe+"rollout_wariness_count"])
	assert.Equal(t, "0", e[pe+`rollout_wariness_bucket{le="0"}`]+e[pe+`rollout_wariness_bucket{le="0.0"}`])
	assert.Equal(t, "1", e[pe+`rollout_wariness_bucket{le="0.1"}`])
	assert.Equal(t, "11", e[pe+`rollout_wariness_bucket{le="1"}`]+e[pe+`rollout_wariness_bucket{le="1.0"}`])
	assert.NotEmpty(t, e["process_start_time_seconds"])
	for name := range e {
		assert.NotContains(t, name, gb, "each service has its own")
	}
}

func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	promtool := testutil.Tool(t, "promtool")
	s := combined(t, at(1700043200))
	get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "node_uuid", "a"))
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(get(t, s.StatusHandler(), "/metrics").body)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	// The names are given, and the linter takes the "gb" of graph builder for gigabytes. Nothing else may be wrong.
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.ExitCode(), "1 means that it cannot be parsed")
	for line := range strings.Lines(string(out)) {
		assert.Regexp(t, `^fcos_cincinnati_gb_\w+ metric names should not contain abbreviated units\n$`, line)
	}
}

func TestStatusPaths(t *testing.T) {
	s := combined(t, nil)
	for path, status := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/v1/graph": 404} {
		assert.Equal(t, status, get(t, s.StatusHandler(), path).StatusCode, path)
	}
	assert.Equal(t, 405, do(t, s.StatusHandler(), "POST", "/livez").StatusCode)
	assert.Equal(t, 404, do(t, s.StatusHandler(), "POST", "/x").StatusCode)
}
