package solver

import "slices"

// problemState holds what could not be solved.
type problemState struct {
	problems []problemSet
}

// problemSet is a set of rules that cannot all hold: rule numbers and, for all rules
// of job i together, -(i+1).
type problemSet struct {
	proof    int32 // derivation of the contradiction in the learnt pool
	elements []RuleID
	refined  bool
	found    []*Solution
}

// decideAssertions starts the search with the rules of one literal. Contradictions
// among them become problems, whose rules are disabled if disableRules is set. It
// returns the level, or -1.
func (s *Solver) decideAssertions(disableRules bool) int32 {
	s.decide(SystemSolvable, 1, 0)
	s.reasons = append(s.reasons, 0, 0)
	changed := false
	for {
		for len(s.queue) > 1 {
			l := s.queue[len(s.queue)-1]
			s.level[max(l, -l)] = 0
			s.queue, s.why = s.queue[:len(s.queue)-1], s.why[:len(s.why)-1]
		}
		switch s.decideStrong(disableRules, &changed) {
		case assertRetry:
			continue
		case assertFailed:
			return -1
		}
		if s.weakMap == nil || s.decideWeak(&changed) {
			return 1
		}
	}
}

type assertResult int

const (
	assertDone assertResult = iota
	assertRetry
	assertFailed
)

func (s *Solver) decideStrong(disableRules bool, changed *bool) assertResult {
	for _, id := range s.assertions {
		if *changed && id >= s.learntStart {
			s.adaptLearntRules()
			*changed = false
		}
		r := &s.rules[id]
		if r.disabled() || r.p == 0 || r.w[1] != 0 || s.isWeak(id) {
			continue
		}
		switch {
		case s.isTrue(r.p):
		case !s.isFalse(r.p):
			s.decide(r.p, 1, id)
		case id >= s.learntStart:
			// Packages may be uninstallable for several reasons.
			r.disable()
		default:
			return s.assertionConflict(id, disableRules, changed)
		}
	}
	return assertDone
}

// decideWeak returns false after it disabled a weak assertion.
func (s *Solver) decideWeak(changed *bool) bool {
	for _, id := range s.assertions {
		r := &s.rules[id]
		if r.disabled() || r.w[1] != 0 || !s.isWeak(id) {
			continue
		}
		switch {
		case s.isTrue(r.p):
		case !s.isFalse(r.p):
			s.decide(r.p, 1, id)
		default:
			s.fixProblem(id)
			*changed = true
			return false
		}
	}
	return true
}

// assertionConflict makes a problem of an assertion that contradicts an earlier one.
func (s *Solver) assertionConflict(id RuleID, disableRules bool, changed *bool) assertResult {
	l := s.rules[id].p
	other := RuleID(0)
	if l != -SystemSolvable {
		other = s.why[slices.Index(s.queue, -l)]
	}
	set := problemSet{}
	installedRule := false
	record := func(r RuleID) {
		s.recordProblem(&set, r)
		installedRule = installedRule || r >= s.featureRules.start && r < s.updateRules.end
	}
	if other < s.pkgRules.end {
		record(id)
	} else {
		for r := s.pkgRules.end; r < s.learntStart; r++ {
			x := &s.rules[r]
			if !x.disabled() && x.w[1] == 0 && (x.p == l || x.p == -l) && !s.isWeak(r) {
				record(r)
			}
		}
	}
	if installedRule && s.autoUninstall(&set) {
		*changed = true
		return assertRetry
	}
	set.proof = int32(len(s.learntPool))
	s.learntPool = append(s.learntPool, id)
	if other != 0 {
		s.learntPool = append(s.learntPool, other)
	}
	s.learntPool = append(s.learntPool, 0)
	s.problems = append(s.problems, set)
	if !disableRules {
		return assertFailed
	}
	s.disableProblems(&set)
	*changed = true
	return assertRetry
}

