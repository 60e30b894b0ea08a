package debrpm_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

func TestDependencies(t *testing.T) {
	for in, want := range map[string][]string{
		"":                                  nil,
		" , ":                               nil,
		"bash":                              {"bash"},
		"bash, bash":                        {"bash"},
		"libc6 (>= 2.34), libgcc-s1 (>= 3)": {"libc6 >= 2.34", "libgcc-s1 >= 3"},
		"libc6 (>> 2.36), libc6 (<< 2.37)":  {"libc6 >= 2.36", "libc6 < 2.37"},
		"libc6 (>> 2.36-1)":                 {"libc6 > 2.36-1"},
		"perl:any (>= 5.6)":                 {"perl >= 5.6"},
		"perl:any":                          {"perl"},
		"debconf (>= 0.5) | debconf-2.0":    {"(debconf >= 0.5 or debconf-2.0)"},
		"a | b (= 1:2-3) | a":               {"(a or b = 1:2-3)"},
		"a|a":                               {"a"},
		"old (< 1) , older(> 2-1)":          {"old <= 1", "older >= 2-1"},
		"libstdc++6 (= 12.2.0-14~x)\n":      {"libstdc++6 = 12.2.0-14~x"},
		"foo (= 1.0-rc1-2)":                 {"foo = 1.0_rc1-2"},
	} {
		got, err := debrpm.Dependencies(in)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v instead of %q", in, got, err, want)
		}
		for _, d := range got {
			if _, err := evr.ParseDep(d); err != nil {
				t.Errorf("%q: %v", in, err)
			}
		}
	}
	for _, in := range []string{"a (1)", "a (== 1)", "a (>= 1", "a b", "a |", "-a", "a (>= 1 2)", "a [amd64]", "(a)"} {
		if got, err := debrpm.Dependencies(in); !errors.Is(err, debrpm.ErrFormat) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
