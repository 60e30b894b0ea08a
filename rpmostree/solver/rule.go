package solver

import (
	"cmp"
	"iter"
	"slices"
)

// rule is a disjunction of literals: a package id that must be installed or,
// negated, must not be. There are hundreds of thousands of them.
type rule struct {
	p SolvableID // first literal; 0 = blank rule
	// d is the set with the other literals in the provider arena. 0 means that
	// there is at most one other literal, w[1]. Disabled rules hold -d-1.
	d int32
	// w are the watched literals. Rules of one or two literals watch these and
	// never move; w[1] is 0 for assertions.
	w    [2]SolvableID
	next [2]int32 // next rule in the list of the respective watch
}

func (r *rule) disabled() bool { return r.d < 0 }

func (r *rule) disable() {
	if r.d >= 0 {
		r.d = -r.d - 1
	}
}

func (r *rule) enable() {
	if r.d < 0 {
		r.d = -r.d - 1
	}
}

// tail returns d as if the rule were enabled.
func (r *rule) tail() int32 {
	if r.d < 0 {
		return -r.d - 1
	}
	return r.d
}

// isAssertion reports a rule of a single literal.
func (r *rule) isAssertion() bool { return r.tail() == 0 && r.w[1] == 0 }

// isConflict reports "not a or not b" as well as "not a".
func (r *rule) isConflict() bool { return r.tail() == 0 && r.w[1] <= 0 }

// rest returns the literals after the first.
func (s *Solver) rest(r *rule) []SolvableID {
	if t := r.tail(); t != 0 {
		return s.pool.prov.set(uint32(t))
	}
	if r.w[1] == 0 {
		return nil
	}
	return r.w[1:2]
}

// literals iterates over the literals of a rule.
func (s *Solver) literals(r *rule) iter.Seq[SolvableID] {
	return func(yield func(SolvableID) bool) {
		if r.p == 0 || !yield(r.p) {
			return
		}
		for _, l := range s.rest(r) {
			if !yield(l) {
				return
			}
		}
	}
}

// ruleArea is a range of rule numbers, end exclusive.
type ruleArea struct{ start, end RuleID }

func (a ruleArea) has(r RuleID) bool { return r >= a.start && r < a.end }
func (a ruleArea) empty() bool       { return a.start >= a.end }

func (s *Solver) nextRule() RuleID { return RuleID(len(s.rules)) }

// addRule appends the rule "p or q" or, when set is given, "p or any of set".
// q is 0 for an assertion. While package rules are collected, a rule equal to the
// last one or trivially true is dropped.
func (s *Solver) addRule(p, q SolvableID, set uint32) {
	d := int32(0)
	if set != 0 {
		switch others := s.pool.prov.set(set); len(others) {
		case 0:
		case 1:
			q = others[0]
		default:
			d, q = int32(set), 0
		}
	}
	if s.collecting {
		if q != 0 && p > q {
			p, q = q, p
		}
		if s.redundant(p, q, d) {
			return
		}
		s.lastPkgRule = s.nextRule()
	}
	r := rule{p: p, d: d, w: [2]SolvableID{p, q}}
	if d != 0 {
		r.w[1] = s.pool.prov.set(uint32(d))[0]
	}
	s.rules = append(extend(s.rules, 1), r)
}

// addRuleSet appends a rule of the given literals.
func (s *Solver) addRuleSet(p SolvableID, others []SolvableID) {
	switch len(others) {
	case 0:
		s.addRule(p, 0, 0)
	case 1:
		s.addRule(p, others[0], 0)
	default:
		s.addRule(p, 0, s.pool.prov.add(others))
	}
}

func (s *Solver) redundant(p, q SolvableID, d int32) bool {
	last := &s.rules[s.lastPkgRule]
	if d == 0 {
		return p == -q || last.p == p && last.d == 0 && last.w[1] == q
	}
	set := s.pool.prov.set(uint32(d))
	if last.p == p && last.d != 0 && (last.d == d || slices.Equal(s.pool.prov.set(uint32(last.d)), set)) {
		return true
	}
	return slices.Contains(set, -p)
}

