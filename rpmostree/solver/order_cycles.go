package solver

import "slices"

// breakCycles searches the graph in depth and breaks an edge of every cycle it runs
// into.
func (g *orderGraph) breakCycles() {
	const fresh, open, finished = 0, 1, 2
	var todo []int // nodes to visit; negative: all its edges are visited
	for i := len(g.nodes) - 1; i > 0; i-- {
		todo = append(todo, i)
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if i < 0 {
			g.nodes[-i].mark = finished
			continue
		}
		n := &g.nodes[i]
		switch n.mark {
		case finished:
		case fresh:
			n.mark = finished
			for _, e := range n.edges {
				if e.kind&edgeBroken == 0 && g.nodes[e.to].mark != finished {
					if n.mark != open {
						n.mark = open
						todo = append(todo, -i)
					}
					todo = append(todo, e.to)
				}
			}
		default:
			start := len(todo) - 1
			for todo[start] != -i {
				start--
			}
			var cycle []int
			for _, j := range todo[start:] {
				if j < 0 {
					cycle = append(cycle, -j)
				}
			}
			for _, j := range cycle {
				g.nodes[j].mark = fresh
			}
			g.breakCycle(cycle)
			todo = append(todo[:start], i)
		}
	}
}

// edgeTo returns the edge between two nodes.
func (g *orderGraph) edgeTo(from, to int) *orderEdge {
	edges := g.nodes[from].edges
	i := slices.IndexFunc(edges, func(e orderEdge) bool { return e.to == to })
	return &edges[i]
}

// breakCycle breaks the edge that is worth the least, among equals rather one of a
// package without scripts.
func (g *orderGraph) breakCycle(cycle []int) {
	weakest, least := 0, uint32(0)
	for k := range cycle {
		w := g.cycleEdge(cycle, k).worth()
		switch {
		case k == 0 || w < least:
			weakest, least = k, w
		case w == least && g.scriptEdge(cycle, weakest) && !g.scriptEdge(cycle, k):
			weakest = k
		}
	}
	e := g.cycleEdge(cycle, weakest)
	g.cycles = append(g.cycles, orderCycle{
		nodes:  slices.Concat(cycle[weakest+1:], cycle[:weakest+1]),
		broken: e.kind,
	})
	e.kind |= edgeBroken
}

func (g *orderGraph) cycleEdge(cycle []int, k int) *orderEdge {
	return g.edgeTo(cycle[k], cycle[(k+1)%len(cycle)])
}

// worth is the kind with UU taken as UI.
func (e *orderEdge) worth() uint32 {
	w := e.kind &^ (edgeReqUU | edgePreReqUU)
	if e.kind&edgeReqUU != 0 {
		w |= edgeReqUI
	}
	if e.kind&edgePreReqUU != 0 {
		w |= edgePreReqUI
	}
	return w
}

// scriptEdge reports an edge that matters to scripts. UU edges are reversed.
func (g *orderGraph) scriptEdge(cycle []int, k int) bool {
	const uu = edgeReqUU | edgePreReqUU
	kind := g.cycleEdge(cycle, k).kind
	if kind&uu != 0 && g.hasScripts(g.nodes[cycle[(k+1)%len(cycle)]].id, nil) {
		return true
	}
	return kind&^uu != 0 && g.hasScripts(g.nodes[cycle[k]].id, nil)
}

// addCycleEdges keeps the packages of a cycle together: what needs one of them waits
// for its last node, and what one of them needs comes before its first.
func (g *orderGraph) addCycleEdges() {
	if len(g.cycles) == 0 {
		return
	}
	for _, heavy := range []bool{true, false} {
		for _, c := range slices.Backward(g.cycles) {
			if (c.broken >= edgeReq) == heavy {
				g.addTailEdges(c.nodes)
				g.addHeadEdges(c.nodes)
			}
		}
	}
	g.inCycle = make([]bool, len(g.nodes))
	for _, c := range g.cycles {
		for _, i := range c.nodes {
			g.inCycle[i] = true
		}
	}
}

func (g *orderGraph) clearMarks() {
	for i := range g.nodes {
		g.nodes[i].mark = 0
	}
}

