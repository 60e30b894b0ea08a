package solver

import "slices"

// Best rules insist on the best candidates of jobs with JobForceBest. The ones of
// install jobs come first, then the ones of installed packages.

func (s *Solver) addBestRules(k jobKinds) {
	s.bestUpdateStart = s.nextRule()
	if !s.bestUpdateAll && s.bestUpdate == nil && !k.bestInstall {
		return
	}
	b := bestRules{s: s}
	if k.lock {
		b.locked = s.lockedPackages()
	}
	if k.bestInstall {
		b.addInstalls()
	}
	s.bestUpdateStart = s.nextRule()
	if s.bestUpdateAll || s.bestUpdate != nil {
		s.installedPackages(func(id SolvableID) {
			if s.toUpdate(id) && (s.bestUpdateAll || s.bestUpdate.test(id)) {
				b.addUpdate(id)
			}
		})
	}
}

type bestRules struct {
	s      *Solver
	locked bitmap // nil when there are no lock jobs
}

func (s *Solver) lockedPackages() bitmap {
	m := newBitmap(len(s.pool.solvables))
	for i, job := range s.ruleToJob {
		r := &s.rules[s.jobRules.start+RuleID(i)]
		if r.w[1] == 0 && s.jobs[job].verb() == VerbLock {
			m.set(max(r.p, -r.p))
		}
	}
	return m
}

// withoutExcluded drops excluded packages that are only visible as targets.
func (b *bestRules) withoutExcluded(list []SolvableID) []SolvableID {
	p := b.s.pool
	if !p.Flags.WhatProvidesWithDisabled || p.excluded == nil {
		return list
	}
	return slices.DeleteFunc(list, func(id SolvableID) bool {
		return p.solvables[id].repo != 0 && !b.s.isInstalled(id) && p.Excluded(id)
	})
}

func (b *bestRules) addInstalls() {
	s := b.s
	for i, j := range s.jobs {
		if j.verb() != VerbInstall || j.How&JobForceBest == 0 {
			continue
		}
		for k := 0; k < len(s.ruleToJob); k++ {
			if int(s.ruleToJob[k]) == i {
				b.addInstall(s.jobRules.start+RuleID(k), j.How&JobWeak != 0)
			}
		}
	}
}

func (b *bestRules) addInstall(id RuleID, weak bool) {
	s := b.s
	var all, negative []SolvableID
	for l := range s.literals(&s.rules[id]) {
		if l > 0 {
			all = append(all, l)
		} else {
			negative = append(negative, l)
		}
	}
	all = b.withoutExcluded(all)
	if len(all) == 0 {
		return
	}
	best := s.filter(slices.Clone(all), modeRecommend)
	if len(best) == len(all) {
		return
	}
	if b.locked != nil {
		best = b.addUnlocked(id, append(negative, best...))
	} else {
		best = append(negative, best...)
	}
	s.addRuleSet(best[0], best[1:])
	if weak {
		s.weakRules = append(s.weakRules, s.nextRule()-1)
	}
	s.bestInfo = append(s.bestInfo, bestInfo{job: id})
}

// addUnlocked adds the installed locked packages and the best ones of those that
// are not locked out.
func (b *bestRules) addUnlocked(id RuleID, best []SolvableID) []SolvableID {
	s := b.s
	var list []SolvableID
	for l := range s.literals(&s.rules[id]) {
		if l <= 0 {
			continue
		}
		if b.locked.has(l) {
			if !s.isInstalled(l) {
				continue
			}
			best = appendUnique(best, l)
		}
		list = append(list, l)
	}
	return appendUnique(best, s.filter(b.withoutExcluded(list), modeRecommend)...)
}

func appendUnique(list []SolvableID, ids ...SolvableID) []SolvableID {
	for _, id := range ids {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// candidates returns the positive literals of a rule of installed package id.
func (b *bestRules) candidates(r RuleID) []SolvableID {
	var out []SolvableID
	for l := range b.s.literals(&b.s.rules[r]) {
		if l > 0 {
			out = append(out, l)
		}
	}
	return out
}

// prune keeps the best ones of the wanted candidates.
func (b *bestRules) prune(id SolvableID, list []SolvableID) []SolvableID {
	s := b.s
	list = s.pruneToTargets(id, slices.Clone(list))
	if s.dupInvolved.test(id) {
		list = slices.DeleteFunc(list, func(q SolvableID) bool { return !s.dup.has(q) })
	}
	return s.filter(list, modeRecommend)
}

func (b *bestRules) addUpdate(id SolvableID) {
	s := b.s
	best := b.bestUpdates(id)
	if len(best) == 0 {
		return
	}
	if s.mayUninstall(id) {
		b.addNotWorse(id, best)
		return
	}
	s.addRuleSet(best[0], best[1:])
	s.bestInfo = append(s.bestInfo, bestInfo{pkg: id})
}

func (b *bestRules) bestUpdates(id SolvableID) []SolvableID {
	s := b.s
	feature := s.featureRule(id)
	r := s.updateRule(id)
	if !s.Flags.BestObeyPolicy && s.rules[feature].p != 0 {
		r = feature
	}
	all := b.candidates(r)
	if up, ok := s.specialUpdaters(id); ok && r == s.updateRule(id) {
		all = nil
		if s.rules[r].p == id {
			all = append(all, id)
		}
		all = append(all, up...)
	}
	best := b.prune(id, all)
	if len(best) == 0 {
		return nil
	}
	if b.locked != nil {
		best = b.allowLocked(id, best, all)
	}
	if s.Flags.BestObeyPolicy && s.rules[feature].p != 0 {
		all = b.candidates(feature)
		best = appendUnique(best, b.prune(id, all)...)
		if b.locked != nil {
			best = appendUnique(best, b.prune(id, b.notLockedOut(all))...)
		}
	}
	return best
}

// allowLocked adds locked installed packages, which always are good enough, and the
// best of what is not locked out.
func (b *bestRules) allowLocked(id SolvableID, best, all []SolvableID) []SolvableID {
	s := b.s
	all = slices.Clone(all)
	if b.locked.has(id) {
		all = appendUnique(all, id)
	}
	for _, q := range all {
		if s.isInstalled(q) && b.locked.has(q) {
			best = appendUnique(best, q)
		}
	}
	return appendUnique(best, b.prune(id, b.notLockedOut(all))...)
}

func (b *bestRules) notLockedOut(list []SolvableID) []SolvableID {
	return slices.DeleteFunc(slices.Clone(list), func(q SolvableID) bool {
		return !b.s.isInstalled(q) && b.locked.has(q)
	})
}

// addNotWorse allows the package to go, but not to be replaced by a worse one.
func (b *bestRules) addNotWorse(id SolvableID, best []SolvableID) {
	s := b.s
	r := s.featureRule(id)
	if s.rules[r].p == 0 {
		r = s.updateRule(id)
	}
	var worse []SolvableID
	for l := range s.literals(&s.rules[r]) {
		if !slices.Contains(best, l) {
			worse = append(worse, l)
		}
	}
	for _, l := range worse {
		s.addRuleSet(-l, best)
		s.bestInfo = append(s.bestInfo, bestInfo{pkg: id})
	}
}

// mayUninstall reports whether an installed package may be removed to solve
// problems.
func (s *Solver) mayUninstall(id SolvableID) bool {
	return s.Flags.AllowUninstall || s.allowUninstAll || s.allowUninst.test(id)
}
