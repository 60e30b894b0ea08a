package solver

import "slices"

// dropObsoleted removes packages that are obsoleted by others of the list, which
// have different names. Packages that obsolete each other stay if the first one of
// the list is among them.
func (p *Pool) dropObsoleted(list []SolvableID) []SolvableID {
	switch len(list) {
	case 0, 1:
		return list
	case 2:
		a, b := p.obsoletesOther(list[0], list[1]), p.obsoletesOther(list[1], list[0])
		if a == b {
			return list
		}
		if b {
			list[0] = list[1]
		}
		return list[:1]
	}
	g := obsoletesGraph{p: p, list: list, low: make([]int, len(list)), next: 1}
	g.stack = make([]int, len(list)+1)
	for i := range list {
		if g.low[i] != 0 {
			continue
		}
		if p.solvables[list[i]].deps[Obsoletes] != 0 {
			g.first, g.depth = g.next, g.next
			g.visit(i)
			continue
		}
		g.low[i] = g.next
		g.stack[g.next] = i
		g.next++
	}
	out := list[:0]
	for i, id := range list {
		if g.low[i] >= 0 {
			out = append(out, id)
		}
	}
	return out
}

// obsoletesOther reports whether a obsoletes b, which has another name.
func (p *Pool) obsoletesOther(a, b SolvableID) bool {
	sa := &p.solvables[a]
	if sa.Name == p.solvables[b].Name {
		return false
	}
	return slices.ContainsFunc(p.list(sa, Obsoletes), func(obs ID) bool {
		return slices.Contains(p.provide(obs), b) && p.obsoleted(sa, b, obs)
	})
}

// obsoletesGraph finds strongly connected components by Tarjan's algorithm. low is
// the index of a node's component, -1 for obsoleted nodes. A component stays only
// if it has the node that the search started from, and until another one obsoletes
// it.
type obsoletesGraph struct {
	p     *Pool
	list  []SolvableID
	low   []int
	stack []int // nodes by visiting number, also of finished components
	next  int   // next visiting number
	depth int   // top of the stack
	first int   // number of the node the search started from
}

func (g *obsoletesGraph) visit(node int) {
	index := g.next
	g.next++
	g.low[node] = index
	start := g.depth
	g.stack[start] = node
	g.depth++
	sv := &g.p.solvables[g.list[node]]
	for _, obs := range g.p.list(sv, Obsoletes) {
		for _, q := range g.p.provide(obs) {
			if g.p.solvables[q].Name == sv.Name || !g.p.obsoleted(sv, q, obs) {
				continue
			}
			for i, id := range g.list {
				if id == q && i != node {
					g.edge(node, i)
				}
			}
		}
	}
	if g.low[node] != index {
		return
	}
	if index != g.first {
		index = -1
	}
	for _, i := range g.stack[start:g.depth] {
		g.low[i] = index
	}
	g.depth = start
}

func (g *obsoletesGraph) edge(node, to int) {
	l := g.low[to]
	if l == 0 {
		if g.p.solvables[g.list[to]].deps[Obsoletes] == 0 {
			g.next++
			g.low[to] = -1
			return
		}
		g.visit(to)
		l = g.low[to]
	}
	switch {
	case l < 0:
	case l < g.first:
		// An earlier component is obsoleted.
		for k := l; k < len(g.stack) && g.low[g.stack[k]] == l; k++ {
			g.low[g.stack[k]] = -1
		}
	case l < g.low[node]:
		g.low[node] = l
	}
}
