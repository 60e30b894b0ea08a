package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/server"
)

func combined(t *testing.T, clk *clock) *server.Server {
	u := newUpstream(t)
	u.example()
	s := newServer(t, builderConfig(server.Combined, u), clk)
	require.NoError(t, s.Refresh(t.Context()))
	return s
}

func TestThrottleAtExactBoundaries(t *testing.T) {
	warinesses := []string{"0", "0.25", "0.5", "0.625", "0.626", "0.9999", "1.0"}
	for _, c := range []struct {
		now     int64
		offered string
	}{
		{1699999999, "y------"},
		{1700000000, "yy-----"},
		{1700043200, "yyyy---"},
		{1700086399, "yyyyyy-"},
		{1700086400, "yyyyyyy"},
		{1700086401, "yyyyyyy"},
	} {
		clk := at(c.now)
		s := combined(t, clk)
		for i, w := range warinesses {
			g := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "rollout_wariness", w)).graph(t)
			assert.Equal(t, c.offered[i] == 'y', offers(g, "1.5"), "now %d wariness %s", c.now, w)
			assert.True(t, offers(g, "1.4"), "a finished rollout is for all")
			assert.Len(t, g.Nodes, 5)
		}
	}
}

func TestTheClockMovesTheSameServer(t *testing.T) {
	clk := at(1699999999)
	s := combined(t, clk)
	target := query("stream", "s", "basearch", "x86_64", "rollout_wariness", "0.625")
	for _, step := range []struct {
		now  int64
		want bool
	}{
		{1699999999, false}, {1700043199, false}, {1700043200, true},
		{1700042700, true}, // a small step back: what was offered stays
		{1700086500, true},
		{1700086000, true},
		{1700000000, false}, // a day back: the time before was wrong
		{1700043200, true},
	} {
		clk.set(step.now)
		assert.Equal(t, step.want, offers(get(t, s.Handler(), target).graph(t), "1.5"), step.now)
	}
}

func TestWarinessOfARequest(t *testing.T) {
	// In the middle of the rollout the throttle is 0.625.
	s := combined(t, at(1700043200))
	for _, c := range []struct {
		query string
		want  bool
	}{
		{"", true},                // the empty id: 0.188
		{"node_uuid=", true},      //
		{"node_uuid=test", false}, // 0.78
		{"node_uuid=a6021cacafbb49ccb7e778d135fc9fa4", true}, // 0.10
		{"node_uuid=c988d2509fdf4cdcbed39037c56406fb", true}, // 0.51
		{"node_uuid=e0f3745b108f471cbd4883c6fbed8cdd", false},
		{"node_uuid=t%65st", false},
		{"node_uuid=test&rollout_wariness=0.1", true},
		{"node_uuid=test&rollout_wariness=", false},
		{"node_uuid=test&rollout_wariness=0x0", false},
		{"node_uuid=test&rollout_wariness=0_1", false},
		{"node_uuid=test&rollout_wariness=%200.1", false},
		{"node_uuid=test&rollout_wariness=+0.1", false}, // a space
		{"node_uuid=test&rollout_wariness=%2B.1", true},
		{"rollout_wariness=-5", true},
		{"rollout_wariness=7e5", false},
		{"rollout_wariness=inf", false},
		{"rollout_wariness=-Infinity", true},
		{"node_uuid=test&rollout_wariness=NaN", true}, // hides nothing
	} {
		g := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64")+"&"+c.query).graph(t)
		assert.Equal(t, c.want, offers(g, "1.5"), c.query)
	}
}

func TestCombinedKnowsItsStreams(t *testing.T) {
	s := combined(t, nil)
	assert.Equal(t, 404, get(t, s.Handler(), query("stream", "z", "basearch", "x86_64")).StatusCode)
	assert.Equal(t, 404, get(t, s.Handler(), query("stream", "s", "basearch", "vax")).StatusCode)
}

// chain is a builder, served over HTTP with a count of its requests, and an engine that asks it.
type chain struct {
	engine  *server.Server
	builder *server.Server
	up      *upstream
	asked   atomic.Int64
	broken  atomic.Int64 // status to answer with
	hold    atomic.Pointer[chan struct{}]
}

