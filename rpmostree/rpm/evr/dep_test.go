package evr_test

import (
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

func dep(t *testing.T, s string) evr.Dep {
	t.Helper()
	d, err := evr.ParseDep("x " + s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOverlaps(t *testing.T) {
	for _, row := range vectors(t, "overlap.txt", ";", 3) {
		p, r, want := dep(t, row[0]), dep(t, row[1]), row[2] == "1"
		if got := evr.Overlaps(p, r); got != want {
			t.Errorf("Overlaps(%s, %s) = %v", p, r, got)
		}
		if got := evr.Overlaps(r, p); got != want {
			t.Errorf("Overlaps(%s, %s) = %v", r, p, got)
		}
	}
}

func TestParseDep(t *testing.T) {
	for s, want := range map[string]evr.Dep{
		"a":                       {Name: "a"},
		"  a >= 1:2-3 ":           {Name: "a", Flags: evr.Greater | evr.Equal, Version: "1:2-3"},
		"a(b)(64bit) =< 2":        {Name: "a(b)(64bit)", Flags: evr.Less | evr.Equal, Version: "2"},
		"/bin/sh":                 {Name: "/bin/sh"},
		"rpmlib(FileCaps) == 1":   {Name: "rpmlib(FileCaps)", Flags: evr.Equal | evr.RPMLib, Version: "1"},
		" (a  if b) ":             {Name: "(a  if b)"},
		"a,>,1":                   {Name: "a", Flags: evr.Greater, Version: "1"},
		"perl(Foo::Bar) < 3.1~rc": {Name: "perl(Foo::Bar)", Flags: evr.Less, Version: "3.1~rc"},
	} {
		if got, err := evr.ParseDep(s); err != nil || got != want {
			t.Errorf("ParseDep(%q) = %+v, %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"":        "Name required",
		"a >=":    "Version required",
		"a b":     "Junk after dependency",
		"a = 1 2": "Junk after dependency",
		"(a) b":   "Junk after rich dependency",
		"(a":      "Unterminated rich dependency: (a",
	} {
		if got, err := evr.ParseDep(s); err == nil || err.Error() != want {
			t.Errorf("ParseDep(%q) = %+v, %v", s, got, err)
		}
	}
}

func TestDepString(t *testing.T) {
	for _, s := range []string{"a", "a < 1", "a <= 1", "a = 1-2", "a >= 3:1", "a > 1", "(a if b < 1)"} {
		d, err := evr.ParseDep(s)
		if err != nil || d.String() != s {
			t.Errorf("%q: %q, %v", s, d, err)
		}
	}
}
