package solver

import "slices"

// branch is a choice between several packages that was made at a level. It is looked
// at again when the search is done.
type branch struct {
	level   int32
	choices []SolvableID // negative: tried
	rule    RuleID
	from    SolvableID // recommends: the package and the dependency
	dep     ID
}

// choose installs the best of some packages on a new level. The list is modified.
func (s *Solver) choose(level int32, list []SolvableID, disableRules bool, because RuleID, reason Reason) int32 {
	if len(list) > 1 {
		list = s.filter(list, modeChoose)
	}
	if len(list) > 1 && s.extraReordering {
		list = s.preferReplacements(list)
		if len(list) > 1 {
			list = s.orderForKept(level, list)
		}
	}
	if len(list) > 1 && !s.yumObsRules.empty() {
		list = s.pruneSplit(list)
	}
	if len(list) > 1 {
		s.addBranch(branch{level: level, rule: because}, list)
	}
	return s.setAndPropagate(level, list[0], disableRules, because, reason)
}

func (s *Solver) addBranch(b branch, list []SolvableID) {
	b.choices = slices.Clone(list)
	b.choices[0] = -list[0]
	s.branches = append(s.branches, b)
}

// takeBranch goes back to a branch and takes another of its choices.
func (s *Solver) takeBranch(b, choice int, disableRules bool) int32 {
	br := &s.branches[b]
	level := br.level
	id := br.choices[choice]
	br.choices[choice] = -id
	why, reasons := s.why, s.reasons
	br.level = 0 // so that going back does not drop the branch
	s.revert(level)
	s.branches[b].level = level
	return s.setAndPropagate(level, id, disableRules, -why[len(s.queue)], reasons[level+1])
}

// replacesInstalled reports whether a package is installed or replaces something
// installed, apart from packages in except.
func (s *Solver) replacesInstalled(id SolvableID, except bitmap) bool {
	p := s.pool
	counts := func(q SolvableID) bool { return s.isInstalled(q) && !except.test(q) }
	if counts(id) {
		return true
	}
	sv := &p.solvables[id]
	for _, q := range p.provide(sv.Name) {
		sq := &p.solvables[q]
		if sq.Name == sv.Name && counts(q) && (!p.Flags.ImplicitObsoleteUsesColors || p.colorMatch(sv, sq)) {
			return true
		}
	}
	return slices.ContainsFunc(p.list(sv, Obsoletes), func(obs ID) bool {
		return slices.ContainsFunc(p.provide(obs), func(q SolvableID) bool {
			return counts(q) && p.obsoleted(sv, q, obs)
		})
	})
}

// preferReplacements keeps the packages that replace installed ones, if there are
// any.
func (s *Solver) preferReplacements(list []SolvableID) []SolvableID {
	kept := make([]SolvableID, 0, len(list))
	for _, id := range list {
		if s.replacesInstalled(id, s.noUpdate) {
			kept = append(kept, id)
		}
	}
	if len(kept) == 0 {
		return list
	}
	return kept
}

// orderForKept sorts candidates of jobs by what the installed packages recommend and
// suggest. These are not decided yet when jobs are resolved, they are taken as kept.
func (s *Solver) orderForKept(level int32, list []SolvableID) []SolvableID {
	before := len(s.queue)
	var assumed []SolvableID
	s.installedPackages(func(id SolvableID) {
		if s.noUpdate.has(id) || s.level[id] != 0 {
			return
		}
		if sv := &s.pool.solvables[id]; sv.deps[Recommends]|sv.deps[Suggests] != 0 {
			s.queue = append(s.queue, id)
		}
		s.level[id] = level + 1
		assumed = append(assumed, id)
	})
	if len(assumed) == 0 {
		return list
	}
	s.updateRecommends()
	stablePartition(list, func(id SolvableID) bool {
		return s.isInstalled(id) || s.suggests.has(id) || s.isEnhancing(id)
	})
	stablePartition(list, func(id SolvableID) bool {
		return s.isInstalled(id) || s.recommends.has(id) || s.isSupplementing(id)
	})
	for _, id := range assumed {
		s.level[id] = 0
	}
	if len(s.queue) != before {
		s.recommendsIndex = -1
		s.queue = s.queue[:before]
	}
	s.sortByFavor(list)
	return list
}

// pruneSplit removes candidates that an earlier one brings in, being parts of the
// same split package.
func (s *Solver) pruneSplit(list []SolvableID) []SolvableID {
	for i := 0; i < len(list)-1; i++ {
		id := list[i]
		if id == 0 || s.pool.solvables[id].deps[Obsoletes] == 0 {
			continue
		}
		for r := s.yumObsRules.start; r < s.yumObsRules.end; r++ {
			if s.rules[r].p != -id {
				continue
			}
			for _, l := range s.rest(&s.rules[r]) {
				if k := slices.Index(list[i+1:], l); k >= 0 {
					list[i+1+k] = 0
				}
			}
		}
	}
	return slices.DeleteFunc(list, func(id SolvableID) bool { return id == 0 })
}
