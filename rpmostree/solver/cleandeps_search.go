package solver

import "slices"

// unneededSearch is the state of findUnneeded.
type unneededSearch struct {
	s         *Solver
	p         *Pool
	unneeded  bool
	user      bitmap // packages the user asked for; in the second pass the erased ones
	kept      bitmap // packages still in
	installed bitmap
	queue     []SolvableID
	forced    []ID // supplements that jobs take away
}

func newUnneededSearch(s *Solver, unneeded bool) *unneededSearch {
	n := len(s.pool.solvables)
	return &unneededSearch{
		s: s, p: s.pool, unneeded: unneeded,
		user: newBitmap(n), kept: newBitmap(n), installed: newBitmap(n),
	}
}

func (u *unneededSearch) markUserInstalled() {
	s := u.s
	var namespaces []ID
	for _, j := range s.jobs {
		switch {
		case j.verb() == VerbUserInstalled:
			if s.selectsInstalled(j) {
				s.installedPackages(u.user.set)
			}
			u.p.eachNamed(j.selection(), j.What, func(id SolvableID) {
				if s.isInstalled(id) {
					u.user.set(id)
				}
			})
		case j.verb() == VerbErase && j.selection() == SelProvides && j.What.IsRel():
			if r := u.p.rel(j.What); r.op == OpNamespace {
				if r.evr == 0 {
					namespaces = append(namespaces, r.name)
				} else if len(u.p.provide(j.What)) == 0 {
					namespaces = append(namespaces, j.What)
				}
			}
		}
	}
	if len(namespaces) > 0 {
		u.findForced(namespaces)
	}
	s.installedPackages(func(id SolvableID) {
		if hasPrefix(u.p.strs.get(u.p.solvables[id].Name), "product:") {
			u.user.set(id)
		}
	})
	// What jobs ask for, such as locks, counts as asked for by the user.
	for i, job := range s.ruleToJob {
		r := &s.rules[s.jobRules.start+RuleID(i)]
		if r.disabled() || s.jobs[job].How&JobCleanDeps != 0 {
			continue
		}
		for l := range s.literals(r) {
			if l > 0 && s.isInstalled(l) {
				u.user.set(l)
			}
		}
	}
}

// findForced collects supplements that only hold thanks to namespaces which jobs
// erase.
func (u *unneededSearch) findForced(namespaces []ID) {
	u.s.installedPackages(func(id SolvableID) {
		for _, sup := range u.p.list(&u.p.solvables[id], Supplements) {
			if sup.IsRel() && u.holdsWith(namespaces, sup) && !u.holdsWith(nil, sup) && !slices.Contains(u.forced, sup) {
				u.forced = append(u.forced, sup)
			}
		}
	})
}

// holdsWith reports whether a supplement holds for what is installed, with some
// namespaces taken as fulfilled.
func (u *unneededSearch) holdsWith(namespaces []ID, dep ID) bool {
	if dep.IsRel() {
		switch r := u.p.rel(dep); r.op {
		case OpAnd:
			return u.holdsWith(namespaces, r.name) && u.holdsWith(namespaces, r.evr)
		case OpOr:
			return u.holdsWith(namespaces, r.name) || u.holdsWith(namespaces, r.evr)
		case OpNamespace:
			if r.name == NamespaceSplitProvides {
				return false
			}
			if slices.Contains(namespaces, dep) || slices.Contains(namespaces, r.name) {
				return true
			}
		}
	}
	return slices.ContainsFunc(u.p.provide(dep), func(id SolvableID) bool {
		return id == SystemSolvable || u.s.isInstalled(id)
	})
}

// collectErased returns the packages that jobs with JobCleanDeps remove or replace.
func (u *unneededSearch) collectErased() []SolvableID {
	s := u.s
	var out []SolvableID
	for i, job := range s.ruleToJob {
		r := &s.rules[s.jobRules.start+RuleID(i)]
		j := s.jobs[job]
		switch {
		case r.disabled():
		case r.p < 0 && r.isAssertion():
			if !s.isInstalled(-r.p) {
				continue
			}
			u.user.clear(-r.p)
			if !u.unneeded && j.verb() == VerbErase && j.How&JobCleanDeps != 0 {
				out = append(out, -r.p)
			}
		case r.p > 0 && !u.unneeded && j.How&JobCleanDeps != 0:
			out = append(out, u.replacedBy(r)...)
		}
	}
	return out
}

