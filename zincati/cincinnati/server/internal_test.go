package server

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func TestBloom(t *testing.T) {
	b := newBloom()
	const n = 100_000
	fresh := 0
	for i := range n {
		if b.add(fmt.Sprintf("%032x", i)) {
			fresh++
		}
	}
	assert.GreaterOrEqual(t, fresh, n-20, "few false positives at a tenth of the size")
	for i := range n {
		if b.add(fmt.Sprintf("%032x", i)) {
			t.Fatalf("element %d is new twice", i)
		}
	}
}

func TestBloomAtItsSize(t *testing.T) {
	if testing.Short() {
		t.Skip("a million elements")
	}
	b := newBloom()
	fresh := 0
	for i := range 1_000_000 {
		if b.add(strconv.Itoa(i)) {
			fresh++
		}
	}
	assert.InDelta(t, 1_000_000, fresh, 5000)
}

func TestBloomConcurrently(t *testing.T) {
	b := newBloom()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				b.add(strconv.Itoa(i))
			}
		})
	}
	wg.Wait()
	for i := range 2000 {
		assert.False(t, b.add(strconv.Itoa(i)))
	}
}

// The nodes of other servers keep their wariness: U+FFFD as the decoders of the WHATWG and of Rust write it.
func TestQueryBrokenUTF8(t *testing.T) {
	const bad = "\uFFFD"
	for raw, want := range map[string]string{
		"%ff%ff":             bad + bad,
		"a%80%ffb":           "a" + bad + bad + "b",
		"\xff":               bad,
		"%e2%82":             bad,
		"%e2%82x":            bad + "x",
		"%e2%28%a1":          bad + "(" + bad,
		"%e0%80%80":          bad + bad + bad,
		"%ed%a0%80":          bad + bad + bad,
		"%ed%9f%bf":          "\uD7FF",
		"%f0%90%80x":         bad + "x",
		"%f0%80%80":          bad + bad + bad,
		"%f4%90%80%80":       bad + bad + bad + bad,
		"%f1%80%80%f1%80":    bad + bad,
		"%c0%af%c3%c3%a9%c3": bad + bad + bad + "\u00e9" + bad,
		"%f5%80":             bad + bad,
	} {
		assert.Equal(t, want, parseQuery("node_uuid="+raw).nodeUUID, raw)
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"basearch=x86_64&stream=stable&node_uuid=abc&rollout_wariness=0.5&oci=true", "stream=a%20b+c&basearch=%",
		"stream", "=&&=x&stream==&oci", "%6fci=true", "stream=%ff%c3%28",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := parseQuery(raw)
		if !utf8.ValidString(raw) {
			return
		}
		for _, s := range []string{q.basearch, q.stream, q.oci, q.nodeUUID, q.wariness} {
			if !utf8.ValidString(s) || len(s) > 3*len(raw) {
				t.Fatalf("%q from %q", s, raw)
			}
		}
		// Where net/url sees nothing wrong both agree.
		v, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		for k, got := range map[string]string{"basearch": q.basearch, "stream": q.stream, "oci": q.oci,
			"node_uuid": q.nodeUUID, "rollout_wariness": q.wariness} {
			if want := v.Get(k); utf8.ValidString(want) && got != want {
				t.Fatalf("%s: %q instead of %q from %q", k, got, want, raw)
			}
		}
		if v.Has("oci") != q.hasOCI || v.Has("rollout_wariness") != q.hasWariness {
			t.Fatalf("presence differs in %q", raw)
		}
	})
}

func TestParsingAQueryAllocatesNothing(t *testing.T) {
	const raw = "basearch=x86_64&group=default&node_uuid=a6021cacafbb49ccb7e778d135fc9fa4&oci=true&os_checksum=x&os_version=1&platform=metal&stream=stable"
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		q := parseQuery(raw)
		if _, f := q.scope(); f != nil || q.nodeWariness() > 1 {
			panic("wrong")
		}
	}))
}

// randomGraph has rollouts that start, end and overtake one another within the seconds 0..1000.
func randomGraph(r *rand.Rand, nodes int) *cincinnati.Graph {
	g := &cincinnati.Graph{}
	for i := range nodes {
		m := map[string]string{cincinnati.MetaAgeIndex: strconv.Itoa(i)}
		if r.IntN(2) == 0 {
			m[cincinnati.MetaRollout] = "true"
			for key, value := range map[string]string{
				cincinnati.MetaStartEpoch:      strconv.Itoa(r.IntN(1000)),
				cincinnati.MetaStartValue:      []string{"0", "0.5", "1", "0.25", "-1", "2", "nan", "x", "inf", "-inf"}[r.IntN(10)],
				cincinnati.MetaDurationMinutes: strconv.Itoa(r.IntN(12)),
			} {
				if r.IntN(4) > 0 {
					m[key] = value
				}
			}
		}
		if r.IntN(6) == 0 {
			m[cincinnati.MetaDeadend] = "true"
		}
		g.Nodes = append(g.Nodes, cincinnati.Node{Version: strconv.Itoa(i), Metadata: m, Payload: "p"})
		for j := range i {
			if r.IntN(3) == 0 {
				g.Edges = append(g.Edges, cincinnati.Edge{uint64(j), uint64(i)})
			}
		}
	}
	g.Edges = append(g.Edges, cincinnati.Edge{0, 1 << 40}, cincinnati.Edge{math.MaxUint64, 0}, cincinnati.Edge{0, 0})
	return g
}

