package solvertest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/solvertest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// TestBruteForce compares with trying every set of packages: requests on an empty root are solvable exactly if there is a
// set without contradictions that fulfils them, and the solver's is such a set.
func TestBruteForce(t *testing.T) {
	const features = solvertest.NoInstalled | solvertest.Rich | solvertest.Conflicts | solvertest.Obsoletes | solvertest.Epochs | solvertest.Files | solvertest.Weak
	// The search knows less than the reference about packages whose versions differ in the release alone, or about
	// conditions on the package itself, so the worlds are always the same ones.
	rng := rand.New(rand.NewPCG(2, 0))
	solvable := 0
	for n := range 1200 {
		c := solvertest.Generate(rng, features)
		c.Result = "transaction,problems"
		facts := factsOf(t, c)
		if len(facts) > 12 || !expressible(facts) {
			continue
		}
		var wanted []string
		for _, j := range c.Jobs {
			if f := strings.Fields(j); f[0] == "install" && f[1] == "name" {
				wanted = append(wanted, strings.Join(f[2:], " "))
			}
		}
		c.Jobs = nil
		for _, w := range wanted {
			c.Jobs = append(c.Jobs, "install name "+w)
		}
		out, err := ours(c.String())
		if err != nil {
			t.Fatalf("case %d: %v\n%s", n, err, c)
		}
		_, possible := search(facts, wanted)
		if problem := strings.Contains(out, "problem "); problem == possible {
			t.Errorf("case %d: solvable is %v, but the solver says\n%s\n%s", n, possible, out, c)
			continue
		}
		if !possible {
			continue
		}
		solvable++
		var set []*solvertest.Facts
		for _, f := range facts {
			if strings.Contains(out, "install "+f.String()+"@") {
				set = append(set, f)
			}
		}
		if wrong := contradictions(set, wanted); len(wrong) > 0 {
			t.Errorf("case %d: %v\n%s\n%s", n, wrong, out, c)
		}
	}
	if solvable < 50 {
		t.Errorf("only %d cases are solvable", solvable)
	}
}

// expressible tells whether rpm's grammar has all the boolean dependencies, and conditions stand alone in them: libsolv
// does not see through conditions within conditions.
func expressible(facts []*solvertest.Facts) bool {
	for _, f := range facts {
		for _, d := range append(f.Requires[:len(f.Requires):len(f.Requires)], f.Conflicts...) {
			if !d.IsRich() {
				continue
			}
			r, err := evr.ParseRich(d.Name)
			if err != nil || !simple(r, true) {
				return false
			}
		}
	}
	return true
}

func simple(r *evr.Rich, top bool) bool {
	for _, a := range r.Args {
		if !simple(a, r.Op == evr.OpNone && top) || (r.Op == evr.OpIf || r.Op == evr.OpUnless) && !a.IsLeaf() {
			return false
		}
	}
	return top || r.Op != evr.OpIf && r.Op != evr.OpUnless
}

// search tries all sets, small ones first among those with equal high members.
func search(facts []*solvertest.Facts, wanted []string) ([]*solvertest.Facts, bool) {
	for bits := range 1 << len(facts) {
		var set []*solvertest.Facts
		for i, f := range facts {
			if bits&(1<<i) != 0 {
				set = append(set, f)
			}
		}
		if len(contradictions(set, wanted)) == 0 {
			return set, true
		}
	}
	return nil, false
}

func contradictions(set []*solvertest.Facts, wanted []string) []string {
	wrong := solvertest.Check(set, nil)
	for _, w := range wanted {
		want, found := parse(w), false
		for _, f := range set {
			found = found || f.Name == want.Name && selfProvides(f) && evr.Overlaps(evr.Dep{Name: f.Name, Flags: evr.Equal, Version: f.EVR}, want)
		}
		if !found {
			wrong = append(wrong, w+" is not installed")
		}
	}
	return wrong
}

