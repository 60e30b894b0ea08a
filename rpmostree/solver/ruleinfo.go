package solver

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"slices"
)

// ruleInfoCollector finds the dependencies that lead to a known package rule.
type ruleInfoCollector struct {
	s      *Solver
	rule   *rule
	source SolvableID // package of the rich dependency at hand
	infos  []RuleInfo
}

// match records a dependency if the rule "p or q", or "p or set", made from it is the
// one looked for.
func (c *ruleInfoCollector) match(p, q SolvableID, set uint32, kind RuleKind, dep ID) {
	r := c.rule
	var tail []SolvableID
	if set != 0 {
		switch tail = c.s.pool.prov.set(set); len(tail) {
		case 0:
			tail = nil
		case 1:
			q, tail = tail[0], nil
		}
	}
	if tail != nil {
		if r.tail() == 0 || !slices.Equal(tail, c.s.rest(r)) {
			return
		}
		if p < 0 && tail[0] < 0 && tail[1] >= 0 && kind == RuleConflicts {
			q = tail[0] // a conflict that another version resolves
		}
	} else {
		first, second := p, q
		if second != 0 && first > second {
			first, second = second, first
		}
		if r.p != first || r.tail() != 0 || r.w[1] != second {
			return
		}
		if kind == RuleConflicts && q == 0 {
			q = -SystemSolvable
		}
		if kind == RuleSameName {
			p, q = first, second
		}
	}
	info := RuleInfo{Kind: kind, Source: max(-p, 0), Target: max(-q, 0), Dep: dep}
	if c.source != 0 && info.Source != c.source {
		if info.Target != 0 {
			info.Target = info.Source
		}
		info.Source = c.source
	}
	c.infos = append(c.infos, info)
}

// packageRuleInfos returns all dependencies behind a package rule.
func (s *Solver) packageRuleInfos(id RuleID) []RuleInfo {
	r := &s.rules[id]
	if r.p >= 0 {
		return nil
	}
	c := ruleInfoCollector{s: s, rule: r}
	g := packageRules{s: s, p: s.pool, info: &c}
	for l := range s.literals(r) {
		if l >= 0 {
			break
		}
		g.add(-l)
	}
	return c.infos
}

// AllRuleInfos returns every reason of a rule.
func (s *Solver) AllRuleInfos(id RuleID) []RuleInfo {
	if !s.pkgRules.has(id) {
		return []RuleInfo{s.RuleInfo(id)}
	}
	infos := s.packageRuleInfos(id)
	slices.SortStableFunc(infos, func(a, b RuleInfo) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Target, b.Target), cmp.Compare(a.Dep, b.Dep))
	})
	return slices.Compact(infos)
}

// RuleInfo returns the most telling reason of a rule.
func (s *Solver) RuleInfo(id RuleID) RuleInfo {
	class := s.RuleClass(id)
	if class == RuleUnknown || class == RuleLearnt {
		return RuleInfo{Kind: class}
	}
	r := &s.rules[id]
	switch class {
	case RulePkg:
		return s.packageRuleInfo(id)
	case RuleJob:
		return s.jobRuleInfo(id)
	case RuleUpdate:
		return RuleInfo{Kind: class, Source: s.packageOfUpdate(id)}
	case RuleFeature:
		return RuleInfo{Kind: class, Source: s.installed.start + SolvableID(id-s.featureRules.start)}
	case RuleDistUpgrade, RuleInfArch:
		return RuleInfo{Kind: class, Source: -r.p, Dep: s.pool.solvables[-r.p].Name}
	case RuleBest:
		return s.bestRuleInfo(id)
	case RuleYumObs:
		return s.yumObsRuleInfo(id)
	case RuleChoice:
		return RuleInfo{Kind: class, Rule: s.choiceInfo[id-s.choiceRules.start]}
	case RuleRecommends:
		return RuleInfo{Kind: class, Rule: s.recommendsInfo[id-s.recommendsRules.start]}
	}
	return RuleInfo{Kind: class, Source: -r.p}
}

// packageRuleInfo prefers "same name", otherwise the kind of the lowest number.
func (s *Solver) packageRuleInfo(id RuleID) RuleInfo {
	best := RuleInfo{Kind: RulePkg}
	if p := s.rules[id].p; p < 0 {
		best.Source = -p
	}
	for _, info := range s.packageRuleInfos(id) {
		if info.Kind == RuleSameName {
			return info
		}
		if best.Kind == RulePkg || info.Kind < best.Kind {
			best = info
		}
	}
	return best
}

