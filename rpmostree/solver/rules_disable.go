package solver

import (
	"bytes"
	"slices"
)

// Jobs take policy rules out of effect that would contradict them.

type disableKind uint8

const (
	disableUpdate disableKind = iota
	disableInfArch
	disableDup
	disableBlack
	disablePrio
)

// disabling names the rules to disable: by package for update and black rules, by
// name for the others.
type disabling struct {
	kind disableKind
	pkg  SolvableID
	name ID
}

// disabledBy returns what a job disables.
func (s *Solver) disabledBy(j Job) []disabling {
	switch j.verb() {
	case VerbInstall:
		return s.disabledByInstall(j)
	case VerbErase:
		return s.disabledByErase(j)
	case VerbLock:
		return s.disabledByLock(j)
	}
	return nil
}

// setBits returns which properties of a package the user has chosen by an install
// job.
func (s *Solver) setBits(j Job) How {
	set := j.How & JobSetMask
	if set&JobNoAutoSet != 0 {
		return set &^ JobNoAutoSet
	}
	sel := j.selection()
	if sel == SelPkg {
		return set | JobSetName | JobSetArch | JobSetVendor | JobSetRepo | JobSetEVR
	}
	if sel == SelName {
		set |= JobSetName
	}
	if isDepSelection(sel) && j.What.IsRel() {
		r := s.pool.rel(j.What)
		if r.op == OpEQ && sel == SelName {
			if bytes.IndexByte(s.pool.bytes(r.evr), '-') >= 0 {
				set |= JobSetEVR
			} else {
				set |= JobSetEV
			}
		}
		if s.selectsArch(j.What) {
			set |= JobSetArch
		}
	}
	return set
}

// selectsArch reports "name.arch" and "name.arch = evr".
func (s *Solver) selectsArch(dep ID) bool {
	r := s.pool.rel(dep)
	if r.op <= 7 && r.name.IsRel() {
		r = s.pool.rel(r.name)
	}
	return r.op == OpArch
}

func (s *Solver) disabledByInstall(j Job) []disabling {
	set := s.setBits(j)
	if set == 0 {
		return nil
	}
	var out []disabling
	each := func(f func(SolvableID)) { s.pool.eachNamed(j.selection(), j.What, f) }
	names := func(kind disableKind, wanted func(SolvableID) bool) {
		first := len(out)
		each(func(id SolvableID) {
			d := disabling{kind: kind, name: s.pool.solvables[id].Name}
			if !slices.Contains(out[first:], d) && wanted(id) {
				out = append(out, d)
			}
		})
	}
	always := func(SolvableID) bool { return true }
	if set&JobSetArch != 0 && !s.infArchRules.empty() {
		names(disableInfArch, s.hasInfArchRule)
	}
	if set&JobSetRepo != 0 && !s.dupRules.empty() {
		names(disableDup, always)
	}
	if set&JobSetRepo != 0 && !s.strictPrioRules.empty() {
		names(disablePrio, always)
	}
	if set&JobSetEVR != 0 && !s.blackRules.empty() {
		each(func(id SolvableID) { out = append(out, disabling{kind: disableBlack, pkg: id}) })
	}
	if s.installed == nil || s.installed.start == s.installed.end {
		return out
	}
	return append(out, s.updatesDisabledByInstall(j, set)...)
}

func (s *Solver) hasInfArchRule(id SolvableID) bool {
	for r := s.infArchRules.start; r < s.infArchRules.end; r++ {
		if s.rules[r].p == -id {
			return true
		}
	}
	return false
}

