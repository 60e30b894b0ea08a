//go:build linux

package sysroot

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// fakeList makes deployments of words such as "a", "b!" (pinned) or "other/c"; the letter is the identity.
func fakeList(words string) []*Deployment {
	var list []*Deployment
	for _, w := range strings.Fields(words) {
		d := &Deployment{Stateroot: "os"}
		if o, rest, ok := strings.Cut(w, "/"); ok {
			d.Stateroot, w = o, rest
		}
		if w, pinned := strings.CutSuffix(w, "!"); pinned {
			d.Origin = NewOrigin("x")
			if err := d.Origin.Set(transientGroup, "pinned", "true"); err != nil {
				panic(err)
			}
			d.Commit = object.Checksum{w[0]}
		} else {
			d.Commit = object.Checksum{w[0]}
		}
		list = append(list, d)
	}
	return list
}

func letters(list []*Deployment) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteByte(d.Commit[0])
	}
	return b.String()
}

// TestPolicy checks which deployments stay, and where a new one, "n", goes.
func TestPolicy(t *testing.T) {
	const none = 0
	cases := []struct {
		list          string
		booted, merge string // letters; empty for none
		flags         SimpleFlags
		want          string
	}{
		{"", "", "", none, "n"},
		{"", "", "", NotDefault, "n"},
		{"", "", "", RetainAll, "n"},
		{"a", "", "a", none, "na"},
		{"a b c", "", "a", none, "na"},
		{"a b c", "", "", none, "n"},
		{"a b c", "", "", RetainAll, "nabc"},
		{"a b c", "", "", RetainPending, "nabc"},
		{"a b c", "", "", RetainRollback, "nabc"},
		{"a b c", "", "", NotDefault, "n"},
		{"a b c", "", "", NotDefault | RetainAll, "abcn"},
		{"a b c", "b", "b", none, "nb"},
		{"a b c", "b", "", none, "nb"},
		{"a b c", "b", "c", none, "nbc"},
		{"a b c", "b", "a", none, "nab"},
		{"a b c", "b", "b", RetainAll, "nabc"},
		{"a b c", "b", "b", RetainPending, "nab"},
		{"a b c", "b", "b", RetainRollback, "nbc"},
		{"a b c", "b", "b", RetainPending | RetainRollback, "nabc"},
		{"a b c", "", "b", RetainPending, "nab"},
		{"a b c", "", "b", RetainRollback, "nbc"},
		{"a b c d", "c", "a", RetainPending, "nabc"},
		{"a b c d", "b", "d", RetainPending, "nabd"},
		{"a b c", "b", "b", NotDefault, "bn"},
		{"a b c", "b", "b", NotDefault | RetainPending, "abn"},
		{"a b c", "b", "b", NotDefault | RetainRollback, "bnc"},
		{"a b c", "b", "b", NotDefault | RetainAll, "abnc"},
		{"a b c", "", "b", NotDefault, "bn"},
		{"a b c", "b", "c", NotDefault, "bnc"},
		{"a! b c!", "b", "b", none, "nabc"},
		{"a! b! c d", "", "", none, "nab"},
		{"a! b c", "", "c", none, "nac"},
		{"a other/b c", "c", "c", none, "nbc"},
		{"other/a b c", "", "b", none, "nab"},
		{"other/a other/b c", "a", "c", none, "nabc"},
		{"other/a c d", "a", "c", none, "nac"},
		{"other/a c d", "a", "c", NotDefault, "anc"},
		{"other/a c d", "a", "c", RetainRollback, "nacd"},
		{"c other/a d", "a", "c", RetainRollback, "ncad"},
		{"c other/a d", "a", "d", RetainPending, "ncad"},
	}
	for _, c := range cases {
		s := &Sysroot{state: &state{list: fakeList(c.list)}}
		find := func(letter string) *Deployment {
			for _, d := range s.state.list {
				if letters([]*Deployment{d}) == letter {
					return d
				}
			}
			return nil
		}
		s.state.booted = find(c.booted)
		got := s.policyList("os", fakeList("n")[0], find(c.merge), c.flags)
		require.Equal(t, c.want, letters(got), "%+v", c)
		require.Equal(t, c.list, describe(s.state.list), "the present list must stay")
	}
}

func describe(list []*Deployment) string {
	var words []string
	for _, d := range list {
		w := letters([]*Deployment{d})
		if d.Stateroot != "os" {
			w = d.Stateroot + "/" + w
		}
		if d.Pinned() {
			w += "!"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// TestPolicyProperties checks the rule itself on many lists: what stays is what one of the reasons keeps, in the
// order of before, and the new one is there once.
func TestPolicyProperties(t *testing.T) {
	words := []string{"a b c d", "a! b c d!", "other/a b other/c d", "a other/b! c other/d"}
	for _, w := range words {
		for booted := -1; booted < 4; booted++ {
			for merge := -1; merge < 4; merge++ {
				for flags := range SimpleFlags(32) {
					list := fakeList(w)
					s := &Sysroot{state: &state{list: list}}
					var m *Deployment
					if booted >= 0 {
						s.state.booted = list[booted]
					}
					if merge >= 0 {
						m = list[merge]
					}
					crossover := booted
					if booted < 0 {
						crossover = merge
					}
					want := ""
					for i, d := range list {
						retain := flags&RetainAll != 0 || crossover < 0 && flags&(RetainPending|RetainRollback) != 0
						switch {
						case retain, d.Pinned(), d.Stateroot != "os", i == booted, i == merge,
							flags&RetainPending != 0 && crossover >= 0 && i < crossover,
							flags&RetainRollback != 0 && crossover >= 0 && i >= crossover:
							want += letters([]*Deployment{d})
						}
					}
					got := letters(s.policyList("os", fakeList("n")[0], m, flags))
					require.Equal(t, want, strings.ReplaceAll(got, "n", ""), "%s booted %d merge %d flags %b", w, booted, merge, flags)
					require.Equal(t, 1, strings.Count(got, "n"))
					switch {
					case flags&NotDefault == 0:
						require.Equal(t, 0, strings.Index(got, "n"))
					case crossover >= 0:
						require.Equal(t, strings.Index(got, letters(list[crossover:crossover+1]))+1, strings.Index(got, "n"))
					default:
						require.Equal(t, len(got)-1, strings.Index(got, "n"))
					}
				}
			}
		}
	}
}