// replacedBy returns the installed packages that every literal of an install rule is
// or replaces.
func (u *unneededSearch) replacedBy(r *rule) []SolvableID {
	s := u.s
	if r.isAssertion() && s.isInstalled(r.p) {
		return nil
	}
	var all []SolvableID
	first := true
	for l := range s.literals(r) {
		if l < 0 || s.multiversion.test(l) && !s.Flags.KeepExplicitObsoletes {
			return nil
		}
		switch {
		case !s.isInstalled(l):
			all = s.intersectReplaced(all, l, first)
		case first:
			all = []SolvableID{l}
		default:
			all = slices.DeleteFunc(all, func(id SolvableID) bool { return id != l })
		}
		first = false
		if len(all) == 0 {
			return nil
		}
	}
	return all
}

// updateSeeds returns the packages to update that are not there because of others.
func (u *unneededSearch) updateSeeds() []SolvableID {
	s := u.s
	list := slices.DeleteFunc(slices.Clone(s.cleanDepsUpdate), func(id SolvableID) bool { return !s.isInstalled(id) })
	seeds := s.filterNeededByOthers(slices.Clone(list), nil, true)
	seeds = slices.DeleteFunc(seeds, u.user.has)
	for _, id := range list {
		if u.user.has(id) {
			seeds = append(seeds, id)
		}
	}
	return seeds
}

func (u *unneededSearch) start() {
	u.s.installedPackages(func(id SolvableID) {
		u.installed.set(id)
		if !u.unneeded || u.user.has(id) {
			u.kept.set(id)
		}
	})
	u.installed.set(SystemSolvable)
	u.kept.set(SystemSolvable)
}

// removePass follows the dependencies of removed packages.
func (u *unneededSearch) removePass() {
	s := u.s
	for i := 0; ; i++ {
		if i == len(u.queue) {
			u.queue, i = u.queue[:0], 0
			if u.unneeded {
				return
			}
			if u.removeSupplementing(); len(u.queue) == 0 {
				return
			}
		}
		id := u.queue[i]
		if !u.kept.has(id) || !u.installed.has(id) || s.isInstalled(id) && u.user.has(id) {
			continue
		}
		u.kept.clear(id)
		sv := &u.p.solvables[id]
		for _, k := range []DepKind{Requires, Recommends} {
			for _, d := range u.p.list(sv, k) {
				if d != preMarker {
					u.removeDep(d)
				}
			}
		}
	}
}

func (u *unneededSearch) removeDep(dep ID) {
	drop := func(id SolvableID) {
		if id != SystemSolvable && u.kept.has(id) {
			u.queue = append(u.queue, id)
		}
	}
	if !u.p.isComplex(dep) {
		for _, id := range u.p.provide(dep) {
			drop(id)
		}
		return
	}
	blocks, _ := u.p.normalize(dep, 0)
	for _, block := range blocks {
		for _, l := range block {
			if l < 0 {
				if !u.installed.has(-l) {
					break
				}
				continue
			}
			drop(l)
		}
	}
}

// removeSupplementing queues packages that supplemented what has gone. What such a
// supplement mentions besides stays: bringing the package back would not help it.
func (u *unneededSearch) removeSupplementing() {
	s := u.s
	kept := func(d ID) bool { return s.depPossible(d, u.kept) }
	s.installedPackages(func(id SolvableID) {
		sv := &u.p.solvables[id]
		if sv.deps[Supplements] == 0 || !u.kept.has(id) || u.user.has(id) {
			return
		}
		supplements := u.p.list(sv, Supplements)
		if slices.ContainsFunc(supplements, kept) {
			return
		}
		for _, sup := range supplements {
			if s.depPossible(sup, u.installed) || slices.Contains(u.forced, sup) {
				for _, q := range s.mentioned(sup, u.kept) {
					if s.isInstalled(q) {
						u.user.set(q)
					}
				}
				u.queue = append(u.queue, id)
			}
		}
	})
}

// mentioned returns the packages that a dependency looks at, from a set if given.
func (s *Solver) mentioned(dep ID, m bitmap) []SolvableID {
	p := s.pool
	if dep.IsRel() {
		switch r := p.rel(dep); r.op {
		case OpAnd:
			return append(s.mentioned(r.name, m), s.mentioned(r.evr, m)...)
		case OpCond, OpUnless:
			out := s.mentioned(r.name, m)
			if r.evr.IsRel() {
				if e := p.rel(r.evr); e.op == OpElse {
					out = append(out, s.mentioned(e.evr, m)...)
				}
			}
			return out
		case OpNamespace:
			if r.name == NamespaceSplitProvides {
				return nil
			}
		}
	}
	var out []SolvableID
	for _, id := range p.provide(dep) {
		if m == nil || m.has(id) {
			out = append(out, id)
		}
	}
	return out
}

