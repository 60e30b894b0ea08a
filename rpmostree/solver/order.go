package solver

import "slices"

// OrderEdge is a dependency between two steps that Order looked at: From wants To to
// be done before.
type OrderEdge struct {
	From, To SolvableID
	Type     uint32 // bits, as libsolv prints them
}

// Kinds of order edges. UI edges lead from packages that are removed to new ones, UU
// edges between packages that are removed; these are reversed. The higher the value,
// the more an edge is worth.
const (
	edgeBroken    = 1 << 0
	edgeConflict  = 1 << 1
	edgeReqUI     = 1 << 4
	edgePreReqUI  = 1 << 5
	edgeReqUU     = 1 << 6
	edgePreReqUU  = 1 << 7
	edgeSuggest   = 1 << 8
	edgeRecommend = 1 << 9
	edgeReq       = 1 << 10
	edgePreReq    = 1 << 11
	edgeCycleTail = 1 << 16
	edgeCycleHead = 1 << 17
)

// Edges returns the edges of the last Order, in the order of the steps.
func (t *Transaction) Edges() []OrderEdge { return t.edges }

// Order sorts the steps such that dependencies come first, as libsolv does; rpm sorts
// its transactions again by itself. Removals of replaced packages follow the package
// that replaces them.
func (t *Transaction) Order() {
	g := newOrderGraph(t)
	if len(g.nodes) == 1 {
		return
	}
	for _, id := range t.Steps {
		g.addPackage(id)
	}
	g.breakCycles()
	g.addCycleEdges()
	t.keepEdges(g)
	t.Steps = t.withReplaced(g.sort())
}

func (t *Transaction) keepEdges(g *orderGraph) {
	t.edges = nil
	byPackage := map[SolvableID]int{}
	for i := range g.nodes {
		byPackage[g.nodes[i].id] = i
	}
	for _, id := range t.Steps {
		i := byPackage[id]
		if i == 0 {
			continue
		}
		for _, e := range g.nodes[i].edges {
			if kind := e.kind &^ (edgeBroken | edgeCycleTail | edgeCycleHead); kind != 0 {
				t.edges = append(t.edges, OrderEdge{id, g.nodes[e.to].id, kind})
			}
		}
	}
}

// withReplaced adds the replaced packages, which are not nodes of the graph.
func (t *Transaction) withReplaced(steps []SolvableID) []SolvableID {
	out := make([]SolvableID, 0, len(t.Steps))
	done := map[SolvableID]bool{}
	for _, id := range steps {
		out = append(out, id)
		if t.p.isInstalled(id) {
			continue
		}
		for _, old := range t.Replaces(id) {
			if !done[old] {
				done[old] = true
				out = append(out, old)
			}
		}
	}
	return out
}

// orderGraph has a node for each new package and for each one that is removed without
// replacement. Node 0 is unused.
type orderGraph struct {
	t      *Transaction
	p      *Pool
	nodes  []orderNode
	number map[SolvableID]int

	cycles  []orderCycle
	inCycle []bool
}

type orderNode struct {
	id    SolvableID
	edges []orderEdge
	mark  int
}

type orderEdge struct {
	to   int
	kind uint32
}

// orderCycle is a cycle that was broken at the edge into its first node.
type orderCycle struct {
	nodes  []int
	broken uint32 // kind of the broken edge
}

func newOrderGraph(t *Transaction) *orderGraph {
	g := &orderGraph{t: t, p: t.p, nodes: make([]orderNode, 1), number: map[SolvableID]int{}}
	for _, id := range t.Steps {
		if !t.p.isInstalled(id) || t.best[id] == 0 {
			g.number[id] = len(g.nodes)
			g.nodes = append(g.nodes, orderNode{id: id})
		}
	}
	return g
}

// addEdge adds an edge between packages. Replaced packages stand for all that replace
// them.
func (g *orderGraph) addEdge(from, to SolvableID, kind uint32) {
	for _, f := range g.standsFor(from) {
		for _, t := range g.standsFor(to) {
			if a, b := g.number[f], g.number[t]; a != 0 && b != 0 {
				g.addNodeEdge(a, b, kind)
			}
		}
	}
}

func (g *orderGraph) standsFor(id SolvableID) []SolvableID {
	if g.p.isInstalled(id) && g.t.best[id] != 0 {
		return g.t.Replaces(id)
	}
	return []SolvableID{id}
}

