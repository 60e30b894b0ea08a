package solver_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// source turns fuzzer bytes into choices.
type source struct {
	data []byte
	pos  int
}

func (s *source) n(limit int) int {
	if s.pos >= len(s.data) {
		return 0
	}
	s.pos++
	return int(s.data[s.pos-1]) % limit
}

// one is true once in n choices, and false when the data is used up.
func (s *source) one(n int) bool { return s.n(n) == n-1 }

type universe struct {
	src   *source
	p     *solver.Pool
	names []solver.ID
	evrs  []solver.ID
}

func newUniverse(data []byte) *universe {
	u := &universe{src: &source{data: data}, p: solver.NewPool(nil)}
	for i := range 6 {
		u.names = append(u.names, u.p.InternString(fmt.Sprintf("n%d", i)))
	}
	for _, v := range []string{"1-1", "2-1", "2-2", "1:1-1", "3"} {
		u.evrs = append(u.evrs, u.p.InternString(v))
	}
	return u
}

func (u *universe) name() solver.ID { return u.names[u.src.n(len(u.names))] }
func (u *universe) evr() solver.ID  { return u.evrs[u.src.n(len(u.evrs))] }

func (u *universe) dep(depth int) solver.ID {
	d := u.name()
	if u.src.one(3) {
		d = u.p.Rel(d, solver.Op(1+u.src.n(7)), u.evr())
	}
	if depth > 0 && u.src.one(5) {
		ops := []solver.Op{solver.OpAnd, solver.OpOr, solver.OpCond, solver.OpUnless, solver.OpWith, solver.OpWithout}
		op := ops[u.src.n(len(ops))]
		right := u.dep(depth - 1)
		if (op == solver.OpCond || op == solver.OpUnless) && u.src.one(3) {
			right = u.p.Rel(right, solver.OpElse, u.dep(depth-1))
		}
		d = u.p.Rel(d, op, right)
	}
	return d
}

func (u *universe) deps(limit int) []solver.ID {
	var out []solver.ID
	for range u.src.n(limit) {
		out = append(out, u.dep(2))
	}
	return out
}

func (u *universe) fill(r *solver.Repo) {
	arches := []string{"x86_64", "noarch", "i686", "src"}
	for range u.src.n(12) {
		d := solver.SolvableData{
			Name: u.name(), EVR: u.evr(), Arch: u.p.InternString(arches[u.src.n(len(arches))]),
			Requires: u.deps(3), Conflicts: u.deps(2), Obsoletes: u.deps(2),
			Recommends: u.deps(2), Suggests: u.deps(2), Supplements: u.deps(2), Enhances: u.deps(2),
			PreRequires: u.deps(2),
		}
		d.Provides = append(u.deps(2), u.p.Rel(d.Name, solver.OpEQ, d.EVR))
		r.Add(&d)
	}
}

func (u *universe) job() solver.Job {
	verbs := []solver.How{
		solver.VerbInstall, solver.VerbInstall, solver.VerbUpdate, solver.VerbErase, solver.VerbLock,
		solver.VerbDistUpgrade, solver.VerbMultiversion, solver.VerbVerify, solver.VerbFavor,
		solver.VerbDisfavor, solver.VerbBlacklist, solver.VerbAllowUninstall, solver.VerbExcludeFromWeak,
		solver.VerbUserInstalled, solver.VerbDropOrphaned, solver.VerbWeakenDeps,
	}
	j := solver.Job{How: verbs[u.src.n(len(verbs))]}
	for _, f := range []solver.How{solver.JobWeak, solver.JobForceBest, solver.JobCleanDeps, solver.JobTargeted, solver.JobEssential} {
		if u.src.one(12) {
			j.How |= f
		}
	}
	switch n := int(u.p.NumSolvables()); u.src.n(5) {
	case 0:
		j.How |= solver.SelName
		j.What = u.dep(1)
	case 1:
		j.How |= solver.SelProvides
		j.What = u.dep(1)
	case 2:
		if n > 2 {
			j.How |= solver.SelPkg
			j.What = solver.ID(2 + u.src.n(n-2))
		}
	case 3:
		var set []solver.SolvableID
		for range u.src.n(4) {
			if n > 2 {
				set = append(set, solver.SolvableID(2+u.src.n(n-2)))
			}
		}
		slices.Sort(set)
		j.How |= solver.SelOneOf
		j.What = u.p.AddOneOf(slices.Compact(set))
	case 4:
		j.How |= solver.SelAll
	}
	return j
}

