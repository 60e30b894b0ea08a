package cincinnati

import (
	"bufio"
	"container/heap"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// visit is a node that can be had at a time.
type visit struct {
	at   int64
	hops int
	node int
	from int
}

func (v visit) before(o visit) bool {
	switch {
	case v.at != o.at:
		return v.at < o.at
	case v.hops != o.hops:
		return v.hops < o.hops
	case v.node != o.node:
		return v.node < o.node
	}
	return v.from < o.from
}

type visits []visit

func (v visits) Len() int           { return len(v) }
func (v visits) Less(i, j int) bool { return v[i].before(v[j]) }
func (v visits) Swap(i, j int)      { v[i], v[j] = v[j], v[i] }
func (v *visits) Push(x any)        { *v = append(*v, x.(visit)) }
func (v *visits) Pop() any {
	last := (*v)[len(*v)-1]
	*v = (*v)[:len(*v)-1]
	return last
}

// way finds the earliest way by Dijkstra's algorithm: a hop never becomes available earlier
// by arriving later.
func (x *explainer) way(e *Explanation) {
	from, to := e.From.Position, e.To.Position
	if from == to {
		return
	}
	out := x.outgoing()
	best := make([]visit, len(x.g.Nodes))
	for i := range best {
		best[i].node = -1
	}
	queue := &visits{{at: x.now, node: from, from: -1}}
	for queue.Len() > 0 {
		v := heap.Pop(queue).(visit)
		if best[v.node].node >= 0 {
			continue
		}
		if best[v.node] = v; v.node == to {
			x.retrace(e, best)
			return
		}
		for _, next := range out[v.node] {
			if best[next].node >= 0 {
				continue
			}
			if at, ok := x.offered(next, v.at); ok {
				heap.Push(queue, visit{at, v.hops + 1, next, v.node})
			}
		}
	}
}

// outgoing lists the targets of each node that is no dead end.
func (x *explainer) outgoing() [][]int {
	n := uint64(len(x.g.Nodes))
	dead := deadends(x.g)
	out := make([][]int, n)
	for _, e := range x.g.Edges {
		if e[0] < n && e[1] < n && !dead[e[0]] {
			out[e[0]] = append(out[e[0]], int(e[1]))
		}
	}
	for i := range out {
		slices.Sort(out[i])
		out[i] = slices.Compact(out[i])
	}
	return out
}

func (x *explainer) retrace(e *Explanation, best []visit) {
	for v := best[e.To.Position]; v.from >= 0; v = best[v.from] {
		e.Way = append(e.Way, Hop{x.place(v.from), x.place(v.node), time.Unix(v.at, 0).UTC()})
	}
	slices.Reverse(e.Way)
	e.Arrival = &e.Way[len(e.Way)-1].At
}

// WriteText writes the explanation for people. Control characters of the graph are replaced.
func (e *Explanation) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	answer := "not offered"
	if e.Offered {
		answer = "offered"
	}
	fmt.Fprintf(b, "%s -> %s for wariness %s at %s: %s\n",
		line(e.From.Version), line(e.To.Version), e.Wariness, e.At.Format(time.RFC3339), answer)
	for _, o := range e.Obstacles {
		fmt.Fprintf(b, "  %s\n", line(o.Text))
		switch {
		case o.Until != nil:
			fmt.Fprintf(b, "    until %s\n", o.Until.Format(time.RFC3339))
		case o.Kind == ObstacleThrottle:
			fmt.Fprintf(b, "    for ever, unless the rollout is changed\n")
		}
	}
	e.writeWay(b)
	return b.Flush()
}

func (e *Explanation) writeWay(b *bufio.Writer) {
	if e.From.Position == e.To.Position {
		return
	}
	if e.Arrival == nil {
		fmt.Fprintf(b, "there is no way from %s to %s\n", line(e.From.Version), line(e.To.Version))
		return
	}
	fmt.Fprintf(b, "way:\n")
	for _, h := range e.Way {
		when := "now"
		if h.At.After(e.At) {
			when = h.At.Format(time.RFC3339)
		}
		fmt.Fprintf(b, "  %s -> %s  %s\n", line(h.From.Version), line(h.To.Version), when)
	}
}

// line makes what stands in a graph fit for a line on a terminal.
func line(s string) string { return strings.ReplaceAll(printable(s, maxText), "\n", " ") }