// addBackPass brings back what is needed by the packages that are still in and by
// jobs.
func (u *unneededSearch) addBackPass() {
	s := u.s
	u.user.reset()
	for i := range s.ruleToJob {
		r := &s.rules[s.jobRules.start+RuleID(i)]
		if r.p < 0 && r.d == 0 && r.w[1] == 0 {
			u.kept.clear(-r.p)
			if s.isInstalled(-r.p) {
				u.user.set(-r.p)
			}
		}
	}
	if !u.unneeded {
		for _, id := range s.cleanDepsUpdate {
			if s.isInstalled(id) {
				u.user.set(id)
			}
		}
	}
	u.kept.set(SystemSolvable)
	u.queue = u.queue[:0]
	for id := s.installed.start; id < s.installed.end; id++ {
		if u.kept.has(id) {
			u.queue = append(u.queue, id)
		}
	}
	for i := range s.ruleToJob {
		if r := &s.rules[s.jobRules.start+RuleID(i)]; !r.disabled() {
			for l := range s.literals(r) {
				if l > 0 {
					u.queue = append(u.queue, l)
				}
			}
		}
	}
	for _, j := range s.jobs {
		if j.verb() == VerbUserInstalled && j.selection() == SelPkg && !s.isInstalled(SolvableID(j.What)) {
			u.queue = append(u.queue, SolvableID(j.What))
		}
	}
	for i := 0; ; i++ {
		if i == len(u.queue) {
			u.queue, i = u.queue[:0], 0
			if u.addSupplementing(); len(u.queue) == 0 {
				return
			}
		}
		id := u.queue[i]
		u.addLockStep(id)
		sv := &u.p.solvables[id]
		for _, k := range []DepKind{Requires, Recommends} {
			for _, d := range u.p.list(sv, k) {
				if d != preMarker {
					u.addDep(id, d)
				}
			}
		}
	}
}

// comeBack queues an installed package that was removed, unless it is erased.
func (u *unneededSearch) comeBack(id SolvableID) {
	if !u.kept.has(id) && u.installed.has(id) && !u.user.has(id) {
		u.kept.set(id)
		u.queue = append(u.queue, id)
	}
}

func (u *unneededSearch) addDep(id SolvableID, dep ID) {
	if !u.p.isComplex(dep) {
		set := u.p.provide(dep)
		if !slices.Contains(set, id) {
			for _, q := range set {
				u.comeBack(q)
			}
		}
		return
	}
	blocks, _ := u.p.normalize(dep, 0)
	for _, block := range blocks {
		holds := func(l SolvableID) bool { return l < 0 && !u.installed.has(-l) || l == id }
		if slices.ContainsFunc(block, holds) {
			continue
		}
		for _, l := range block {
			if l > 0 {
				u.comeBack(l)
			}
		}
	}
}

func (u *unneededSearch) addSupplementing() {
	s := u.s
	s.installedPackages(func(id SolvableID) {
		sv := &u.p.solvables[id]
		if sv.deps[Supplements] == 0 || u.user.has(id) || u.kept.has(id) {
			return
		}
		if slices.ContainsFunc(u.p.list(sv, Supplements), func(d ID) bool { return s.depPossible(d, u.kept) }) {
			u.kept.set(id)
			u.queue = append(u.queue, id)
		}
	})
}

// addLockStep keeps the partner of the best architecture beside a package.
func (u *unneededSearch) addLockStep(id SolvableID) {
	if !u.p.Flags.ImplicitObsoleteUsesColors || !u.s.isInstalled(id) {
		return
	}
	sv := &u.p.solvables[id]
	best := uint32(0)
	u.p.sameNamed(sv.Name, func(q SolvableID, sq *Solvable) bool {
		if a := u.p.arch.score(sq.Arch); !u.s.isInstalled(q) && a > 1 && (best == 0 || a < best) {
			best = a
		}
		return true
	})
	if best == 0 || u.p.arch.score(sv.Arch) == best {
		return
	}
	u.p.sameNamed(sv.Name, func(q SolvableID, sq *Solvable) bool {
		if u.s.isInstalled(q) && sq.EVR == sv.EVR && sq.Arch != sv.Arch &&
			u.p.arch.score(sq.Arch) == best && u.kept.add(q) {
			u.queue = append(u.queue, q)
		}
		return true
	})
}