func newChain(t *testing.T, cache time.Duration, clk *clock) *chain {
	c := &chain{up: newUpstream(t)}
	c.up.example()
	c.builder = newServer(t, builderConfig(server.GraphBuilder, c.up), nil)
	require.NoError(t, c.builder.Refresh(t.Context()))
	h := c.builder.Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.asked.Add(1)
		if gate := c.hold.Load(); gate != nil {
			<-*gate
		}
		if code := c.broken.Load(); code != 0 {
			w.WriteHeader(int(code))
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	cfg := server.DefaultConfig(server.PolicyEngine)
	cfg.Upstream.URL, cfg.Upstream.Cache = srv.URL+"/v1/graph", cache
	c.engine = newServer(t, cfg, clk)
	return c
}

func TestEngineThrottlesTheUpstreamsGraph(t *testing.T) {
	c := newChain(t, time.Hour, at(1700043200))
	for w, want := range map[string]bool{"0.625": true, "0.626": false} {
		for _, oci := range []string{"true", "false"} {
			g := get(t, c.engine.Handler(), query("stream", "s", "basearch", "x86_64", "oci", oci, "rollout_wariness", w)).graph(t)
			assert.Equal(t, want, offers(g, "1.5"))
			assert.Equal(t, map[string]string{"true": "oci", "false": "checksum"}[oci], g.Nodes[0].Metadata[cincinnati.MetaScheme])
		}
	}
	assert.EqualValues(t, 2, c.asked.Load(), "one request for each scope")
}

func TestEngineFailures(t *testing.T) {
	c := newChain(t, 0, nil)
	target := query("stream", "s", "basearch", "x86_64")
	for _, code := range []int64{404, 500, 503} {
		c.broken.Store(code)
		var value string
		assert.Eventually(t, func() bool { // until it has asked again
			r := get(t, c.engine.Handler(), target)
			assert.Equal(t, 500, r.StatusCode)
			var kind string
			kind, value = r.failure(t)
			assert.Equal(t, "failed_upstream_request", kind)
			return strings.Contains(value, fmt.Sprint(code))
		}, time.Minute, 5*time.Millisecond, code)
		assert.NotContains(t, value, "127.0.0.1", "inner addresses stay inside")
	}
	c.broken.Store(0)
	time.Sleep(5 * time.Millisecond)
	r := get(t, c.engine.Handler(), query("stream", "unknown", "basearch", "x86_64"))
	assert.Equal(t, 500, r.StatusCode, "an engine does not know the streams")
	for _, bad := range []string{"/v1/graph", "/v1/graph?stream=s", "/v1/graph?basearch=x86_64", target + "&oci=maybe"} {
		assert.Equal(t, 400, get(t, c.engine.Handler(), bad).StatusCode, bad)
	}

	dead := server.DefaultConfig(server.PolicyEngine)
	dead.Upstream.URL = "http://127.0.0.1:1/v1/graph"
	kind, _ := get(t, newServer(t, dead, nil).Handler(), target).failure(t)
	assert.Equal(t, "failed_upstream_fetch", kind)

	up := newUpstream(t)
	up.set("/g", `{"nodes":[]}`)
	garbage := server.DefaultConfig(server.PolicyEngine)
	garbage.Upstream.URL = up.URL + "/g"
	r = get(t, newServer(t, garbage, nil).Handler(), target)
	kind, _ = r.failure(t)
	assert.Equal(t, 500, r.StatusCode)
	assert.Equal(t, "failed_json_in", kind)
}

func TestEngineServesStaleOnError(t *testing.T) {
	c := newChain(t, 0, at(1700043200))
	target := query("stream", "s", "basearch", "x86_64")
	first := get(t, c.engine.Handler(), target).body
	c.broken.Store(502)
	assert.Eventually(t, func() bool {
		assert.Equal(t, first, get(t, c.engine.Handler(), target).body)
		return c.asked.Load() >= 4
	}, time.Minute, 3*time.Millisecond, "it keeps trying")
	c.broken.Store(0)
	c.up.set("/s.json", noUpdates)
	require.NoError(t, c.builder.Refresh(t.Context()))
	assert.Eventually(t, func() bool { return len(get(t, c.engine.Handler(), target).graph(t).Edges) == 0 }, time.Minute, 3*time.Millisecond, "and comes back")
}

func TestEngineCoalesces(t *testing.T) {
	c := newChain(t, time.Hour, nil)
	gate := make(chan struct{})
	c.hold.Store(&gate)
	target := query("stream", "s", "basearch", "x86_64")
	var wg sync.WaitGroup
	var good atomic.Int64
	for range 200 {
		wg.Go(func() {
			if get(t, c.engine.Handler(), target).StatusCode == 200 {
				good.Add(1)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(gate)
	wg.Wait()
	assert.EqualValues(t, 200, good.Load())
	assert.EqualValues(t, 1, c.asked.Load())
}

func TestEngineDoesNotWaitLongForAHangingUpstream(t *testing.T) {
	c := newChain(t, 0, nil)
	target := query("stream", "s", "basearch", "x86_64")
	get(t, c.engine.Handler(), target)
	gate := make(chan struct{})
	defer close(gate)
	c.hold.Store(&gate)
	time.Sleep(3 * time.Millisecond)
	start := time.Now()
	assert.Len(t, get(t, c.engine.Handler(), target).graph(t).Nodes, 5)
	assert.Less(t, time.Since(start), 45*time.Second, "a fetch may take a minute")
	start = time.Now()
	for range 100 { // the patience is spent once, not by each
		get(t, c.engine.Handler(), target)
	}
	assert.Less(t, time.Since(start), 45*time.Second, "100 times half a second is more")
}

func TestEngineHearsOfNews(t *testing.T) {
	c := newChain(t, 100*time.Millisecond, nil)
	target := query("stream", "s", "basearch", "x86_64")
	require.Len(t, get(t, c.engine.Handler(), target).graph(t).Edges, 4)
	c.up.set("/s.json", noUpdates)
	require.NoError(t, c.builder.Refresh(t.Context()))
	assert.Eventually(t, func() bool { return len(get(t, c.engine.Handler(), target).graph(t).Edges) == 0 }, 2*time.Minute, 5*time.Millisecond)
	// After a pause of the clients the first one gets the latest, too, if the upstream answers within its patience, which
	// on a busy machine it may not at once.
	for try := range 20 {
		time.Sleep(300 * time.Millisecond)
		edges := 4
		if c.up.example(); try%2 > 0 {
			c.up.set("/s.json", noUpdates)
			edges = 0
		}
		require.NoError(t, c.builder.Refresh(t.Context()))
		if len(get(t, c.engine.Handler(), target).graph(t).Edges) == edges {
			return
		}
		require.Eventually(t, func() bool { return len(get(t, c.engine.Handler(), target).graph(t).Edges) == edges }, time.Minute, 5*time.Millisecond)
	}
	t.Error("the first one never gets the latest")
}

func TestEngineBoundsInventedScopes(t *testing.T) {
	c := newChain(t, time.Hour, nil)
	target := query("stream", "s", "basearch", "x86_64")
	get(t, c.engine.Handler(), target)
	for i := range 600 {
		get(t, c.engine.Handler(), query("stream", fmt.Sprint("s", i), "basearch", "x86_64"))
	}
	before := c.asked.Load()
	assert.Len(t, get(t, c.engine.Handler(), target).graph(t).Nodes, 5)
	assert.Equal(t, before, c.asked.Load(), "the real one was not evicted")
}

func TestEngineLimitsFirstFetches(t *testing.T) {
	c := newChain(t, 0, nil)
	known := query("stream", "s", "basearch", "x86_64")
	require.Equal(t, 200, get(t, c.engine.Handler(), known).StatusCode)
	gate := make(chan struct{})
	c.hold.Store(&gate)
	before := c.asked.Load()
	var wg sync.WaitGroup
	var refused atomic.Int64
	for i := range 100 {
		wg.Go(func() {
			r := get(t, c.engine.Handler(), query("stream", fmt.Sprint("invented", i), "basearch", "x86_64"))
			if r.StatusCode == 503 && r.Header.Get("Retry-After") != "" {
				refused.Add(1)
			}
		})
	}
	assert.Eventually(t, func() bool { return refused.Load() == 100-32 }, 2*time.Minute, time.Millisecond)
	assert.Len(t, get(t, c.engine.Handler(), known).graph(t).Nodes, 5, "a graph that is there is not affected")
	close(gate)
	wg.Wait()
	assert.LessOrEqual(t, c.asked.Load()-before, int64(32+1))
	c.hold.Store(nil)
	kind, _ := get(t, c.engine.Handler(), query("stream", "invented", "basearch", "x86_64")).failure(t)
	assert.Equal(t, "failed_upstream_request", kind, "places are given back")
}

func TestAnswersNeverRetreat(t *testing.T) {
	// Over a whole rollout, at random wariness: once offered, always offered.
	clk := at(1699999990)
	s := combined(t, clk)
	offered := map[string]bool{}
	for now := int64(1699999990); now < 1700087000; now += 487 {
		clk.set(now)
		for i := range 20 {
			w := fmt.Sprintf("%.3f", float64(i)/19)
			yes := offers(get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "rollout_wariness", w)).graph(t), "1.5")
			if offered[w] && !yes {
				t.Fatalf("wariness %s lost the release at %d", w, now)
			}
			offered[w] = offered[w] || yes
		}
	}
	assert.Len(t, offered, 20)
	for w, yes := range offered {
		assert.True(t, yes, w)
	}
}

func TestManyClientsWhileGraphsChange(t *testing.T) {
	u := newUpstream(t)
	u.example()
	clk := at(1700000000)
	s := newServer(t, builderConfig(server.Combined, u), clk)
	require.NoError(t, s.Refresh(t.Context()))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
				}
				id := strings.Repeat(fmt.Sprint((i+j)%10), 32)
				r := get(t, s.Handler(), query("stream", "s", "basearch", "x86_64", "node_uuid", id))
				if r.StatusCode != 200 {
					t.Error(r.StatusCode, r.body)
					return
				}
				if j%50 == 0 {
					get(t, s.StatusHandler(), "/metrics")
				}
			}
		})
	}
	for i := range 30 {
		clk.set(1700000000 + int64(i)*3000)
		if i%2 == 0 {
			u.set("/s/releases.json", exampleReleases(6+i))
		}
		require.NoError(t, s.Refresh(t.Context()))
	}
	close(stop)
	wg.Wait()
}
