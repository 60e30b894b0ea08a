package order

// run puts the installations or the removals into the sequence.
func (s *sorter) run(erase bool) {
	var head *node
	for i := range s.nodes {
		if n := &s.nodes[i]; n.element.Erase == erase && n.count == 0 {
			s.enqueue(&head, n)
		}
	}
	for _, c := range s.cycles[2:] {
		if n := c.members[0]; n.element.Erase == erase && c.count == 0 {
			s.enqueue(&head, n)
		}
	}
	for head != nil {
		n := head
		if n.cycle > alone {
			s.emitCycle(n)
		} else {
			s.emit(n, nil)
		}
		head = n.next
	}
}

// enqueue inserts n behind everything that more packages wait for. On installation, packages
// of the other word size also go behind those of any colour but their own; on removal the
// preferred ones do.
func (s *sorter) enqueue(head **node, n *node) {
	toTail := n.color != 0 && (n.color == s.options.preferred()) == n.element.Erase
	at := head
	for *at != nil && (toTail && n.color != (*at).color || (*at).waiting > n.waiting) {
		at = &(*at).next
	}
	n.next = *at
	*at = n
}

// emit puts n into the sequence and queues what waited for it alone: behind n, but what
// lies outside of n's cycle, if it is in one, into the outer queue.
func (s *sorter) emit(n *node, outer **node) {
	s.sequence = append(s.sequence, n.index)
	for i := len(n.successors) - 1; i >= 0; i-- {
		p := n.successors[i].to
		if p.cycle == 0 {
			continue
		}
		queue := &n.next
		if outer != nil && p.cycle != n.cycle {
			queue = outer
		}
		if p.count--; p.count == 0 {
			s.enqueue(queue, p)
		}
		if p.cycle > alone && p.cycle != n.cycle {
			// The first member to be reached stands for the whole cycle.
			if c := &s.cycles[p.cycle]; c.release() {
				s.enqueue(queue, p)
			}
		}
	}
	n.cycle = 0
}

func (c *cycle) release() bool {
	c.count--
	return c.count == 0
}

// emitCycle puts all members of n's cycle into the sequence. n is the head of the outer queue.
func (s *sorter) emitCycle(n *node) {
	outer := n.next
	n.next = nil
	for _, start := range s.cycles[n.cycle].byDistance(n.cycle) {
		if start.cycle == 0 {
			continue // became free meanwhile
		}
		start.next = nil
		for m := start; m != nil; m = m.next {
			s.emit(m, &outer)
		}
	}
	n.next = outer
}
