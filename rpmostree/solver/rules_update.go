package solver

import "slices"

// Every installed package has two rules, at fixed positions: the feature rule, "it
// or anything that could replace it", and the update rule, "it or what the policy
// allows as replacement". The feature rule is disabled, it takes over when the
// update rule is given up; it is blank when both are the same.

func (s *Solver) addFeatureRules() {
	if s.installed == nil {
		return
	}
	for id := s.installed.start; id < s.installed.end; id++ {
		if !s.isInstalled(id) {
			s.addRule(0, 0, 0)
			continue
		}
		candidates := s.findUpdates(id, allowAll)
		if s.inDup(id) && s.isDupOrphan(id, candidates) {
			s.addRule(0, 0, 0)
			continue
		}
		s.addRuleSet(id, candidates)
	}
}

// isDupOrphan reports an installed package for which the distribution upgrade has
// nothing.
func (s *Solver) isDupOrphan(id SolvableID, candidates []SolvableID) bool {
	return !s.mayKeep(id) && !slices.ContainsFunc(candidates, func(c SolvableID) bool {
		return !s.isInstalled(c) || s.mayKeep(c)
	})
}

// mayKeep reports whether a distribution upgrade may keep a package, because it or
// an identical one is wanted.
func (s *Solver) mayKeep(id SolvableID) bool {
	if s.dup.test(id) {
		return true
	}
	p := s.pool
	sv := &p.solvables[id]
	return slices.ContainsFunc(p.provide(sv.Name), func(q SolvableID) bool {
		if p.solvables[q].EVR != sv.EVR {
			return false
		}
		if s.dup != nil {
			if !s.dup.has(q) {
				return false
			}
		} else if s.isInstalled(q) {
			return false
		}
		return p.Identical(id, q)
	})
}

// featureRule and updateRule return the positions of an installed package's rules.
func (s *Solver) featureRule(id SolvableID) RuleID {
	return s.featureRules.start + RuleID(id-s.installed.start)
}
func (s *Solver) updateRule(id SolvableID) RuleID {
	return s.updateRules.start + RuleID(id-s.installed.start)
}

func (s *Solver) addUpdateRules() {
	if s.installed == nil {
		return
	}
	for id := s.installed.start; id < s.installed.end; id++ {
		if !s.isInstalled(id) {
			s.addRule(0, 0, 0)
			continue
		}
		s.addUpdateRule(id)
		s.relateFeature(id)
	}
}

// relateFeature blanks or disables the feature rule.
func (s *Solver) relateFeature(id SolvableID) {
	f, u := &s.rules[s.featureRule(id)], &s.rules[s.updateRule(id)]
	if u.p == 0 {
		*f = rule{}
		return
	}
	if !s.processOrphans && f.p == id && f.isAssertion() {
		s.orphaned = append(s.orphaned, id)
	}
	if s.sameRule(f, u) {
		*f = rule{}
	} else if f.p != 0 {
		f.disable()
	}
}

func (s *Solver) addUpdateRule(id SolvableID) {
	if s.pool.Excluded(id) || s.installed.Disabled {
		// Excluded installed packages stay.
		s.addRule(id, 0, 0)
		return
	}
	if s.rules[s.featureRule(id)].p == 0 {
		s.orphaned = append(s.orphaned, id)
		s.addOrphanRule(id)
		return
	}
	mode := allowPolicy
	if s.inDup(id) {
		mode = allowDup
	}
	candidates := s.findUpdates(id, mode)
	if len(candidates) > 0 && slices.ContainsFunc(candidates, s.multiversion.test) {
		s.addMultiversionUpdateRule(id, candidates)
		return
	}
	s.addRuleSet(id, candidates)
}

func (s *Solver) keepsOrphan(id SolvableID) bool {
	return s.Flags.KeepOrphans && !s.dropsOrphan(id)
}

func (s *Solver) dropsOrphan(id SolvableID) bool {
	return s.dropOrphanedAll || s.dropOrphaned.test(id)
}

