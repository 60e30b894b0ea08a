package cincinnati

import (
	"math"
	"strconv"
)

// Rollout is the schedule by which a release is offered to more and more nodes.
type Rollout struct {
	Start   int64   // Unix second
	Value   float64 // share of nodes (0..1) from the start on
	Minutes uint64  // from the start until all nodes; 0 = the share stays at Value
}

// Rollout returns the node's schedule, and whether it has one. Parts that are absent or
// unreadable count as 0.
func (n *Node) Rollout() (Rollout, bool) {
	if _, ok := n.Metadata[MetaRollout]; !ok {
		return Rollout{}, false
	}
	var r Rollout
	if v, err := strconv.ParseInt(n.Metadata[MetaStartEpoch], 10, 64); err == nil {
		r.Start = v
	}
	r.Value, _ = parseFloat(n.Metadata[MetaStartValue])
	if v, err := parseUnsigned(n.Metadata[MetaDurationMinutes]); err == nil {
		r.Minutes = max(v, 1)
	}
	return r, true
}

// End returns the last second of the slope, and false if there is none.
func (r Rollout) End() (end int64, ok bool) {
	if r.Minutes == 0 {
		return 0, false
	}
	length := int64(math.MaxInt64)
	if r.Minutes <= math.MaxInt64/60 {
		length = int64(r.Minutes) * 60
	}
	return addSaturating(r.Start, length), true
}

// Throttle returns the share of nodes that are offered the release at a Unix second: nodes
// with a greater wariness are not. It is 0 before the start and 1 after the end.
func (r Rollout) Throttle(now int64) float64 {
	end, slope := r.End()
	switch {
	case now < r.Start:
		return 0
	case !slope, end == r.Start: // equal at the end of time only
		return r.Value
	case now > end:
		return 1
	}
	// The order of the operations, and that each of them rounds, decides which second a
	// node gets a release at: the conversions forbid fused multiply-add.
	rate := float64(float64(1-r.Value) / float64(subSaturating(end, r.Start)))
	return float64(r.Value + float64(rate*float64(subSaturating(now, r.Start))))
}

func addSaturating(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// subSaturating is a-b for a >= b.
func subSaturating(a, b int64) int64 {
	if d := uint64(a) - uint64(b); d <= math.MaxInt64 {
		return int64(d)
	}
	return math.MaxInt64
}

// hides reports whether a node with wariness w is not offered the release. With a NaN on
// either side it is.
func (r Rollout) hides(w float64, now int64) bool { return w > r.Throttle(now) }

// OfferedAt returns the first second at which a node with wariness w is offered the
// release, or false if it never is. Nodes that see it even before the start get
// [math.MinInt64].
func OfferedAt(r Rollout, w float64) (at int64, ok bool) { return r.OfferedFrom(w, math.MinInt64) }

// OfferedFrom returns the first second, not before now, at which a node with wariness w is
// offered the release.
func (r Rollout) OfferedFrom(w float64, now int64) (at int64, ok bool) {
	if !r.hides(w, now) {
		return now, true
	}
	low := max(now, r.Start)
	if !r.hides(w, low) {
		return low, true
	}
	end, slope := r.End()
	if !slope || r.hides(w, addSaturating(end, 1)) {
		return 0, false
	}
	// From here on the throttle grows, since it is less than w, which is at most 1, at low.
	high := addSaturating(end, 1)
	for low < high-1 {
		middle := low + int64((uint64(high)-uint64(low))/2)
		if r.hides(w, middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return high, true
}

// Filter returns the graph as a node with the given wariness may see it at a Unix second:
// without edges into releases whose throttle is less than the wariness, and without edges
// out of dead ends. The nodes are shared with g, which is not changed.
func Filter(g *Graph, wariness float64, now int64) *Graph {
	hidden := make([]bool, len(g.Nodes))
	for i := range g.Nodes {
		if r, ok := g.Nodes[i].Rollout(); ok {
			hidden[i] = r.hides(wariness, now)
		}
	}
	return withoutEdges(g, hidden, deadends(g))
}

func deadends(g *Graph) []bool {
	dead := make([]bool, len(g.Nodes))
	for i := range g.Nodes {
		dead[i] = g.Nodes[i].Metadata[MetaDeadend] == metaTrue
	}
	return dead
}

// withoutEdges leaves out the edges into hidden and out of dead nodes. Ends that do not
// exist are neither.
func withoutEdges(g *Graph, hidden, dead []bool) *Graph {
	has := func(set []bool, i uint64) bool { return i < uint64(len(set)) && set[i] }
	out := &Graph{Nodes: g.Nodes, Edges: make([]Edge, 0, len(g.Edges))}
	for _, e := range g.Edges {
		if !has(dead, e[0]) && !has(hidden, e[1]) {
			out.Edges = append(out.Edges, e)
		}
	}
	return out
}
