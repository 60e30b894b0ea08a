package solver_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/solver"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

// runTestcase returns the result lines of a testcase.
func runTestcase(t *testing.T, path string) string {
	t.Helper()
	r, file, err := testcase.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	if err := testcase.Run(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The wanted results come from testsolv of libsolv 0.7.39: transaction, problems with
// solutions and ids, rules, alternatives, reasons, and for some proofs and the rest.
func TestReferenceResults(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.t")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(path, ".t") + ".want")
			if err != nil {
				t.Fatal(err)
			}
			got := runTestcase(t, path)
			if got == string(want) {
				return
			}
			have := strings.Split(got, "\n")
			for _, line := range strings.Split(string(want), "\n") {
				if !slices.Contains(have, line) {
					t.Errorf("missing: %s", line)
				}
			}
			t.Errorf("got:\n%s", got)
		})
	}
}

// layered is a base system with an update and a package that needs it.
type layered struct {
	*solver.Pool
	base1, old, base2, layer, fresh solver.SolvableID
}

func newLayered(t *testing.T) *layered {
	t.Helper()
	p := solver.NewPool(nil)
	p.SetArch("x86_64")
	rich := func(s string) []solver.ID {
		id, err := p.RichDep(s)
		if err != nil {
			t.Fatal(err)
		}
		return []solver.ID{id}
	}
	w := &layered{Pool: p}
	inst := p.AddRepo("@System", 0, 0)
	w.base1 = add(inst, p, "base", "1-1", solver.SolvableData{})
	w.old = add(inst, p, "old", "1-1", solver.SolvableData{})
	p.SetInstalled(inst)
	up := p.AddRepo("up", 99, 0)
	w.base2 = add(up, p, "base", "2-1", solver.SolvableData{})
	w.layer = add(up, p, "layer", "1-1", solver.SolvableData{Requires: rich("(base >= 2)")})
	w.fresh = add(up, p, "new", "5-1", solver.SolvableData{Obsoletes: rich("(old < 2)")})
	return w
}

func (w *layered) install(name string) solver.Job {
	return solver.Job{How: solver.VerbInstall | solver.SelName, What: w.InternString(name)}
}

func (w *layered) lock(id solver.SolvableID) solver.Job {
	return solver.Job{How: solver.VerbLock | solver.SelPkg, What: solver.ID(id)}
}

func TestLockedBase(t *testing.T) {
	w := newLayered(t)
	s := solver.New(w.Pool)
	if s.Solve([]solver.Job{w.lock(w.base1), w.install("layer")}) {
		t.Fatal("solved against the lock")
	}
	problems := s.Problems()
	if len(problems) != 1 {
		t.Fatalf("%d problems", len(problems))
	}
	info := s.RuleInfo(problems[0].Rule())
	if got, want := s.ProblemText(info), "package layer-1-1.noarch requires base >= 2, but none of the providers can be installed"; got != want {
		t.Errorf("text %q", got)
	}
	if got, want := s.QualifiedProblemText(info), "package layer-1-1.noarch from up requires base >= 2, but none of the providers can be installed"; got != want {
		t.Errorf("qualified text %q", got)
	}
	var dropped []int
	for _, sol := range problems[0].Solutions() {
		for _, e := range sol.Elements {
			if e.Action != solver.DropJob {
				t.Errorf("unexpected element %+v", e)
			}
			dropped = append(dropped, e.Job)
		}
	}
	if !slices.Equal(dropped, []int{1, 0}) {
		t.Errorf("solutions drop jobs %v", dropped)
	}
}

// A solution's jobs solve the problem.
func TestSolutionsSolve(t *testing.T) {
	w := newLayered(t)
	s := solver.New(w.Pool)
	jobs := []solver.Job{w.lock(w.base1), w.install("layer")}
	s.Solve(jobs)
	for _, sol := range s.Problems()[0].Solutions() {
		again := solver.New(w.Pool)
		if !again.Solve(sol.Jobs(jobs)) {
			t.Errorf("giving up %d does not help", sol.Rule)
		}
		if err := again.Check(); err != nil {
			t.Error(err)
		}
	}
}