// updatesDisabledByInstall returns the installed packages that every candidate of a
// job replaces, although the policy may not allow that.
func (s *Solver) updatesDisabledByInstall(j Job, set How) []disabling {
	const everything = JobSetEVR | JobSetArch | JobSetVendor
	if j.selection() == SelPkg && s.isInstalled(SolvableID(j.What)) && len(s.bestInfo) > 0 && set&everything == everything {
		// This very package is to stay: its best rule must not ask for another.
		id := SolvableID(j.What)
		found := false
		s.bestUpdateRules(id, func(*rule) { found = true })
		if found {
			return []disabling{{kind: disableUpdate, pkg: id}}
		}
		return nil
	}
	var candidates []SolvableID
	s.pool.eachNamed(j.selection(), j.What, func(id SolvableID) { candidates = append(candidates, id) })
	var out []disabling
	for _, id := range s.replacedByAll(candidates) {
		if set&everything == everything || !s.policyForbids(id, candidates, set) {
			out = append(out, disabling{kind: disableUpdate, pkg: id})
		}
	}
	return out
}

// replacedByAll returns the installed packages that each of the candidates
// replaces; none if a candidate is installed or does not replace anything.
func (s *Solver) replacedByAll(candidates []SolvableID) []SolvableID {
	for _, id := range candidates {
		if s.isInstalled(id) || s.multiversion.test(id) && !s.Flags.KeepExplicitObsoletes {
			return nil
		}
	}
	var all []SolvableID
	for i, id := range candidates {
		all = s.intersectReplaced(all, id, i == 0)
		if len(all) == 0 {
			return nil
		}
	}
	return all
}

// intersectReplaced keeps the installed packages of a list that package id replaces
// too; the first call returns all it replaces.
func (s *Solver) intersectReplaced(list []SolvableID, id SolvableID, first bool) []SolvableID {
	var replaced []SolvableID
	byName := !s.Flags.KeepExplicitObsoletes || !s.multiversion.test(id)
	s.replacedInstalled(id, byName, func(q SolvableID) bool {
		replaced = append(replaced, q)
		return true
	})
	if first {
		return replaced
	}
	return slices.DeleteFunc(list, func(q SolvableID) bool { return !slices.Contains(replaced, q) })
}

// policyForbids reports whether a candidate violates a policy as replacement of an
// installed package in a property that the user has not chosen.
func (s *Solver) policyForbids(installed SolvableID, candidates []SolvableID, set How) bool {
	var ignore illegalChange
	for _, x := range []struct {
		bit  How
		what illegalChange
	}{
		{JobSetEVR, illegalDowngrade}, {JobSetName, illegalName},
		{JobSetArch, illegalArch}, {JobSetVendor, illegalVendor},
	} {
		if set&x.bit != 0 {
			ignore |= x.what
		}
	}
	p := s.pool
	return slices.ContainsFunc(candidates, func(id SolvableID) bool {
		bad := s.illegal(installed, id, ignore)
		if bad == illegalDowngrade && set&JobSetEV != 0 {
			return p.CompareEVRs(p.solvables[installed].EVR, p.solvables[id].EVR, CompareEV) == 0
		}
		return bad != 0
	})
}

func (s *Solver) disabledByErase(j Job) []disabling {
	if s.installed == nil {
		return nil
	}
	p := s.pool
	lockStep := p.Flags.ImplicitObsoleteUsesColors && !s.infArchRules.empty() &&
		(j.How&JobSetArch != 0 || j.How&JobNoAutoSet == 0 && (j.selection() == SelPkg ||
			isDepSelection(j.selection()) && j.What.IsRel() && s.selectsArch(j.What)))
	var out []disabling
	if s.selectsInstalled(j) {
		s.installedPackages(func(id SolvableID) { out = append(out, disabling{kind: disableUpdate, pkg: id}) })
	}
	p.eachNamed(j.selection(), j.What, func(id SolvableID) {
		if !s.isInstalled(id) {
			return
		}
		out = append(out, disabling{kind: disableUpdate, pkg: id})
		if lockStep && s.inLockStep(id) {
			out = append(out, disabling{kind: disableInfArch, name: p.solvables[id].Name})
		}
	})
	return out
}

