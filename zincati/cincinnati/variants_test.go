package cincinnati_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// randomGraph has barriers, dead ends, rollouts with odd schedules, duplicate edges, cycles,
// and edges to nowhere.
func randomGraph(r *rand.Rand, now int64) *cincinnati.Graph {
	g := &cincinnati.Graph{}
	n := 1 + r.IntN(8)
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for i := range n {
		node := node("1." + strconv.Itoa(i))
		if r.IntN(3) > 0 {
			node = rolloutNode("1."+strconv.Itoa(i),
				pick("", "x", "0", strconv.FormatInt(now-r.Int64N(4000), 10), strconv.FormatInt(now+r.Int64N(100)-50, 10), strconv.FormatInt(now, 10)),
				pick("", "0", "0.5", "1", "1.5", "-0.5", "nan", "inf", "-inf", strconv.FormatFloat(r.Float64(), 'g', -1, 64)),
				pick("", "0", "1", "60", "100", "18446744073709551615"))
		}
		if r.IntN(5) == 0 {
			node.Metadata[cincinnati.MetaDeadend] = "true"
		}
		g.Nodes = append(g.Nodes, node)
	}
	for range r.IntN(20) {
		e := cincinnati.Edge{uint64(r.IntN(n + 1)), uint64(r.IntN(n + 1))}
		if r.IntN(30) == 0 {
			e[1] = math.MaxUint64
		}
		g.Edges = append(g.Edges, e)
	}
	return g
}

func TestVariantsAreFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for round := range 3000 {
		now := int64(1_700_000_000)
		g := randomGraph(r, now)
		v := cincinnati.NewVariants(g, now)
		for step := range 4 {
			if step > 0 {
				now += []int64{1, 1, 30, -100}[r.IntN(4)]
				v = v.At(now)
			}
			if v.Len() != len(v.Thresholds)+1 || !slices.IsSorted(v.Thresholds) || len(slices.Compact(slices.Clone(v.Thresholds))) != len(v.Thresholds) {
				t.Fatalf("thresholds %v, %d answers", v.Thresholds, v.Len())
			}
			warinesses := []float64{0, 1, math.NaN(), math.Copysign(0, -1), 0.000001, r.Float64(), math.Nextafter(1, 0), 0.5}
			for _, threshold := range v.Thresholds {
				for _, w := range []float64{threshold, math.Nextafter(threshold, 2), math.Nextafter(threshold, -2)} {
					if 0 <= w && w <= 1 {
						warinesses = append(warinesses, w)
					}
				}
			}
			for _, w := range warinesses {
				got, want := v.Graph(v.Index(w)), cincinnati.Filter(g, w, now)
				if !equalGraphs(got, want) {
					t.Fatalf("round %d, %s at %d, wariness %v:\nvariant %v\nfilter  %v", round, g.AppendJSON(nil), now, w, got.Edges, want.Edges)
				}
			}
		}
	}
}

func TestVariantsShareAnswers(t *testing.T) {
	const start = 1_700_000_000
	g := graph("0-1 0-2 1-2 0-3", node("1.0"),
		rolloutNode("1.1", strconv.Itoa(start), "0.25", "1440"), rolloutNode("1.2", strconv.Itoa(start+3600), "0", "60"), rolloutNode("1.3", "", "1", ""))
	v := cincinnati.NewVariants(g, start)
	if !slices.Equal(v.Thresholds, []float64{0, 0.25}) {
		t.Fatalf("thresholds %v: finished rollouts need no answer", v.Thresholds)
	}
	first := v.Graph(1)
	next := v.At(start + 100)
	if !next.SameAnswers(v) || next.Graph(1) != first || slices.Equal(next.Thresholds, v.Thresholds) {
		t.Error("a second later the graphs are made anew")
	}
	// 1.2 overtakes 1.1.
	later := next.At(start + 3600 + 1800)
	if later.SameAnswers(v) || equalGraphs(later.Graph(1), first) {
		t.Errorf("thresholds %v, but the answers of before", later.Thresholds)
	}
	end := later.At(start + 86400)
	if end.Len() != 1 || end.Index(1) != 0 || len(end.Graph(0).Edges) != 4 {
		t.Errorf("at the end: %v", end.Thresholds)
	}
	if cincinnati.NewVariants(g, start).SameAnswers(v) {
		t.Error("another graph's answers")
	}
}

func TestVariantsConcurrently(t *testing.T) {
	g := graph("0-1 0-2", node("1.0"), rolloutNode("1.1", "10", "0.25", "100"), rolloutNode("1.2", "20", "0.5", "100"))
	v := cincinnati.NewVariants(g, 30)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				w := float64(i*j) / 800
				if got := v.At(int64(30 + j)).Graph(0); len(got.Edges) != 2 {
					t.Error(got.Edges)
				}
				v.Graph(v.Index(w))
			}
		})
	}
	wg.Wait()
}

func BenchmarkVariantsAt(b *testing.B) {
	g := graph("0-1 0-2", node("1.0"), rolloutNode("1.1", "10", "0.25", "1000000"), rolloutNode("1.2", "20", "0.5", "1000000"))
	v := cincinnati.NewVariants(g, 30)
	now := int64(30)
	b.ReportAllocs()
	for b.Loop() {
		now++
		v = v.At(now)
	}
}

func BenchmarkVariantsIndex(b *testing.B) {
	g := graph("0-1 0-2", node("1.0"), rolloutNode("1.1", "10", "0.25", "1000000"), rolloutNode("1.2", "20", "0.5", "1000000"))
	v := cincinnati.NewVariants(g, 30)
	b.ReportAllocs()
	for b.Loop() {
		v.Index(cincinnati.Wariness("c988d2509fdf4cdcbed39037c56406fb"))
	}
}

func ExampleVariants() {
	g := &cincinnati.Graph{
		Nodes: []cincinnati.Node{
			{Version: "1.4"},
			{Version: "1.5", Metadata: map[string]string{
				cincinnati.MetaRollout: "true", cincinnati.MetaStartEpoch: "1000", cincinnati.MetaDurationMinutes: "60",
			}},
		},
		Edges: []cincinnati.Edge{{0, 1}},
	}
	v := cincinnati.NewVariants(g, 1000+1800) // half way
	for _, w := range []float64{0.4, 0.6} {
		fmt.Println(v.Thresholds, v.Index(w), v.Graph(v.Index(w)).Edges)
	}
	// Output:
	// [0.5] 0 [[0 1]]
	// [0.5] 1 []
}
