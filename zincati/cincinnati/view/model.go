package view

import (
	"slices"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// model is a graph made ready for being shown: marks read, edges cleaned and
// sorted, rollouts evaluated at one moment.
type model struct {
	g     *cincinnati.Graph
	nodes []release
	out   *adjacency
	in    *adjacency
	edges int // drawable edges: in range, not onto itself, each once
	odd   int // the others
}

// release is one node with its marks.
type release struct {
	barrier, deadend       bool
	barrierWhy, deadendWhy string // made visible, shortened
	rolling                bool
	progress               progress
}

func (r *release) plain() bool { return !r.barrier && !r.deadend && !r.rolling }

// adjacency holds a sorted list of neighbours per node in two slices.
type adjacency struct{ start, list []int32 }

func (a *adjacency) of(i int) []int32 { return a.list[a.start[i]:a.start[i+1]] }

// newAdjacency sorts edges (from, to) by counting: linear also for millions.
func newAdjacency(n int, edges [][2]int32) *adjacency {
	a := &adjacency{start: make([]int32, n+1), list: make([]int32, len(edges))}
	for _, e := range edges {
		a.start[e[0]+1]++
	}
	for i := range n {
		a.start[i+1] += a.start[i]
	}
	fill := slices.Clone(a.start[:n])
	for _, e := range edges {
		a.list[fill[e[0]]] = e[1]
		fill[e[0]]++
	}
	return a
}

// newModel reads the graph at second now.
func newModel(g *cincinnati.Graph, now int64) *model {
	m := &model{g: g, nodes: make([]release, len(g.Nodes))}
	for i := range g.Nodes {
		m.nodes[i] = readMarks(&g.Nodes[i], now)
	}
	edges := make([][2]int32, 0, len(g.Edges))
	n := uint64(len(g.Nodes))
	for _, e := range g.Edges {
		if e[0] < n && e[1] < n && e[0] != e[1] {
			edges = append(edges, [2]int32{int32(e[0]), int32(e[1])})
		}
	}
	edges = sorted(len(g.Nodes), edges)
	m.edges, m.odd = len(edges), len(g.Edges)-len(edges)
	m.out = newAdjacency(len(g.Nodes), edges)
	m.in = newAdjacency(len(g.Nodes), turned(edges))
	return m
}

// sorted orders edges by source, then target, each once. As newAdjacency keeps
// the order within a list, two passes of it sort.
func sorted(n int, edges [][2]int32) [][2]int32 {
	byTarget := newAdjacency(n, turned(edges)).edges()
	out := newAdjacency(n, turned(byTarget)).edges()
	return slices.Compact(out)
}

// turned swaps the ends.
func turned(edges [][2]int32) [][2]int32 {
	out := make([][2]int32, len(edges))
	for i, e := range edges {
		out[i] = [2]int32{e[1], e[0]}
	}
	return out
}

// edges lists all, by their first end.
func (a *adjacency) edges() [][2]int32 {
	out := make([][2]int32, 0, len(a.list))
	for i := range len(a.start) - 1 {
		for _, to := range a.of(i) {
			out = append(out, [2]int32{int32(i), to})
		}
	}
	return out
}

func readMarks(n *cincinnati.Node, now int64) release {
	var r release
	if r.barrier = n.Metadata[cincinnati.MetaBarrier] == "true"; r.barrier {
		r.barrierWhy = page.Visible(n.Metadata[cincinnati.MetaBarrierReason], maxReason)
	}
	if r.deadend = n.Metadata[cincinnati.MetaDeadend] == "true"; r.deadend {
		r.deadendWhy = page.Visible(n.Metadata[cincinnati.MetaDeadendReason], maxReason)
	}
	if rollout, ok := n.Rollout(); ok {
		r.rolling = true
		r.progress = progressOf(rollout, now)
	}
	return r
}

// run is a range of positions shown as one: a single release, or several that
// carry no mark, are nobody's target and have the same targets.
type run struct{ first, last int }

func (r run) size() int { return r.last - r.first + 1 }

// shortRun is the length from which a run is folded.
const shortRun = 3

// runs folds the releases, oldest first; with expand each stands alone.
func (m *model) runs(expand bool) []run {
	var out []run
	for i := 0; i < len(m.nodes); {
		j := i + 1
		// The newest release is never folded: it is what people look for.
		for !expand && m.foldable(i) && j < len(m.nodes)-1 && m.foldable(j) && slices.Equal(m.out.of(i), m.out.of(j)) {
			j++
		}
		if j-i >= shortRun {
			out = append(out, run{i, j - 1})
		} else {
			for k := i; k < j; k++ {
				out = append(out, run{k, k})
			}
		}
		i = j
	}
	return out
}

func (m *model) foldable(i int) bool { return m.nodes[i].plain() && len(m.in.of(i)) == 0 }