// analyzeUnsolvable deals with a conflict that no decision is to blame for. Weak
// rules that took part are disabled, as are rules of packages that may be removed;
// otherwise there is a problem. It returns 0 to start over and -1 to give up.
func (s *Solver) analyzeUnsolvable(violated RuleID, disableRules bool) int32 {
	set := problemSet{proof: int32(len(s.learntPool))}
	weak := s.traceConflict(violated, &set)
	if len(weak) > 0 {
		s.learntPool = s.learntPool[:set.proof]
		s.disableWeakRules(weak)
		s.resetDecisions()
		return 0
	}
	if s.autoUninstall(&set) {
		s.learntPool = s.learntPool[:set.proof]
		s.resetDecisions()
		return 0
	}
	s.learntPool = append(s.learntPool, 0)
	s.problems = append(s.problems, set)
	if disableRules && len(set.elements) > 0 {
		s.disableProblems(&set)
		s.resetDecisions()
		return 0
	}
	return -1
}

// traceConflict records all rules behind a violated rule and returns the weak ones
// among them.
func (s *Solver) traceConflict(violated RuleID, set *problemSet) []RuleID {
	involved := newBitmap(len(s.pool.solvables))
	seen := newBitmap(len(s.rules))
	var weak []RuleID
	trace := func(id RuleID) {
		s.learntPool = append(s.learntPool, id)
		s.traceRule(id, set, seen, &weak)
		for l := range s.literals(&s.rules[id]) {
			if !s.isTrue(l) {
				involved.set(max(l, -l))
			}
		}
	}
	trace(violated)
	for i := len(s.queue) - 1; i >= 0; i-- {
		if v := max(s.queue[i], -s.queue[i]); v != SystemSolvable && involved.has(v) {
			trace(s.why[i])
		}
	}
	return weak
}

func (s *Solver) traceRule(id RuleID, set *problemSet, seen bitmap, weak *[]RuleID) {
	if id >= s.learntStart {
		if seen.add(SolvableID(id)) {
			for _, why := range s.derivation(id) {
				s.traceRule(why, set, seen, weak)
			}
		}
		return
	}
	if s.isWeak(id) {
		*weak = append(*weak, id)
	}
	if id >= s.pkgRules.end {
		s.recordProblem(set, id)
	}
}

// disableWeakRules gives the last of some weak rules up.
func (s *Solver) disableWeakRules(weak []RuleID) {
	last := slices.Max(weak)
	if s.recommendsRules.has(last) {
		last = 0
		for _, r := range weak {
			if r < s.recommendsRules.start {
				last = max(last, r)
			}
		}
		if last < s.pkgRules.end {
			s.disableRecommends(weak)
			return
		}
	}
	switch {
	case last < s.pkgRules.end && s.Flags.StrongRecommends && slices.Contains(s.recommendRules, last):
		s.disableRecommends(weak)
	case s.choiceRules.has(last):
		s.disableChoiceRules(last)
	default:
		s.fixProblem(last)
	}
}

func (s *Solver) disableRecommends(weak []RuleID) {
	for _, r := range weak {
		if s.recommendsRules.has(r) || slices.Contains(s.recommendRules, r) {
			s.rules[r].disable()
		}
	}
}

// ruleToProblem names the problem element that a rule belongs to: its job, or the
// first rule of the same name.
func (s *Solver) ruleToProblem(id RuleID) RuleID {
	switch {
	case s.jobRules.has(id):
		return s.jobElement(id)
	case s.bestRules.has(id) && id < s.bestUpdateStart:
		return s.jobElement(s.bestInfo[id-s.bestRules.start].job)
	case s.infArchRules.has(id):
		return s.sameNameRules(s.infArchRules, id).start
	case s.dupRules.has(id):
		return s.sameNameRules(s.dupRules, id).start
	}
	return id
}

func (s *Solver) jobElement(rule RuleID) RuleID {
	return -RuleID(s.ruleToJob[rule-s.jobRules.start]) - 1
}

// sameNameRules returns the neighbours of a rule whose first packages have the same
// name.
func (s *Solver) sameNameRules(a ruleArea, id RuleID) ruleArea {
	name := func(r RuleID) ID { return s.pool.solvables[-s.rules[r].p].Name }
	n := name(id)
	out := ruleArea{id, id + 1}
	for out.start > a.start && name(out.start-1) == n {
		out.start--
	}
	for out.end < a.end && name(out.end) == n {
		out.end++
	}
	return out
}

func (s *Solver) recordProblem(set *problemSet, id RuleID) {
	if v := s.ruleToProblem(id); !slices.Contains(set.elements, v) {
		set.elements = append(set.elements, v)
	}
}

