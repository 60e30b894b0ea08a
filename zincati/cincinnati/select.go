package cincinnati

import (
	"fmt"
	"slices"
	"strings"
)

// Selection is what a node makes of a graph.
type Selection struct {
	Booted        int       // position of the booted release, -1 = not in the graph: nothing else is known then
	Deadend       bool      // the booted release is a dead end
	DeadendReason string    // why; "(unknown reason)" when the graph does not say
	DenyListed    []Release // releases of the graph with a denied payload, ascending, without repetitions
	Ignored       int       // how many of the targets are denied
	Target        *Release  // what to update to; nil = nothing
	Downgrade     *Release  // the best target is not newer than the booted release; Target only if that is allowed
}

// Select chooses the update of a node that booted a payload: among the releases that one
// edge leads to, and that are not denied, the greatest by [Release.Compare]. One that is not
// greater than the booted release is a downgrade.
//
// The booted release, and all its targets, must be usable ([Node.Release]), else the error
// is an [*Error] of kind [KindClientNodeParsing], or [KindClientNodeLookup] for a target that
// does not exist. If only a target is at fault the Selection comes with the error, and holds
// what was found before: whether the node is at a dead end does not depend on it.
func Select(g *Graph, booted Payload, deny []Payload, allowDowngrade bool) (*Selection, error) {
	s := &Selection{Booted: position(g, booted)}
	if s.Booted < 0 {
		return s, nil
	}
	node := &g.Nodes[s.Booted]
	current, err := node.Release()
	if err != nil {
		return nil, nodeError(err)
	}
	s.DeadendReason, s.Deadend = node.Deadend()
	denied := newDenySet(deny)
	s.DenyListed = denied.releases(g)
	targets, err := targets(g, uint64(s.Booted))
	if err != nil {
		return s, err
	}
	best := s.best(targets, denied)
	if best == nil {
		return s, nil
	}
	if best.Compare(current) <= 0 {
		s.Downgrade = best
		if !allowDowngrade {
			return s, nil
		}
	}
	s.Target = best
	return s, nil
}

// position finds the first node with the payload, whose text must be exactly that of the
// graph: a pullspec with a tag beside its digest is not found.
func position(g *Graph, p Payload) int {
	return slices.IndexFunc(g.Nodes, func(n Node) bool {
		return n.Payload == p.Text && n.Metadata[MetaScheme] == string(p.Scheme) &&
			(p.Scheme == Checksum || p.Scheme == OCI)
	})
}

// targets returns the releases that edges from the node lead to, ascending, each once.
func targets(g *Graph, from uint64) ([]Release, error) {
	seen := make(map[uint64]bool)
	var all []Release
	for _, e := range g.Edges {
		to := e[1]
		if e[0] != from || seen[to] {
			continue
		}
		seen[to] = true
		if to >= uint64(len(g.Nodes)) {
			return nil, &Error{Kind: KindClientNodeLookup, Text: fmt.Sprintf("target node '%d' not present in graph", to)}
		}
		r, err := g.Nodes[to].Release()
		if err != nil {
			return nil, nodeError(err)
		}
		all = append(all, r)
	}
	return ascending(all), nil
}

func nodeError(err error) *Error {
	return &Error{Kind: KindClientNodeParsing, Text: err.Error(), Err: err}
}

func ascending(all []Release) []Release {
	slices.SortFunc(all, Release.Compare)
	return slices.CompactFunc(all, func(a, b Release) bool { return a.Compare(b) == 0 })
}

// best returns the greatest target that is not denied, and counts those that are.
func (s *Selection) best(targets []Release, denied denySet) (best *Release) {
	for i := range targets {
		if denied.payloads[targets[i].Payload] {
			s.Ignored++
			continue
		}
		best = &targets[i]
	}
	return best
}

// denySet is a set of payloads.
type denySet struct {
	payloads map[Payload]bool
	digests  map[string]bool // what follows the last @ of the image names
}

func newDenySet(deny []Payload) denySet {
	d := denySet{make(map[Payload]bool), make(map[string]bool)}
	for _, p := range deny {
		d.payloads[p] = true
		if p.Scheme == OCI {
			d.digests[digestOf(p.Text)] = true
		}
	}
	return d
}

func digestOf(pullspec string) string {
	return pullspec[strings.LastIndexByte(pullspec, '@')+1:]
}

// releases returns the usable nodes with a denied payload.
func (d denySet) releases(g *Graph) []Release {
	if len(d.payloads) == 0 {
		return nil
	}
	var all []Release
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if !d.maybe(n) {
			continue
		}
		if r, err := n.Release(); err == nil && d.payloads[r.Payload] {
			all = append(all, r)
		}
	}
	return ascending(all)
}

// maybe spares most nodes the parsing of an image name, which is slow: its normal form has
// the same digest. Names without a digest are parsed.
func (d denySet) maybe(n *Node) bool {
	if n.Metadata[MetaScheme] != string(OCI) {
		return d.payloads[Payload{Checksum, n.Payload}]
	}
	return !strings.Contains(n.Payload, "@") || d.digests[digestOf(n.Payload)]
}
