package solver

import "slices"

// run searches for a solution. Whenever a step has to go back below the level it
// started from, all steps are repeated.
func (s *Solver) run(disableRules, weak bool) {
	s.installedPos = 0
	s.extraReordering = false
	r := runner{s: s, disableRules: disableRules, weak: weak}
	for r.level >= 0 && r.round() {
	}
}

// runner is the state of the main loop.
type runner struct {
	s            *Solver
	disableRules bool
	weak         bool
	level        int32
	base         int32 // level up to which jobs and installed packages are settled
}

// round does all steps once, or up to the first one that has to start over. It
// returns false when the search is finished.
func (r *runner) round() bool {
	s := r.s
	if r.level <= 0 && !r.start() {
		return true
	}
	for _, step := range []func() bool{r.jobsFirst, r.focus, r.installed, r.jobsLast} {
		if !step() {
			return true
		}
	}
	r.base = min(r.base, r.level)
	if !r.goesOn(s.resolveDependencies) {
		return true
	}
	for _, step := range []func() bool{r.cleanDeps, r.weakDeps, r.orphans, r.unwanted} {
		if !step() {
			return true
		}
	}
	if s.cleanDepsMistakes() || s.disableUnneededChoices() {
		s.resetDecisions()
		r.level = 0
		return true
	}
	return r.minimize()
}

// start decides and propagates assertions.
func (r *runner) start() bool {
	s := r.s
	r.level = s.decideAssertions(r.disableRules)
	if r.level < 0 {
		return false
	}
	if violated := s.propagate(r.level); violated != 0 {
		r.level = s.analyzeUnsolvable(violated, r.disableRules)
		return false
	}
	r.base = r.level + 1
	return true
}

// goesOn does a step and reports whether it did not go back.
func (r *runner) goesOn(step func(level int32, disableRules bool) int32) bool {
	before := r.level
	r.level = step(r.level, r.disableRules)
	return r.level >= before
}

// settles is goesOn for the steps that are not repeated as long as the search does
// not go back below them.
func (r *runner) settles(step func(level int32, disableRules bool) int32) bool {
	if r.level >= r.base {
		return true
	}
	if !r.goesOn(step) {
		return false
	}
	r.base = r.level + 1
	return true
}

func (r *runner) jobsFirst() bool {
	s := r.s
	if s.Flags.FocusInstalled || r.level >= r.base {
		return true
	}
	s.extraReordering = s.haveInstalled()
	ok := r.settles(s.resolveJobs)
	s.extraReordering = false
	return ok
}

func (r *runner) focus() bool {
	s := r.s
	if !s.Flags.FocusNew && !s.Flags.FocusBest || s.Flags.FocusInstalled || !s.haveInstalled() || r.level >= r.base {
		return true
	}
	s.extraReordering = true
	ok := r.settles(s.resolveDependencies)
	s.extraReordering = false
	return ok
}

func (r *runner) installed() bool {
	return !r.s.haveInstalled() || r.settles(r.s.resolveInstalled)
}

func (r *runner) jobsLast() bool {
	return !r.s.Flags.FocusInstalled || r.settles(r.s.resolveJobs)
}

// extra does a step that asks for another round by itself.
func (r *runner) extra(step func(level int32) (int32, bool)) bool {
	level, again := step(r.level)
	r.level = level
	return !again
}

func (r *runner) cleanDeps() bool {
	return r.s.cleanDeps == nil || r.s.installed == nil || r.extra(r.s.resolveCleanDeps)
}

func (r *runner) weakDeps() bool {
	return !r.weak || r.extra(r.s.resolveWeak)
}

func (r *runner) orphans() bool {
	s := r.s
	return s.installed == nil || len(s.orphaned) == 0 && len(s.brokenOrphans) == 0 || r.extra(s.resolveOrphans)
}

// unwanted decides against the installed packages nobody cared for.
func (r *runner) unwanted() bool {
	s := r.s
	if s.installed == nil {
		return true
	}
	for id := s.installed.start; id < s.installed.end; id++ {
		if s.level[id] == 0 && s.isInstalled(id) {
			before := r.level
			r.level = s.setAndPropagate(r.level, -id, false, 0, ReasonCleanDepsErase)
			if r.level < before {
				return false
			}
		}
	}
	return true
}

