package solver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

func TestInternIsStable(t *testing.T) {
	p := solver.NewPool(nil)
	const n = 50_000
	ids := make([]solver.ID, n)
	rels := make([]solver.ID, n)
	for i := range ids {
		ids[i] = p.InternString(fmt.Sprintf("name-%d", i))
		rels[i] = p.Rel(ids[i], solver.OpGT, ids[i/2])
	}
	for i, id := range ids {
		s := fmt.Sprintf("name-%d", i)
		if p.Intern([]byte(s)) != id || p.Lookup(s) != id || p.Str(id) != s {
			t.Fatalf("string %q changed its id %d", s, id)
		}
		if p.Rel(id, solver.OpGT, ids[i/2]) != rels[i] || p.LookupRel(id, solver.OpGT, ids[i/2]) != rels[i] {
			t.Fatalf("relation of %q changed its id", s)
		}
	}
	if p.Lookup("absent") != solver.IDNone || p.Lookup("") != solver.IDEmpty {
		t.Error("Lookup of absent or empty string")
	}
	if p.LookupRel(ids[0], solver.OpLT, ids[1]) != solver.IDNone {
		t.Error("LookupRel made a relation")
	}
	if p.Lookup("<NULL>") != solver.IDNone {
		t.Error("id 0 can be found by its text")
	}
}

func TestCompareEVRs(t *testing.T) {
	p := solver.NewPool(nil)
	for _, c := range []struct {
		a, b       string
		sort, rang int
	}{
		{"1-1", "1-1", 0, 0}, {"1-1", "1-2", -1, -1}, {"1-1", "1", 1, 2}, {"1", "1-1", -1, -2},
		{"0:1-1", "1-1", 0, 0}, {"1:1-1", "2-1", 1, 1}, {"2-1", "1:1-1", -1, -1}, {"00:1", "1", 0, 0},
		{"1-", "1", 1, 0}, {"1~rc1-1", "1-1", -1, -1}, {"1^git-1", "1-1", 1, 1}, {"2:1", "10:1", -1, -1},
		{"a-b-1", "a-b-2", -1, -1}, {":1", "1", 0, 0}, {"1:", "1:", 0, 0},
	} {
		a, b := p.InternString(c.a), p.InternString(c.b)
		if got := p.CompareEVRs(a, b, solver.CompareEVR); got != c.sort {
			t.Errorf("compare %s %s = %d, want %d", c.a, c.b, got, c.sort)
		}
		if got := p.CompareEVRs(a, b, solver.MatchEVR); got != c.rang {
			t.Errorf("match %s %s = %d, want %d", c.a, c.b, got, c.rang)
		}
	}
	p.Flags.PromoteEpoch = true
	if got := p.CompareEVRs(p.InternString("1:1-1"), p.InternString("2-1"), solver.CompareEVR); got != -1 {
		t.Errorf("with promoted epochs 1:1-1 compares to 2-1 as %d", got)
	}
	p.Flags.HaveDistEpoch = true
	if got := p.CompareEVRs(p.InternString("1-1:2"), p.InternString("1-1:10"), solver.CompareEVR); got != -1 {
		t.Errorf("dist epochs compare as %d", got)
	}
}

// The vectors hold for rpm 4.18 as well.
func TestOverlaps(t *testing.T) {
	p := solver.NewPool(nil)
	ops := map[string]solver.Op{"=": 2, ">": 1, "<": 4, ">=": 3, "<=": 6}
	for _, c := range []struct {
		provide, require [2]string
		want             bool
	}{
		{[2]string{"=", "1.0-1"}, [2]string{"=", "1.0"}, true},
		{[2]string{"=", "1.0-1"}, [2]string{"=", "1.0-2"}, false},
		{[2]string{"=", "1.0"}, [2]string{"=", "1.0-2"}, true},
		{[2]string{"=", "1.0-1"}, [2]string{">", "1.0"}, false},
		{[2]string{"=", "1.0"}, [2]string{">", "1.0-1"}, true},
		{[2]string{"=", "1.0-1"}, [2]string{">=", "1.0"}, true},
		{[2]string{"=", "1:1.0"}, [2]string{"=", "1.0"}, false},
		{[2]string{"=", "0:1.0"}, [2]string{"=", "1.0"}, true},
		{[2]string{"<", "2.0"}, [2]string{">=", "2.0"}, false},
		{[2]string{"<", "2.0"}, [2]string{">", "1.0"}, true},
		{[2]string{"<=", "2.0"}, [2]string{">=", "2.0"}, true},
		{[2]string{"<", "1.0"}, [2]string{"<", "3.0"}, true},
		{[2]string{"=", "1.0~rc1"}, [2]string{"<", "1.0"}, true},
		{[2]string{"=", "1.0^git"}, [2]string{">", "1.0"}, true},
	} {
		got := p.Overlaps(ops[c.provide[0]], p.InternString(c.provide[1]), ops[c.require[0]], p.InternString(c.require[1]))
		if got != c.want {
			t.Errorf("%v overlaps %v = %v", c.provide, c.require, got)
		}
	}
}

