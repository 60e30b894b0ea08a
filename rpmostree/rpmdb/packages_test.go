package rpmdb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// installTime is given to rpm by SOURCE_DATE_EPOCH, and to us as an option.
const installTime = 1_750_000_000

// oddPackages are packages that have a row of each kind in the indexes, and
// the special cases of each.
func oddPackages() []*rpmtest.Spec {
	script := rpm.Script{Body: "true", HasBody: true, Prog: []string{"/bin/sh"}}
	on := func(flags evr.Flags, names ...string) (deps []evr.Dep) {
		for _, n := range names {
			deps = append(deps, evr.Dep{Name: n, Flags: flags})
		}
		return deps
	}
	return []*rpmtest.Spec{
		{Name: "plain", Files: []rpmtest.File{
			{Path: "/usr/bin/plain", Mode: 0o755, Content: []byte("#!/bin/sh\n")},
			{Path: "/usr/share/plain/same", Content: []byte("a")},
			{Path: "/usr/share/other/same", Content: []byte("b")},
			{Path: "/usr/share/other/link", LinkTo: "same"},
		}},
		{Name: "nofiles", Epoch: "3", Summary: "A package without files"},
		{Name: "root", Files: []rpmtest.File{{Path: "/", Mode: rpm.ModeDir | 0o755}, {Path: "/etc", Mode: rpm.ModeDir | 0o755}}},
		{Name: "nogroup", Header: func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagGroup) }},
		{Name: "locales", Locales: []string{"de", "fr"}, SummaryIn: []string{"Sprachen", "Langues"}, Group: "Development/Languages",
			Header: func(b *rpm.HeaderBuilder) {
				b.SetI18N(rpm.TagGroup, "Development/Languages", "Entwicklung/Sprachen", "Développement/Langages")
			}},
		{Name: "rich", Requires: []string{"(alpha if beta else gamma)", "(a or b)", "((x and y) if (z or rpmlib(None)))", "plain = 1-1", "(pkg >= 1.0 with pkg < 2)"},
			Conflicts:   []string{"(one unless two)", "(one or two or one)", "simple < 3"},
			Recommends:  []string{"(l1 if kernel)", "weak"},
			Suggests:    []string{"(s1 and s2 and s3)", "s1"},
			Supplements: []string{"(p1 and langpacks-de)"},
			Enhances:    []string{"(e1 or e2)", "e3"},
			Obsoletes:   []string{"old < 2", "older"},
			Provides:    []string{"virtual = 5", "config(rich) = 1-1"},
			// Names of other kinds are never taken apart, nor is what cannot be.
			Deps: map[rpm.DepKind][]evr.Dep{
				rpm.Provides:  {{Name: "(a or b)"}},
				rpm.Obsoletes: {{Name: "(a or b)"}},
				rpm.Recommends: {{Name: "(not a rich one"}, {Name: "()"}, {Name: "(x or y and z)"},
					{Name: "(x else y)"}, {Name: "(x or y))"}, {Name: "(x or y) trailing (z)"}, {Name: "((c else d) if e)"}, {Name: "(g if (b else c))"},
					{Name: "(g if (b else c) else h)"}, {Name: "(g unless h"}, {Name: "(g and h))))"}, {Name: "(x else (y if z))"}, {Name: "((x if z) else y)"}},
			},
		},
		{Name: "transient", RequiresPre: []string{"shadow", "both"}, RequiresPost: []string{"ldconfig"},
			Deps: map[rpm.DepKind][]evr.Dep{rpm.Requires: {
				{Name: "pre", Flags: evr.ScriptPre},
				{Name: "preun", Flags: evr.ScriptPreUn},
				{Name: "pre-and-preun", Flags: evr.ScriptPre | evr.ScriptPreUn},
				{Name: "meta", Flags: evr.ScriptPost | evr.Meta},
				{Name: "pretrans", Flags: evr.PreTrans},
				{Name: "posttrans", Flags: evr.PostTrans},
				{Name: "verify", Flags: evr.ScriptVerify},
				{Name: "interp", Flags: evr.Interp | evr.ScriptPost},
				{Name: "interp-un", Flags: evr.Interp | evr.ScriptPostUn},
				{Name: "prereq", Flags: evr.PreReq},
				{Name: "keyring", Flags: evr.Keyring},
				{Name: "(r1 if r2)", Flags: evr.ScriptPre},
			}},
			Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPre: script, rpm.ScriptPostUn: script},
		},
		{Name: "triggers", Triggers: []rpm.Trigger{
			{Script: script, Conditions: on(evr.TriggerIn, "sendmail", "postfix", "sendmail")},
			{Script: script, Conditions: on(evr.TriggerUn, "sendmail", "vim")},
			{Script: script, Conditions: on(evr.TriggerPostUn, "vim")},
		},
			FileTriggers: []rpm.Trigger{
				{Script: script, Conditions: on(evr.TriggerIn, "/usr/lib", "/usr/lib64")},
				{Script: script, Conditions: on(evr.TriggerPostUn, "/usr/lib")},
			},
			TransFileTriggers: []rpm.Trigger{
				{Script: script, Conditions: on(evr.TriggerIn, "/usr/share/icons", "/usr/share/fonts")},
				{Script: script, Conditions: on(evr.TriggerUn, "/usr/share/icons")},
			}},
		{Name: "twice", Version: "1"},
		{Name: "twice", Version: "2", Arch: "x86_64"},
		{Name: "long-" + strings.Repeat("n", 200), Provides: []string{"p" + strings.Repeat("q", 1200), "p" + strings.Repeat("q", 9000)}},
	}
}

// manyPackages are packages with random names, so many that every tree has
// several levels.
func manyPackages(rng *rand.Rand, n int) (specs []*rpmtest.Spec) {
	word := func() string {
		return []string{"lib", "perl-", "python3-", "gtk", "qt", "kernel-"}[rng.IntN(6)] + fmt.Sprintf("%x", rng.IntN(5000))
	}
	for i := range n {
		s := &rpmtest.Spec{Name: fmt.Sprintf("%s-%d", word(), i), Version: fmt.Sprint(rng.IntN(9)), Group: "Group " + word(), Compressor: "none"}
		for range rng.IntN(40) {
			s.Requires = append(s.Requires, word()+" >= 1")
			s.Provides = append(s.Provides, word()+" = 2")
		}
		seen := map[string]bool{}
		for range rng.IntN(60) {
			path := fmt.Sprintf("/usr/share/%s/%d-%s", word(), i, word()) // conflicts would change states of files
			if !seen[path] {
				seen[path] = true
				s.Files = append(s.Files, rpmtest.File{Path: path, Content: []byte(path)})
			}
		}
		specs = append(specs, s)
	}
	return specs
}

func write(t testing.TB, dir string, specs []*rpmtest.Spec) (paths []string) {
	t.Helper()
	for _, s := range specs {
		paths = append(paths, rpmtest.Write(t, dir, s))
	}
	return paths
}
