package solver

import "slices"

// addYumObsRules keeps packages together that replace parts of one that was split:
// several names that obsolete an installed package through the same dependency. A
// package of one name requires one of each other name.
func (s *Solver) addYumObsRules() {
	if !s.Flags.YumObsoletes || s.installed == nil || s.obsoletes == nil {
		return
	}
	for _, obs := range s.obsoletesOfInstalled() {
		groups := s.obsoletingGroups(obs)
		for i, group := range groups {
			for _, id := range group {
				if s.isInstalled(id) {
					continue
				}
				for k, other := range groups {
					if k != i && len(other) > 0 {
						s.addRuleSet(-id, other)
						s.yumObsInfo = append(s.yumObsInfo, obs)
					}
				}
			}
		}
	}
}

// yumColors reports whether a package may replace another in view of word sizes.
func (s *Solver) yumColors(a, b *Solvable) bool {
	f := &s.pool.Flags
	return !f.ObsoleteUsesColors && !f.ImplicitObsoleteUsesColors || s.pool.colorMatch(a, b)
}

// obsoletesOfInstalled returns the distinct obsoletes dependencies that hit
// installed packages.
func (s *Solver) obsoletesOfInstalled() []ID {
	p := s.pool
	var out []ID
	seen := map[ID]bool{}
	s.installedPackages(func(id SolvableID) {
		sv := &p.solvables[id]
		for _, o := range s.obsoletes[id] {
			for _, obs := range p.list(&p.solvables[o], Obsoletes) {
				if seen[obs] {
					continue
				}
				hits := slices.ContainsFunc(p.provide(obs), func(q SolvableID) bool {
					return s.isInstalled(q) && (p.Flags.ObsoleteUsesProvides || p.MatchNEVR(q, obs)) &&
						s.yumColors(sv, &p.solvables[q])
				})
				if hits {
					seen[obs] = true
					out = append(out, obs)
				}
			}
		}
	})
	return out
}

// obsoletingGroups returns the packages with an obsoletes dependency, grouped by
// name, or nothing if only one name survives the pruning to the best packages.
func (s *Solver) obsoletingGroups(obs ID) [][]SolvableID {
	p := s.pool
	var all []SolvableID
	collect := func(q, o SolvableID) {
		so := &p.solvables[o]
		if so.deps[Obsoletes] != 0 && s.yumColors(&p.solvables[q], so) && slices.Contains(p.list(so, Obsoletes), obs) {
			all = appendUnique(all, o)
		}
	}
	for _, q := range p.provide(obs) {
		if !s.isInstalled(q) || !p.Flags.ObsoleteUsesProvides && !p.MatchNEVR(q, obs) {
			continue
		}
		for _, o := range s.obsoletes[q] {
			collect(q, o)
		}
		p.sameNamed(p.solvables[q].Name, func(o SolvableID, _ *Solvable) bool {
			collect(q, o)
			return true
		})
	}
	best := s.bestVersions(slices.Clone(all))
	if len(best) < 2 {
		return nil
	}
	groups := make([][]SolvableID, 0, len(best))
	for _, b := range best {
		var group []SolvableID
		for _, id := range all {
			if p.solvables[id].Name == p.solvables[b].Name {
				group = append(group, id)
			}
		}
		groups = append(groups, group)
	}
	return groups
}
