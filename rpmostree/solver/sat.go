package solver

// makeWatches builds the lists of rules that watch each literal; lower rule numbers
// come first.
func (s *Solver) makeWatches() {
	n := int32(len(s.pool.solvables))
	s.watches = make([]int32, 2*n)
	for i := len(s.rules) - 1; i > 0; i-- {
		if s.rules[i].w[1] != 0 {
			s.watch(int32(i))
		}
	}
}

// watch puts a rule in front of the lists of both literals it watches.
func (s *Solver) watch(id int32) {
	n := int32(len(s.pool.solvables))
	r := &s.rules[id]
	for k := range r.w {
		slot := &s.watches[n+int32(r.w[k])]
		r.next[k] = *slot
		*slot = id
	}
}

func (s *Solver) isTrue(l SolvableID) bool {
	if l > 0 {
		return s.level[l] > 0
	}
	return s.level[-l] < 0
}

func (s *Solver) isFalse(l SolvableID) bool {
	if l > 0 {
		return s.level[l] < 0
	}
	return s.level[-l] > 0
}

// decide makes a literal true.
func (s *Solver) decide(l SolvableID, level int32, why RuleID) {
	if l > 0 {
		s.level[l] = level
	} else {
		s.level[-l] = -level
	}
	s.queue = append(s.queue, l)
	s.why = append(s.why, why)
}

// propagate follows the decisions through all rules that watch a literal which has
// become false: a rule without other watchable literal forces its last one. It
// returns the rule that is violated, or 0.
func (s *Solver) propagate(level int32) RuleID {
	rules, values := s.rules, s.level
	watches, base := s.watches, int32(len(s.pool.solvables))
	arena := s.pool.prov.data
	for s.propagated < len(s.queue) {
		failed := -s.queue[s.propagated]
		s.propagated++
		link := &watches[base+int32(failed)]
		for *link != 0 {
			id := *link
			r := &rules[id]
			k := 0
			if r.w[0] != failed {
				k = 1
			}
			if r.d < 0 {
				link = &r.next[k]
				continue
			}
			other := r.w[1-k]
			var value int32
			if other > 0 {
				value = values[other]
			} else {
				value = -values[-other]
			}
			if value > 0 {
				link = &r.next[k]
				continue
			}
			if r.d != 0 {
				if l := findWatch(r, other, values, arena); l != 0 {
					*link = r.next[k]
					r.w[k] = l
					slot := &watches[base+int32(l)]
					r.next[k] = *slot
					*slot = id
					continue
				}
			}
			if value < 0 {
				return RuleID(id)
			}
			s.decide(other, level, RuleID(id))
			link = &r.next[k]
		}
	}
	return 0
}

// findWatch returns a literal besides the other watched one that is not false, the
// first literal before those of the tail.
func findWatch(r *rule, other SolvableID, values []int32, arena []SolvableID) SolvableID {
	if p := r.p; p != other {
		if p > 0 && values[p] >= 0 || p < 0 && values[-p] <= 0 {
			return p
		}
	}
	n := int32(arena[r.d])
	for _, l := range arena[r.d+1 : r.d+1+n] {
		if l == other {
			continue
		}
		if l > 0 {
			if values[l] >= 0 {
				return l
			}
		} else if values[-l] <= 0 {
			return l
		}
	}
	return 0
}

// revert takes all decisions above a level back.
func (s *Solver) revert(level int32) {
	for len(s.queue) > 0 {
		l := s.queue[len(s.queue)-1]
		v := max(l, -l)
		if s.level[v] <= level && s.level[v] >= -level {
			break
		}
		s.level[v] = 0
		s.queue = s.queue[:len(s.queue)-1]
		s.why = s.why[:len(s.why)-1]
		s.propagated = len(s.queue)
	}
	for len(s.branches) > 0 && s.branches[len(s.branches)-1].level >= level {
		s.branches = s.branches[:len(s.branches)-1]
	}
	if s.recommendsIndex > len(s.queue) {
		s.recommendsIndex = -1
	}
	s.reasons = s.reasons[:level+1]
}

// resetDecisions takes everything back after rules were enabled or disabled.
func (s *Solver) resetDecisions() {
	for _, l := range s.queue {
		s.level[max(l, -l)] = 0
	}
	s.queue, s.why, s.reasons = s.queue[:0], s.why[:0], s.reasons[:0]
	s.recommendsIndex = -1
	s.propagated = 0
	s.branches = s.branches[:0]
	s.adaptLearntRules()
}

