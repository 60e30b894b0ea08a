package solver

import "slices"

// sameNamed calls f for the packages of a name, in the order of ids.
func (p *Pool) sameNamed(name ID, f func(SolvableID, *Solvable) bool) {
	for _, q := range p.provide(name) {
		if sq := &p.solvables[q]; sq.Name == name && !f(q, sq) {
			return
		}
	}
}

// firstNamed reports whether id is the first package of its name that has package
// rules.
func (s *Solver) firstNamed(id SolvableID) bool {
	first := false
	s.pool.sameNamed(s.pool.solvables[id].Name, func(q SolvableID, _ *Solvable) bool {
		if !s.added.has(q) {
			return true
		}
		first = q == id
		return false
	})
	return first
}

// addInfArchRules forbids packages of an architecture that is worse than the best
// one available for the name, except where such a package is installed.
func (s *Solver) addInfArchRules() {
	if s.Flags.NoInfArchCheck {
		return
	}
	for id := SolvableID(2); id < s.pool.NumSolvables(); id++ {
		if s.added.has(id) && s.firstNamed(id) {
			s.addInfArchGroup(s.pool.solvables[id].Name)
		}
	}
}

func (s *Solver) addInfArchGroup(name ID) {
	p := s.pool
	colors := p.Flags.ImplicitObsoleteUsesColors
	best, bestArch, kept := s.bestArchOf(name)
	if best == 0 && len(kept) > 1 && colors {
		for _, a := range kept {
			if score := p.arch.score(a); score > 1 && (best == 0 || score < best) {
				best = score
			}
		}
	}
	if best == 0 {
		return
	}
	if len(kept) == 1 && kept[0] == bestArch {
		kept = nil
	}
	if len(kept) > 0 && colors {
		kept = s.keptWithoutLockStep(name, best)
	}
	for _, bad := range s.inferior(name, best, kept) {
		s.addInferior(bad, best)
	}
}

// bestArchOf returns the best score among the available packages of a name and the
// architectures that are installed.
func (s *Solver) bestArchOf(name ID) (best uint32, bestArch ID, kept []ID) {
	p := s.pool
	p.sameNamed(name, func(q SolvableID, sq *Solvable) bool {
		if !s.added.has(q) {
			return true
		}
		score := p.arch.score(sq.Arch)
		if score != 1 && s.isInstalled(q) {
			if !s.inDup(q) && !slices.Contains(kept, sq.Arch) {
				kept = append(kept, sq.Arch)
			}
			return true
		}
		if score > 1 && (best == 0 || score < best) {
			best, bestArch = score, sq.Arch
		}
		return true
	})
	return best, bestArch, kept
}

// keptWithoutLockStep returns the inferior architectures that are installed and
// have no partner of the best architecture in the same version.
func (s *Solver) keptWithoutLockStep(name ID, best uint32) []ID {
	p := s.pool
	var kept []ID
	p.sameNamed(name, func(q SolvableID, sq *Solvable) bool {
		if !s.isInstalled(q) || !s.added.has(q) || s.inDup(q) {
			return true
		}
		score := p.arch.score(sq.Arch)
		if score != 0 && (score == 1 || sameClass(score, best) || len(s.lockStepPartners(q, best)) > 0) {
			return true
		}
		if !slices.Contains(kept, sq.Arch) {
			kept = append(kept, sq.Arch)
		}
		return true
	})
	return kept
}

// lockStepPartners returns the packages of the same name and version that are of
// the best architecture or of none.
func (s *Solver) lockStepPartners(id SolvableID, best uint32) []SolvableID {
	p := s.pool
	sv := &p.solvables[id]
	var out []SolvableID
	p.sameNamed(sv.Name, func(q SolvableID, sq *Solvable) bool {
		if q != id && sq.EVR == sv.EVR && sq.Arch != sv.Arch {
			if score := p.arch.score(sq.Arch); score == 1 || score != 0 && sameClass(score, best) {
				out = append(out, q)
			}
		}
		return true
	})
	return out
}

func (s *Solver) inferior(name ID, best uint32, kept []ID) []SolvableID {
	p := s.pool
	var bad []SolvableID
	p.sameNamed(name, func(q SolvableID, sq *Solvable) bool {
		score := p.arch.score(sq.Arch)
		if !s.added.has(q) || score == 1 || sameClass(score, best) {
			return true
		}
		if s.isInstalled(q) {
			// With colours it must keep step with its partner, see addInferior.
			if p.Flags.ImplicitObsoleteUsesColors {
				bad = append(bad, q)
			}
			return true
		}
		compatible := func(a ID) bool {
			ks := p.arch.score(a)
			return a == sq.Arch || ks != 0 && sameClass(ks, score)
		}
		if !slices.ContainsFunc(kept, compatible) {
			bad = append(bad, q)
		}
		return true
	})
	return bad
}

// addInferior forbids a package, with colours unless a partner comes with it.
func (s *Solver) addInferior(id SolvableID, best uint32) {
	if !s.pool.Flags.ImplicitObsoleteUsesColors {
		s.addRule(-id, 0, 0)
		return
	}
	partners := s.lockStepPartners(id, best)
	if s.isInstalled(id) && !slices.ContainsFunc(partners, s.isInstalled) {
		return
	}
	s.addRuleSet(-id, partners)
}
