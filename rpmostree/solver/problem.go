package solver

import "slices"

// Problem is a set of rules that cannot all hold.
type Problem struct {
	s   *Solver
	set *problemSet
}

// Problems returns the problems of the last Solve.
func (s *Solver) Problems() []*Problem {
	out := make([]*Problem, len(s.problems))
	for i := range s.problems {
		out[i] = &Problem{s, &s.problems[i]}
	}
	return out
}

// ID returns 8 hexadecimal digits that are comparable between solvers.
func (p *Problem) ID() string {
	rules := p.Rules()
	hashes := make([]string, len(rules))
	for i, r := range rules {
		hashes[i] = p.s.RuleHash(r)
	}
	return hashStrings(hashes, 4)
}

// Rules returns all rules of the problem in the order of the proof, learnt ones
// expanded.
func (p *Problem) Rules() []RuleID {
	s := p.s
	seen := newBitmap(len(s.rules))
	var out []RuleID
	var walk func([]RuleID)
	walk = func(proof []RuleID) {
		for _, r := range proof {
			if seen.add(SolvableID(r)) {
				if r >= s.learntStart {
					walk(s.derivation(r))
				} else {
					out = append(out, r)
				}
			}
		}
	}
	walk(s.proofAt(p.set.proof))
	return out
}

// Elements returns the rules to choose from to solve the problem, the rules of a job
// being joined: job i is -(i+1).
func (p *Problem) Elements() []RuleID { return slices.Clone(p.set.elements) }

// Rule returns the rule that explains the problem best.
func (p *Problem) Rule() RuleID {
	s := p.s
	var x explanation
	x.search(s, s.proofAt(p.set.proof), newBitmap(len(s.rules)))
	if x.conflictsWithInstalled(s) {
		return x.conflict
	}
	for _, r := range []RuleID{x.require, x.conflict, x.black, x.prio, x.update, x.job} {
		if r != 0 {
			return r
		}
	}
	return 0
}

// explanation holds the most telling rule of each kind.
type explanation struct {
	require, conflict, update, job, black, prio RuleID
}

// search goes through a proof, which begins near the problem and ends near the jobs.
func (x *explanation) search(s *Solver, proof []RuleID, seen bitmap) {
	asserted := s.assertedByJob(proof)
	var inner explanation
	rank, installedConflict := 0, false
	first := func(slot *RuleID, r RuleID) {
		if *slot == 0 {
			*slot = r
		}
	}
	for _, id := range proof {
		switch {
		case id >= s.learntStart:
			if seen.add(SolvableID(id)) {
				inner.search(s, s.derivation(id), seen)
			}
		case s.jobRules.has(id), s.infArchRules.has(id), s.dupRules.has(id), s.bestRules.has(id), s.yumObsRules.has(id):
			first(&x.job, id)
		case s.updateRules.has(id):
			first(&x.update, id)
		case s.blackRules.has(id):
			first(&x.black, id)
		case s.strictPrioRules.has(id):
			first(&x.prio, id)
		case !s.pkgRules.has(id):
		case s.rules[id].tail() == 0 && s.rules[id].w[1] < 0:
			r := &s.rules[id]
			if !installedConflict && r.p < 0 && (s.isInstalled(-r.p) || s.isInstalled(-r.w[1])) {
				x.conflict, installedConflict = id, true
			}
			first(&x.conflict, id)
		default:
			rank = x.consider(s, id, rank, asserted)
		}
	}
	first(&x.require, inner.require)
	first(&x.conflict, inner.conflict)
	first(&x.job, inner.job)
	first(&x.update, inner.update)
	first(&x.black, inner.black)
	first(&x.prio, inner.prio)
}

// assertedByJob returns the package that a job asks for alone, if there is one.
func (s *Solver) assertedByJob(proof []RuleID) SolvableID {
	for _, id := range proof {
		if r := &s.rules[id]; s.jobRules.has(id) && r.isAssertion() && r.p > 0 {
			return r.p
		}
	}
	return 0
}

