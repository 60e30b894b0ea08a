package solver

import "slices"

// addBlackRules forbids blacklisted packages that are not installed, unless a
// package of that name is installed and blacklisted as well.
func (s *Solver) addBlackRules() {
	p := s.pool
	names := map[ID]bool{}
	each := func(f func(SolvableID)) {
		for _, j := range s.jobs {
			if j.verb() == VerbBlacklist {
				p.eachNamed(j.selection(), j.What, f)
			}
		}
	}
	each(func(id SolvableID) {
		if s.isInstalled(id) {
			names[p.solvables[id].Name] = true
		}
	})
	each(func(id SolvableID) {
		if !s.isInstalled(id) && !names[p.solvables[id].Name] {
			s.addRule(-id, 0, 0)
		}
	})
}

// addStrictPrioRules forbids packages for which a repository of higher priority has
// the name.
func (s *Solver) addStrictPrioRules() {
	if !s.Flags.StrictRepoPriority {
		return
	}
	p := s.pool
	todo := s.added.clone()
	for id := SolvableID(2); id < p.NumSolvables(); id++ {
		if !todo.has(id) || p.solvables[id].repo == 0 {
			continue
		}
		best := p.RepoOf(id).Priority
		name := p.solvables[id].Name
		p.sameNamed(name, func(q SolvableID, _ *Solvable) bool {
			best = max(best, p.RepoOf(q).Priority)
			return true
		})
		p.sameNamed(name, func(q SolvableID, _ *Solvable) bool {
			if todo.has(q) {
				todo.clear(q)
				if !s.isInstalled(q) && p.RepoOf(q).Priority < best {
					s.addRule(-q, 0, 0)
				}
			}
			return true
		})
	}
}

// addRecommendsRules replaces strong recommends that mention disfavored packages by
// copies without these.
func (s *Solver) addRecommendsRules() {
	if !s.haveDisfavored || !s.Flags.StrongRecommends || s.favor == nil {
		return
	}
	for _, id := range s.recommendRules {
		r := &s.rules[id]
		var lits []SolvableID
		disfavored, positive := false, false
		for l := range s.literals(r) {
			if l > 0 && s.favor[l] < 0 {
				disfavored = true
				continue
			}
			positive = positive || l > 0
			lits = append(lits, l)
		}
		if !disfavored {
			continue
		}
		r.disable()
		if positive && len(lits) > 1 {
			s.addRuleSet(lits[0], lits[1:])
			s.recommendsInfo = append(s.recommendsInfo, id)
		}
	}
}

// breakOrphans takes the dependencies of orphaned packages out of effect.
func (s *Solver) breakOrphans() {
	if s.installed == nil || s.dropOrphanedAll {
		return
	}
	orphans := newBitmap(len(s.pool.solvables))
	for _, id := range s.orphaned {
		if s.isInstalled(id) && !s.dropOrphaned.test(id) {
			orphans.set(id)
		}
	}
	isOrphan := func(l SolvableID) bool { return l < 0 && orphans.has(-l) }
	for id := s.pkgRules.start; id < s.pkgRules.end; id++ {
		r := &s.rules[id]
		if r.p >= 0 || r.tail() == 0 && r.w[1] < 0 {
			continue
		}
		if !isOrphan(r.p) && (r.tail() == 0 || !slices.ContainsFunc(s.rest(r), isOrphan)) {
			continue
		}
		s.brokenOrphans = append(s.brokenOrphans, id)
		r.disable()
	}
}

// brokenOrphanCandidates returns the packages that would repair dependencies which
// breakOrphans took out.
func (s *Solver) brokenOrphanCandidates() []SolvableID {
	var out []SolvableID
	for _, id := range s.brokenOrphans {
		r := &s.rules[id]
		if s.orphanRuleHolds(r) {
			continue
		}
		for l := range s.literals(r) {
			if l > 0 && s.level[l] == 0 && !s.isInstalled(l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

func (s *Solver) orphanRuleHolds(r *rule) bool {
	for l := range s.literals(r) {
		if l < 0 && s.level[-l] <= 0 || l > 0 && s.level[l] > 0 && !s.isInstalled(l) {
			return true
		}
	}
	return false
}
