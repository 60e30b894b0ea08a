package solver

import (
	"errors"
	"fmt"
	"slices"
)

// Check looks at a result without regard to how it was found: the requirements of new
// packages must be met, what installed packages have must not break, nothing in the
// result may exclude something else, and every rule that was not given up must hold.
// It returns all contradictions joined, nil if there are none. Requirements that jobs
// weaken (VerbWeakenDeps) or a distribution upgrade breaks (BreakOrphans) do not count.
func (s *Solver) Check() error {
	c := checker{s: s, p: s.pool, weakened: map[SolvableID]bool{}}
	for _, j := range s.jobs {
		if j.verb() == VerbWeakenDeps && j.selection() == SelPkg {
			c.weakened[SolvableID(j.What)] = true
		}
	}
	for id := SolvableID(2); id < s.pool.NumSolvables(); id++ {
		if s.level[id] > 0 {
			c.checkPackage(id)
		}
	}
	if len(s.problems) == 0 {
		c.checkRules()
	}
	return errors.Join(c.errs...)
}

type checker struct {
	s        *Solver
	p        *Pool
	weakened map[SolvableID]bool
	errs     []error
}

func (c *checker) fail(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *checker) checkPackage(id SolvableID) {
	s, sv := c.s, &c.p.solvables[id]
	old := s.isInstalled(id)
	fix := s.fixAll || s.fix.test(id)
	if !old && !c.p.Installable(id) && !(sv.isSource() && !c.p.Disabled(id)) {
		c.fail("%s is not installable", c.p.SolvableString(id))
	}
	if old && len(s.brokenOrphans) > 0 {
		return
	}
	if !c.weakened[id] {
		c.checkRequires(id, sv, old, fix)
	}
	if !sv.isSource() {
		c.checkExclusions(id, sv, old && !fix)
	}
}

func (c *checker) checkRequires(id SolvableID, sv *Solvable, old, fix bool) {
	var ignored []ID
	for _, req := range c.p.list(sv, Requires) {
		if req == preMarker {
			if old {
				ignored = c.p.PreIgnoreInst(id)
			}
			continue
		}
		if slices.Contains(ignored, req) || old && !fix && !c.heldBefore(req) {
			continue
		}
		if !c.s.depFulfilled(req) {
			c.fail("%s requires %s", c.p.SolvableString(id), c.p.DepString(req))
		}
	}
}

// heldBefore reports whether a requirement holds for the packages installed now.
func (c *checker) heldBefore(dep ID) bool {
	if !c.p.isComplex(dep) {
		return slices.ContainsFunc(c.p.provide(dep), func(id SolvableID) bool {
			return id == SystemSolvable || c.s.isInstalled(id)
		})
	}
	blocks, t := c.p.normalize(dep, 0)
	if t != isOpen {
		return t == isTrue
	}
	for _, block := range blocks {
		if !slices.ContainsFunc(block, func(l SolvableID) bool { return c.s.isInstalled(max(l, -l)) == (l > 0) }) {
			return false
		}
	}
	return true
}

// checkExclusions looks for packages in the result that id conflicts with, obsoletes or
// is a version of. Two packages that are installed together may stay together.
func (c *checker) checkExclusions(id SolvableID, sv *Solvable, lenient bool) {
	s := c.s
	against := func(q SolvableID) bool {
		return q != id && s.level[q] > 0 && !(lenient && s.isInstalled(q))
	}
	if !hasPrefix(c.p.strs.get(sv.Name), "patch:") {
		for _, con := range c.p.list(sv, Conflicts) {
			if c.p.isComplex(con) {
				continue // the rules are checked
			}
			for _, q := range c.p.provide(con) {
				if against(q) {
					c.fail("%s conflicts with %s", c.p.SolvableString(id), c.p.SolvableString(q))
				}
			}
		}
	}
	multi := s.multiversion.test(id)
	if s.isInstalled(id) && c.p.Flags.NoInstalledObsoletes {
		return
	}
	if !multi || s.Flags.KeepExplicitObsoletes {
		for _, obs := range c.p.list(sv, Obsoletes) {
			for _, q := range c.p.provide(obs) {
				if against(q) && c.p.obsoleted(sv, q, obs) {
					c.fail("%s obsoletes %s", c.p.SolvableString(id), c.p.SolvableString(q))
				}
			}
		}
	}
	for _, q := range c.p.provide(sv.Name) {
		if against(q) && !s.isInstalled(id) && !multi && !s.multiversion.test(q) && c.p.replacesName(sv, q) {
			c.fail("%s excludes %s", c.p.SolvableString(id), c.p.SolvableString(q))
		}
	}
}

func (c *checker) checkRules() {
	s := c.s
	for id := RuleID(1); id < s.learntStart; id++ {
		r := &s.rules[id]
		if r.p == 0 || r.disabled() {
			continue
		}
		holds := false
		for l := range s.literals(r) {
			// What is undecided is not installed.
			holds = holds || l > 0 && s.level[l] > 0 || l < 0 && s.level[-l] <= 0
		}
		if !holds {
			c.fail("rule %d (%s) does not hold", id, s.RuleClass(id))
		}
	}
}
