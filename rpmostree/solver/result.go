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
		for l := range s.literals(&s.rules[s.update_(id)]) {
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

// Alternative is a choice that was made between several packages.
type Alternative struct {
	Recommends bool       // a recommended dependency, otherwise a rule
	Rule       RuleID     // the rule, 0 for recommends
	Dep        ID         // the recommended dependency
	From       SolvableID // the package that recommends
	Level      int
	Chosen     SolvableID
	Choices    []SolvableID // negative: tried, the chosen one included
}

// Alternatives returns the choices of the last Solve, in the order of their levels.
func (s *Solver) Alternatives() []Alternative {
	out := make([]Alternative, len(s.branches))
	for i := range s.branches {
		b := &s.branches[i]
		a := Alternative{
			Recommends: b.from != 0, Rule: b.rule, Dep: b.dep, From: b.from,
			Level: int(b.level), Choices: slices.Clone(b.choices),
		}
		for _, c := range b.choices {
			if c < 0 && s.level[-c] == b.level+1 {
				a.Chosen = -c
				break
			}
		}
		out[i] = a
	}
	return out
}

// AlternativeID returns 8 hexadecimal digits that are comparable between solvers.
// depText spells a dependency as testcases do.
func (s *Solver) AlternativeID(a Alternative, depText func(ID) string) string {
	if a.Recommends {
		return hashSequence([]string{s.pool.QualifiedName(a.From), depText(a.Dep)}, 4)
	}
	return hashSequence([]string{s.RuleHash(a.Rule)}, 4)
}

// AlternativeText describes what a choice is about.
func (s *Solver) AlternativeText(a Alternative) string {
	p := s.pool
	if a.Recommends {
		return p.DepString(a.Dep) + ", recommended by " + p.SolvableString(a.From)
	}
	info := s.alternativeInfo(a)
	switch info.Kind {
	case RulePkgRecommends:
		return p.DepString(info.Dep) + ", recommended by " + p.SolvableString(info.Source)
	case RuleRequires:
		return p.DepString(info.Dep) + ", required by " + p.SolvableString(info.Source)
	case RuleConflicts:
		return p.DepString(info.Dep) + ", conflicted by  " + p.SolvableString(info.Source)
	case RuleYumObs:
		return p.Str(p.solvables[info.Target].Name) + ", obsoleting " + p.DepString(info.Dep)
	case RuleJob:
		if isDepSelection(How(info.Target) & SelMask) {
			return p.DepString(info.Dep)
		}
		return p.selectionText(Job{How(info.Target), info.Dep})
	case RuleUpdate, RuleFeature:
		return p.SolvableString(info.Source)
	}
	return s.RuleText(info)
}

// alternativeInfo finds the rule that explains a choice.
func (s *Solver) alternativeInfo(a Alternative) RuleInfo {
	id := a.Rule
	if id >= s.learntStart {
		choices := make(map[SolvableID]bool, len(a.Choices))
		for _, c := range a.Choices {
			if c > 0 {
				choices[c] = true
			}
		}
		if id = s.ruleOfChoices(id, choices, newBitmap(len(s.rules))); id == 0 {
			return RuleInfo{Kind: RuleLearnt}
		}
	}
	if origin := s.PackageRule(id); origin != 0 {
		id = origin
	} else if s.bestRules.has(id) {
		info := s.bestInfo[id-s.bestRules.start]
		if info.pkg != 0 {
			return RuleInfo{Kind: RuleUpdate, Source: info.pkg}
		}
		id = info.job
	}
	return s.RuleInfo(id)
}

// ruleOfChoices returns a rule with all the choices from the derivation of a learnt
// rule, or 0.
func (s *Solver) ruleOfChoices(learnt RuleID, choices map[SolvableID]bool, seen bitmap) RuleID {
	for _, id := range s.derivation(learnt) {
		if !seen.add(SolvableID(id)) {
			continue
		}
		if id >= s.learntStart {
			if found := s.ruleOfChoices(id, choices, seen); found != 0 {
				return found
			}
			continue
		}
		hits := 0
		for l := range s.literals(&s.rules[id]) {
			if choices[l] {
				hits++
			}
		}
		if hits == len(choices) {
			return id
		}
	}
	return 0
}

// RuleText says what a rule asks for.
func (s *Solver) RuleText(i RuleInfo) string {
	p := s.pool
	src := func() string { return p.SolvableString(i.Source) }
	about := func(verb string) string {
		text := src() + verb + p.DepString(i.Dep)
		if i.Target != 0 {
			text += " provided by " + p.SolvableString(i.Target)
		}
		return text
	}
	switch i.Kind {
	case RuleUpdate:
		return src() + " needs to stay installed or be updated"
	case RuleFeature:
		return src() + " needs to stay installed or be updated/downgraded"
	case RuleJob:
		return "job " + p.JobText(Job{How(i.Target), i.Dep})
	case RuleJobUnsupported:
		return "unsupported job " + p.JobText(Job{How(i.Target), i.Dep})
	case RuleJobUnknownPackage:
		return "requested package " + p.DepString(i.Dep) + " does not exist"
	case RuleJobProvidedBySystem:
		return "requested " + p.DepString(i.Dep) + " is provided by the system"
	case RuleBest:
		if i.Source > 0 {
			return "install best update candidate for " + src()
		}
		return "best package for job " + p.JobText(s.jobs[s.ruleToJob[RuleID(i.Target)-s.jobRules.start]])
	case RuleNotInstallable:
		return src() + " " + s.whyNotInstallable(i.Source, "is disabled")
	case RuleConflicts:
		return about(" conflicts with ")
	case RuleSelfConflict:
		return about(" conflicts with ") + " provided by itself"
	case RuleObsoletes:
		return about(" obsoletes ")
	case RuleInstalledObsoletes:
		return "installed " + about(" obsoletes ")
	case RuleImplicitObsoletes:
		return about(" implicitly obsoletes ")
	case RuleRequires:
		return about(" requires ")
	case RulePkgRecommends:
		return about(" recommends ")
	case RulePkgSupplements:
		return about(" supplements ")
	case RuleYumObs:
		return "both " + src() + " and " + p.SolvableString(i.Target) + " obsolete " + p.DepString(i.Dep)
	case RuleBlack:
		return src() + " can only be installed by a direct request"
	case RuleStrictRepoPriority:
		return src() + " is excluded by strict repo priority"
	case RuleLearnt:
		return "learnt rule"
	case RuleChoice, RuleRecommends:
		return s.RuleText(s.RuleInfo(RuleID(i.Source))) + " (limited version)"
	}
	return s.ProblemText(i)
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