func TestArchPolicy(t *testing.T) {
	p := solver.NewPool(nil)
	score := func(a string) uint32 { return p.ArchScore(p.InternString(a)) }
	p.SetArch("x86_64")
	for a, want := range map[string]uint32{
		"x86_64": 0x10001, "athlon": 0x20001, "i686": 0x30001, "i386": 0x60001, "noarch": 1, "aarch64": 0,
	} {
		if got := score(a); got != want {
			t.Errorf("score of %s = %#x, want %#x", a, got, want)
		}
	}
	p.SetArchPolicy("a:b>c=d")
	for a, want := range map[string]uint32{"a": 0x10001, "b": 0x20001, "c": 0x20002, "d": 0x20002, "x86_64": 0} {
		if got := score(a); got != want {
			t.Errorf("score of %s = %#x, want %#x", a, got, want)
		}
	}
	p.SetArch("")
	if p.HasArchPolicy() {
		t.Error("policy not removed")
	}
}

func TestRichDep(t *testing.T) {
	p := solver.NewPool(nil)
	for _, text := range []string{
		"(a or b)", "(a and b and c)", "(a or b or (c and d))", "(a if b)", "(a if b else c)",
		"(a unless b else c)", "(a >= 1:2-3 with a < 4)", "(a without b)", "(perl(Foo::Bar) or x)",
		"(a if (b or c) else d)",
	} {
		id, err := p.RichDep(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := p.DepString(id); got != text {
			t.Errorf("%s prints as %s", text, got)
		}
	}
	for _, text := range []string{
		"", "(", "()", "(a", "a or b", "(a or)", "(a or b", "(a or b) c", "(a or b and c)", "(a xor b)", "(a >= )", "(a else b)x",
	} {
		if _, err := p.RichDep(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	long := "(" + strings.Repeat("a or ", 1000) + "b)"
	if id, err := p.RichDep(long); err != nil || p.DepString(id) != long {
		t.Error("a long chain is not accepted")
	}
	if _, err := p.RichDep(strings.Repeat("(", 1<<20)); err == nil {
		t.Error("a million parentheses are accepted")
	}
	if id, err := p.RichDep("(a = 0:1 or b)"); err != nil || p.DepString(id) != "(a = 1 or b)" {
		t.Error("epoch 0 is kept")
	}
}

// world is a pool for lookups.
type world struct {
	*solver.Pool
	repo *solver.Repo
	ids  map[string]solver.SolvableID
}

func newWorld() *world {
	p := solver.NewPool(nil)
	return &world{p, p.AddRepo("base", 0, 0), map[string]solver.SolvableID{}}
}

func (w *world) dep(t *testing.T, text string) solver.ID {
	t.Helper()
	if text[0] != '(' {
		text = "(" + text + ")"
	}
	id, err := w.RichDep(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return id
}

func (w *world) add(t *testing.T, name, evr string, provides ...string) {
	t.Helper()
	d := solver.SolvableData{}
	for _, s := range provides {
		d.Provides = append(d.Provides, w.dep(t, s))
	}
	w.ids[name+"-"+evr] = add(w.repo, w.Pool, name, evr, d)
}

func (w *world) names(ids []solver.SolvableID) []string {
	var out []string
	for _, id := range ids {
		if id == solver.SystemSolvable {
			out = append(out, "system")
			continue
		}
		s := w.Solvable(id)
		out = append(out, w.Str(s.Name)+"-"+w.Str(s.EVR))
	}
	return out
}

func TestWhatProvides(t *testing.T) {
	w := newWorld()
	w.add(t, "a", "1-1", "v = 1", "shared")
	w.add(t, "a", "2-1", "v = 2", "v = 7", "shared")
	w.add(t, "b", "1-1", "v", "shared")
	w.SetNamespace(func(ns, arg solver.ID) ([]solver.SolvableID, bool) {
		return nil, ns == solver.NamespaceLanguage && w.Str(arg) == "de"
	})
	str := w.InternString
	for _, c := range []struct {
		dep  solver.ID
		want []string
	}{
		{w.dep(t, "a"), []string{"a-1-1", "a-2-1"}},
		{w.dep(t, "a = 1"), []string{"a-1-1"}},
		{w.dep(t, "a > 1"), []string{"a-2-1"}},
		{w.dep(t, "v = 2"), []string{"a-2-1", "b-1-1"}},
		{w.dep(t, "v >= 7"), []string{"a-2-1", "b-1-1"}},
		{w.dep(t, "v < 1"), []string{"b-1-1"}},
		{w.dep(t, "(a = 1 or b)"), []string{"a-1-1", "b-1-1"}},
		{w.dep(t, "(a with v = 7)"), []string{"a-2-1"}},
		{w.dep(t, "(shared without v = 7)"), []string{"a-1-1"}},
		{w.dep(t, "(a = 1 if x else b)"), []string{"a-1-1", "b-1-1"}},
		{w.dep(t, "nosuch"), nil},
		{w.dep(t, "rpmlib(Anything) <= 4"), []string{"system"}},
		{w.Rel(str("a"), solver.OpArch, solver.ArchNoarch), []string{"a-1-1", "a-2-1"}},
		{w.Rel(str("a"), solver.OpArch, str("x86_64")), nil},
		{w.Rel(solver.NamespaceLanguage, solver.OpNamespace, str("de")), []string{"system"}},
		{w.Rel(solver.NamespaceLanguage, solver.OpNamespace, str("fr")), nil},
		{w.Rel(solver.NamespaceOtherProviders, solver.OpNamespace, str("b")), []string{"b-1-1"}},
	} {
		if got := w.names(w.WhatProvides(c.dep)); !slices.Equal(got, c.want) {
			t.Errorf("%s is provided by %v, want %v", w.DepString(c.dep), got, c.want)
		}
	}
	w.Exclude(w.ids["a-2-1"])
	if got := w.names(w.WhatProvides(w.dep(t, "a"))); !slices.Equal(got, []string{"a-1-1"}) {
		t.Errorf("with a-2-1 excluded a is provided by %v", got)
	}
	w.Flags.WhatProvidesWithDisabled = true
	w.Exclude(w.ids["b-1-1"])
	if got := w.names(w.WhatProvides(w.dep(t, "shared"))); len(got) != 3 {
		t.Errorf("excluded packages are not visible: %v", got)
	}
}

func TestFileProvides(t *testing.T) {
	w := newWorld()
	w.add(t, "sh", "1-1")
	w.add(t, "awk", "1-1")
	w.repo.AddFile(w.ids["sh-1-1"], []byte("/bin/sh"))
	w.repo.AddFile(w.ids["sh-1-1"], []byte("/etc/profile"))
	asked := 0
	w.repo.SetFileLister(func(wanted func([]byte) bool, found func(solver.SolvableID, []byte)) {
		for _, path := range []string{"/usr/bin/awk", "/usr/bin/unused"} {
			if wanted([]byte(path)) {
				asked++
				found(w.ids["awk-1-1"], []byte(path))
			}
		}
	})
	need := func(path string) solver.SolvableData {
		return solver.SolvableData{Requires: []solver.ID{w.InternString(path)}}
	}
	add(w.repo, w.Pool, "x", "1-1", need("/bin/sh"))
	add(w.repo, w.Pool, "y", "1-1", need("/usr/bin/awk"))
	for path, want := range map[string][]string{
		"/bin/sh": {"sh-1-1"}, "/usr/bin/awk": {"awk-1-1"}, "/etc/profile": nil,
	} {
		if got := w.names(w.WhatProvides(w.InternString(path))); !slices.Equal(got, want) {
			t.Errorf("%s is provided by %v, want %v", path, got, want)
		}
	}
	if asked != 1 {
		t.Errorf("%d files were taken from the lister", asked)
	}
	if got := w.names(w.FilesNamed([]byte("/etc/profile"))); !slices.Equal(got, []string{"sh-1-1"}) {
		t.Errorf("FilesNamed: %v", got)
	}
	if got := slices.Collect(w.Files(w.ids["sh-1-1"])); !slices.Equal(got, []string{"/bin/sh", "/etc/profile"}) {
		t.Errorf("Files: %v", got)
	}
	plain, files := w.DepsSplit(w.ids["sh-1-1"], solver.Provides)
	if len(plain) != 1 || len(files) != 1 || w.Str(files[0]) != "/bin/sh" {
		t.Errorf("provides %v and of files %v", plain, files)
	}
}

// With filtered file provides unusual paths are found when they are asked for.
func TestFilteredFileProvides(t *testing.T) {
	w := newWorld()
	w.Flags.AddFileProvidesFiltered = true
	w.add(t, "lib", "1-1")
	w.repo.AddFile(w.ids["lib-1-1"], []byte("/usr/share/x"))
	path := w.InternString("/usr/share/x")
	add(w.repo, w.Pool, "user", "1-1", solver.SolvableData{Requires: []solver.ID{path}})
	if got := w.names(w.WhatProvides(path)); !slices.Equal(got, []string{"lib-1-1"}) {
		t.Errorf("provided by %v", got)
	}
}

func TestRequiresOrder(t *testing.T) {
	w := newWorld()
	a, b, c := w.InternString("a"), w.InternString("b"), w.InternString("c")
	id := w.repo.Add(&solver.SolvableData{
		Name: a, Requires: []solver.ID{a, b, a, c}, PreRequires: []solver.ID{c, c, a},
	})
	plain, pre := w.DepsSplit(id, solver.Requires)
	if !slices.Equal(plain, []solver.ID{b}) || !slices.Equal(pre, []solver.ID{c, a}) {
		t.Errorf("requires %v, pre-requires %v", plain, pre)
	}
	if got := w.Deps(id, solver.Requires); !slices.Equal(got, []solver.ID{b, c, a}) {
		t.Errorf("all requires %v", got)
	}
}

func TestGlobMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"*", "", true}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"?", "", false},
		{"a?c", "a/c", true}, {"[a-c]x", "bx", true}, {"[!a-c]x", "bx", false}, {"[]]", "]", true},
		{"[", "[", true}, {"\\*", "*", true}, {"\\*", "x", false}, {"*a*b*", "xxaxxbxx", true},
		{"SUSE*", "SUSE LLC", true}, {"***", "x", true}, {"[a", "[a", true},
	} {
		if got := solver.GlobMatch(c.pattern, c.s); got != c.want {
			t.Errorf("GlobMatch(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

func TestIdentical(t *testing.T) {
	w := newWorld()
	dep := []solver.ID{w.InternString("x"), w.InternString("y")}
	pkg := func(d solver.SolvableData) solver.SolvableID { return add(w.repo, w.Pool, "p", "1-1", d) }
	a := pkg(solver.SolvableData{Requires: dep})
	for _, c := range []struct {
		name string
		id   solver.SolvableID
		want bool
	}{
		{"same", pkg(solver.SolvableData{Requires: []solver.ID{dep[1], dep[0]}}), true},
		{"other requires", pkg(solver.SolvableData{Requires: dep[:1]}), false},
		{"other vendor", pkg(solver.SolvableData{Requires: dep, Vendor: w.InternString("v")}), false},
		{"empty vendor", pkg(solver.SolvableData{Requires: dep, Vendor: solver.IDEmpty}), true},
		{"build time on one side", pkg(solver.SolvableData{Requires: dep, BuildTime: 7}), true},
	} {
		if got := w.Identical(a, c.id); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	b, c := pkg(solver.SolvableData{BuildTime: 1}), pkg(solver.SolvableData{BuildTime: 2})
	if w.Identical(b, c) {
		t.Error("different build times are identical")
	}
}
