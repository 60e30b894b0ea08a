package solver

import (
	"maps"
	"slices"
)

func ensure(m *bitmap, n int) bitmap {
	if *m == nil {
		*m = newBitmap(n)
	}
	return *m
}

func (s *Solver) markMultiversion() {
	for _, j := range s.jobs {
		if j.verb() == VerbMultiversion {
			m := ensure(&s.multiversion, len(s.pool.solvables))
			s.pool.eachSelected(j.selection(), j.What, m.set)
		}
	}
}

func (s *Solver) markExcludeFromWeak() {
	for _, j := range s.jobs {
		if j.verb() == VerbExcludeFromWeak {
			m := ensure(&s.excludeFromWeak, len(s.pool.solvables))
			s.pool.eachSelectedRepo(j, m.set)
		}
	}
}

// eachSelectedRepo is eachSelected for jobs that do not understand "all packages".
func (p *Pool) eachSelectedRepo(j Job, f func(SolvableID)) {
	if j.selection() != SelAll {
		p.eachSelected(j.selection(), j.What, f)
	}
}

// selectsInstalled reports whether a job names all installed packages at once.
func (s *Solver) selectsInstalled(j Job) bool {
	return j.selection() == SelAll ||
		j.selection() == SelRepo && s.installed != nil && int32(j.What) == s.installed.index
}

// markInstalled sets the installed packages that a job names one by one.
func (s *Solver) markInstalled(j Job, m *bitmap) {
	s.pool.eachNamed(j.selection(), j.What, func(id SolvableID) {
		if s.isInstalled(id) {
			ensure(m, len(s.pool.solvables)).set(id)
		}
	})
}

// readUpdateJobs evaluates the jobs that must be known before rules are made.
func (s *Solver) readUpdateJobs() {
	for _, j := range s.jobs {
		switch j.verb() {
		case VerbVerify:
			s.fixAll = s.fixAll || s.selectsInstalled(j)
			s.markInstalled(j, &s.fix)
		case VerbUpdate:
			s.readUpdateJob(j)
		case VerbDropOrphaned:
			s.dropOrphanedAll = s.dropOrphanedAll || s.selectsInstalled(j)
			s.markInstalled(j, &s.dropOrphaned)
		case VerbAllowUninstall:
			s.allowUninstAll = s.allowUninstAll || s.selectsInstalled(j)
			s.markInstalled(j, &s.allowUninst)
		}
	}
	s.finishUpdateTargets()
}

func (s *Solver) readUpdateJob(j Job) {
	targeted := j.How&JobTargeted != 0
	switch {
	case j.selection() == SelAll, j.selection() == SelRepo && s.selectsInstalled(j) && !targeted:
		s.updateAll = true
		s.bestUpdateAll = s.bestUpdateAll || j.How&JobForceBest != 0
		if j.How&JobCleanDeps != 0 {
			s.installedPackages(s.addCleanDepsUpdate)
		}
		return
	case j.selection() == SelRepo:
		if s.Flags.NoAutoTarget && !targeted {
			return
		}
	case !targeted:
		if s.updateInstalled(j) || s.Flags.NoAutoTarget {
			return
		}
	}
	s.pool.eachSelected(j.selection(), j.What, func(id SolvableID) { s.addUpdateTarget(id, j.How) })
}

// updateInstalled marks the installed packages of a job for update. It returns
// false when there are none: then the job names what to update to.
func (s *Solver) updateInstalled(j Job) bool {
	found := false
	s.pool.eachNamed(j.selection(), j.What, func(id SolvableID) {
		if s.isInstalled(id) {
			ensure(&s.update, len(s.pool.solvables)).set(id)
			s.markBestUpdate(id, j.How)
			found = true
		}
	})
	return found
}

// markBestUpdate applies the flags of an update job to an installed package.
func (s *Solver) markBestUpdate(id SolvableID, how How) {
	if how&JobForceBest != 0 {
		ensure(&s.bestUpdate, len(s.pool.solvables)).set(id)
	}
	if how&JobCleanDeps != 0 {
		s.addCleanDepsUpdate(id)
	}
}

// addUpdateTarget makes a package the target of updates of the installed packages
// of its name and those it obsoletes.
func (s *Solver) addUpdateTarget(id SolvableID, how How) {
	p := s.pool
	if s.updateTargets == nil {
		s.updateTargets = map[SolvableID][]SolvableID{}
	}
	to := func(from, target SolvableID) {
		s.updateTargets[from] = append(s.updateTargets[from], target)
	}
	sv := &p.solvables[id]
	sameName := func(f func(SolvableID)) {
		for _, q := range p.provide(sv.Name) {
			sq := &p.solvables[q]
			if s.isInstalled(q) && sq.Name == sv.Name && q != id &&
				(!p.Flags.ImplicitObsoleteUsesColors || p.colorMatch(sv, sq)) {
				f(q)
			}
		}
	}
	if s.isInstalled(id) {
		to(id, id)
		sameName(func(q SolvableID) { to(q, id) })
		return
	}
	var from []SolvableID
	identical := SolvableID(0)
	sameName(func(q SolvableID) {
		s.markBestUpdate(q, how)
		from = append(from, q)
		if p.Identical(id, q) {
			identical = q
		}
	})
	for _, obs := range p.list(sv, Obsoletes) {
		for _, q := range p.provide(obs) {
			if s.isInstalled(q) && p.solvables[q].Name != sv.Name && p.obsoleted(sv, q, obs) {
				s.markBestUpdate(q, how)
				from = append(from, q)
			}
		}
	}
	for _, q := range from {
		to(q, id)
		if identical != 0 {
			to(q, identical)
		}
	}
}

func (s *Solver) finishUpdateTargets() {
	if len(s.updateTargets) == 0 {
		s.updateTargets = nil
		return
	}
	for _, id := range slices.Sorted(maps.Keys(s.updateTargets)) {
		l := s.updateTargets[id]
		slices.Sort(l)
		s.updateTargets[id] = slices.Compact(l)
		ensure(&s.update, len(s.pool.solvables)).set(id)
	}
}

// pruneToTargets keeps the update targets of an installed package if it has any.
func (s *Solver) pruneToTargets(id SolvableID, list []SolvableID) []SolvableID {
	targets := s.updateTargets[id]
	if len(targets) == 0 {
		return list
	}
	return slices.DeleteFunc(list, func(q SolvableID) bool { return !slices.Contains(targets, q) })
}

// setupFavor reads favor and disfavor jobs. Later jobs win.
func (s *Solver) setupFavor() {
	s.favor = make([]int32, len(s.pool.solvables))
	for i, j := range s.jobs {
		v := int32(i + 1)
		switch j.verb() {
		case VerbFavor:
		case VerbDisfavor:
			v = -v
		default:
			continue
		}
		s.pool.eachSelectedRepo(j, func(id SolvableID) {
			s.favor[id] = v
			s.haveDisfavored = s.haveDisfavored || v < 0
		})
	}
}
