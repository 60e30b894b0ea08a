package solver

import "slices"

// jobKinds says which special kinds of jobs there are.
type jobKinds struct {
	bestInstall, lock, favor bool
}

// addJobRule adds a rule for job i.
func (s *Solver) addJobRule(i int, p SolvableID, others []SolvableID) {
	s.addRuleSet(p, others)
	s.ruleToJob = append(s.ruleToJob, int32(i))
	if s.jobs[i].How&JobWeak != 0 {
		s.weakRules = append(s.weakRules, s.nextRule()-1)
	}
}

func (s *Solver) addJobRules() jobKinds {
	var k jobKinds
	candidates := s.installCandidates()
	for i, j := range s.jobs {
		before := s.nextRule()
		switch j.verb() {
		case VerbInstall:
			if s.addInstallJob(i, j) {
				k.bestInstall = k.bestInstall || j.How&JobForceBest != 0
			}
		case VerbErase:
			s.addEraseJob(i, j, candidates)
		case VerbWeakenDeps:
			if j.selection() == SelPkg {
				s.weakenDeps(SolvableID(j.What))
			}
		case VerbLock:
			s.pool.eachSelected(j.selection(), j.What, func(id SolvableID) {
				if s.isInstalled(id) {
					s.addJobRule(i, id, nil)
				} else {
					s.addJobRule(i, -id, nil)
				}
			})
			k.lock = k.lock || s.nextRule() > before
		case VerbFavor, VerbDisfavor:
			k.favor = true
		}
	}
	return k
}

// installCandidates returns the packages that install jobs ask for.
func (s *Solver) installCandidates() bitmap {
	m := newBitmap(len(s.pool.solvables))
	for _, j := range s.jobs {
		if j.verb() == VerbInstall {
			s.pool.eachNamed(j.selection(), j.What, m.set)
		}
	}
	return m
}

func isDepSelection(sel How) bool { return sel == SelName || sel == SelProvides }

// addInstallJob returns false when the job makes no rule that could be forced to
// the best version.
func (s *Solver) addInstallJob(i int, j Job) bool {
	sel := j.selection()
	if j.How&JobCleanDeps != 0 && s.installed != nil {
		ensure(&s.cleanDeps, len(s.pool.solvables))
	}
	if isDepSelection(sel) && s.pool.isComplex(j.What) {
		mode := clauseMode(0)
		if sel == SelName {
			mode = modeName
		}
		return s.addComplexJob(i, j.What, mode)
	}
	var list []SolvableID
	s.pool.eachNamed(sel, j.What, func(id SolvableID) { list = append(list, id) })
	if len(list) == 0 {
		if sel == SelOneOf {
			return false
		}
		list = []SolvableID{-SystemSolvable} // impossible
	}
	if sel == SelProvides && len(list) == 1 && s.forcesNamespace(j.What, list[0]) {
		list[0] = SystemSolvable
	}
	s.addJobRule(i, list[0], list[1:])
	return true
}

// forcesNamespace handles the installation of a namespace dependency, which means
// that packages supplementing it are installed as if the namespace were new.
func (s *Solver) forcesNamespace(dep ID, p SolvableID) bool {
	if p != SystemSolvable && p != -SystemSolvable || !dep.IsRel() {
		return false
	}
	r := s.pool.rel(dep)
	if r.op != OpNamespace {
		return false
	}
	if r.evr == 0 {
		dep = r.name
	}
	if !slices.Contains(s.installSupp, dep) {
		s.installSupp = append(s.installSupp, dep)
	}
	return true
}

func (s *Solver) addComplexJob(i int, dep ID, mode clauseMode) bool {
	blocks, t := s.pool.normalize(dep, mode)
	if t == isFalse {
		s.addJobRule(i, -SystemSolvable, nil)
	}
	for _, b := range blocks {
		s.addJobRule(i, b[0], b[1:])
	}
	return t == isOpen
}

func (s *Solver) addEraseJob(i int, j Job, candidates bitmap) {
	sel := j.selection()
	if j.How&JobCleanDeps != 0 && s.installed != nil {
		ensure(&s.cleanDeps, len(s.pool.solvables))
	}
	if isDepSelection(sel) && s.pool.isComplex(j.What) {
		mode := modeTerms | modeInvert
		if sel == SelName {
			mode |= modeName
		}
		s.addComplexJob(i, j.What, mode)
		return
	}
	before := s.nextRule()
	matches, only := 0, SolvableID(0)
	s.pool.eachSelected(sel, j.What, func(id SolvableID) {
		if s.isInstalled(id) {
			matches++
			only = id
		}
		s.addJobRule(i, -id, nil)
	})
	if matches == 1 && (sel == SelPkg || sel == SelName && j.What.IsRel()) {
		s.eraseOtherVersions(i, only, before, candidates)
	}
}

// eraseOtherVersions forbids the versions of a package that could come instead of
// the one that is to be erased.
func (s *Solver) eraseOtherVersions(i int, erased SolvableID, before RuleID, candidates bitmap) {
	p := s.pool
	end := s.nextRule()
	sv := &p.solvables[erased]
	for _, q := range p.provide(sv.Name) {
		sq := &p.solvables[q]
		if sq.Name != sv.Name || s.isInstalled(q) || candidates.has(q) {
			continue
		}
		if p.Flags.ImplicitObsoleteUsesColors && !p.colorMatch(sv, sq) {
			continue
		}
		if !slices.ContainsFunc(s.rules[before:end], func(r rule) bool { return r.p == -q }) {
			s.addJobRule(i, -q, nil)
		}
	}
}

// weakenDeps makes the requirements of a package optional.
func (s *Solver) weakenDeps(id SolvableID) {
	for r := s.pkgRules.start; r < s.pkgRules.end; r++ {
		if s.rules[r].p == -id && !(s.rules[r].tail() == 0 && s.rules[r].w[1] < 0) {
			s.weakRules = append(s.weakRules, r)
		}
	}
}
