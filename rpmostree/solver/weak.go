package solver

import "slices"

// resolveWeak installs what chosen packages recommend and what supplements them. It
// returns true if there was anything to do.
func (s *Solver) resolveWeak(level int32) (int32, bool) {
	recommended, supplementing := s.weakCandidates()
	all := s.pruneWeak(recommended)
	supplementing = s.pruneSupplementing(supplementing)
	all = appendUnique(all, supplementing...)
	switch len(all) {
	case 0:
		return level, false
	case 1:
		return s.setAndPropagate(level, all[0], false, 0, ReasonWeakDep), true
	}
	best := newBitmap(len(s.pool.solvables))
	for _, id := range s.filter(all, modeRecommend) {
		best.set(id)
	}
	supplementing = slices.DeleteFunc(supplementing, func(id SolvableID) bool { return !best.has(id) })
	if len(supplementing) > 1 {
		s.reorderSupplements(supplementing)
	}
	decisions := len(s.queue)
	for _, id := range supplementing {
		if s.level[id] != 0 {
			continue
		}
		before := level
		if level = s.setAndPropagate(level, id, false, 0, ReasonWeakDep); level <= before {
			return level, true
		}
	}
	if len(s.queue) < decisions {
		return level, true
	}
	return s.installRecommended(level, decisions, best), true
}

// weakCandidates returns the undecided packages that chosen ones recommend, by the
// ids of these, and the packages that supplement chosen ones.
func (s *Solver) weakCandidates() (recommended, supplementing []SolvableID) {
	p := s.pool
	var chosen []SolvableID
	for _, l := range s.queue {
		if l > 0 && p.solvables[l].deps[Recommends] != 0 && (s.Flags.AddAlreadyRecommended || !s.isInstalled(l)) {
			chosen = append(chosen, l)
		}
	}
	slices.Sort(chosen)
	queued := newBitmap(len(p.solvables))
	for _, id := range chosen {
		recommended = s.collectRecommends(&p.solvables[id], recommended, queued)
	}
	for _, id := range p.prov.reverse {
		if s.level[id] == 0 && p.Installable(id) && s.isSupplementing(id) && !s.dropsInstalledOrphan(id) &&
			!s.isDisfavored(id) && !s.excludeFromWeak.test(id) {
			supplementing = append(supplementing, id)
		}
	}
	return recommended, supplementing
}

func (s *Solver) isDisfavored(id SolvableID) bool {
	return s.haveDisfavored && s.favor != nil && s.favor[id] < 0
}

// dropsInstalledOrphan reports an installed package that a distribution upgrade is
// about to drop.
func (s *Solver) dropsInstalledOrphan(id SolvableID) bool {
	return s.processOrphans && s.isInstalled(id) && s.dropsOrphan(id)
}

// collectRecommends appends the providers of a package's unfulfilled recommends that
// are not in the list yet; queued is the set of the list.
func (s *Solver) collectRecommends(sv *Solvable, list []SolvableID, queued bitmap) []SolvableID {
	p := s.pool
	for _, rec := range p.list(sv, Recommends) {
		if s.Flags.OnlyNamespaceRecommended && !p.mentionsNamespace(rec) {
			continue
		}
		if p.isComplex(rec) {
			for _, id := range s.complexRecommends(rec, nil) {
				if queued.add(id) {
					list = append(list, id)
				}
			}
			continue
		}
		set := p.provide(rec)
		if slices.ContainsFunc(set, func(id SolvableID) bool { return s.level[id] > 0 }) {
			continue
		}
		for _, id := range set {
			if s.level[id] == 0 && !s.dropsInstalledOrphan(id) && queued.add(id) {
				list = append(list, id)
			}
		}
	}
	return list
}