func (g *orderGraph) addNodeEdge(from, to int, kind uint32) {
	if from == to {
		return
	}
	n := &g.nodes[from]
	for i := range n.edges {
		if n.edges[i].to == to {
			n.edges[i].kind |= kind
			return
		}
	}
	n.edges = append(n.edges, orderEdge{to, kind})
}

// isNew reports a package that the transaction installs.
func (g *orderGraph) isNew(id SolvableID) bool { return g.t.inSet.has(id) && !g.p.isInstalled(id) }

// isOld reports a package that the transaction removes.
func (g *orderGraph) isOld(id SolvableID) bool { return g.t.inSet.has(id) && g.p.isInstalled(id) }

// addPackage adds the edges that the dependencies of a package cause.
func (g *orderGraph) addPackage(id SolvableID) {
	sv := &g.p.solvables[id]
	installed := g.p.isInstalled(id)
	var ignored []ID
	kind := uint32(edgeReq)
	for _, req := range g.p.list(sv, Requires) {
		if req == preMarker {
			kind = edgePreReq
			if installed {
				ignored = g.p.PreIgnoreInst(id)
			}
			continue
		}
		if kind == edgePreReq && slices.Contains(ignored, req) {
			continue
		}
		if installed {
			g.addOldRequires(id, req, kind, ignored)
		} else {
			g.addNewRequires(id, req, kind)
		}
	}
	g.addConflicts(id, sv, installed)
	if installed {
		return
	}
	for _, rec := range g.p.list(sv, Recommends) {
		g.addNewRequires(id, rec, edgeRecommend)
	}
	for _, sug := range g.p.list(sv, Suggests) {
		g.addNewRequires(id, sug, edgeSuggest)
	}
	for _, req := range g.p.OrderWithRequires(id) {
		for _, q := range g.p.provide(req) {
			if q != id && g.isNew(q) {
				g.addEdge(id, q, edgeReq)
			}
		}
	}
}

// addNewRequires lets a new package wait for the new packages it needs.
func (g *orderGraph) addNewRequires(id SolvableID, req ID, kind uint32) {
	set := g.p.provide(req)
	if slices.Contains(set, id) {
		return
	}
	for _, q := range set {
		if g.isNew(q) {
			g.addEdge(id, q, kind)
		}
	}
}

// addOldRequires keeps what a package needs until it is removed, and lets it go only
// when something new can take its place.
func (g *orderGraph) addOldRequires(id SolvableID, req ID, kind uint32, ignored []ID) {
	ui, uu := uint32(edgeReqUI), uint32(edgeReqUU)
	if kind == edgePreReq {
		ui, uu = edgePreReqUI, edgePreReqUU
	}
	var fresh, old []SolvableID
	kept := false
	for _, q := range g.p.provide(req) {
		switch {
		case q == id:
			return
		case g.isNew(q):
			fresh = append(fresh, q)
		case g.isOld(q):
			old = append(old, q)
		case g.p.isInstalled(q):
			kept = true
		}
	}
	if kept {
		old = nil
	}
	for _, o := range old {
		for _, f := range fresh {
			if g.t.best[o] != f || len(g.t.Replaces(o)) > 1 {
				g.addEdge(o, f, ui)
			}
		}
	}
	if len(fresh) > 0 {
		for _, f := range fresh {
			g.addEdge(id, f, ui)
		}
		return
	}
	for _, o := range old {
		if g.t.best[o] != 0 && g.t.best[id] != 0 && !g.hasScripts(id, ignored) {
			continue // the replacements take care of it
		}
		g.addEdge(o, id, uu)
	}
}

func (g *orderGraph) addConflicts(id SolvableID, sv *Solvable, installed bool) {
	for _, con := range g.p.list(sv, Conflicts) {
		for _, q := range g.p.provide(con) {
			switch {
			case q == id || g.p.solvables[q].repo == 0:
			case installed && g.isNew(q):
				g.addEdge(q, id, edgeConflict)
			case !installed && g.isOld(q):
				g.addEdge(id, q, edgeConflict)
			}
		}
	}
}

// hasScripts guesses whether a package has scriptlets: they need an interpreter.
func (g *orderGraph) hasScripts(id SolvableID, ignored []ID) bool {
	_, pre := g.p.DepsSplit(id, Requires)
	return slices.ContainsFunc(pre, func(d ID) bool {
		name := g.p.bytes(d)
		return len(name) > 0 && name[0] == '/' && string(name) != "/sbin/ldconfig" && !slices.Contains(ignored, d)
	})
}
