package order

import (
	"cmp"
	"math"
	"slices"
)

// cycle is a strongly connected component of more than one node.
type cycle struct {
	members []*node // in the order of the search
	count   int     // relations to outside that are not fulfilled yet
}

// search is the state of Tarjan's algorithm. Nodes on the stack have a negative
// number in place of their cycle.
type search struct {
	*sorter
	number int
	stack  []*node
}

// findCycles numbers the cycles in the order in which the search along successors
// completes them.
func (s *sorter) findCycles() {
	s.cycles = make([]cycle, 2)
	t := &search{sorter: s}
	for i := range s.nodes {
		if n := &s.nodes[i]; n.cycle == 0 {
			t.visit(n)
		}
	}
}

func (t *search) visit(n *node) {
	t.number--
	n.cycle, n.low = t.number, t.number
	t.stack = append(t.stack, n)
	for i := len(n.successors) - 1; i >= 0; i-- {
		q := n.successors[i].to
		switch {
		case q.cycle > 0:
		case q.cycle == 0:
			t.visit(q)
			n.low = max(n.low, q.low)
		default:
			n.low = max(n.low, q.cycle)
		}
	}
	if n.low == n.cycle {
		t.complete(n)
	}
}

// complete takes the component that n is the root of from the stack.
func (t *search) complete(n *node) {
	bottom := len(t.stack) - 1
	for t.stack[bottom] != n {
		bottom--
	}
	members := slices.Clone(t.stack[bottom:])
	t.stack = t.stack[:bottom]
	if len(members) == 1 {
		n.cycle = alone
		return
	}
	number := len(t.cycles)
	c := cycle{members: members}
	for _, m := range members {
		m.cycle = number
		c.count += m.count
	}
	for _, m := range members {
		for _, r := range m.successors {
			if r.to.cycle == number {
				c.count--
			}
		}
	}
	t.cycles = append(t.cycles, c)
}

// byDistance lists the members in the order in which they are tried for cutting the cycle: those
// first that are the farthest from a pre-requirement, along what they are needed for.
func (c *cycle) byDistance(number int) []*node {
	var queue []*node
	for _, m := range c.members {
		m.low = math.MaxInt
		for _, r := range m.needed {
			if r.pre != 0 && r.to.cycle == number {
				m.low = 0
				queue = append(queue, m)
				break
			}
		}
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		for i := len(m.needed) - 1; i >= 0; i-- {
			q := m.needed[i].to
			if q.cycle == number && q.low > m.low+1 {
				q.low = m.low + 1
				queue = append(queue, q)
			}
		}
	}
	list := slices.Clone(c.members)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *node) int { return cmp.Compare(b.low, a.low) })
	return list
}
