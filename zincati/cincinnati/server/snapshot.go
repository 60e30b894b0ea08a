package server

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// snapshot is a graph and the answers that follow from it. It is immutable but for the answers, which are made
// when they are first due.
type snapshot struct {
	graph    *cincinnati.Graph
	encoder  *encoder
	rollouts []rollout // only those that can hide something
	deadEnd  []bool    // by node
	length   int       // of the longest answer in bytes

	current atomic.Pointer[table]

	mu      sync.Mutex
	answers map[setID]*answer // of the current table, by what they hide
	size    int               // of the answers in bytes
	keep    int               // bound of size
}

// rollout is a release whose throttle may be below a node's wariness.
type rollout struct {
	node int
	cincinnati.Rollout
	id setID
}

// setID names a set of rollouts: the exclusive or of its members' random-looking numbers. That the order of the
// members does not matter is what makes an answer survive when rollouts overtake one another.
type setID [2]uint64

func (s setID) with(o setID) setID { return setID{s[0] ^ o[0], s[1] ^ o[1]} }

func nodeID(node int) setID {
	return setID{splitmix(uint64(node)), splitmix(uint64(node) | 1<<63)}
}

// splitmix is the finalizer of the generator SplitMix64.
func splitmix(x uint64) uint64 {
	x = (x + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// table tells which answer a node gets within one second.
type table struct {
	second int64
	// limits are the different throttles, ascending. A node gets answer number i when its wariness exceeds the
	// first i of them: the one that hides the first i groups.
	limits []float64
	groups [][]rollout
	slots  []slot
}

// serves reports whether t is the table for a time: that of the second, or of a later one that the clock has seen, up to
// the step back that counts as a mistake of the time before.
func (t *table) serves(now int64) bool {
	return t.second >= now && t.second-now <= int64(maxStepBack/time.Second)
}

// slot is one answer, nil until it is due.
type slot struct {
	id     setID
	answer atomic.Pointer[answer]
}

const (
	// eager is how many answers are made ahead of requests. A real graph has one to four.
	eager = 8
	// keep bounds the memory for the answers of one graph, in bytes. A graph that needs more, which has hundreds of
	// rollouts in progress, costs an encoding for every request.
	keep = 16 << 20
)

// newSnapshot prepares a graph. With throttle the answers depend on wariness and time, otherwise there is one.
func newSnapshot(g *cincinnati.Graph, throttle bool, enc *encoder) (*snapshot, error) {
	s := &snapshot{graph: g, encoder: enc, deadEnd: make([]bool, len(g.Nodes)), answers: map[setID]*answer{}, keep: keep}
	whole := g.AppendJSON(nil)
	s.length = len(whole)
	for i := range g.Nodes {
		n := &g.Nodes[i]
		s.deadEnd[i] = n.Metadata[cincinnati.MetaDeadend] == "true"
		if r, ok := n.Rollout(); ok && throttle {
			s.rollouts = append(s.rollouts, rollout{node: i, Rollout: r, id: nodeID(i)})
		}
	}
	if !throttle {
		// The graph of a builder goes out as it is.
		a, err := enc.answer(whole)
		if err != nil {
			return nil, err
		}
		t := &table{slots: make([]slot, 1)}
		t.slots[0].answer.Store(a)
		s.current.Store(t)
	}
	return s, nil
}

// answer is what a node of this wariness is told at a time in whole Unix seconds.
func (s *snapshot) answer(wariness float64, now int64) (*answer, error) {
	t := s.current.Load()
	if t == nil || len(s.rollouts) > 0 && !t.serves(now) {
		var err error
		if t, err = s.advance(now); err != nil {
			return nil, err
		}
	}
	i := 0
	for i < len(t.limits) && wariness > t.limits[i] { // few; false for NaN, which hides nothing
		i++
	}
	if a := t.slots[i].answer.Load(); a != nil {
		return a, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fill(t, i)
}

// advance makes the table of a second, unless another goroutine has gone as far already. It takes over the answers
// that stay.
func (s *snapshot) advance(now int64) (*table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.current.Load(); t != nil && t.serves(now) {
		return t, nil
	}
	groups := s.hiding(now)
	t := &table{second: now, slots: make([]slot, len(groups)+1)}
	for i, g := range groups {
		t.limits, t.groups = append(t.limits, g.throttle), append(t.groups, g.rollouts)
		id := t.slots[i].id
		for _, r := range g.rollouts {
			id = id.with(r.id)
		}
		t.slots[i+1].id = id
	}
	old := s.answers
	s.answers, s.size = map[setID]*answer{}, 0
	for i := range t.slots {
		if a := old[t.slots[i].id]; a != nil {
			s.put(t, i, a)
		}
	}
	for i := range min(len(t.slots), eager) {
		if _, err := s.fill(t, i); err != nil {
			return nil, err
		}
	}
	s.current.Store(t)
	return t, nil
}

// fill makes an answer of a table. The caller holds the lock.
func (s *snapshot) fill(t *table, i int) (*answer, error) {
	if a := t.slots[i].answer.Load(); a != nil {
		return a, nil
	}
	hidden := make([]bool, len(s.graph.Nodes))
	for _, g := range t.groups[:i] {
		for _, r := range g {
			hidden[r.node] = true
		}
	}
	a, err := s.encode(hidden)
	if err != nil {
		return nil, err
	}
	s.put(t, i, a)
	return a, nil
}

// put keeps an answer for its slot and for later tables, within bounds.
func (s *snapshot) put(t *table, i int, a *answer) {
	size := len(a.plain.body) + len(a.gzip.body)
	if i >= eager && s.size+size > s.keep {
		return
	}
	s.size += size
	s.answers[t.slots[i].id] = a
	t.slots[i].answer.Store(a)
}

// group are the rollouts that hide from the same nodes.
type group struct {
	throttle float64
	rollouts []rollout
}

// hiding lists the rollouts that hide from somebody now, by ascending throttle. Wariness is at most 1.
func (s *snapshot) hiding(now int64) []group {
	var groups []group
	for _, r := range s.rollouts {
		if t := r.Throttle(now); t < 1 { // false for NaN, which nothing exceeds
			groups = append(groups, group{t, []rollout{r}})
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(a.throttle, b.throttle) })
	merged := groups[:0]
	for _, g := range groups {
		if n := len(merged); n > 0 && merged[n-1].throttle == g.throttle {
			merged[n-1].rollouts = append(merged[n-1].rollouts, g.rollouts...)
			continue
		}
		merged = append(merged, g)
	}
	return merged
}

// encode makes the answer that leaves out the edges into hidden nodes and those out of dead ends. Edges that lead
// nowhere go out as they came in.
func (s *snapshot) encode(hidden []bool) (*answer, error) {
	has := func(set []bool, i uint64) bool { return i < uint64(len(set)) && set[i] }
	edges := make([]cincinnati.Edge, 0, len(s.graph.Edges))
	for _, e := range s.graph.Edges {
		if !has(hidden, e[1]) && !has(s.deadEnd, e[0]) {
			edges = append(edges, e)
		}
	}
	g := cincinnati.Graph{Nodes: s.graph.Nodes, Edges: edges}
	return s.encoder.answer(g.AppendJSON(make([]byte, 0, s.length)))
}