// complexRecommends returns the undecided positive literals of the clauses that
// apply and are not fulfilled; with a set only those in it.
func (s *Solver) complexRecommends(rec ID, only bitmap) []SolvableID {
	blocks, _ := s.pool.normalize(rec, 0)
	var out []SolvableID
	for _, block := range blocks {
		first := len(out)
		for _, l := range block {
			if l < 0 {
				if s.level[-l] <= 0 {
					break
				}
				continue
			}
			if s.level[l] > 0 {
				out = out[:first]
				break
			}
			if s.level[l] == 0 && (only == nil && !s.dropsInstalledOrphan(l) || only.test(l)) {
				out = append(out, l)
			}
		}
	}
	return appendUnique(nil, out...)
}

// pruneWeak drops recommended packages that must not come in by weak dependencies.
func (s *Solver) pruneWeak(list []SolvableID) []SolvableID {
	if len(list) == 0 {
		return nil
	}
	obsoleted := s.obsoletedByInstalled()
	return slices.DeleteFunc(list, func(id SolvableID) bool {
		return s.isDisfavored(id) || s.excludeFromWeak.test(id) || obsoleted.test(id)
	})
}

// obsoletedByInstalled returns the packages that installed ones which stay obsolete.
func (s *Solver) obsoletedByInstalled() bitmap {
	if s.installed == nil {
		return nil
	}
	p := s.pool
	m := newBitmap(len(p.solvables))
	s.installedPackages(func(id SolvableID) {
		sv := &p.solvables[id]
		if sv.deps[Obsoletes] == 0 || s.level[id] <= 0 || !s.Flags.KeepExplicitObsoletes && s.multiversion.test(id) {
			return
		}
		for _, obs := range p.list(sv, Obsoletes) {
			for _, q := range p.provide(obs) {
				if p.obsoleted(sv, q, obs) {
					m.set(q)
				}
			}
		}
	})
	return m
}

func (s *Solver) pruneSupplementing(list []SolvableID) []SolvableID {
	if len(list) == 0 {
		return nil
	}
	p := s.pool
	obsoleted := s.obsoletedByInstalled()
	onlyNew := !s.Flags.AddAlreadyRecommended || s.Flags.OnlyNamespaceRecommended
	return slices.DeleteFunc(list, func(id SolvableID) bool {
		if obsoleted.test(id) || onlyNew && !s.newlySupplementing(id) {
			return true
		}
		// Another version of a multiversion package, or another architecture of a
		// package, is chosen already.
		multi := s.multiversion.test(id)
		sv := &p.solvables[id]
		other := false
		p.sameNamed(sv.Name, func(q SolvableID, sq *Solvable) bool {
			other = s.level[q] > 0 && (multi || p.Flags.ImplicitObsoleteUsesColors && sq.Arch != sv.Arch)
			return !other
		})
		return other
	})
}

// installRecommended goes through the decisions in order and installs what they
// recommend, as far as it is among the best candidates.
func (s *Solver) installRecommended(level int32, decisions int, best bitmap) int32 {
	p := s.pool
	for i := 0; i < decisions; i++ {
		id := s.queue[i]
		if id < 0 || p.solvables[id].repo == 0 || !s.Flags.AddAlreadyRecommended && s.isInstalled(id) {
			continue
		}
		for _, rec := range p.list(&p.solvables[id], Recommends) {
			list := s.bestRecommended(rec, best)
			if len(list) == 0 {
				continue
			}
			if len(list) > 1 {
				list = s.filter(list, modeChoose)
			}
			if len(list) > 1 {
				s.addBranch(branch{level: level, from: id, dep: rec}, list)
			}
			before := level
			level = s.setAndPropagate(level, list[0], false, 0, ReasonWeakDep)
			if level <= before || len(s.queue) < decisions {
				return level
			}
		}
	}
	return level
}

func (s *Solver) bestRecommended(rec ID, best bitmap) []SolvableID {
	if s.pool.isComplex(rec) {
		return s.complexRecommends(rec, best)
	}
	var list []SolvableID
	for _, id := range s.pool.provide(rec) {
		if s.level[id] > 0 {
			return nil
		}
		if s.level[id] == 0 && best.has(id) {
			list = append(list, id)
		}
	}
	return list
}