func (u *universe) solver() *solver.Solver {
	b := func() bool { return u.src.one(8) }
	s := solver.New(u.p)
	f := &s.Flags
	f.AllowDowngrade, f.AllowArchChange, f.AllowUninstall = b(), b(), b()
	f.BestObeyPolicy, f.YumObsoletes, f.URPMReorder = b(), b(), b()
	f.KeepOrphans, f.FocusInstalled, f.FocusNew, f.FocusBest = b(), b(), b(), b()
	f.StrongRecommends, f.StrictRepoPriority, f.NoInfArchCheck = b(), b(), b()
	f.IgnoreRecommended, f.AddAlreadyRecommended, f.KeepExplicitObsoletes = b(), b(), b()
	return s
}

// FuzzSolve solves small random worlds: whatever comes, there is an end, and the
// result is consistent.
func FuzzSolve(f *testing.F) {
	for seed := range 40 {
		data := make([]byte, 400)
		x := uint32(seed)*2654435761 + 1
		for i := range data {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			data[i] = byte(x >> 8)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		u := newUniverse(data)
		u.p.Flags.ImplicitObsoleteUsesColors = u.src.one(2)
		u.p.Flags.WhatProvidesWithDisabled = u.src.one(2)
		u.p.Flags.ForbidSelfConflicts = u.src.one(4)
		if !u.src.one(4) {
			u.p.SetArch("x86_64")
		}
		inst := u.p.AddRepo("@System", 0, 0)
		u.fill(inst)
		u.p.SetInstalled(inst)
		u.fill(u.p.AddRepo("base", u.src.n(2), 0))
		u.fill(u.p.AddRepo("updates", u.src.n(2), 0))
		for range u.src.n(3) {
			if n := int(u.p.NumSolvables()); n > 2 {
				u.p.Exclude(solver.SolvableID(2 + u.src.n(n-2)))
			}
		}
		s := u.solver()
		var jobs []solver.Job
		for range 1 + u.src.n(5) {
			jobs = append(jobs, u.job())
		}
		ok := s.Solve(jobs)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		examine(t, s, ok)
	})
}

// examine calls everything that looks at a result.
func examine(t *testing.T, s *solver.Solver, ok bool) {
	problems := s.Problems()
	if ok != (len(problems) == 0) {
		t.Fatalf("Solve said %v with %d problems", ok, len(problems))
	}
	before := s.Decisions()
	for _, p := range problems {
		if len(p.ID()) != 8 || p.Rule() == 0 {
			t.Fatalf("problem %q without rule", p.ID())
		}
		for _, r := range p.Rules() {
			info := s.RuleInfo(r)
			if s.ProblemText(info) == "" || s.QualifiedProblemText(info) == "" || s.RuleText(info) == "" {
				t.Fatal("no text")
			}
		}
		p.Proof()
		for _, sol := range p.Solutions() {
			sol.ID(s.Pool().JobText)
			sol.Jobs(s.Jobs())
		}
	}
	if !slices.Equal(before, s.Decisions()) {
		t.Fatal("looking for solutions changed the result")
	}
	s.Recommended()
	s.Unneeded(true)
	s.UserInstalled()
	s.AutoInstalledNames()
	s.CleanDeps()
	for _, a := range s.Alternatives() {
		if s.AlternativeText(a) == "" {
			t.Fatal("alternative without text")
		}
	}
	tr := s.Transaction()
	steps := slices.Sorted(slices.Values(tr.Steps))
	tr.Changes()
	tr.Order()
	if !slices.Equal(steps, slices.Sorted(slices.Values(tr.Steps))) {
		t.Fatal("ordering lost steps")
	}
}

// FuzzRichDep parses dependencies: what comes back as text must mean the same.
func FuzzRichDep(f *testing.F) {
	for _, s := range []string{
		"(a or b)", "(a and (b or c))", "(a if b else c)", "(a >= 1:2-3 with b < 4)", "(a)", "(perl(X) or y)",
		"((a unless (b or c) else d) and e)", "(a <=> 0:1 or b)", "(a else b)", "((", "(a or b", "(a , b)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := solver.NewPool(nil)
		id, err := p.RichDep(text)
		if err != nil {
			return
		}
		printed := p.DepString(id)
		if len(printed) == 0 || printed[0] != '(' {
			return // a single operand
		}
		again, err := p.RichDep(printed)
		if err != nil || again != id {
			t.Fatalf("%q became %q, which is %q: %v", text, printed, p.DepString(again), err)
		}
	})
}
