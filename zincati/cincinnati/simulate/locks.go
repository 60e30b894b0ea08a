package simulate

import (
	"math/bits"
	"slices"
)

// group simulates the nodes of one lock group, which get into each other's
// way. Within a second they act in the order of their numbers.
type group struct {
	w     *world
	t     *tally
	nodes []node
	queue queue
	free  int
}

// run simulates nodes first..last-1 of the fleet.
func (g *group) run(first, last int) {
	g.nodes = g.nodes[:0]
	g.queue.reset(g.w.start)
	g.free = g.w.f.Slots
	for i := first; i < last; i++ {
		n := g.w.node(i)
		g.t.place(g.w.column[n.release])
		g.nodes = append(g.nodes, n)
		g.advance(i - first)
	}
	for {
		batch, ok := g.queue.pop()
		if !ok {
			return
		}
		for _, i := range batch {
			g.act(int(i))
		}
	}
}

// advance queues the next action of a node that matters: of a steady one the
// check that brings something.
func (g *group) advance(i int) {
	n := &g.nodes[i]
	if n.phase == steady && (n.at >= g.w.end || !g.w.ask(n, g.t)) {
		return
	}
	if n.at < g.w.end {
		g.queue.push(n.at, uint32(i))
	}
}

// act does all that a node does in this second.
func (g *group) act(i int) {
	n := &g.nodes[i]
	for now := n.at; n.at == now; {
		switch n.phase {
		case steady:
			g.w.stage(n, g.t)
		case staged:
			g.finalize(n)
		case rebooting:
			g.free++
			g.w.arrive(n, g.t)
			if !g.w.ask(n, g.t) {
				return
			}
		}
	}
	if n.at < g.w.end {
		g.queue.push(n.at, uint32(i))
	}
}

// finalize reboots if windows and lock allow; else the node tries again.
func (g *group) finalize(n *node) {
	switch {
	case !g.w.calendar.open(n.at):
		n.waitUntil(g.w.calendar.next(n.at), retry, retryJitter)
	case g.free == 0:
		g.t.refusals++
		n.wait(retry, retryJitter)
	default:
		g.free--
		g.w.reboot(n, g.t)
	}
}

// queue is a radix heap of (second, node): as time only goes forward, an
// entry moves to a finer bucket at most once per bit and never back. That is
// several times faster than a binary heap when there are millions.
type queue struct {
	last    int64
	size    int
	buckets [65][]entry // by the number of significant bits in which the second differs from last
	batch   []uint32
}

type entry struct {
	at   int64
	node uint32
}

func (q *queue) reset(t int64) {
	q.last, q.size = t, 0
	for i := range q.buckets {
		q.buckets[i] = q.buckets[i][:0]
	}
}

// push adds an entry, which is not before the last one popped.
func (q *queue) push(at int64, node uint32) {
	b := bits.Len64(uint64(at ^ q.last))
	q.buckets[b] = append(q.buckets[b], entry{at, node})
	q.size++
}

// pop returns the nodes of the earliest second, in ascending order; the slice
// is valid until the next call.
func (q *queue) pop() (batch []uint32, ok bool) {
	if q.size == 0 {
		return nil, false
	}
	if len(q.buckets[0]) == 0 {
		q.refine()
	}
	q.batch = q.batch[:0]
	for _, e := range q.buckets[0] {
		q.batch = append(q.batch, e.node)
	}
	q.buckets[0] = q.buckets[0][:0]
	q.size -= len(q.batch)
	slices.Sort(q.batch)
	return q.batch, true
}

// refine spreads the first bucket that is not empty over those below it.
func (q *queue) refine() {
	b := 1
	for len(q.buckets[b]) == 0 {
		b++
	}
	from := q.buckets[b]
	first := from[0].at
	for _, e := range from {
		first = min(first, e.at)
	}
	q.last = first
	for _, e := range from {
		to := bits.Len64(uint64(e.at ^ first))
		q.buckets[to] = append(q.buckets[to], e)
	}
	q.buckets[b] = from[:0]
}