func (g *orderGraph) addTailEdges(cycle []int) {
	const unreached, reached, member, pending = 0, 1, 2, -1
	g.clearMarks()
	todo := slices.Clone(cycle)
	for _, i := range cycle {
		g.nodes[i].mark = pending
	}
	for len(todo) > 0 {
		n := &g.nodes[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if n.mark > 0 {
			continue
		}
		if n.mark == pending {
			n.mark = member
		} else {
			n.mark = reached
		}
		for _, e := range n.edges {
			if e.kind&edgeBroken == 0 && g.nodes[e.to].mark <= 0 {
				todo = append(todo, e.to)
			}
		}
	}
	tail := cycle[0]
	g.nodes[tail].mark = reached
	for i := 1; i < len(g.nodes); i++ {
		if g.nodes[i].mark != unreached {
			continue
		}
		if slices.ContainsFunc(g.nodes[i].edges, func(e orderEdge) bool {
			return e.kind&edgeBroken == 0 && g.nodes[e.to].mark == member
		}) {
			g.addNodeEdge(i, tail, edgeCycleTail)
		}
	}
}

// Marks of addHeadEdges.
const (
	headUnknown  = 0
	headVisiting = 1
	headMember   = 2  // a node of the cycle, or one that leads there
	headOutside  = -1 // does not lead to the cycle
	headDone     = -2 // as headOutside, with an edge from the head
)

func (g *orderGraph) addHeadEdges(cycle []int) {
	g.clearMarks()
	for _, i := range cycle {
		g.nodes[i].mark = headMember
	}
	head := cycle[len(cycle)-1]
	for _, e := range g.nodes[head].edges {
		if e.kind&edgeBroken == 0 && g.outside(e.to) {
			g.nodes[e.to].mark = headDone
		}
	}
	for _, i := range cycle {
		if i == head {
			break
		}
		for _, e := range g.nodes[i].edges {
			if e.kind&edgeBroken == 0 && g.outside(e.to) {
				g.addNodeEdge(head, e.to, edgeCycleHead)
				g.nodes[e.to].mark = headDone
			}
		}
	}
}

func (g *orderGraph) outside(i int) bool {
	if g.nodes[i].mark == headUnknown {
		g.reach(i)
	}
	return g.nodes[i].mark == headOutside
}

// reach marks whether a node leads to the cycle.
func (g *orderGraph) reach(i int) {
	n := &g.nodes[i]
	if n.mark != headUnknown {
		return
	}
	n.mark = headVisiting
	for _, e := range n.edges {
		if e.kind&edgeBroken != 0 {
			continue
		}
		if g.nodes[e.to].mark == headUnknown {
			g.reach(e.to)
		}
		if g.nodes[e.to].mark == headMember {
			n.mark = headMember
			return
		}
	}
	n.mark = headOutside
}

func (g *orderGraph) shareCycle(a, b int) bool {
	return slices.ContainsFunc(g.cycles, func(c orderCycle) bool {
		return slices.Contains(c.nodes, a) && slices.Contains(c.nodes, b)
	})
}

// sort orders the packages: removals as soon as possible, new packages by repository,
// and the members of a cycle together.
func (g *orderGraph) sort() []SolvableID {
	waiting := make([][]int, len(g.nodes)) // nodes that wait for a node
	g.clearMarks()
	for i := range g.nodes {
		for _, e := range g.nodes[i].edges {
			if e.kind&edgeBroken == 0 {
				waiting[e.to] = append(waiting[e.to], i)
				g.nodes[i].mark++
			}
		}
	}
	q := orderQueues{g: g}
	for i := 1; i < len(g.nodes); i++ {
		if g.nodes[i].mark == 0 {
			q.put(i)
		}
	}
	out := make([]SolvableID, 0, len(g.nodes))
	for {
		i := q.take()
		if i == 0 {
			return out
		}
		out = append(out, g.nodes[i].id)
		for _, w := range slices.Backward(waiting[i]) {
			if g.nodes[w].mark--; g.nodes[w].mark == 0 {
				q.put(w)
			}
		}
	}
}

// orderQueues holds the nodes that are ready.
type orderQueues struct {
	g        *orderGraph
	removals []int
	same     []int // of the current repository
	others   []int
	repo     int32
	last     int // last new package
}

func (q *orderQueues) repoOf(i int) int32 { return q.g.p.solvables[q.g.nodes[i].id].repo }

func (q *orderQueues) put(i int) {
	switch {
	case q.g.p.isInstalled(q.g.nodes[i].id):
		q.removals = append(q.removals, i)
	case q.repoOf(i) == q.repo:
		q.same = append(q.same, i)
	default:
		q.others = append(q.others, i)
	}
}

// take returns the next node, 0 at the end.
func (q *orderQueues) take() int {
	if len(q.removals) > 0 {
		i := q.removals[0]
		q.removals = q.removals[1:]
		return i
	}
	if len(q.same) == 0 {
		if len(q.others) == 0 {
			return 0
		}
		q.repo = q.repoOf(q.others[0])
		q.same = append([]int(nil), q.others...)
		q.same = slices.DeleteFunc(q.same, func(i int) bool { return q.repoOf(i) != q.repo })
		q.others = slices.DeleteFunc(q.others, func(i int) bool { return q.repoOf(i) == q.repo })
		return q.pick(0)
	}
	if q.last != 0 && q.g.inCycle != nil && q.g.inCycle[q.last] {
		for k, i := range q.same {
			if q.g.inCycle[i] && q.g.shareCycle(q.last, i) {
				return q.pick(k)
			}
		}
	}
	return q.pick(0)
}

func (q *orderQueues) pick(k int) int {
	q.last = q.same[k]
	q.same = slices.Delete(q.same, k, k+1)
	return q.last
}
