package solver

// A distribution upgrade brings installed packages to what a set of wanted packages
// (dup) has, in both directions. dupInvolved are the packages that this is about.

func (s *Solver) createDupMaps() {
	p := s.pool
	s.dup = newBitmap(len(p.solvables))
	for _, j := range s.jobs {
		if j.verb() == VerbDistUpgrade {
			s.readDupJob(j)
		}
	}
	if s.dupInvolved != nil {
		s.dupInvolved.clear(SystemSolvable)
	}
	// Involved installed packages count as to be updated.
	if s.dupInvolvedAll {
		s.updateAll = true
	} else if !s.updateAll && s.dupInvolved != nil {
		s.installedPackages(func(id SolvableID) {
			if s.dupInvolved.has(id) {
				ensure(&s.update, len(p.solvables)).set(id)
			}
		})
	}
}

func (s *Solver) readDupJob(j Job) {
	p := s.pool
	targeted := j.How&JobTargeted != 0
	switch j.selection() {
	case SelAll:
		s.readDupAll(j)
	case SelRepo:
		if j.What == 0 || int(j.What) >= len(p.repos) {
			return
		}
		foreign := p.repos[j.What] != s.installed
		if foreign && !targeted && s.Flags.NoAutoTarget {
			return
		}
		p.eachSelected(SelRepo, j.What, func(id SolvableID) {
			if !foreign || p.Installable(id) {
				s.addToDup(id, j.How, targeted || foreign)
			}
		})
	default:
		if !targeted && !s.Flags.NoAutoTarget {
			targeted = true
			p.eachNamed(j.selection(), j.What, func(id SolvableID) {
				if s.isInstalled(id) {
					targeted = false
				}
			})
		}
		p.eachNamed(j.selection(), j.What, func(id SolvableID) {
			if p.solvables[id].repo == 0 || !s.isInstalled(id) && (!targeted || !p.Installable(id)) {
				return
			}
			s.addToDup(id, j.How, targeted)
		})
	}
}

func (s *Solver) readDupAll(j Job) {
	p := s.pool
	s.dupInvolvedAll = true
	for id := SolvableID(2); id < p.NumSolvables(); id++ {
		if p.solvables[id].repo != 0 && !s.isInstalled(id) && p.Installable(id) {
			s.dup.set(id)
		}
	}
	s.bestUpdateAll = s.bestUpdateAll || j.How&JobForceBest != 0
	if j.How&JobCleanDeps != 0 {
		s.installedPackages(s.addCleanDepsUpdate)
	}
}

// addToDup involves a package and what is related to it by name or obsoletes. If
// targeted the package itself is wanted, otherwise the available related ones are.
func (s *Solver) addToDup(id SolvableID, how How, targeted bool) {
	p := s.pool
	involved := ensure(&s.dupInvolved, len(p.solvables))
	involved.set(id)
	if targeted {
		s.dup.set(id)
	}
	sv := &p.solvables[id]
	p.sameNamed(sv.Name, func(q SolvableID, _ *Solvable) bool {
		involved.set(q)
		if s.isInstalled(q) {
			if targeted {
				s.involveObsoleters(q)
			}
			s.markDupBest(q, how)
		} else if !targeted {
			s.dup.set(q)
		}
		return true
	})
	if s.isInstalled(id) {
		for _, q := range s.obsoletes[id] {
			if !s.isInstalled(q) {
				involved.set(q)
				if !targeted {
					s.dup.set(q)
				}
			}
		}
		return
	}
	if !targeted {
		return
	}
	for _, obs := range p.list(sv, Obsoletes) {
		for _, q := range p.provide(obs) {
			if !p.obsoleted(sv, q, obs) {
				continue
			}
			involved.set(q)
			if s.isInstalled(q) {
				s.involveObsoleters(q)
				s.markDupBest(q, how)
			}
		}
	}
}

func (s *Solver) involveObsoleters(id SolvableID) {
	for _, q := range s.obsoletes[id] {
		if !s.isInstalled(q) {
			s.dupInvolved.set(q)
		}
	}
}

func (s *Solver) markDupBest(id SolvableID, how How) {
	if s.bestUpdateAll {
		how &^= JobForceBest
	}
	s.markBestUpdate(id, how)
}

// addDupRules forbids involved packages that are not wanted.
func (s *Solver) addDupRules() {
	if !s.dupInvolvedAll && s.dupInvolved == nil {
		return
	}
	p := s.pool
	for id := SolvableID(2); id < p.NumSolvables(); id++ {
		if !s.added.has(id) || !s.firstNamed(id) {
			continue
		}
		p.sameNamed(p.solvables[id].Name, func(q SolvableID, _ *Solvable) bool {
			if s.added.has(q) && s.inDup(q) && !s.dup.has(q) {
				s.addDupRule(q)
			}
			return true
		})
	}
}

func (s *Solver) addDupRule(id SolvableID) {
	p := s.pool
	if !s.isInstalled(id) {
		s.addRule(-id, 0, 0)
		return
	}
	if p.Disabled(id) {
		return // excluded installed packages always stay
	}
	if s.identicalToWanted(id) || s.orphanedInDup(id) {
		s.dup.set(id) // the best rules look at it
		return
	}
	if up, ok := s.specialUpdaters(id); ok {
		s.addRuleSet(-id, up)
		return
	}
	if s.onlyItself(id) {
		s.dup.set(id)
		return
	}
	s.addRule(-id, 0, 0)
}

func (s *Solver) identicalToWanted(id SolvableID) bool {
	p := s.pool
	for _, q := range p.provide(p.solvables[id].Name) {
		if s.dup.has(q) && p.Identical(id, q) {
			return true
		}
	}
	return false
}

// orphanedInDup reports a package without update and feature rules.
func (s *Solver) orphanedInDup(id SolvableID) bool {
	return s.rules[s.updateRule(id)].p == 0 && s.rules[s.featureRule(id)].p == 0
}

// onlyItself reports a package that nothing can replace.
func (s *Solver) onlyItself(id SolvableID) bool {
	r := &s.rules[s.updateRule(id)]
	if r.p == 0 {
		r = &s.rules[s.featureRule(id)]
	}
	if r.p != id || r.d != 0 || r.w[1] != 0 {
		return false
	}
	f := &s.rules[s.featureRule(id)]
	return f.p == 0 || f.d == 0 && f.w[1] == 0
}