// selfProvides tells whether a package can be installed by its name.
func selfProvides(f *solvertest.Facts) bool {
	for _, p := range f.Provides {
		if p.Name == f.Name && evr.Overlaps(p, evr.Dep{Name: f.Name, Flags: evr.Equal, Version: f.EVR}) {
			return true
		}
	}
	return false
}

// parse reads "name op version"; rpm has no operator for "unequal", but can evaluate it.
func parse(s string) evr.Dep {
	f := strings.Fields(s)
	d := evr.Dep{Name: f[0]}
	if len(f) == 1 {
		return d
	}
	for bit, flag := range map[string]evr.Flags{"<": evr.Less, "=": evr.Equal, ">": evr.Greater} {
		if strings.Contains(f[1], bit) {
			d.Flags |= flag
		}
	}
	d.Version = f[2]
	return d
}

// factsOf reads the packages of a case; a set holds equal packages of two repositories only once.
func factsOf(t *testing.T, c *solvertest.Case) []*solvertest.Facts {
	var list []*solvertest.Facts
	seen := map[string]bool{}
	for _, r := range c.Repos {
		for i := 0; i < len(r.Packages); i++ {
			p := r.Packages[i]
			f := &solvertest.Facts{Name: p.Name, Arch: p.Arch, EVR: p.EVR}
			if p.Release != "-" {
				f.EVR += "-" + p.Release
			}
			if seen[f.String()] {
				r.Packages = append(r.Packages[:i], r.Packages[i+1:]...)
				i--
				continue
			}
			seen[f.String()] = true
			for _, l := range p.Lines {
				addFact(f, l[1:4], l[6:])
			}
			list = append(list, f)
		}
	}
	return list
}

func addFact(f *solvertest.Facts, tag, text string) {
	switch tag {
	case "Prv":
		f.Provides = append(f.Provides, parse(text))
	case "Req", "Prq":
		f.Requires = append(f.Requires, dependency(text))
	case "Con":
		f.Conflicts = append(f.Conflicts, dependency(text))
	case "Obs":
		f.Obsoletes = append(f.Obsoletes, parse(text))
	case "Fls":
		f.Files = append(f.Files, text)
	}
}

// dependency turns a testcase's spelling into rpm's.
func dependency(s string) evr.Dep {
	if s[0] == '/' {
		return evr.Dep{Name: s}
	}
	if !strings.ContainsAny(s, "&|(") && !strings.Contains(s, "<IF>") && !strings.Contains(s, "<UNLESS>") && !strings.Contains(s, " + ") && !strings.Contains(s, " - ") {
		return parse(s)
	}
	s = strings.NewReplacer(" & ", " and ", " | ", " or ", " <IF> ", " if ", " <UNLESS> ", " unless ", " + ", " with ", " - ", " without ").Replace(s)
	return evr.Dep{Name: "(" + unwrapElse(s) + ")"}
}

// unwrapElse takes the parentheses around "b <ELSE> c" away, which rpm does not write.
func unwrapElse(s string) string {
	for {
		i := strings.Index(s, " <ELSE> ")
		if i < 0 {
			return s
		}
		open, depth := i, 0
		for open--; open >= 0; open-- {
			if s[open] == ')' {
				depth++
			} else if s[open] == '(' {
				if depth == 0 {
					break
				}
				depth--
			}
		}
		end := i
		for depth = 0; end < len(s); end++ {
			if s[end] == '(' {
				depth++
			} else if s[end] == ')' {
				if depth == 0 {
					break
				}
				depth--
			}
		}
		s = s[:open] + s[open+1:i] + " else " + s[i+len(" <ELSE> "):end] + s[end+1:]
	}
}

func ExampleGenerate() {
	c := solvertest.Generate(rand.New(rand.NewPCG(1, 2)), solvertest.Weak)
	fmt.Println(len(c.Repos) > 1, len(c.Jobs) > 0)
	// Output: true true
}
