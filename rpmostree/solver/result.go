package solver

import (
	"bytes"
	"slices"
)

// Level returns the decision level of a package: positive when it is to be
// installed, negative when not, 0 when it does not matter.
func (s *Solver) Level(id SolvableID) int {
	if int(id) >= len(s.level) {
		return 0
	}
	return int(s.level[id])
}

// Decisions returns the decided packages in order; negative ones are not installed.
func (s *Solver) Decisions() []SolvableID { return slices.Clone(s.queue) }

// Orphaned returns installed packages that no repository has.
func (s *Solver) Orphaned() []SolvableID { return slices.Clone(s.orphaned) }

// CleanDeps returns the packages that go because nothing needs them any more.
func (s *Solver) CleanDeps() []SolvableID {
	if s.installed == nil || s.cleanDeps == nil {
		return nil
	}
	var out []SolvableID
	s.installedPackages(func(id SolvableID) {
		if !s.cleanDeps.has(id) || s.level[id] >= 0 {
			return
		}
		for l := range s.literals(&s.rules[s.updateRule(id)]) {
			if s.level[l] > 0 {
				return
			}
		}
		out = append(out, id)
	})
	return out
}

// Describe tells why a package was decided upon, with the rule involved, 0 if there
// is none.
func (s *Solver) Describe(id SolvableID) (Reason, RuleID) {
	i := s.decisionOf(id)
	if i < 0 {
		return ReasonUnrelated, 0
	}
	if why := s.why[i]; why > 0 {
		return ReasonUnitRule, why
	}
	return s.reasons[max(s.level[id], -s.level[id])], -s.why[i]
}

// decisionOf returns the position of a package's decision, or -1.
func (s *Solver) decisionOf(id SolvableID) int {
	if s.Level(id) == 0 {
		return -1
	}
	return slices.IndexFunc(s.queue, func(l SolvableID) bool { return l == id || l == -id })
}

// WeakReason is a weak dependency that led to an installation.
type WeakReason struct {
	Reason Reason // ReasonRecommended or ReasonSupplemented
	// From recommends the package, or is the package that is supplemented; 0 when
	// the supplemented dependency involves several.
	From SolvableID
	Dep  ID
}

// DescribeWeak returns the weak dependencies behind a decision with ReasonWeakDep.
func (s *Solver) DescribeWeak(id SolvableID) []WeakReason {
	pos := s.decisionOf(id)
	level := int32(s.Level(id))
	if pos < 0 || level < 0 || s.reasons[level] != ReasonWeakDep {
		return nil
	}
	return append(s.recommenders(id, level), s.supplemented(id, pos, level)...)
}

func (s *Solver) recommenders(id SolvableID, level int32) []WeakReason {
	p := s.pool
	var out []WeakReason
	for q := SolvableID(2); q < p.NumSolvables(); q++ {
		if s.level[q] <= 0 || s.level[q] >= level || !s.Flags.AddAlreadyRecommended && s.isInstalled(q) {
			continue
		}
		for _, rec := range p.list(&p.solvables[q], Recommends) {
			set := p.provide(rec)
			met := slices.ContainsFunc(set, func(o SolvableID) bool {
				return o != id && s.level[o] > 0 && s.level[o] < level
			})
			if !met && slices.Contains(set, id) {
				out = append(out, WeakReason{ReasonRecommended, q, rec})
			}
		}
	}
	return out
}

// supplemented evaluates the supplements as they were before the decision.
func (s *Solver) supplemented(id SolvableID, pos int, level int32) []WeakReason {
	p := s.pool
	flip := func() {
		for _, l := range s.queue[pos:] {
			if l > 0 {
				s.level[l] = -s.level[l]
			}
		}
	}
	flip()
	defer flip()
	var out []WeakReason
	for _, sup := range p.list(&p.solvables[id], Supplements) {
		if !s.depFulfilled(sup) {
			continue
		}
		found := false
		for _, q := range p.provide(sup) {
			if !s.Flags.AddAlreadyRecommended && s.isInstalled(q) {
				continue
			}
			if s.level[q] > 0 && s.level[q] < level {
				out = append(out, WeakReason{ReasonSupplemented, q, sup})
				found = true
			}
		}
		if !found {
			out = append(out, WeakReason{ReasonSupplemented, 0, sup})
		}
	}
	return out
}

// UserInstalled returns the packages of the result that the user asked for, by
// install jobs or by VerbUserInstalled jobs for them or what they replace.
func (s *Solver) UserInstalled() []SolvableID {
	p := s.pool
	user := newBitmap(len(p.solvables))
	var out []SolvableID
	any := false
	for _, j := range s.jobs {
		switch {
		case j.verb() == VerbUserInstalled && s.installed != nil:
			any = true
			if s.selectsInstalled(j) {
				s.installedPackages(user.set)
			}
			p.eachNamed(j.selection(), j.What, func(id SolvableID) {
				if s.isInstalled(id) {
					user.set(id)
				}
			})
		case j.verb() == VerbInstall && j.How&JobNotByUser == 0:
			p.eachNamed(j.selection(), j.What, func(id SolvableID) {
				if s.level[id] > 0 {
					out = append(out, id)
				}
			})
		}
	}
	if any {
		for _, l := range s.queue {
			if l > 0 && p.solvables[l].repo != 0 && s.continuesUser(l, user) {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// continuesUser reports whether a package is a user-installed one or replaces one.
func (s *Solver) continuesUser(id SolvableID, user bitmap) bool {
	if s.isInstalled(id) {
		return user.has(id)
	}
	found := false
	s.replacedInstalled(id, true, func(q SolvableID) bool {
		found = found || user.has(q)
		return !found
	})
	return found
}

// AutoInstalledNames returns the names in the result that have no user-installed
// package, sorted.
func (s *Solver) AutoInstalledNames() []ID {
	p := s.pool
	asked := map[ID]bool{}
	for _, id := range s.UserInstalled() {
		asked[p.solvables[id].Name] = true
	}
	var out []ID
	for _, l := range s.queue {
		if l > 0 && p.solvables[l].repo != 0 && !asked[p.solvables[l].Name] {
			out = append(out, p.solvables[l].Name)
		}
	}
	slices.SortFunc(out, func(a, b ID) int { return bytes.Compare(p.bytes(a), p.bytes(b)) })
	return slices.Compact(out)
}
