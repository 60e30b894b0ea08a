package solver

import "slices"

// cleanDepsState is about installed packages that go because nothing needs them any
// more.
type cleanDepsState struct {
	cleanDeps         bitmap       // packages to drop if possible; nil when no job asks for it
	cleanDepsUpdate   []SolvableID // packages whose old dependencies go when they are updated
	cleanDepsMistaken []SolvableID // packages that turned out to be needed
}

func (s *Solver) addCleanDepsUpdate(id SolvableID) {
	if !slices.Contains(s.cleanDepsUpdate, id) {
		s.cleanDepsUpdate = append(s.cleanDepsUpdate, id)
	}
}

func (s *Solver) computeCleanDeps() { s.cleanDeps = s.findUnneeded(false) }

// findUnneeded returns the installed packages that jobs leave without use. First all
// packages go that could have been pulled in by what is erased, with unneeded by
// anything; then what the remaining packages need comes back.
func (s *Solver) findUnneeded(unneeded bool) bitmap {
	out := newBitmap(len(s.pool.solvables))
	if s.installed == nil || s.installed.start == s.installed.end {
		return out
	}
	u := newUnneededSearch(s, unneeded)
	u.markUserInstalled()
	erased := u.collectErased()
	var seeds []SolvableID
	for _, id := range erased {
		if s.isInstalled(id) {
			u.user.clear(id)
		}
	}
	s.installedPackages(func(id SolvableID) {
		if s.pool.Excluded(id) {
			u.user.set(id)
		}
	})
	if !unneeded {
		u.queue = append(u.queue, erased...)
		if s.cleanDepsUpdate != nil {
			seeds = u.updateSeeds()
			for _, id := range s.cleanDepsUpdate {
				if !s.pool.Excluded(id) {
					u.queue = append(u.queue, id)
					u.user.clear(id)
				}
			}
		}
	}
	u.start()
	u.removePass()
	u.addBackPass()
	for _, list := range [][]SolvableID{seeds, s.cleanDepsMistaken, erased} {
		for _, id := range list {
			u.kept.set(id)
		}
	}
	s.installedPackages(func(id SolvableID) {
		if !s.pool.Excluded(id) && !u.kept.has(id) {
			out.set(id)
		}
	})
	return out
}

// resolveCleanDeps decides against the packages that nothing needs.
func (s *Solver) resolveCleanDeps(level int32) (int32, bool) {
	for id := s.installed.start; id < s.installed.end; id++ {
		if s.level[id] != 0 || !s.isInstalled(id) || !s.cleanDeps.has(id) {
			continue
		}
		before := level
		level = s.setAndPropagate(level, -id, false, 0, ReasonCleanDepsErase)
		if level < before {
			return level, true
		}
	}
	return level, false
}

// cleanDepsMistakes takes packages out of the set to drop that are needed after all. It
// returns false if there were none.
func (s *Solver) cleanDepsMistakes() bool {
	if s.cleanDeps == nil || s.installed == nil {
		return false
	}
	s.updateRecommends()
	found := false
	mistake := func(id SolvableID) {
		s.cleanDepsMistaken = append(s.cleanDepsMistaken, id)
		s.cleanDeps.clear(id)
		s.reenableCleanDeps(id)
		found = true
	}
	s.installedPackages(func(id SolvableID) {
		if s.level[id] > 0 {
			// Pre-requires of installed packages are not enforced by rules.
			for _, req := range s.pool.list(&s.pool.solvables[id], Requires) {
				for _, q := range s.pool.provide(req) {
					if q != id && s.isInstalled(q) && s.level[q] <= 0 && s.cleanDeps.has(q) {
						mistake(q)
					}
				}
			}
		}
		if s.cleanDeps.has(id) && s.wronglyCleaned(id) {
			mistake(id)
		}
	})
	return found
}

// wronglyCleaned reports a package that is recommended although it was dropped, or
// that was replaced against the update policy.
func (s *Solver) wronglyCleaned(id SolvableID) bool {
	update := s.updateRule(id)
	r := s.featureRule(id)
	if s.rules[r].p == 0 {
		r = update
	}
	if s.rules[r].p == 0 {
		return false
	}
	if !s.fulfilled(r) {
		return s.recommends.has(id) || s.isSupplementing(id)
	}
	if s.rules[update].p != 0 && update != r && !s.fulfilled(update) {
		return true
	}
	wrong := false
	s.bestUpdateRules(id, func(b *rule) {
		holds := false
		for l := range s.literals(b) {
			holds = holds || l > 0 && s.level[l] > 0
		}
		wrong = wrong || !holds
	})
	return wrong
}