func changes(w *layered, s *solver.Solver) []string {
	var out []string
	for _, c := range s.Transaction().Changes() {
		text := c.Type.String() + " " + w.QualifiedName(c.Package)
		if c.Other != 0 {
			text += " " + w.QualifiedName(c.Other)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func TestTransactionClasses(t *testing.T) {
	w := newLayered(t)
	s := solver.New(w.Pool)
	if !s.Solve([]solver.Job{{How: solver.VerbUpdate | solver.SelAll}}) {
		t.Fatal("no solution")
	}
	want := []string{
		"erase old-1-1.noarch@@System new-5-1.noarch@up",
		"install new-5-1.noarch@up",
		"upgrade base-1-1.noarch@@System base-2-1.noarch@up",
	}
	if got := changes(w, s); !slices.Equal(got, want) {
		t.Errorf("changes:\n%s", strings.Join(got, "\n"))
	}
	if got := s.Transaction().Replaces(w.fresh); !slices.Equal(got, []solver.SolvableID{w.old}) {
		t.Errorf("new replaces %v", got)
	}
	tr := s.Transaction()
	tr.Order()
	i, j := slices.Index(tr.Steps, w.base2), slices.Index(tr.Steps, w.base1)
	if j != i+1 {
		t.Errorf("the replaced package does not follow its replacement: %v", tr.Steps)
	}
}

// A solver that is used again answers as a new one.
func TestReuse(t *testing.T) {
	w := newLayered(t)
	used := solver.New(w.Pool)
	for _, jobs := range [][]solver.Job{
		{w.install("layer")}, {{How: solver.VerbUpdate | solver.SelAll}}, {w.lock(w.base1), w.install("layer")},
		{w.install("nosuch")}, {w.install("new")}, {w.install("layer")},
	} {
		fresh := solver.New(w.Pool)
		if a, b := used.Solve(jobs), fresh.Solve(jobs); a != b {
			t.Errorf("%v: %v and %v", jobs, a, b)
		}
		if a, b := changes(w, used), changes(w, fresh); !slices.Equal(a, b) {
			t.Errorf("%v: %v and %v", jobs, a, b)
		}
		if len(used.Problems()) > 0 && used.Problems()[0].ID() != fresh.Problems()[0].ID() {
			t.Errorf("%v: problems differ", jobs)
		}
	}
	// Packages that come later are seen as well.
	add(w.Repos()[1], w.Pool, "late", "1-1", solver.SolvableData{})
	if !used.Solve([]solver.Job{w.install("late")}) || used.Check() != nil {
		t.Error("a package added later is not found")
	}
}

func TestImpossibleJobs(t *testing.T) {
	w := newLayered(t)
	for _, c := range []struct {
		job  solver.Job
		want string
	}{
		{w.install("nosuch"), "package nosuch does not exist"},
		{
			solver.Job{How: solver.VerbInstall | solver.SelProvides, What: w.InternString("nosuch")},
			"nothing provides requested nosuch",
		},
		{solver.Job{How: solver.VerbInstall | solver.SelAll}, "unsupported request"},
	} {
		s := solver.New(w.Pool)
		if s.Solve([]solver.Job{c.job}) {
			t.Errorf("%s: solved", c.want)
			continue
		}
		if got := s.ProblemText(s.RuleInfo(s.Problems()[0].Rule())); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	s := solver.New(w.Pool)
	if !s.Solve([]solver.Job{{How: solver.VerbInstall | solver.SelOneOf, What: w.AddOneOf(nil)}}) {
		t.Error("one of nothing is a problem")
	}
}

func TestExcludedInTexts(t *testing.T) {
	w := newLayered(t)
	w.Flags.WhatProvidesWithDisabled = true
	w.Exclude(w.base2)
	s := solver.New(w.Pool)
	if s.Solve([]solver.Job{w.install("layer")}) {
		t.Fatal("solved with an excluded package")
	}
	var texts []string
	for _, r := range s.Problems()[0].Rules() {
		for _, info := range s.AllRuleInfos(r) {
			texts = append(texts, s.QualifiedProblemText(info))
		}
	}
	want := "package base-2-1.noarch from up is filtered out by exclude filtering"
	if !slices.Contains(texts, want) {
		t.Errorf("texts:\n%s", strings.Join(texts, "\n"))
	}
}
