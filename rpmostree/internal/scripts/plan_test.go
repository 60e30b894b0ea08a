package scripts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// describe lists the steps of a plan, a line each.
func describe(p *scripts.Plan) []string {
	var lines []string
	for k := scripts.Pre; k <= scripts.TransFileTriggerIn; k++ {
		for _, s := range p.Steps(k) {
			line := fmt.Sprintf("%s %s", s.ID(), strings.Join(s.Prog, " "))
			if s.HasBody {
				line += fmt.Sprintf(" %q", s.Body)
			}
			for _, a := range append(s.Args, s.Paths...) {
				line += " " + a
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestPlanOrderAndArguments(t *testing.T) {
	a := pkg(t, &rpmtest.Spec{Name: "a", Scripts: scriptMap{
		rpm.ScriptPre: sh("a pre"), rpm.ScriptPost: {Prog: []string{"/sbin/ldconfig"}}, rpm.ScriptPostTrans: sh("a posttrans"),
		rpm.ScriptPreUn: sh("no"), rpm.ScriptPostUn: sh("no"), rpm.ScriptPreTrans: sh("no"), rpm.ScriptVerify: sh("no"),
	}})
	b := pkg(t, &rpmtest.Spec{Name: "b", Scripts: scriptMap{
		rpm.ScriptPre: {Body: "b pre", HasBody: true, Prog: []string{"/bin/bash", "-e"}}, rpm.ScriptPost: sh("b post"),
	}})
	b.Update = true
	p, err := scripts.NewPlan(nil, []*scripts.Package{a, b}, nil)
	must(t, err)
	expect(t, describe(p),
		`a.prein /bin/sh "a pre" 1`, `b.prein /bin/bash -e "b pre" 2`,
		`a.post /sbin/ldconfig`, `b.post /bin/sh "b post" 2`,
		`a.posttrans /bin/sh "a posttrans" 1`)
}

func TestPlanOfNothing(t *testing.T) {
	p, err := scripts.NewPlan([]*rpm.Header{header(t, &rpmtest.Spec{Name: "base"})}, []*scripts.Package{pkg(t, &rpmtest.Spec{Name: "a"})}, nil)
	must(t, err)
	if !p.Empty() {
		t.Error(describe(p))
	}
}

func TestIgnored(t *testing.T) {
	for _, c := range []struct {
		name, release string
		kind          rpm.ScriptKind
		opts          scripts.PlanOptions
		runs          bool
	}{
		{name: "glibc", kind: rpm.ScriptPre},
		{name: "glibc", kind: rpm.ScriptPost, runs: true},
		{name: "kernel-core", kind: rpm.ScriptPostTrans},
		{name: "kernel-core", kind: rpm.ScriptPostTrans, opts: scripts.PlanOptions{KernelInstall: true}, runs: true},
		{name: "kernel-core", kind: rpm.ScriptPost, runs: true},
		{name: "kernel-rt-modules", kind: rpm.ScriptPostTrans},
		{name: "kernel-tools", kind: rpm.ScriptPostTrans, runs: true},
		{name: "bash", kind: rpm.ScriptPost},
		{name: "pam", release: "3.el7", kind: rpm.ScriptPost},
		{name: "pam", release: "3.fc40", kind: rpm.ScriptPost, runs: true},
		{name: "mine", kind: rpm.ScriptPost, opts: scripts.PlanOptions{Ignore: []string{"mi*.post"}}},
		{name: "mine", kind: rpm.ScriptPre, opts: scripts.PlanOptions{Ignore: []string{"mi*.post"}}, runs: true},
	} {
		s := &rpmtest.Spec{Name: c.name, Release: c.release, Scripts: scriptMap{c.kind: sh("x")}}
		p, err := scripts.NewPlan(nil, []*scripts.Package{pkg(t, s)}, &c.opts)
		must(t, err)
		if p.Empty() == c.runs {
			t.Errorf("%s-%s.%s: runs is %v", c.name, c.release, c.kind, !c.runs)
		}
	}
}

func TestRefused(t *testing.T) {
	on := func(flag evr.Flags) []rpm.Trigger {
		return []rpm.Trigger{{Script: sh("x"), Conditions: []evr.Dep{{Name: "other", Flags: flag}}}}
	}
	for _, c := range []struct {
		spec *rpmtest.Spec
		want string
	}{
		{&rpmtest.Spec{Triggers: on(evr.TriggerIn)},
			"Package 'p' has (currently) unsupported script of type '%triggerin'; see https://github.com/coreos/rpm-ostree/issues/749"},
		{&rpmtest.Spec{Triggers: on(evr.TriggerPreIn)},
			"Package 'p' has (currently) unsupported script of type '%triggerprein'; see https://github.com/coreos/rpm-ostree/issues/749"},
		{&rpmtest.Spec{Triggers: on(evr.TriggerUn)}, ""},
		{&rpmtest.Spec{Triggers: on(evr.TriggerPostUn)}, ""},
		{&rpmtest.Spec{FileTriggers: []rpm.Trigger{trigger("x", "/usr")}}, ""},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: luaScript("print(1)")}},
			"Package 'p' has (currently) unsupported <lua> script in '%post'"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPre: luaScript("print(1)")}},
			"Package 'p' has (currently) unsupported <lua> script in '%prein'"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: luaScript("-- x\n  -- rpm-ostree-skip\nprint(1)")}}, ""},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: luaScript(strings.Repeat("x\n", 10) + "-- rpm-ostree-skip")}},
			"Package 'p' has (currently) unsupported <lua> script in '%post'"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPreUn: luaScript("x"), rpm.ScriptPreTrans: luaScript("x")}}, ""},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: {Body: "%{NAME}", HasBody: true, Flags: rpm.ScriptQueryFormat}}},
			"query format in '%post' of package 'p' is not supported"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: {Body: "%x", HasBody: true, Flags: rpm.ScriptExpand}}},
			"macros in '%post' of package 'p': expansion is not supported in a tree without /usr/bin/rpm"},
		{&rpmtest.Spec{TransFileTriggers: []rpm.Trigger{{Script: luaScript("x"), Conditions: []evr.Dep{{Name: "/usr/lib", Flags: evr.TriggerIn}}}}},
			"Executing %transfiletriggerin for p: Package 'p' has (currently) unsupported <lua> script in '%transfiletriggerin'"},
		{&rpmtest.Spec{TransFileTriggers: []rpm.Trigger{{Script: luaScript("x"), Conditions: []evr.Dep{{Name: "/usr/lib", Flags: evr.TriggerPostUn}}}}}, ""},
	} {
		c.spec.Name = "p"
		_, err := scripts.NewPlan(nil, []*scripts.Package{pkg(t, c.spec)}, &scripts.PlanOptions{Exists: func(string) bool { return false }})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestLuaReplacements(t *testing.T) {
	var packages []*scripts.Package
	for name, kind := range map[string]rpm.ScriptKind{
		"authselect-libs": rpm.ScriptPre, "glibc": rpm.ScriptPostTrans, "fedora-release-coreos": rpm.ScriptPost, "crypto-policies": rpm.ScriptPost,
	} {
		packages = append(packages, pkg(t, &rpmtest.Spec{Name: name, Scripts: scriptMap{kind: luaScript("x")}}))
	}
	packages = append(packages, pkg(t, &rpmtest.Spec{Name: "glibc-common", Scripts: scriptMap{rpm.ScriptPost: sh("not Lua")}}))
	p, err := scripts.NewPlan(nil, packages, nil)
	must(t, err)
	var got []string
	for k := scripts.Pre; k <= scripts.PostTrans; k++ {
		for _, s := range p.Steps(k) {
			got = append(got, s.ID())
			if s.Prog[0] != "/bin/sh" || s.Body == "x" {
				t.Errorf("%s: %q %q", s.ID(), s.Prog, s.Body)
			}
		}
	}
	slices.Sort(got)
	expect(t, got, "authselect-libs.prein", "crypto-policies.post", "glibc-common.post", "glibc.posttrans")
}

func TestFileTriggers(t *testing.T) {
	low := trigger("base low", "/usr/share/mime/", "usr/lib/units")
	low.Priority = 5
	high := trigger("base high", "/usr/share")
	high.Priority = 2000000
	base := []*rpm.Header{
		header(t, &rpmtest.Spec{Name: "old", TransFileTriggers: []rpm.Trigger{low, high, trigger("base none", "/usr/none", "/etc", "/usr/local/x")},
			Files: []rpmtest.File{{Path: "/usr/share/mime/base"}}}),
		header(t, &rpmtest.Spec{Name: "new", Version: "0", TransFileTriggers: []rpm.Trigger{trigger("replaced", "/usr")}, Files: []rpmtest.File{{Path: "/usr/share/mime/gone"}}}),
		header(t, &rpmtest.Spec{Name: "broken", TransFileTriggers: []rpm.Trigger{{Script: luaScript("x"), Conditions: []evr.Dep{{Name: "/usr/none", Flags: evr.TriggerIn}}}}}),
		header(t, &rpmtest.Spec{Name: "man-db", TransFileTriggers: []rpm.Trigger{trigger("ignored", "/usr/share")}}),
	}
	packages := []*scripts.Package{
		pkg(t, &rpmtest.Spec{Name: "new", TransFileTriggers: []rpm.Trigger{trigger("own", "/usr/share/m", "/usr/share/mime")},
			Files: []rpmtest.File{
				{Path: "/usr/share/mime/b"}, {Path: "/usr/share/mime/a"}, {Path: "/usr/share/mime/dir", Mode: 0o40755},
				{Path: "/usr/share/mime/ghost", Flags: rpm.FileGhost}, {Path: "/lib/units/x.service"}, {Path: "/etc/x"},
			}}),
		pkg(t, &rpmtest.Spec{Name: "more", Files: []rpmtest.File{{Path: "/usr/share/mime/doc", Flags: rpm.FileDoc}}}),
	}
	p, err := scripts.NewPlan(base, packages, &scripts.PlanOptions{NoDocs: true})
	must(t, err)
	expect(t, describe(p),
		`old.transfiletriggerin /bin/sh "base high" /usr/share/mime/a /usr/share/mime/b`,
		`old.transfiletriggerin /bin/sh "base low" /usr/lib/units/x.service /usr/share/mime/a /usr/share/mime/b`,
		`new.transfiletriggerin /bin/sh "own"`)
}
