package evr_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

func TestRichNames(t *testing.T) {
	for s, want := range map[string]string{
		"(alpha if beta else gamma)":            "alpha beta gamma !beta",
		"(a and b >= 2 and a)":                  "a b",
		"(a or (b if c))":                       "a b !c",
		"(a unless (b if c))":                   "a c !b",
		"((x) without rpmlib(Foo))":             "x",
		"(a if (b if c else d) else e)":         "a b c d e !b !c !d",
		"(z(1)(2) with y)":                      "y z(1)(2)",
		"(a if b) ":                             "",
		"((a if b) and (c if d) and (e or f))":  "a c e f !b !d",
		"(a if (b or c) else (d unless e < 1))": "a b c d !b !c !e",

		// An else without condition, as rpm 4.18 has them in its database.
		"(x else y)":                                      "x !x !y",
		"((c else d) if e)":                               "c e !c !d",
		"(g if (b else c))":                               "b c g !b",
		"(g if (b else c) else h)":                        "b c g !b !c !h",
		"(x else (y if z))":                               "x z !x !y",
		"((x if z) else y)":                               "x z !x !y !z",
		"((x and z) else (y or (a else b)))":              "a b x z !a !x !y !z",
		"(g and (a else b) and c)":                        "a g !a !b !c",
		"(g and (a if b else c) and d)":                   "a b c d g !b",
		"(a if (b if (c if d else e) else f))":            "a c d e !b !c !d !e !f",
		"((a if b else (c else d)) else (e if f else g))": "a b c d e f g !a !b !c !d !f",
		"(m if (n if (o if p else q) else r) else s)":     "m n o p q r s !n !o !p !q !r",
	} {
		r, err := evr.ParseRich(strings.TrimRight(s, " "))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if strings.HasSuffix(s, " ") {
			want = "a !b"
		}
		if got := strings.Join(r.Names(), " "); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestRichString(t *testing.T) {
	for s, want := range map[string]string{
		"( a,and b>1 )":                "(a and b>1)",
		"(a  and\tb)":                  "(a and b)",
		"(( a ))":                      "((a))",
		"(a if b else (c or d = 1-2))": "(a if b else (c or d = 1-2))",
		"(a with b with c)":            "(a with b with c)",
		"(a else b)":                   "(a else b)",
		"(a without b)":                "(a without b)",
	} {
		r, err := evr.ParseRich(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if got := r.String(); got != want {
			t.Errorf("%s: %s", s, got)
		}
	}
}

// richCases are dependencies and what rpmbuild says of them in Requires and Conflicts.
var richCases = []struct{ dep, requires, conflicts string }{
	{"(a and b)", "", ""},
	{"(a)", "", ""},
	{"()", "Empty rich dependency", ""},
	{"(a and )", "Missing argument to rich dependency op", ""},
	{"(a and", "Name required", ""},
	{"(a", "Unterminated rich dependency: (a", ""},
	{"(a xor b)", "Unknown rich dependency op 'xor'", ""},
	{"(a and b or c)", "Cannot chain different ops", ""},
	{"(a without b without c)", "Can only chain and/or/with ops", ""},
	{"(a if b if c)", "Can only chain and/or/with ops", ""},
	{"(a if b else c else d)", "Can only chain and/or/with ops", ""},
	{"(a if b else c)", "", "Illegal context for 'if', please use 'and' instead"},
	{"(a if b)", "", "Illegal context for 'if', please use 'and' instead"},
	{"(a unless b)", "Illegal context for 'unless', please use 'or' instead", ""},
	{"(a unless b else c)", "Illegal context for 'unless', please use 'or' instead", ""},
	{"(a or (b if c))", "Illegal context for 'if', please use 'and' instead", ""},
	{"(a and (b if c))", "", ""},
	{"(a and (b unless c))", "Illegal context for 'unless', please use 'or' instead", ""},
	{"(a or (b unless c))", "", ""},
	{"((a if b) if c)", "", ""},
	{"(a if (b if c))", "", "Illegal context for 'if', please use 'and' instead"},
	{"((a or b) if (c unless d))", "", "Illegal context for 'if', please use 'and' instead"},
	{"(a if b else (c if d))", "", ""},
	{"(a with (b or c))", "", ""},
	{"(a with (b and c))", "Illegal ops in with/without", ""},
	{"(a without (b if c))", "Illegal ops in with/without", ""},
	{"(a with (b with c))", "", ""},
	{"(a >= )", "Version required", ""},
	{"(a >= 1 and b)", "", ""},
	{"(a and b))", "Junk after rich dependency", ""},
	{"(a else b)", "", ""},
	{"(a(b c) and d)", "Unknown rich dependency op 'c'", ""},
}

func check(s string, p evr.Purpose) error {
	_, err := evr.ParseRichFor(s, p)
	return err
}

func TestRichErrors(t *testing.T) {
	for _, c := range richCases {
		if c.requires == "" {
			if err := check(c.dep, evr.Requirement); err != nil {
				t.Errorf("Requires: %s: %v", c.dep, err)
			}
		} else if err := check(c.dep, evr.Requirement); err == nil || err.Error() != c.requires {
			t.Errorf("Requires: %s: %v, want %s", c.dep, err, c.requires)
		}
		if c.conflicts != "" {
			if err := check(c.dep, evr.Condition); err == nil || err.Error() != c.conflicts {
				t.Errorf("Conflicts: %s: %v, want %s", c.dep, err, c.conflicts)
			}
		}
	}
	if err := check(strings.Repeat("(", 100000), evr.AnyPurpose); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("deep nesting: %.80v", err)
	}
}

func TestRichErrorsLikeRPM(t *testing.T) {
	rpmspec := testutil.Tool(t, "rpmspec")
	spec := t.TempDir() + "/x.spec"
	for _, c := range richCases {
		for tag, purpose := range map[string]evr.Purpose{"Requires": evr.Requirement, "Conflicts": evr.Condition} {
			text := "Name: x\nVersion: 1\nRelease: 1\nSummary: s\nLicense: l\n" + tag + ": " + c.dep + "\n%description\n"
			if err := os.WriteFile(spec, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			res := testutil.Run(t, nil, rpmspec, "-q", spec)
			err := check(c.dep, purpose)
			if (err == nil) != (res.Exit == 0) {
				t.Errorf("%s: %s: %v, rpm: %s", tag, c.dep, err, res.Stderr)
			} else if err != nil && !strings.Contains(res.Stderr, ": "+err.Error()) && !trailing(err) {
				t.Errorf("%s: %s: %v, rpm: %s", tag, c.dep, err, res.Stderr)
			}
		}
	}
}

// trailing reports whether the error is about text behind the dependency, which in a spec
// file is the beginning of the next one.
func trailing(err error) bool { return strings.HasPrefix(err.Error(), "Junk") }

func TestRichNamesAreLinear(t *testing.T) {
	s := "a"
	for range 300 {
		s = "(x if " + s + " else y)"
	}
	r, err := evr.ParseRich(s)
	if err != nil {
		t.Fatal(err)
	}
	leaves := 0
	r.Leaves(func(evr.Dep, bool) bool { leaves++; return true })
	if leaves > 2000 {
		t.Errorf("%d leaves", leaves)
	}
}

func TestCutRich(t *testing.T) {
	for s, want := range map[string]string{"(x or y))": ")", "(x or y) and (z)": " and (z)", "(a(b) and c)": ""} {
		r, rest, err := evr.CutRich(s)
		if err != nil || rest != want || r.String()+rest != s {
			t.Errorf("%s: %v, rest %q, %v", s, r, rest, err)
		}
	}
	if _, rest, err := evr.CutRich("(x or"); err == nil || rest != "(x or" {
		t.Errorf("unterminated: rest %q, %v", rest, err)
	}
}

func FuzzParseRich(f *testing.F) {
	for _, c := range richCases {
		f.Add(c.dep)
	}
	f.Add("(alpha if beta >= 1:2-3 else (gamma with rpmlib(x)))")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := evr.ParseRich(s)
		if err != nil {
			if strict := check(s, evr.Requirement); strict == nil {
				t.Errorf("%q: strict is laxer: %v", s, err)
			}
			return
		}
		text := r.String()
		again, err := evr.ParseRich(text)
		if err != nil {
			t.Fatalf("%q: %q: %v", s, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q: %q, then %q", s, text, again)
		}
		if a, b := check(s, evr.Requirement), check(text, evr.Requirement); (a == nil) != (b == nil) {
			t.Errorf("%q: %v, %q: %v", s, a, text, b)
		}
		if len(r.Names()) > 2*len(s) {
			t.Error(errors.New("more names than bytes"))
		}
	})
}
