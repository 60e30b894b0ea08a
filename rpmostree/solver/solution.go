package solver

import (
	"cmp"
	"slices"
)

// Solution is one way out of a problem.
type Solution struct {
	// Rule is the rule or, for job i as -(i+1), the job that the solution gives up.
	Rule     RuleID
	Elements []SolutionElement
	// CleanDeps is set when the jobs of the problem clean up dependencies: jobs that
	// follow from the solution should do so, too.
	CleanDeps bool

	s *Solver
}

// Action is what a solution element asks for.
type Action int

// Actions of solution elements.
const (
	DropJob Action = iota // do not ask for job Job
	Erase                 // remove package Package
	Replace               // replace Package by Other
	Allow                 // allow Other in spite of a policy
)

// SolutionElement is one step of a solution.
type SolutionElement struct {
	Action         Action
	Job            int // index in the jobs
	Package, Other SolvableID
	Class          RuleKind // for Allow: class of the rule given up
}

// ID returns 8 hexadecimal digits that are comparable between solvers. jobText spells a
// job as testcases do.
func (s *Solution) ID(jobText func(Job) string) string {
	if s.Rule < 0 {
		return hashSequence([]string{jobText(s.s.jobs[-s.Rule-1])}, 4)
	}
	return hashSequence([]string{s.s.RuleHash(s.Rule)}, 4)
}

// Solutions returns the ways out of the problem. Each is found by solving again with
// one element of the problem given up.
func (p *Problem) Solutions() []*Solution {
	if !p.set.refined {
		p.set.refined = true
		p.set.found = p.s.findSolutions(p.set)
	}
	return p.set.found
}