// adaptLearntRules disables learnt rules whose derivation has a disabled rule and
// enables the others.
func (s *Solver) adaptLearntRules() {
	for i := s.learntStart; i < s.nextRule(); i++ {
		enabled := true
		for _, why := range s.derivation(i) {
			if s.rules[why].disabled() {
				enabled = false
				break
			}
		}
		if enabled {
			s.rules[i].enable()
		} else {
			s.rules[i].disable()
		}
	}
}

// derivation returns the rules that a learnt rule was derived from.
func (s *Solver) derivation(id RuleID) []RuleID { return s.proofAt(s.learntWhy[id-s.learntStart]) }

// proofAt returns the derivation that begins at a position of the learnt pool.
func (s *Solver) proofAt(start int32) []RuleID {
	end := start
	for s.learntPool[end] != 0 {
		end++
	}
	return s.learntPool[start:end]
}

// analyze learns a rule from a violated one and goes back to the level where the
// new rule forces a literal. It returns that level and the rule.
func (s *Solver) analyze(level int32, violated RuleID) (int32, RuleID) {
	a := analysis{s: s, level: level, back: 1, seen: newBitmap(len(s.pool.solvables))}
	start := int32(len(s.learntPool))
	a.resolve(violated)
	s.learntPool = append(s.learntPool, 0)
	s.revert(a.back)
	id := s.nextRule()
	s.addRuleSet(a.uip, a.others)
	s.learntWhy = append(s.learntWhy, start)
	if s.rules[id].w[1] != 0 {
		s.watchHighest(&s.rules[id])
		s.watch(int32(id))
	} else {
		s.assertions = append(s.assertions, id)
	}
	return a.back, id
}

// analysis resolves rules backwards through the decisions until a single literal of
// the current level is left.
type analysis struct {
	s      *Solver
	level  int32
	back   int32 // highest level among others
	seen   bitmap
	uip    SolvableID   // the literal of the current level, negated
	others []SolvableID // literals of lower levels, in the order met
	open   int          // literals of the current level still to resolve
	base   int          // literals of level 1 still to resolve
}

// resolve also follows the literals of level 1: they are always false and do not
// enter the rule, but the rules behind them belong to its derivation.
func (a *analysis) resolve(id RuleID) {
	s := a.s
	pos := len(s.queue)
	for {
		s.learntPool = append(s.learntPool, id)
		a.collect(&s.rules[id])
		for {
			if a.open == 0 {
				if a.base--; a.base == 0 {
					return
				}
			}
			var v SolvableID
			for {
				pos--
				v = max(s.queue[pos], -s.queue[pos])
				if a.seen.has(v) {
					break
				}
			}
			a.seen.clear(v)
			if a.open > 0 {
				if a.open--; a.open == 0 {
					a.uip = -s.queue[pos]
					if a.base == 0 {
						return
					}
					for _, l := range a.others {
						a.seen.clear(max(l, -l))
					}
					a.base++
					continue
				}
			}
			if id = s.why[pos]; id > 0 {
				break
			}
		}
	}
}

func (a *analysis) collect(r *rule) {
	s := a.s
	for l := range s.literals(r) {
		if s.isTrue(l) {
			continue
		}
		v := max(l, -l)
		if !a.seen.add(v) {
			continue
		}
		switch level := max(s.level[v], -s.level[v]); level {
		case 1:
			a.base++
		case a.level:
			a.open++
		default:
			a.others = append(a.others, l)
			a.back = max(a.back, level)
		}
	}
}

// watchHighest makes a learnt rule watch the literal that was decided last besides
// the first.
func (s *Solver) watchHighest(r *rule) {
	if r.tail() == 0 {
		return
	}
	highest := int32(0)
	for _, l := range s.rest(r) {
		v := max(l, -l)
		if level := max(s.level[v], -s.level[v]); level > highest {
			highest = level
			r.w[1] = l
		}
	}
}

// setAndPropagate decides a literal on a new level, or only propagates for 0, and
// learns from conflicts until there are none. It returns the level reached, or -1 if
// there is no solution. Because the reason of a choice is the rule it was made for.
func (s *Solver) setAndPropagate(level int32, l SolvableID, disableRules bool, because RuleID, reason Reason) int32 {
	if l != 0 {
		level++
		s.decide(l, level, -because)
		s.reasons = append(s.reasons, reason)
	}
	for {
		violated := s.propagate(level)
		if violated == 0 {
			return level
		}
		if level == 1 {
			return s.analyzeUnsolvable(violated, disableRules)
		}
		var learnt RuleID
		level, learnt = s.analyze(level, violated)
		s.decide(s.rules[learnt].p, level, learnt)
	}
}