func (s *Solver) addOrphanRule(id SolvableID) {
	if !s.keepsOrphan(id) {
		id = 0
	}
	s.addRule(id, 0, 0)
}

// addMultiversionUpdateRule leaves out packages that are installed beside the old
// one. They are remembered as special updaters.
func (s *Solver) addMultiversionUpdateRule(id SolvableID, candidates []SolvableID) {
	p := s.pool
	sv := &p.solvables[id]
	replacing := slices.DeleteFunc(slices.Clone(candidates), func(c SolvableID) bool {
		if !s.multiversion.has(c) {
			return false
		}
		if s.Flags.KeepExplicitObsoletes && p.solvables[c].deps[Obsoletes] != 0 && s.explicitlyObsoletes(c, id) {
			return false
		}
		sc := &p.solvables[c]
		return sc.Name != sv.Name || sc.EVR != sv.EVR || sc.Arch != sv.Arch
	})
	if len(replacing) == 0 && s.inDup(id) && !s.mayKeep(id) {
		// An orphan, although newer versions are around: it may go once they come.
		s.orphaned = append(s.orphaned, id)
		s.setSpecialUpdaters(id, candidates)
		if s.keepsOrphan(id) {
			candidates = nil
		}
		s.addRuleSet(id, candidates)
		return
	}
	if len(replacing) < len(candidates) && s.toUpdate(id) {
		s.setSpecialUpdaters(id, candidates)
	}
	s.addRuleSet(id, replacing)
}

func (s *Solver) setSpecialUpdaters(id SolvableID, candidates []SolvableID) {
	if s.special == nil {
		s.special = map[SolvableID]uint32{}
	}
	s.special[id] = s.pool.prov.add(candidates)
}

// specialUpdaters returns the packages that are installed beside id to update it.
func (s *Solver) specialUpdaters(id SolvableID) ([]SolvableID, bool) {
	off, ok := s.special[id]
	if !ok {
		return nil, false
	}
	return s.pool.prov.set(off), true
}

// explicitlyObsoletes is obsoletesPackage without looking at providers.
func (s *Solver) explicitlyObsoletes(id, target SolvableID) bool {
	p := s.pool
	sv := &p.solvables[id]
	if p.Flags.ObsoleteUsesColors && !p.colorMatch(&p.solvables[target], sv) {
		return false
	}
	return slices.ContainsFunc(p.list(sv, Obsoletes), func(obs ID) bool {
		if p.Flags.ObsoleteUsesProvides {
			return slices.Contains(p.provide(obs), target)
		}
		return p.MatchNEVR(target, obs)
	})
}

// toUpdate reports whether an installed package is to be updated by request.
func (s *Solver) toUpdate(id SolvableID) bool { return s.updateAll || s.update.test(id) }

// disableUpdateRule takes the rules of an installed package out of effect.
func (s *Solver) disableUpdateRule(id SolvableID) {
	s.noUpdate.set(id)
	for _, r := range []RuleID{s.updateRule(id), s.featureRule(id)} {
		if s.rules[r].p != 0 {
			s.rules[r].disable()
		}
	}
	s.bestUpdateRules(id, (*rule).disable)
}

func (s *Solver) enableUpdateRule(id SolvableID) {
	s.noUpdate.clear(id)
	if u := &s.rules[s.updateRule(id)]; u.p != 0 {
		u.enable()
	} else if f := &s.rules[s.featureRule(id)]; f.p != 0 {
		f.enable()
	}
	s.bestUpdateRules(id, (*rule).enable)
}

// bestUpdateRules calls f for the best rules of an installed package.
func (s *Solver) bestUpdateRules(id SolvableID, f func(*rule)) {
	for r := s.bestUpdateStart; r < s.bestRules.end; r++ {
		if s.bestInfo[r-s.bestRules.start].pkg == id {
			f(&s.rules[r])
		}
	}
}
