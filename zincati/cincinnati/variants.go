package cincinnati

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"
)

// Variants are the distinct answers that [Filter] gives for one graph at one second. There
// are few of them: what a node sees depends only on how many throttles its wariness exceeds.
//
// A server makes them from each new graph with [NewVariants], goes from second to second
// with [Variants.At], and per request needs only [Variants.Index]. Variants are immutable
// and safe for concurrent use.
type Variants struct {
	// Thresholds are the throttles of rollouts in progress, ascending and distinct. Those
	// that no wariness exceeds (1 and more) are left out, and so are those of releases that
	// nothing leads to anyway.
	Thresholds []float64

	policy  *policy
	answers *answers
}

// policy is what does not change with time.
type policy struct {
	graph    *Graph // without the edges out of dead ends
	nodes    []int  // positions of the rollouts that something leads to
	rollouts []Rollout
}

// answers are the graphs for one order of the throttles.
type answers struct {
	groups [][]int // node positions by ascending threshold

	mu     sync.Mutex
	graphs []*Graph // len(groups)+1, made when asked for
}

// NewVariants returns the answers for a graph at a Unix second. The graph must not be
// changed any more.
func NewVariants(g *Graph, now int64) *Variants {
	p := &policy{graph: withoutEdges(g, nil, deadends(g))}
	target := make([]bool, len(g.Nodes))
	for _, e := range p.graph.Edges {
		if e[1] < uint64(len(target)) {
			target[e[1]] = true
		}
	}
	for i := range g.Nodes {
		if r, ok := g.Nodes[i].Rollout(); ok && target[i] {
			p.nodes = append(p.nodes, i)
			p.rollouts = append(p.rollouts, r)
		}
	}
	return (&Variants{policy: p}).At(now)
}

// At returns the answers of the same graph at another second. It looks at the rollouts
// only; as long as their throttles keep their order, the graphs are those of v: see
// [Variants.SameAnswers].
func (v *Variants) At(now int64) *Variants {
	type throttled struct {
		threshold float64
		node      int
	}
	var all []throttled
	for i, r := range v.policy.rollouts {
		// Not "< 1": NaN hides nothing, and compares false.
		if t := r.Throttle(now); t < 1 {
			all = append(all, throttled{t, v.policy.nodes[i]})
		}
	}
	slices.SortFunc(all, func(a, b throttled) int {
		return cmp.Or(cmp.Compare(a.threshold, b.threshold), cmp.Compare(a.node, b.node))
	})
	next := &Variants{policy: v.policy}
	var groups [][]int
	for i, t := range all {
		if i == 0 || t.threshold != all[i-1].threshold {
			next.Thresholds = append(next.Thresholds, t.threshold)
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, t.node)
	}
	if v.answers != nil && slices.EqualFunc(groups, v.answers.groups, slices.Equal[[]int]) {
		next.answers = v.answers
	} else {
		next.answers = &answers{groups: groups, graphs: make([]*Graph, len(groups)+1)}
	}
	return next
}

// Len returns the number of answers: one more than thresholds.
func (v *Variants) Len() int { return len(v.Thresholds) + 1 }

// Index returns which answer is that of a node with wariness w, which is 0..1 or NaN as
// [RequestWariness] gives it.
func (v *Variants) Index(w float64) int {
	if math.IsNaN(w) {
		return 0
	}
	// The number of thresholds less than w.
	return sort.SearchFloat64s(v.Thresholds, min(w, 1))
}

// Graph returns answer i: the same as [Filter] with any wariness whose Index is i. It is
// made at the first call, in time proportional to the graph, and must not be changed.
func (v *Variants) Graph(i int) *Graph {
	a := v.answers
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.graphs[i] == nil {
		a.graphs[i] = v.filtered(i)
	}
	return a.graphs[i]
}

func (v *Variants) filtered(i int) *Graph {
	if i == 0 {
		return v.policy.graph
	}
	hidden := make([]bool, len(v.policy.graph.Nodes))
	for _, group := range v.answers.groups[:i] {
		for _, n := range group {
			hidden[n] = true
		}
	}
	return withoutEdges(v.policy.graph, hidden, nil)
}

// SameAnswers reports whether v and o have the same graphs in the same order, so that what
// was made of those of one serves the other, though the thresholds may differ. It is only
// true for Variants that come from each other by At.
func (v *Variants) SameAnswers(o *Variants) bool { return v.answers == o.answers }
