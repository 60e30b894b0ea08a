package solver

import "slices"

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
		if j := s.jobs[info.Job]; !isDepSelection(j.selection()) {
			return p.selectionText(j)
		}
		return p.DepString(info.Dep)
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