// inLockStep reports whether another installed package may only stay with this one.
func (s *Solver) inLockStep(id SolvableID) bool {
	for i := s.infArchRules.start; i < s.infArchRules.end; i++ {
		r := &s.rules[i]
		if r.p < 0 && s.isInstalled(-r.p) && slices.Contains(s.rest(r), id) {
			return true
		}
	}
	return false
}

func (s *Solver) disabledByLock(j Job) []disabling {
	if s.installed == nil {
		return nil
	}
	var out []disabling
	seen := map[ID]bool{}
	add := func(id SolvableID) {
		if name := s.pool.solvables[id].Name; s.isInstalled(id) && !seen[name] {
			seen[name] = true
			out = append(out, disabling{kind: disableDup, name: name})
		}
	}
	if s.selectsInstalled(j) {
		s.installedPackages(add)
	}
	s.pool.eachNamed(j.selection(), j.What, add)
	return out
}

// apply disables or enables rules.
func (s *Solver) apply(d disabling, enable bool) {
	change := (*rule).disable
	if enable {
		change = (*rule).enable
	}
	byName := func(a ruleArea) {
		for i := a.start; i < a.end; i++ {
			if r := &s.rules[i]; r.p < 0 && s.pool.solvables[-r.p].Name == d.name {
				change(r)
			}
		}
	}
	switch d.kind {
	case disableUpdate:
		if enable {
			s.enableUpdateRule(d.pkg)
		} else {
			s.disableUpdateRule(d.pkg)
		}
	case disableInfArch:
		byName(s.infArchRules)
	case disableDup:
		byName(s.dupRules)
	case disablePrio:
		byName(s.strictPrioRules)
	case disableBlack:
		for i := s.blackRules.start; i < s.blackRules.end; i++ {
			if s.rules[i].p == -d.pkg {
				change(&s.rules[i])
			}
		}
	}
}

// activeJobs calls f for the jobs that have an enabled rule, once for each run of
// rules.
func (s *Solver) activeJobs(f func(Job)) {
	last := int32(-1)
	for i, job := range s.ruleToJob {
		if job != last && !s.rules[s.jobRules.start+RuleID(i)].disabled() {
			last = job
			f(s.jobs[job])
		}
	}
}

// disablePolicyRules disables what all active jobs contradict.
func (s *Solver) disablePolicyRules() {
	var all []disabling
	s.activeJobs(func(j Job) { all = append(all, s.disabledBy(j)...) })
	if s.cleanDeps != nil {
		s.computeCleanDeps()
		s.installedPackages(func(id SolvableID) {
			if s.cleanDeps.has(id) {
				all = append(all, disabling{kind: disableUpdate, pkg: id})
			}
		})
	}
	s.noUpdate.reset()
	for _, d := range all {
		s.apply(d, false)
	}
}

// reenablePolicyRules enables what only a given job, which was just disabled,
// contradicted.
func (s *Solver) reenablePolicyRules(job int) {
	list := s.disabledBy(s.jobs[job])
	if len(list) > 0 && s.cleanDeps != nil {
		s.computeCleanDeps()
		list = slices.DeleteFunc(list, func(d disabling) bool {
			return d.kind == disableUpdate && s.cleanDeps.has(d.pkg)
		})
	}
	if len(list) == 0 {
		return
	}
	s.activeJobs(func(j Job) {
		if len(list) > 0 {
			others := s.disabledBy(j)
			list = slices.DeleteFunc(list, func(d disabling) bool { return slices.Contains(others, d) })
		}
	})
	for _, d := range list {
		s.apply(d, true)
	}
}

// reenableCleanDeps enables the rules of a package that no longer is to be cleaned
// up.
func (s *Solver) reenableCleanDeps(id SolvableID) {
	found := false
	s.activeJobs(func(j Job) {
		found = found || slices.Contains(s.disabledBy(j), disabling{kind: disableUpdate, pkg: id})
	})
	if !found {
		s.enableUpdateRule(id)
	}
}