// eachProblemRule calls f for the rules of a problem element.
func (s *Solver) eachProblemRule(v RuleID, f func(*rule)) {
	area := ruleArea{v, v + 1}
	switch {
	case v < 0:
		job := int32(-v - 1)
		for r := s.bestRules.start; r < s.bestUpdateStart; r++ {
			if s.ruleToJob[s.bestInfo[r-s.bestRules.start].job-s.jobRules.start] == job {
				f(&s.rules[r])
			}
		}
		for i, j := range s.ruleToJob {
			if j == job {
				f(&s.rules[s.jobRules.start+RuleID(i)])
			}
		}
		return
	case s.infArchRules.has(v):
		area = s.sameNameRules(s.infArchRules, v)
	case s.dupRules.has(v):
		area = s.sameNameRules(s.dupRules, v)
	}
	for r := area.start; r < area.end; r++ {
		f(&s.rules[r])
	}
}

func (s *Solver) disableProblem(v RuleID) { s.eachProblemRule(v, (*rule).disable) }

func (s *Solver) disableProblems(set *problemSet) {
	for _, v := range set.elements {
		s.disableProblem(v)
	}
}

// enableProblem also keeps only one of feature and update rule enabled.
func (s *Solver) enableProblem(v RuleID) {
	if s.featureRules.has(v) && !s.rules[v-s.featureRules.start+s.updateRules.start].disabled() {
		return
	}
	s.eachProblemRule(v, (*rule).enable)
	if s.updateRules.has(v) {
		if f := s.featureOf(v); f.p != 0 {
			f.disable()
		}
	}
}

// featureOf returns the feature rule that belongs to an update rule.
func (s *Solver) featureOf(update RuleID) *rule {
	return &s.rules[update-s.updateRules.start+s.featureRules.start]
}

// fixProblem gives a rule up; if it is a job, the policy rules that were disabled
// because of it come back.
func (s *Solver) fixProblem(id RuleID) {
	v := s.ruleToProblem(id)
	s.disableProblem(v)
	if v < 0 {
		s.reenablePolicyRules(int(-v - 1))
	}
}

// autoUninstall solves a problem by removing an installed package, if allowed.
func (s *Solver) autoUninstall(set *problemSet) bool {
	if !s.Flags.AllowUninstall && !s.allowUninstAll && s.allowUninst == nil {
		return false
	}
	flags := ^How(0)
	lastFeature, lastUpdate := RuleID(0), RuleID(0)
	for _, v := range set.elements {
		if v < 0 {
			flags &= s.jobs[-v-1].How
		}
		if !s.updateRules.has(v) || !s.uninstallable(v, set) {
			continue
		}
		if s.featureOf(v).p != 0 {
			lastUpdate = max(lastUpdate, v)
			continue
		}
		lastFeature = max(lastFeature, v)
		r := &s.rules[v]
		if s.Flags.KeepOrphans && r.d == 0 && r.w[1] == 0 && r.p == s.packageOfUpdate(v) {
			lastFeature, lastUpdate = v, 0
			break
		}
	}
	v := lastUpdate
	if v == 0 {
		v = lastFeature
	}
	if v == 0 {
		return false
	}
	s.disableProblem(v)
	if flags != ^How(0) && flags&JobCleanDeps != 0 && s.cleanDeps != nil {
		if p := s.rules[v].p; p > 0 && !slices.Contains(s.cleanDepsUpdate, p) {
			s.addCleanDepsUpdate(p)
			s.disablePolicyRules()
		}
	}
	return true
}

func (s *Solver) packageOfUpdate(v RuleID) SolvableID {
	return s.installed.start + SolvableID(v-s.updateRules.start)
}

// uninstallable reports whether the package of an update rule may be removed. A best
// rule in the problem prevents that.
func (s *Solver) uninstallable(v RuleID, set *problemSet) bool {
	id := s.packageOfUpdate(v)
	if !s.mayUninstall(id) || s.pool.Excluded(id) {
		return false
	}
	return !slices.ContainsFunc(set.elements, func(o RuleID) bool {
		return s.bestRules.has(o) && s.bestInfo[o-s.bestRules.start].pkg == id
	})
}
