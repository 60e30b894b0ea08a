package solver

import "slices"

// Unneeded returns installed packages that nothing needs; filtered leaves out those
// needed only by other ones.
func (s *Solver) Unneeded(filtered bool) []SolvableID {
	if s.installed == nil || s.installed.start == s.installed.end {
		return nil
	}
	m := s.findUnneeded(true)
	var out []SolvableID
	s.installedPackages(func(id SolvableID) {
		if m.has(id) {
			out = append(out, id)
		}
	})
	if filtered {
		out = s.filterNeededByOthers(out, m, false)
	}
	return out
}

// needGraph has an edge from each package to those it requires or recommends and to
// those that supplement it. Nodes are numbered from 1.
type needGraph struct {
	requires [][]int // edges of requirements
	weak     [][]int // edges of recommends and supplements
	useWeak  bool    // leave the requirements out

	// Tarjan's algorithm. low[node] is 0 for unvisited nodes, -1 for nodes needed by
	// others, otherwise the number of the component.
	low   []int
	stack []int
	next  int
	depth int
	first int
}

// filterNeededByOthers removes packages that others of the list need. With onlyOne an
// alternative dependency does not count. m is the set of the list, or nil.
func (s *Solver) filterNeededByOthers(list []SolvableID, m bitmap, onlyOne bool) []SolvableID {
	if len(list) < 2 {
		return list
	}
	if m == nil {
		m = newBitmap(len(s.pool.solvables))
		for _, id := range list {
			m.set(id)
		}
	}
	g := s.needGraph(list, m, onlyOne)
	// A second run without the requirements drops what only weak dependencies pulled
	// in.
	dropped := make([]bool, len(list))
	for _, g.useWeak = range []bool{false, true} {
		g.run(dropped)
	}
	n := 0
	for i, id := range list {
		if !dropped[i] {
			list[n] = id
			n++
		}
	}
	return list[:n]
}

func (s *Solver) needGraph(list []SolvableID, m bitmap, onlyOne bool) *needGraph {
	p := s.pool
	n := len(list)
	g := &needGraph{requires: make([][]int, n+1), weak: make([][]int, n+1)}
	number := make(map[SolvableID]int, n)
	for i, id := range list {
		number[id] = i + 1
	}
	installed := newBitmap(len(p.solvables))
	s.installedPackages(installed.set)
	for i, id := range list {
		sv := &p.solvables[id]
		// A recommendation of what was required last adds no edge: all edges are in
		// one list first, in which no edge is repeated at once.
		var edges []int
		for _, d := range p.list(sv, Requires) {
			edges = s.needEdges(edges, id, d, m, number, onlyOne)
		}
		required := len(edges)
		for _, d := range p.list(sv, Recommends) {
			edges = s.needEdges(edges, id, d, m, number, onlyOne)
		}
		g.requires[i+1], g.weak[i+1] = edges[:required:required], edges[required:]
	}
	for i, id := range list {
		for _, sup := range p.list(&p.solvables[id], Supplements) {
			if !s.depPossible(sup, installed) {
				continue
			}
			ids := s.mentioned(sup, nil)
			if onlyOne && len(ids) != 1 {
				continue
			}
			for _, q := range ids {
				if q != id && s.isInstalled(q) && m.has(q) {
					g.weak[number[q]] = slices.Insert(g.weak[number[q]], 0, i+1)
				}
			}
		}
	}
	return g
}

func (s *Solver) needEdges(edges []int, id SolvableID, dep ID, m bitmap, number map[SolvableID]int, onlyOne bool) []int {
	p := s.pool
	add := func(q SolvableID) {
		if q == id || !s.isInstalled(q) || !m.has(q) {
			return
		}
		if to := number[q]; len(edges) == 0 || edges[len(edges)-1] != to {
			edges = append(edges, to)
		}
	}
	if p.isComplex(dep) {
		blocks, _ := p.normalize(dep, 0)
		for _, block := range blocks {
			for _, l := range block {
				if l < 0 && !s.isInstalled(-l) {
					break
				}
				if l > 0 {
					add(l)
				}
			}
		}
		return edges
	}
	set := p.provide(dep)
	if onlyOne {
		count := 0
		for _, q := range set {
			if q != id && s.isInstalled(q) {
				count++
			}
		}
		if count != 1 {
			return edges
		}
	}
	for _, q := range set {
		add(q)
	}
	return edges
}

// edges returns where a node leads: requirements come first, in the second run they
// do not count.
func (g *needGraph) edges(node int) []int {
	if g.useWeak {
		return g.weak[node]
	}
	return slices.Concat(g.requires[node], g.weak[node])
}

func (g *needGraph) run(dropped []bool) {
	n := len(dropped)
	g.low = make([]int, n+1)
	g.stack = make([]int, n+1)
	g.next = n + 1
	for i, d := range dropped {
		if d {
			g.low[i+1] = -1
		}
	}
	for node := 1; node <= n; node++ {
		if g.low[node] != 0 {
			continue
		}
		if len(g.edges(node)) > 0 {
			g.first, g.depth = g.next, g.next
			g.visit(node)
			continue
		}
		g.low[node] = g.next
		g.put(g.next, node)
		g.next++
	}
	for i := range dropped {
		dropped[i] = g.low[i+1] <= 0
	}
}

// put and at access the stack, whose positions follow the numbers of nodes.
func (g *needGraph) put(pos, node int) { g.stack[pos-len(g.low)] = node }

func (g *needGraph) at(pos int) int {
	if i := pos - len(g.low); i < len(g.stack) {
		return g.stack[i]
	}
	return 0
}

func (g *needGraph) visit(node int) {
	index := g.next
	g.next++
	g.low[node] = index
	start := g.depth
	g.put(start, node)
	g.depth++
	for _, to := range g.edges(node) {
		l := g.low[to]
		if l == 0 {
			if len(g.edges(to)) == 0 {
				g.next++
				g.low[to] = -1
				continue
			}
			g.visit(to)
			l = g.low[to]
		}
		switch {
		case l < 0:
		case l < g.first:
			// An earlier component is needed by this one.
			for k := l; g.at(k) != 0 && g.low[g.at(k)] == l; k++ {
				g.low[g.at(k)] = -1
			}
		case l < g.low[node]:
			g.low[node] = l
		}
	}
	if g.low[node] != index {
		return
	}
	if index != g.first {
		index = -1
	}
	for k := start; k < g.depth; k++ {
		g.low[g.at(k)] = index
	}
	g.depth = start
}