// consider takes a requirement if it is better than the one found before: best are
// uninstallable packages, then requirements of the package a job asks for, then
// those of installed packages.
func (x *explanation) consider(s *Solver, id RuleID, rank int, asserted SolvableID) int {
	r := &s.rules[id]
	switch {
	case r.isAssertion() && rank < 3:
		if x.require > 0 && r.p < -SystemSolvable {
			p := s.pool
			arch := p.solvables[-r.p].Arch
			if other := -s.rules[x.require].p; other > SystemSolvable && p.solvables[other].Arch != arch && arch != ArchNoarch {
				return rank
			}
		}
		x.require = id
		return 3
	case asserted != 0 && r.p == -asserted:
		x.require = id
		return 2
	case r.p < 0 && s.isInstalled(-r.p) && rank <= 1:
		x.require = id
		return 1
	case x.require == 0:
		x.require = id
	}
	return rank
}

// conflictsWithInstalled reports a new package that requires an installed one which
// it conflicts with.
func (x *explanation) conflictsWithInstalled(s *Solver) bool {
	if x.require == 0 || x.conflict == 0 || s.installed == nil {
		return false
	}
	req, con := &s.rules[x.require], &s.rules[x.conflict]
	if req.p >= 0 || con.p >= 0 || con.w[1] >= 0 {
		return false
	}
	pkg, other := -req.p, SolvableID(0)
	switch {
	case pkg == -con.p && s.isInstalled(-con.w[1]):
		other = -con.w[1]
	case pkg == -con.w[1] && s.isInstalled(-con.p):
		other = -con.p
	}
	if other == 0 || s.isInstalled(pkg) || s.pool.solvables[pkg].Name == s.pool.solvables[other].Name {
		return false
	}
	return slices.Contains(s.rest(req), other)
}

// ProofStep is a decision in the derivation of a contradiction.
type ProofStep struct {
	Literal SolvableID // the literal that the rule makes true; 0 in the last step
	Reason  Reason     // ReasonPremise or ReasonUnitRule; the last is ReasonUnsolvable
	Rule    RuleID     // 0 for a premise
}

// Proof returns the decisions that lead to the contradiction.
func (p *Problem) Proof() []ProofStep { return p.s.proof(p.s.proofAt(p.set.proof)) }

// LearntProof returns the derivation of a learnt rule: the negation of its literals as
// premises, and the decisions that lead to a contradiction then.
func (s *Solver) LearntProof(id RuleID) []ProofStep {
	var steps []ProofStep
	for l := range s.literals(&s.rules[id]) {
		steps = append(steps, ProofStep{Literal: -l, Reason: ReasonPremise})
	}
	return append(steps, s.proof(s.derivation(id))...)
}

// proof reverses a derivation and finds the literal that each rule forced: all others
// are known to be false.
func (s *Solver) proof(derivation []RuleID) []ProofStep {
	known := map[SolvableID]bool{} // by package: whether it was true when it became known
	var steps []ProofStep
	for i, id := range derivation {
		forced := SolvableID(0)
		for l := range s.literals(&s.rules[id]) {
			v := max(l, -l)
			if positive, ok := known[v]; !ok {
				known[v] = l < 0
			} else if positive == (l > 0) {
				forced = l
			}
		}
		reason := ReasonUnitRule
		if i == 0 {
			forced, reason = 0, ReasonUnsolvable
		}
		steps = append(steps, ProofStep{forced, reason, id})
	}
	slices.Reverse(steps)
	s.swapSameName(steps)
	return steps
}

// swapSameName makes the last decision the exclusion of the other version if the
// contradiction is that two versions exclude each other.
func (s *Solver) swapSameName(steps []ProofStep) {
	n := len(steps)
	if n < 2 || steps[n-2].Literal <= 0 {
		return
	}
	last := &s.rules[steps[n-1].Rule]
	l := steps[n-2].Literal
	if last.p >= 0 || last.tail() != 0 || last.w[1] >= 0 || l != -last.p && l != -last.w[1] {
		return
	}
	if s.RuleInfo(steps[n-1].Rule).Kind != RuleSameName {
		return
	}
	steps[n-2], steps[n-1] = ProofStep{-l, ReasonUnitRule, steps[n-1].Rule}, ProofStep{0, ReasonUnsolvable, steps[n-2].Rule}
}