// compareTails orders rules with the same first literal by the others. The end of a
// rule counts as 0, which is behind negative literals, except that a rule of two
// literals comes before a longer one that begins with them.
func (s *Solver) compareTails(a, b *rule) int {
	switch {
	case a.d == 0 && b.d == 0:
		return cmp.Compare(a.w[1], b.w[1])
	case a.d == 0:
		return cmp.Or(cmp.Compare(a.w[1], s.rest(b)[0]), -1)
	case b.d == 0:
		return cmp.Or(cmp.Compare(s.rest(a)[0], b.w[1]), 1)
	case a.d == b.d:
		return 0
	}
	x, y := s.pool.prov.set(uint32(a.d)), s.pool.prov.set(uint32(b.d))
	n := min(len(x), len(y))
	if c := slices.Compare(x[:n], y[:n]); c != 0 {
		return c
	}
	switch {
	case len(x) > n:
		return cmp.Compare(x[n], 0)
	case len(y) > n:
		return cmp.Compare(0, y[n])
	}
	return 0
}

func (s *Solver) sameRule(a, b *rule) bool {
	return a.p == b.p && s.compareTails(a, b) == 0
}

// unifyRules sorts the package rules by their literals and drops duplicates: first
// by counting the first literals, then each group by comparison.
func (s *Solver) unifyRules() {
	rules := s.rules[1:]
	if len(rules) < 2 {
		return
	}
	s.markRecommendRules()
	base := len(s.pool.solvables)
	begin := make([]int32, 2*base+1)
	for i := range rules {
		begin[int(rules[i].p)+base+1]++
	}
	for i := 1; i < len(begin); i++ {
		begin[i] += begin[i-1]
	}
	sorted := makeTable[rule](len(s.rules) + len(s.rules)/8)[:len(s.rules)]
	pos := slices.Clone(begin)
	for i := range rules {
		k := int(rules[i].p) + base
		sorted[1+pos[k]] = rules[i]
		pos[k]++
	}
	out := RuleID(1)
	for k := 0; k+1 < len(begin); k++ {
		group := sorted[1+begin[k] : 1+begin[k+1]]
		if len(group) > 1 {
			slices.SortFunc(group, func(a, b rule) int { return s.compareTails(&a, &b) })
		}
		out = s.appendDistinct(sorted, out, group)
	}
	s.rules = sorted[:out]
	s.lastPkgRule = 0
	s.collectRecommendRules()
}

// appendDistinct moves the distinct rules of a sorted group to out, which never
// is behind the group. A rule is only weak if all its copies are.
func (s *Solver) appendDistinct(sorted []rule, out RuleID, group []rule) RuleID {
	first := out
	for i := range group {
		if out > first && s.compareTails(&sorted[out-1], &group[i]) == 0 {
			sorted[out-1].next[1] &= group[i].next[1]
			continue
		}
		sorted[out] = group[i]
		out++
	}
	return out
}

// markRecommendRules remembers in the rules themselves which ones come from
// recommends, since their numbers change.
func (s *Solver) markRecommendRules() {
	if s.recommendRules == nil {
		return
	}
	for i := range s.rules {
		s.rules[i].next[1] = 0
	}
	for _, r := range s.recommendRules {
		s.rules[r].next[1] = 1
	}
}

func (s *Solver) collectRecommendRules() {
	if s.recommendRules == nil {
		return
	}
	s.recommendRules = s.recommendRules[:0]
	for i := range s.rules {
		if s.rules[i].next[1] != 0 {
			s.rules[i].next[1] = 0
			s.recommendRules = append(s.recommendRules, RuleID(i))
		}
	}
}

// mergeSort is a stable top-down merge sort. The policy compares versions in a
// mode that is not transitive when releases are missing, so that the result
// depends on which pairs are compared: the algorithm is part of the behaviour.
func mergeSort[T any](a []T, compare func(a, b T) int) {
	if len(a) < 2 {
		return
	}
	mergeSortInto(a, make([]T, len(a)), compare)
}

func mergeSortInto[T any](a, tmp []T, compare func(a, b T) int) {
	if len(a) < 2 {
		return
	}
	x, y := a[:len(a)/2], a[len(a)/2:]
	mergeSortInto(x, tmp, compare)
	mergeSortInto(y, tmp, compare)
	n := 0
	i, j := 0, 0
	for i < len(x) && j < len(y) {
		if compare(x[i], y[j]) <= 0 {
			tmp[n] = x[i]
			i++
		} else {
			tmp[n] = y[j]
			j++
		}
		n++
	}
	n += copy(tmp[n:], x[i:])
	copy(a, tmp[:n])
}