func TestAnswersAreThoseOfThePolicy(t *testing.T) {
	r := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	for range 25 {
		g := randomGraph(r, 1+r.IntN(40))
		s, err := newSnapshot(g, true, &encoder{})
		require.NoError(t, err)
		now := int64(0)
		for range 40 {
			now += r.Int64N(30)
			w := r.Float64()
			switch r.IntN(6) {
			case 0:
				w = 0
			case 1:
				w = 1
			case 2:
				w = math.NaN()
			case 3: // exactly on a threshold
				if len(s.rollouts) > 0 {
					if v := s.rollouts[r.IntN(len(s.rollouts))].Throttle(now); v >= 0 && v <= 1 {
						w = v
					}
				}
			}
			a, err := s.answer(w, now)
			require.NoError(t, err)
			require.Equal(t, string(cincinnati.Filter(g, w, now).AppendJSON(nil)), string(a.plain.body), "wariness %v at %d", w, now)
		}
		require.LessOrEqual(t, len(s.answers), len(s.rollouts)+1)
	}
}

func TestAnswersStayBounded(t *testing.T) {
	// 400 rollouts in progress, each with a throttle of its own: far more answers than there is room for.
	g := &cincinnati.Graph{}
	for i := range 400 {
		g.Nodes = append(g.Nodes, cincinnati.Node{Version: strconv.Itoa(i), Payload: "p", Metadata: map[string]string{
			cincinnati.MetaRollout: "true", cincinnati.MetaStartValue: strconv.FormatFloat(float64(i)/401, 'f', -1, 64)}})
		g.Edges = append(g.Edges, cincinnati.Edge{0, uint64(i)})
	}
	s, err := newSnapshot(g, true, &encoder{})
	require.NoError(t, err)
	s.keep = 1 << 20
	for i := range 40 {
		w := float64(i) / 40
		a, err := s.answer(w, 10)
		require.NoError(t, err)
		require.Equal(t, string(cincinnati.Filter(g, w, 10).AppendJSON(nil)), string(a.plain.body))
	}
	total := 0
	for _, a := range s.answers {
		total += len(a.plain.body) + len(a.gzip.body)
	}
	assert.Equal(t, s.size, total)
	assert.LessOrEqual(t, total, s.keep)
	assert.Less(t, len(s.answers), 40)
	assert.Greater(t, len(s.answers), eager)
}

func TestAnswersAreKeptOverTime(t *testing.T) {
	g := &cincinnati.Graph{Nodes: []cincinnati.Node{{Version: "0"}, {Version: "1", Metadata: map[string]string{
		cincinnati.MetaRollout: "true", cincinnati.MetaDurationMinutes: "10"}}}, Edges: []cincinnati.Edge{{0, 1}}}
	s, err := newSnapshot(g, true, &encoder{})
	require.NoError(t, err)
	first, err := s.answer(1, 1)
	require.NoError(t, err)
	for now := range int64(599) {
		a, err := s.answer(1, now)
		require.NoError(t, err)
		require.Same(t, first, a, "nothing is encoded anew")
	}
	last, err := s.answer(1, 601)
	require.NoError(t, err)
	assert.NotSame(t, first, last)
	earlier, err := s.answer(1, 5)
	require.NoError(t, err)
	assert.Same(t, last, earlier, "a table never goes back")
}

func TestPagesAreBounded(t *testing.T) {
	s, err := New(DefaultConfig(Combined), nil)
	require.NoError(t, err)
	for range cap(s.pages) {
		s.pages <- struct{}{}
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, 503, w.Code)
	assert.NotEmpty(t, w.Header().Get("Retry-After"))
	assert.Contains(t, w.Body.String(), `"kind":"overloaded"`)
}

func BenchmarkAnswer(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	s, err := newSnapshot(randomGraph(r, 20), true, &encoder{})
	require.NoError(b, err)
	const raw = "basearch=x86_64&group=default&node_uuid=a6021cacafbb49ccb7e778d135fc9fa4&oci=true&os_checksum=x&os_version=1&platform=metal&stream=stable"
	b.ReportAllocs()
	for b.Loop() {
		q := parseQuery(raw)
		if _, err := s.answer(q.nodeWariness(), 500); err != nil {
			b.Fatal(err)
		}
	}
}
