package cincinnati

import (
	"cmp"
	"strconv"
)

// Build makes the graph of one stream, architecture and kind of payload. Releases without
// such a payload are left out, entries of up for other releases ignored; up may be nil. The
// result is not yet throttled: see [Filter].
//
// Edges lead to each rollout from everything since the barrier before it, and to each
// barrier from everything since the one before that. A release that is neither has no way
// in. Dead ends have no way out. At most [MaxEdges] edges are made, those from older releases
// first; no stream of a few thousand releases comes near.
func Build(ix *ReleaseIndex, up *Updates, basearch string, scheme Scheme) *Graph {
	g := &Graph{Nodes: []Node{}}
	entries := updatesByVersion(up)
	for age, r := range ix.Releases {
		payload := r.payload(basearch, scheme)
		if payload == "" {
			continue
		}
		n := Node{Version: r.Version, Payload: payload, Metadata: map[string]string{
			MetaScheme:   string(scheme),
			MetaAgeIndex: strconv.Itoa(age),
		}}
		for _, u := range entries[r.Version] {
			u.apply(n.Metadata)
		}
		g.Nodes = append(g.Nodes, n)
	}
	g.Edges = edges(g)
	return g
}

func updatesByVersion(up *Updates) map[string][]*Update {
	if up == nil {
		return nil
	}
	m := make(map[string][]*Update, len(up.Releases))
	for i := range up.Releases {
		u := &up.Releases[i]
		m[u.Version] = append(m[u.Version], u)
	}
	return m
}

// payload returns the last non-empty payload of the architecture.
func (r *IndexRelease) payload(basearch string, scheme Scheme) (payload string) {
	switch scheme {
	case Checksum:
		for _, c := range r.Commits {
			if c.Architecture == basearch && c.Checksum != "" {
				payload = c.Checksum
			}
		}
	case OCI:
		for _, i := range r.Images {
			if i.Architecture == basearch && i.DigestRef != "" {
				payload = i.DigestRef
			}
		}
	}
	return payload
}

// apply writes what the entry says over what entries before it said.
func (u *Update) apply(m map[string]string) {
	mark := func(r *Reason, key, reasonKey string) {
		if r != nil {
			m[key] = metaTrue
			m[reasonKey] = cmp.Or(r.Reason, "generic")
		}
	}
	mark(u.Deadend, MetaDeadend, MetaDeadendReason)
	mark(u.Barrier, MetaBarrier, MetaBarrierReason)
	r := u.Rollout
	if r == nil {
		return
	}
	m[MetaRollout] = metaTrue
	if r.StartEpoch != nil {
		m[MetaStartEpoch] = strconv.FormatInt(*r.StartEpoch, 10)
	}
	if r.StartPercentage != nil {
		m[MetaStartValue] = strconv.FormatFloat(*r.StartPercentage, 'f', -1, 64)
	}
	if r.DurationMinutes != nil {
		m[MetaDurationMinutes] = strconv.FormatUint(*r.DurationMinutes, 10)
	}
}

// edges computes the edges, sorted: from each release to what follows, up to the next
// barrier. It stops at MaxEdges: thousands of rollouts without a barrier would give a
// quadratic number, and a missing edge only withholds an update.
func edges(g *Graph) []Edge {
	out := []Edge{}
	dead := deadends(g)
	targets := enterable(g)
	for from := range g.Nodes {
		if len(targets) > 0 && targets[0].node <= from {
			targets = targets[1:]
		}
		if dead[from] {
			continue
		}
		for _, to := range targets {
			if len(out) == MaxEdges {
				return out
			}
			out = append(out, Edge{uint64(from), uint64(to.node)})
			if to.barrier {
				break
			}
		}
	}
	return out
}

// entry is a release that has ways in.
type entry struct {
	node    int
	barrier bool
}

func enterable(g *Graph) (all []entry) {
	for i := range g.Nodes {
		_, barrier := g.Nodes[i].Barrier()
		if _, rollout := g.Nodes[i].Metadata[MetaRollout]; rollout || barrier {
			all = append(all, entry{i, barrier})
		}
	}
	return all
}