func (s *Solver) findSolutions(set *problemSet) []*Solution {
	restore := s.saveDecisions()
	defer restore()
	elements := slices.Clone(set.elements)
	flags := ^How(0)
	for _, v := range elements {
		if v < 0 {
			flags &= s.jobs[-v-1].How
		}
	}
	cleanDeps := flags != ^How(0) && flags&JobCleanDeps != 0
	slices.SortFunc(elements, s.compareElements)
	for _, essentialOK := range []bool{false, true} {
		var found []*Solution
		for _, v := range elements {
			sol := &Solution{Rule: v, CleanDeps: cleanDeps, s: s}
			refined := s.refine(elements, v, essentialOK, func(given []RuleID) {
				for _, g := range given {
					sol.Elements = append(sol.Elements, s.convert(g)...)
				}
			})
			if refined && len(sol.Elements) > 0 {
				found = append(found, sol)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return s.fakeSolution(elements, cleanDeps)
}

// fakeSolution offers something although nothing was found to help.
func (s *Solver) fakeSolution(elements []RuleID, cleanDeps bool) []*Solution {
	for _, v := range elements {
		if e := s.convert(v); len(e) > 0 {
			return []*Solution{{Rule: elements[len(elements)-1], Elements: e, CleanDeps: cleanDeps, s: s}}
		}
	}
	return nil
}

// compareElements puts rules before jobs and essential jobs last; later jobs come
// before earlier ones.
func (s *Solver) compareElements(a, b RuleID) int {
	if (a < 0) != (b < 0) {
		return cmp.Compare(b, a)
	}
	if a < 0 {
		if c := cmp.Compare(s.jobs[-a-1].How&JobEssential, s.jobs[-b-1].How&JobEssential); c != 0 {
			return c
		}
	}
	return cmp.Compare(a, b)
}

// saveDecisions returns a function that brings the state of the search back.
func (s *Solver) saveDecisions() func() {
	saved := s.decisions
	saved.queue, saved.why = slices.Clone(s.queue), slices.Clone(s.why)
	saved.level = slices.Clone(s.level)
	saved.reasons, saved.branches = slices.Clone(s.reasons), nil
	for _, b := range s.branches {
		b.choices = slices.Clone(b.choices)
		saved.branches = append(saved.branches, b)
	}
	problems := s.problems
	mistakes := len(s.cleanDepsMistaken)
	return func() {
		watches := s.watches
		s.decisions = saved
		s.watches = watches
		s.recommendsIndex = -1
		s.problems = problems
		s.cleanDepsMistaken = s.cleanDepsMistaken[:mistakes]
	}
}

func (s *Solver) isEssential(v RuleID) bool { return v < 0 && s.jobs[-v-1].How&JobEssential != 0 }

// refine gives element sug of a problem up, enables the others, and gives up more until
// there is a solution. done is called with what was given up while the solution is in
// place. It returns false when there is none.
func (s *Solver) refine(problem []RuleID, sug RuleID, essentialOK bool, done func([]RuleID)) bool {
	if !essentialOK && s.isEssential(sug) {
		return false
	}
	s.resetDecisions()
	for _, v := range problem {
		if v != sug {
			s.enableProblem(v)
		}
	}
	if sug < 0 {
		s.reenablePolicyRules(int(-sug - 1))
	}
	s.enableFeatureOf(sug)
	s.enableWeakRules()
	given := []RuleID{sug}
	var disabled []RuleID
	ok := true
	for {
		s.problems = nil
		s.resetDecisions()
		s.run(false, false)
		if len(s.problems) == 0 {
			break
		}
		more := s.alternatives(problem, sug, essentialOK)
		if len(more) == 0 {
			ok = false
			break
		}
		disabled = append(disabled, more...)
		if len(more) == 1 && !s.featureRules.has(more[0]) && more[0] != sug {
			given = append(given, more[0])
		}
		for _, v := range more {
			s.disableProblem(v)
			if v < 0 && len(more) == 1 {
				s.reenablePolicyRules(int(-v - 1))
			}
			s.enableFeatureOf(v)
		}
	}
	if ok {
		done(given)
	}
	for _, v := range disabled {
		s.enableProblem(v)
	}
	for _, v := range problem {
		s.enableProblem(v)
	}
	s.disablePolicyRules()
	for _, v := range problem {
		s.disableProblem(v)
	}
	return ok
}

// enableFeatureOf enables the feature rule when an update rule is given up: rather
// downgrade than remove.
func (s *Solver) enableFeatureOf(v RuleID) {
	if s.updateRules.has(v) {
		if f := s.featureOf(v); f.p != 0 {
			f.enable()
		}
	}
}

// alternatives returns the elements of the new problem that may be given up: none of the
// original problem, unless nothing else is left; then those that come after sug.
func (s *Solver) alternatives(problem []RuleID, sug RuleID, essentialOK bool) []RuleID {
	var more []RuleID
	features, updates, others := 0, 0, 0
	position := slices.Index(problem, sug)
	for pass := 0; pass < 2 && len(more) == 0; pass++ {
		for _, v := range s.problems[0].elements {
			if !essentialOK && s.isEssential(v) {
				continue
			}
			if v != sug {
				if i := slices.Index(problem, v); i >= 0 && (pass == 0 || i < position) {
					continue
				}
			}
			switch {
			case s.featureRules.has(v):
				features++
			case s.updateRules.has(v) && v > s.updateRules.start:
				updates++
			default:
				others++
			}
			more = append(more, v)
		}
	}
	if others == 0 && updates > 0 && features > 0 {
		more = slices.DeleteFunc(more, s.featureRules.has)
	}
	return more
}

func (s *Solver) enableWeakRules() {
	if s.weakMap == nil {
		return
	}
	for id := RuleID(1); id < s.learntStart; id++ {
		if s.isWeak(id) {
			s.rules[id].enable()
		}
	}
	for _, id := range s.brokenOrphans {
		s.rules[id].disable()
	}
}

// convert says what giving a rule or job up means for the user; nothing if the rule is
// fulfilled after all.
func (s *Solver) convert(v RuleID) []SolutionElement {
	switch {
	case v < 0:
		return []SolutionElement{{Action: DropJob, Job: int(-v - 1)}}
	case s.infArchRules.has(v):
		return s.allowChosen(s.sameNameRules(s.infArchRules, v), RuleInfArch)
	case s.dupRules.has(v):
		return s.allowChosen(s.sameNameRules(s.dupRules, v), RuleDistUpgrade)
	case s.updateRules.has(v):
		return s.convertUpdate(v)
	case s.bestRules.has(v):
		return s.convertBest(v)
	case s.blackRules.has(v):
		return []SolutionElement{{Action: Allow, Other: -s.rules[v].p, Class: RuleBlack}}
	case s.strictPrioRules.has(v):
		return []SolutionElement{{Action: Allow, Other: -s.rules[v].p, Class: RuleStrictRepoPriority}}
	}
	return nil
}

func (s *Solver) allowChosen(a ruleArea, class RuleKind) []SolutionElement {
	for r := a.start; r < a.end; r++ {
		if id := -s.rules[r].p; s.level[id] > 0 {
			return []SolutionElement{{Action: Allow, Other: id, Class: class}}
		}
	}
	return nil
}

// fulfilled reports whether a package of a rule is chosen.
func (s *Solver) fulfilled(id RuleID) bool {
	for l := range s.literals(&s.rules[id]) {
		if l > 0 && s.level[l] > 0 {
			return true
		}
	}
	return false
}

// replacement returns the new package that was chosen for an installed one, and
// whether there only are ones installed beside it.
func (s *Solver) replacement(r *rule) (id SolvableID, beside bool) {
	for l := range s.literals(r) {
		if l > 0 && s.level[l] > 0 && !s.isInstalled(l) {
			id = l
			if !s.multiversion.test(l) {
				return id, false
			}
		}
	}
	return id, id != 0
}

func (s *Solver) convertUpdate(v RuleID) []SolutionElement {
	pkg := s.packageOfUpdate(v)
	if s.fulfilled(v) || s.level[pkg] > 0 {
		return nil
	}
	r := s.featureOf(v)
	if r.p == 0 {
		r = &s.rules[v]
	}
	var out []SolutionElement
	id := SolvableID(0)
	if r.w[1] != 0 {
		var beside bool
		if id, beside = s.replacement(r); beside {
			out = append(out, SolutionElement{Action: Replace, Package: pkg, Other: id})
			id = 0
		}
	}
	if id != 0 {
		return append(out, SolutionElement{Action: Replace, Package: pkg, Other: id})
	}
	return append(out, SolutionElement{Action: Erase, Package: pkg})
}

func (s *Solver) convertBest(v RuleID) []SolutionElement {
	if s.fulfilled(v) {
		return nil
	}
	info := s.bestInfo[v-s.bestRules.start]
	if info.job != 0 {
		return []SolutionElement{{Action: DropJob, Job: int(-s.jobElement(info.job) - 1)}}
	}
	allow := func(id SolvableID) SolutionElement {
		return SolutionElement{Action: Allow, Other: id, Class: RuleBest}
	}
	if s.level[info.pkg] > 0 {
		return []SolutionElement{allow(info.pkg)}
	}
	r := &s.rules[s.featureRule(info.pkg)]
	if r.p == 0 {
		r = &s.rules[s.updateRule(info.pkg)]
	}
	id, beside := s.replacement(r)
	switch {
	case beside:
		return []SolutionElement{allow(id), {Action: Erase, Package: info.pkg}}
	case id != 0:
		return []SolutionElement{allow(id)}
	}
	return nil
}

// Jobs returns the jobs that carry the solution out: the given jobs of the problem,
// which stay in place, with dropped ones made VerbNoop and new ones appended.
func (s *Solution) Jobs(jobs []Job) []Job {
	out := slices.Clone(jobs)
	var flags How
	if s.CleanDeps {
		flags = JobCleanDeps
	}
	for _, e := range s.Elements {
		var j Job
		switch e.Action {
		case DropJob:
			out[e.Job] = Job{}
			continue
		case Erase:
			j = Job{VerbErase | SelPkg | flags, ID(e.Package)}
		default:
			j = Job{VerbInstall | SelPkg | JobNotByUser | flags, ID(e.Other)}
		}
		if !slices.Contains(out, j) {
			out = append(out, j)
		}
	}
	return out
}
