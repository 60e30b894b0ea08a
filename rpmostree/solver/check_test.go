package solver

import (
	"strings"
	"testing"
)

// Check must notice results that are wrong.
func TestCheckNotices(t *testing.T) {
	p := NewPool(nil)
	r := p.AddRepo("base", 0, 0)
	pkg := func(name, evr string, d SolvableData) SolvableID {
		d.Name, d.EVR, d.Arch = p.InternString(name), p.InternString(evr), ArchNoarch
		d.Provides = []ID{p.Rel(d.Name, OpEQ, d.EVR)}
		return r.Add(&d)
	}
	lib, lib2 := pkg("lib", "1-1", SolvableData{}), pkg("lib", "2-1", SolvableData{})
	app := pkg("app", "1-1", SolvableData{Requires: []ID{p.InternString("lib")}})
	foe := pkg("foe", "1-1", SolvableData{Conflicts: []ID{p.InternString("lib")}})
	heir := pkg("heir", "1-1", SolvableData{Obsoletes: []ID{p.InternString("app")}})
	s := New(p)
	if !s.Solve([]Job{{VerbInstall | SelPkg, ID(app)}}) {
		t.Fatal("no solution")
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id    SolvableID
		level int32
		want  string
	}{
		{lib2, -1, "app-1-1.noarch requires lib"},
		{lib, 2, "lib-1-1.noarch excludes lib-2-1.noarch"},
		{foe, 2, "foe-1-1.noarch conflicts with lib-2-1.noarch"},
		{heir, 2, "heir-1-1.noarch obsoletes app-1-1.noarch"},
		{app, -1, "(job) does not hold"},
	} {
		old := s.level[c.id]
		s.level[c.id] = c.level
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
		s.level[c.id] = old
	}
}

func TestMergeSortIsStable(t *testing.T) {
	type item struct{ key, order int }
	var list []item
	x := uint32(1)
	for i := range 1000 {
		x = x*1664525 + 1013904223
		list = append(list, item{int(x >> 28), i})
	}
	mergeSort(list, func(a, b item) int { return a.key - b.key })
	for i := 1; i < len(list); i++ {
		if a, b := list[i-1], list[i]; a.key > b.key || a.key == b.key && a.order > b.order {
			t.Fatalf("%v before %v", a, b)
		}
	}
}

// A formula and its clauses must agree for every assignment.
func TestNormalizeAgreesWithFormula(t *testing.T) {
	p := NewPool(nil)
	r := p.AddRepo("base", 0, 0)
	var names []ID
	for _, n := range []string{"a", "b", "c", "d"} {
		id := p.InternString(n)
		names = append(names, id)
		r.Add(&SolvableData{Name: id, EVR: p.InternString("1-1"), Arch: ArchNoarch, Provides: []ID{id}})
	}
	p.Prepare()
	s := New(p)
	for _, text := range []string{
		"(a and b)", "(a if b)", "(a if b else c)", "(a unless b)", "(a unless b else c)",
		"(a or (b and c))", "((a or b) and (c or d))", "((a if b) or (c unless d))",
		"(a if (b or c) else (d if a))", "(nosuch or (a and b))", "(nosuch if a else b)",
	} {
		dep, err := p.RichDep(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []clauseMode{0, modeTerms, modeTerms | modeInvert, modeInvert} {
			blocks, truth := p.normalize(dep, mode)
			for bits := range 1 << len(names) {
				s.level = make([]int32, len(p.solvables))
				for i := range names {
					s.level[2+i] = int32(bits>>i&1)*2 - 1
				}
				want := s.depFulfilled(dep) != (mode&modeInvert != 0)
				terms := mode&modeTerms != 0 != (mode&modeInvert != 0)
				if got := evaluate(s, blocks, truth, terms); got != want {
					t.Errorf("%s mode %d assignment %b: %v", text, mode, bits, got)
				}
			}
		}
	}
}

func evaluate(s *Solver, blocks clauses, t truth, terms bool) bool {
	if t != isOpen {
		return t == isTrue
	}
	for _, block := range blocks {
		all, some := true, false
		for _, l := range block {
			all, some = all && s.isTrue(l), some || s.isTrue(l)
		}
		if terms && all {
			return true
		}
		if !terms && !some {
			return false
		}
	}
	return !terms
}

// Formulas that grow beyond all bounds must not use up the memory.
func TestNormalizeIsBounded(t *testing.T) {
	p := NewPool(nil)
	r := p.AddRepo("base", 0, 0)
	name := func(i int) ID {
		id := p.InternString(string(rune('a'+i%26)) + string(rune('a'+i/26)))
		return id
	}
	for i := range 80 {
		r.Add(&SolvableData{Name: name(i), EVR: p.InternString("1-1"), Arch: ArchNoarch, Provides: []ID{name(i)}})
	}
	p.Prepare()
	dep := p.Rel(name(0), OpAnd, name(1))
	for i := 2; i < 80; i += 2 {
		dep = p.Rel(p.Rel(name(i), OpAnd, name(i+1)), OpOr, dep)
	}
	blocks, _ := p.normalize(dep, 0)
	total := 0
	for _, b := range blocks {
		total += len(b)
	}
	if total > maxLiterals {
		t.Errorf("%d literals", total)
	}
}
