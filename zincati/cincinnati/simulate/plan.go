package simulate

import (
	"fmt"
	"math"
	"slices"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// plan is the graphs made ready: which release leads to which ones when.
type plan struct {
	versions []string // by id; ids are in the order of age
	epochs   []epoch
}

// epoch is the time during which one graph holds.
type epoch struct {
	from, until int64   // seconds
	ways        [][]way // by release id: newer releases, the newest first
}

// way is one edge that a node may take.
type way struct {
	to      int32
	rolling bool
	rollout cincinnati.Rollout
}

// newPlan compiles the graph and those that follow it. start is the second
// that changes count from.
func newPlan(g *cincinnati.Graph, f *Fleet, start int64) (*plan, error) {
	graphs := []*cincinnati.Graph{g}
	from := []int64{math.MinInt64}
	for _, c := range f.Changes {
		graphs = append(graphs, c.Graph)
		from = append(from, start+int64(c.After.Seconds()))
	}
	p := &plan{}
	ids, err := p.number(graphs)
	if err != nil {
		return nil, err
	}
	for i, g := range graphs {
		e := epoch{from: from[i], until: math.MaxInt64, ways: make([][]way, len(p.versions))}
		if i+1 < len(from) {
			e.until = from[i+1]
		}
		if err := e.compile(g, ids); err != nil {
			return nil, err
		}
		p.epochs = append(p.epochs, e)
	}
	return p, nil
}

// number gives ids to the releases of all graphs, oldest first.
func (p *plan) number(graphs []*cincinnati.Graph) (map[string]int32, error) {
	all := map[string]cincinnati.Release{}
	for _, g := range graphs {
		seen := map[string]bool{}
		for i := range g.Nodes {
			r, err := g.Nodes[i].Release()
			if err != nil {
				return nil, fmt.Errorf("release %q: %w", page.Visible(g.Nodes[i].Version, 64), err)
			}
			if seen[r.Version] {
				return nil, fmt.Errorf("release %q is in the graph twice", page.Visible(r.Version, 64))
			}
			seen[r.Version] = true
			all[r.Version] = r
		}
	}
	releases := make([]cincinnati.Release, 0, len(all))
	for _, r := range all {
		releases = append(releases, r)
	}
	slices.SortFunc(releases, cincinnati.Release.Compare)
	ids := make(map[string]int32, len(releases))
	for i, r := range releases {
		ids[r.Version] = int32(i)
		p.versions = append(p.versions, r.Version)
	}
	return ids, nil
}

// compile notes the edges that lead to newer releases: nodes refuse others.
func (e *epoch) compile(g *cincinnati.Graph, ids map[string]int32) error {
	n := uint64(len(g.Nodes))
	for _, edge := range g.Edges {
		if edge[0] >= n || edge[1] >= n {
			return fmt.Errorf("edge from %d to %d: the graph has %d releases", edge[0], edge[1], n)
		}
		source, target := &g.Nodes[edge[0]], &g.Nodes[edge[1]]
		from, to := ids[source.Version], ids[target.Version]
		if _, dead := source.Deadend(); dead || to <= from {
			continue
		}
		w := way{to: to}
		w.rollout, w.rolling = target.Rollout()
		e.ways[from] = append(e.ways[from], w)
	}
	for i := range e.ways {
		slices.SortStableFunc(e.ways[i], func(a, b way) int { return int(b.to) - int(a.to) })
		e.ways[i] = slices.CompactFunc(e.ways[i], func(a, b way) bool { return a.to == b.to })
	}
	return nil
}

// from is the first second, not before t, at which the way is open to a node.
func (w *way) from(wariness float64, t int64) (int64, bool) {
	if !w.rolling {
		return t, true
	}
	return w.rollout.OfferedFrom(wariness, t)
}

// target is what a node that asks at second t updates to: -1 for nothing.
func (p *plan) target(release int32, wariness float64, t int64) int32 {
	i := 0
	for p.epochs[i].until <= t {
		i++
	}
	ways := p.epochs[i].ways[release]
	for k := range ways { // the newest first
		if at, ok := ways[k].from(wariness, t); ok && at == t {
			return ways[k].to
		}
	}
	return -1
}

// next is the first second, not before t, at which a node is offered
// anything.
func (p *plan) next(release int32, wariness float64, t int64) (int64, bool) {
	for i := range p.epochs {
		e := &p.epochs[i]
		if e.until <= t {
			continue
		}
		first, found := int64(math.MaxInt64), false
		for k := range e.ways[release] {
			if at, ok := e.ways[release][k].from(wariness, max(t, e.from)); ok && at < e.until && at <= first {
				first, found = at, true
			}
		}
		if found {
			return first, true
		}
	}
	return 0, false
}

// reach lists the releases that nodes starting from the given ones can come
// to, those included, oldest first.
func (p *plan) reach(from []int32) []int32 {
	seen := make([]bool, len(p.versions))
	var all []int32
	stack := slices.Clone(from)
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[r] {
			continue
		}
		seen[r] = true
		all = append(all, r)
		for i := range p.epochs {
			for _, w := range p.epochs[i].ways[r] {
				stack = append(stack, w.to)
			}
		}
	}
	slices.Sort(all)
	return all
}
