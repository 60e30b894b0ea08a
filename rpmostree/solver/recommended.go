package solver

import "slices"

// Recommended returns the packages that the result recommends and suggests, whether
// they are part of it or not. The best of each name are listed.
func (s *Solver) Recommended() (recommended, suggested []SolvableID) {
	restore := s.withoutErases()
	defer restore()
	p := s.pool
	hidden := s.hiddenByInstalled()

	m := newBitmap(len(p.solvables))
	for i, l := range s.queue {
		if l > 0 && i > 0 && s.why[i] == 0 && s.reasons[s.level[l]] == ReasonWeakDep {
			m.set(l)
		}
	}
	s.eachChosen(func(sv *Solvable) { s.markAll(p.list(sv, Recommends), m) })
	recommended = s.listWeak(m, hidden, Supplements, s.isSupplementing)

	m = newBitmap(len(p.solvables))
	s.eachChosen(func(sv *Solvable) { s.markAll(p.list(sv, Suggests), m) })
	suggested = s.listWeak(m, hidden, Enhances, s.isEnhancing)
	return recommended, suggested
}

func (s *Solver) eachChosen(f func(*Solvable)) {
	for _, l := range s.queue {
		if l > 0 {
			f(&s.pool.solvables[l])
		}
	}
}

// markAll marks the chosen providers of each dependency, or all if none is chosen.
func (s *Solver) markAll(deps []ID, m bitmap) {
	chosen := func(id SolvableID) bool { return id > 0 && s.level[id] > 0 }
	mark := func(set []SolvableID) {
		met := slices.ContainsFunc(set, chosen)
		for _, id := range set {
			if id > 0 && (!met || chosen(id)) {
				m.set(id)
			}
		}
	}
	for _, d := range deps {
		if !s.pool.isComplex(d) {
			mark(s.pool.provide(d))
			continue
		}
		blocks, _ := s.pool.normalize(d, 0)
		for _, block := range blocks {
			if !slices.ContainsFunc(block, func(l SolvableID) bool { return l < 0 && s.level[-l] <= 0 }) {
				mark(block)
			}
		}
	}
}

func (s *Solver) listWeak(m, hidden bitmap, k DepKind, applies func(SolvableID) bool) []SolvableID {
	p := s.pool
	var list []SolvableID
	for id := SolvableID(1); id < p.NumSolvables(); id++ {
		if s.level[id] < 0 || hidden.test(id) {
			continue
		}
		if m.has(id) || p.solvables[id].deps[k] != 0 && p.Installable(id) && applies(id) {
			list = append(list, id)
		}
	}
	return s.filter(list, modeSuggest)
}

// hiddenByInstalled returns the packages that kept installed ones obsolete.
func (s *Solver) hiddenByInstalled() bitmap {
	p := s.pool
	m := newBitmap(len(p.solvables))
	s.installedPackages(func(id SolvableID) {
		if s.level[id] <= 0 || s.multiversion.test(id) {
			return
		}
		for _, obs := range p.list(&p.solvables[id], Obsoletes) {
			for _, q := range p.provide(obs) {
				m.set(q)
			}
		}
	})
	return m
}

// withoutErases disables the rules by which jobs forbid packages and takes the
// decisions that follow from them back. It returns a function to undo that.
func (s *Solver) withoutErases() func() {
	var disabled []RuleID
	for id := s.jobRules.start; id < s.jobRules.end; id++ {
		if r := &s.rules[id]; !r.disabled() && r.p < 0 {
			r.disable()
			disabled = append(disabled, id)
		}
	}
	saved := map[SolvableID]int32{}
	if len(disabled) > 0 {
		s.adaptLearntRules()
		s.dropDisabledConflicts(saved)
	}
	s.recommendsIndex = -1
	return func() {
		for id, level := range saved {
			s.level[id] = level
		}
		for _, id := range disabled {
			s.rules[id].enable()
		}
		s.recommendsIndex = -1
	}
}

// dropDisabledConflicts makes packages undecided that are out because of a disabled
// rule, unless another rule forbids them as well.
func (s *Solver) dropDisabledConflicts(saved map[SolvableID]int32) {
	for i, l := range s.queue {
		if l > 0 || s.why[i] <= 0 {
			continue
		}
		if s.rules[s.why[i]].disabled() && s.level[-l] != 0 {
			saved[-l] = s.level[-l]
			s.level[-l] = 0
		}
	}
	for again := len(saved) > 0; again; {
		again = false
		for id := 1; id < len(s.rules); id++ {
			if l := s.forcedConflict(&s.rules[id]); l != 0 {
				s.level[-l] = -1
				again = true
			}
		}
	}
}

// forcedConflict returns the negative literal that a rule forces, or 0.
func (s *Solver) forcedConflict(r *rule) SolvableID {
	if r.disabled() || r.p == 0 {
		return 0
	}
	forced := SolvableID(0)
	for l := range s.literals(r) {
		switch {
		case s.isFalse(l):
		case l < 0 && s.level[-l] == 0 && forced == 0:
			forced = l
		default:
			return 0
		}
	}
	return forced
}
