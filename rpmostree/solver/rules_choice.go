package solver

import "slices"

// addChoiceRules makes the solver prefer updates of installed packages: where a
// requirement can be met by an installed package, an update of one, or some
// independent new package, a weak rule asks for the former.
func (s *Solver) addChoiceRules() {
	if s.installed == nil {
		return
	}
	c := choiceRules{
		s:        s,
		literals: newBitmap(len(s.pool.solvables)),
		excluded: newBitmap(len(s.pool.solvables)),
		downgrades: s.Flags.AllowDowngrade ||
			(s.dupInvolvedAll || s.dupInvolved != nil) && s.Flags.DupAllowDowngrade,
	}
	for _, a := range []ruleArea{s.infArchRules, s.dupRules} {
		for r := a.start; r < a.end; r++ {
			if s.rules[r].p < 0 && s.rules[r].isAssertion() {
				c.excluded.set(-s.rules[r].p)
			}
		}
	}
	for r := s.pkgRules.start; r < s.pkgRules.end; r++ {
		if s.rules[r].p < 0 && !s.rules[r].isConflict() {
			c.consider(r)
		}
	}
}

type choiceRules struct {
	s          *Solver
	literals   bitmap // positive literals of the rule at hand
	excluded   bitmap // packages forbidden by infarch and dup rules
	downgrades bool   // downgrades must be looked at

	candidates []related
	update     choiceUpdate
	last       []SolvableID // literals of the last rule added, after the first
	lastFirst  SolvableID
}

// related is a package that is installed or replaces an installed one.
type related struct{ installed, id SolvableID }

// choiceUpdate caches the best updates of an installed package.
type choiceUpdate struct {
	installed SolvableID
	filtered  bool
	list      []SolvableID
}

func (c *choiceRules) consider(id RuleID) {
	s := c.s
	r := &s.rules[id]
	independent, keptPackage := c.split(r)
	if !independent || len(c.candidates) == 0 {
		return
	}
	for _, l := range s.rest(r) {
		if l > 0 {
			c.literals.set(l)
		}
	}
	if !keptPackage {
		c.candidates = slices.DeleteFunc(c.candidates, c.noLongerProvides)
	}
	wanted := len(c.candidates) > 0 && c.needed()
	negative := make([]SolvableID, 0, len(c.candidates)+1)
	for _, l := range s.rest(r) {
		if l > 0 {
			c.literals.clear(l)
		} else {
			negative = append(negative, l)
		}
	}
	if wanted {
		c.addRule(id, r.p, negative)
	}
}

// split collects the candidates related to installed packages. It reports whether
// there are independent ones, and whether the rule is a requirement of an installed
// package that is not to be updated.
func (c *choiceRules) split(r *rule) (independent, keptPackage bool) {
	s := c.s
	c.candidates = c.candidates[:0]
	for l := range s.literals(r) {
		switch {
		case l < 0:
			if s.isInstalled(-l) && !s.toUpdate(-l) {
				keptPackage = true
			}
		case s.pool.solvables[l].repo == 0:
		case s.isInstalled(l):
			c.candidates = append(c.candidates, related{l, l})
		default:
			old := s.replacedByUpdate(l)
			if old == 0 {
				independent = true
			} else if !c.excluded.has(l) && s.illegal(old, l, 0) == 0 {
				c.candidates = append(c.candidates, related{old, l})
			}
		}
	}
	return independent, keptPackage
}

// replacedByUpdate returns an installed package that new package id replaces.
func (s *Solver) replacedByUpdate(id SolvableID) SolvableID {
	found := SolvableID(0)
	s.replacedInstalled(id, true, func(q SolvableID) bool {
		found = q
		return false
	})
	return found
}

// noLongerProvides reports a candidate whose installed package is going to be
// replaced by a version that does not meet the requirement.
func (c *choiceRules) noLongerProvides(r related) bool {
	s, p := c.s, c.s.pool
	downgrade := c.downgrades && p.solvables[r.installed].Name == p.solvables[r.id].Name &&
		p.CompareEVRs(p.solvables[r.installed].EVR, p.solvables[r.id].EVR, CompareEVR) > 0
	if !downgrade && !s.toUpdate(r.installed) {
		return false
	}
	if c.update.installed != r.installed && !c.loadUpdate(r.installed) {
		return false
	}
	u := &c.update
	if len(u.list) > 1 && !u.filtered {
		if !slices.ContainsFunc(u.list, func(id SolvableID) bool { return !c.literals.has(id) }) {
			return false
		}
		u.list = s.filter(u.list, modeChoose)
		u.filtered = true
	}
	return !slices.ContainsFunc(u.list, c.literals.has)
}

func (c *choiceRules) loadUpdate(installed SolvableID) bool {
	s := c.s
	c.update = choiceUpdate{}
	r := &s.rules[s.updateRule(installed)]
	if r.p == 0 {
		r = &s.rules[s.featureRule(installed)]
	}
	if r.p == 0 {
		return false
	}
	c.update.installed = installed
	for l := range s.literals(r) {
		if l > 0 {
			c.update.list = append(c.update.list, l)
		}
	}
	return true
}

// needed is false when whatever happens to the installed packages meets the
// requirement anyway.
func (c *choiceRules) needed() bool {
	s := c.s
	for i, cand := range c.candidates {
		if slices.ContainsFunc(c.candidates[:i], func(r related) bool { return r.installed == cand.installed }) {
			continue
		}
		r := &s.rules[s.updateRule(cand.installed)]
		if r.p == 0 {
			r = &s.rules[s.featureRule(cand.installed)]
		}
		for l := range s.literals(r) {
			if !c.literals.has(l) {
				return true
			}
		}
	}
	return false
}

func (c *choiceRules) addRule(id RuleID, first SolvableID, lits []SolvableID) {
	for _, cand := range c.candidates {
		lits = append(lits, cand.id)
	}
	if c.lastFirst == first && slices.Equal(c.last, lits) {
		return
	}
	c.lastFirst, c.last = first, lits
	s := c.s
	s.addRuleSet(first, lits)
	s.weakRules = append(s.weakRules, s.nextRule()-1)
	s.choiceInfo = append(s.choiceInfo, id)
}

// disableChoiceRules disables a choice rule and all others that exclude a package
// which this one excludes, so that the best packages get picked.
func (s *Solver) disableChoiceRules(id RuleID) {
	origin := func(id RuleID) *rule { return &s.rules[s.choiceInfo[id-s.choiceRules.start]] }
	r := &s.rules[id]
	r.disable()
	excluded := map[SolvableID]bool{}
	for l := range s.literals(origin(id)) {
		excluded[l] = l > 0
	}
	for l := range s.literals(r) {
		delete(excluded, l)
	}
	for other := s.choiceRules.start; other < s.choiceRules.end; other++ {
		if s.rules[other].disabled() {
			continue
		}
		for l := range s.literals(origin(other)) {
			if excluded[l] {
				s.rules[other].disable()
				break
			}
		}
	}
}

// disableUnneededChoices disables choice rules whose excluded packages came in
// anyway. It reports whether there were any.
func (s *Solver) disableUnneededChoices() bool {
	found := false
	for id := s.choiceRules.start; id < s.choiceRules.end; id++ {
		r := &s.rules[id]
		origin := &s.rules[s.choiceInfo[id-s.choiceRules.start]]
		if r.disabled() || origin.disabled() {
			continue
		}
		for l := range s.literals(origin) {
			if l > 0 && s.level[l] > 0 && l != r.p && !slices.Contains(s.rest(r), l) {
				s.disableChoiceRules(id)
				found = true
				break
			}
		}
	}
	return found
}