func (s *Solver) jobRuleInfo(id RuleID) RuleInfo {
	i := s.ruleToJob[id-s.jobRules.start]
	j := s.jobs[i]
	info := RuleInfo{Kind: RuleJob, Job: int(i)}
	if isDepSelection(j.selection()) {
		info.Dep = j.What
	}
	r := &s.rules[id]
	if r.isAssertion() && r.p == -SystemSolvable {
		info.Kind = RuleJobUnsupported
		switch [2]How{j.verb(), j.selection()} {
		case [2]How{VerbInstall, SelName}:
			info.Kind = RuleJobUnknownPackage
		case [2]How{VerbInstall, SelProvides}:
			info.Kind = RuleJobNothingProvides
		case [2]How{VerbErase, SelName}, [2]How{VerbErase, SelProvides}:
			info.Kind = RuleJobProvidedBySystem
		}
	}
	return info
}

func (s *Solver) bestRuleInfo(id RuleID) RuleInfo {
	info := s.bestInfo[id-s.bestRules.start]
	if info.pkg != 0 {
		return RuleInfo{Kind: RuleBest, Source: info.pkg}
	}
	return RuleInfo{Kind: RuleBest, Job: int(s.ruleToJob[info.job-s.jobRules.start])}
}

// yumObsRuleInfo names one of the packages that have to come along. libsolv takes the
// second one when the rule is disabled.
func (s *Solver) yumObsRuleInfo(id RuleID) RuleInfo {
	r := &s.rules[id]
	rest := s.rest(r)
	target := rest[0]
	if r.disabled() && len(rest) > 1 {
		target = rest[1]
	}
	return RuleInfo{Kind: RuleYumObs, Source: -r.p, Target: target, Dep: s.yumObsInfo[id-s.yumObsRules.start]}
}

// PackageRule returns the package rule that a choice or recommends rule was made
// from, 0 for others.
func (s *Solver) PackageRule(id RuleID) RuleID {
	switch {
	case s.choiceRules.has(id):
		return s.choiceInfo[id-s.choiceRules.start]
	case s.recommendsRules.has(id):
		return s.recommendsInfo[id-s.recommendsRules.start]
	}
	return 0
}

// RuleCount returns the number of rules; their ids are 1 to it.
func (s *Solver) RuleCount() int { return len(s.rules) - 1 }

// RuleClass returns the class of a rule, RuleUnknown for a number out of range.
func (s *Solver) RuleClass(id RuleID) RuleKind {
	for _, c := range []struct {
		area ruleArea
		kind RuleKind
	}{
		{s.pkgRules, RulePkg}, {s.jobRules, RuleJob}, {s.updateRules, RuleUpdate},
		{s.featureRules, RuleFeature}, {s.dupRules, RuleDistUpgrade},
		{s.infArchRules, RuleInfArch}, {s.bestRules, RuleBest}, {s.yumObsRules, RuleYumObs},
		{s.blackRules, RuleBlack}, {s.choiceRules, RuleChoice},
		{s.recommendsRules, RuleRecommends}, {s.strictPrioRules, RuleStrictRepoPriority},
		{ruleArea{s.learntStart, s.nextRule()}, RuleLearnt},
	} {
		if id > 0 && c.area.has(id) {
			return c.kind
		}
	}
	return RuleUnknown
}

// RuleLiterals returns the packages of a rule, negative ones must not be installed.
// A blank or impossible rule has the only literal -SystemSolvable.
func (s *Solver) RuleLiterals(id RuleID) []SolvableID {
	var out []SolvableID
	for l := range s.literals(&s.rules[id]) {
		if l != -SystemSolvable {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		out = []SolvableID{-SystemSolvable}
	}
	return out
}

// RuleHash returns the MD5 of a rule's literals in hexadecimal, which is comparable
// between solvers.
func (s *Solver) RuleHash(id RuleID) string {
	lits := s.RuleLiterals(id)
	names := make([]string, len(lits))
	for i, l := range lits {
		if l < 0 {
			names[i] = string(s.pool.appendQualifiedName([]byte{'!'}, -l))
		} else {
			names[i] = s.pool.QualifiedName(l)
		}
	}
	return hashStrings(names, md5.Size)
}

// hashStrings returns n bytes of the MD5 of the distinct strings, sorted and each
// terminated by NUL.
func hashStrings(list []string, n int) string {
	slices.Sort(list)
	return hashSequence(slices.Compact(list), n)
}

func hashSequence(list []string, n int) string {
	var buf []byte
	for _, x := range list {
		buf = append(append(buf, x...), 0)
	}
	sum := md5.Sum(buf)
	return hex.EncodeToString(sum[:n])
}