// minimize looks for a branch where another choice is better after all: one that
// was installed later on anyway, or a recommended one instead of one that is not.
func (r *runner) minimize() bool {
	s := r.s
	if len(s.branches) == 0 {
		return false
	}
	s.updateRecommends()
	best, choice := -1, -1
	for b := len(s.branches) - 1; b >= 0; b-- {
		if c := s.betterChoice(&s.branches[b]); c >= 0 {
			best, choice = b, c
		}
	}
	if best < 0 {
		return false
	}
	r.level = s.takeBranch(best, choice, r.disableRules)
	return true
}

// betterChoice returns the index of a choice to take instead, or -1.
func (s *Solver) betterChoice(b *branch) int {
	recommended := -1
	for i, id := range b.choices {
		if id <= 0 {
			continue
		}
		if s.level[id] > b.level {
			return i
		}
		if s.haveDisfavored && s.favor != nil && s.favor[id] < 0 {
			continue
		}
		if recommended < 0 && (s.recommends.has(id) || s.isSupplementing(id)) {
			recommended = i
		}
	}
	if recommended < 0 {
		return -1
	}
	for _, c := range b.choices {
		id := -c
		if id <= 0 || s.level[id] != b.level+1 {
			continue
		}
		if s.favor != nil && s.favor[id] > s.favor[b.choices[recommended]] {
			continue
		}
		if !s.replacesInstalled(id, s.noUpdate) && !s.recommends.has(id) && !s.isSupplementing(id) {
			return recommended
		}
	}
	return -1
}

// openLiterals returns the undecided literals of a rule that is not fulfilled yet
// and whose negative literals are all chosen.
func (s *Solver) openLiterals(r *rule, buf []SolvableID) []SolvableID {
	buf = buf[:0]
	for l := range s.literals(r) {
		if l < 0 {
			if s.level[-l] <= 0 {
				return buf[:0]
			}
		} else if s.level[l] > 0 {
			return buf[:0]
		} else if s.level[l] == 0 {
			buf = append(buf, l)
		}
	}
	return buf
}

// resolveJobs fulfils the rules of jobs in order.
func (s *Solver) resolveJobs(level int32, disableRules bool) int32 {
	start := level
	var list []SolvableID
	for id := s.jobRules.start; id < s.jobRules.end; id++ {
		if s.rules[id].disabled() {
			continue
		}
		list = s.openLiterals(&s.rules[id], list)
		if len(list) == 0 {
			continue
		}
		if len(list) > 1 && s.staysInstalled(id, list) {
			list = s.onlyInstalled(list)
		}
		before := level
		level = s.choose(level, list, disableRules, id, ReasonResolveJob)
		switch {
		case level > before:
		case level == before:
			id-- // try something else
		case level < start:
			return level
		default:
			id = s.jobRules.start - 1
		}
	}
	return level
}

// staysInstalled reports whether an install job is content with what is installed.
func (s *Solver) staysInstalled(id RuleID, list []SolvableID) bool {
	if s.installed == nil || s.updateAll || s.Flags.InstallAlsoUpdates {
		return false
	}
	if s.jobs[s.ruleToJob[id-s.jobRules.start]].How&JobOrUpdate != 0 {
		return false
	}
	return !slices.ContainsFunc(list, s.update.test)
}

func (s *Solver) onlyInstalled(list []SolvableID) []SolvableID {
	if !slices.ContainsFunc(list, s.isInstalled) {
		return list
	}
	return slices.DeleteFunc(list, func(id SolvableID) bool { return !s.isInstalled(id) })
}

// resolveOrphans keeps packages that no repository has, or drops them.
func (s *Solver) resolveOrphans(level int32) (int32, bool) {
	kept := false
	for _, id := range s.orphaned {
		if s.level[id] != 0 || s.dropsOrphan(id) {
			continue
		}
		before := level
		level = s.setAndPropagate(level, id, false, 0, ReasonResolveOrphan)
		kept = true
		if level < before {
			break
		}
	}
	if kept {
		return level, true
	}
	for _, id := range s.orphaned {
		if s.level[id] != 0 {
			continue
		}
		before := level
		level = s.setAndPropagate(level, -id, false, 0, ReasonResolveOrphan)
		if level < before {
			return level, true
		}
	}
	list := s.brokenOrphanCandidates()
	if len(list) == 0 {
		return level, false
	}
	for _, id := range s.filter(list, modeChoose) {
		before := level
		level = s.setAndPropagate(level, id, false, 0, ReasonResolveOrphan)
		if level < before {
			break
		}
	}
	return level, true
}
