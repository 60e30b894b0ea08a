package goal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

var base = []pkg{
	{"bash-5.2-1.x86_64", []string{"provides bash = 5.2-1", "file /usr/bin/bash"}},
	{"glibc-2.36-1.x86_64", []string{"provides glibc = 2.36-1"}},
	{"vim-minimal-9.0-1.x86_64", []string{"requires glibc"}},
	{"old-1-1.noarch", nil},
}

var available = []pkg{
	{"bash-5.2-1.x86_64", []string{"file /usr/bin/bash"}},
	{"glibc-2.37-1.x86_64", nil},
	{"vim-2:9.0-1.x86_64", []string{"requires vim-data", "requires glibc >= 2.36", "recommends vim-doc", "file /usr/bin/vim"}},
	{"vim-2:9.1-1.x86_64", []string{"requires vim-data", "requires glibc >= 2.37", "file /usr/bin/vim"}},
	{"vim-data-9.0-1.noarch", []string{"file /usr/share/vim/vimrc"}},
	{"vim-doc-9.0-1.noarch", nil},
	{"gawk-5.2-1.x86_64", []string{"provides awk", "provides pkgconfig(awk) = 5.2", "file /usr/bin/gawk"}},
	{"mawk-1.3-1.x86_64", []string{"provides awk", "provides pkgconfig(awk) = 1.3", "file /usr/bin/mawk"}},
	{"needs-missing-1-1.noarch", []string{"requires missing >= 3"}},
	{"needs-file-1-1.noarch", []string{"requires /usr/share/vim/vimrc"}},
	{"fights-1-1.noarch", []string{"conflicts bash"}},
	{"new-2-1.noarch", []string{"obsoletes old < 2"}},
	{"rich-1-1.noarch", []string{"requires (gawk or mawk)", "requires (vim-doc if vim-data)"}},
	{"glibc-2.36-1.i686", nil},
	{"tool-1-1.src", nil},
	{"arm-1-1.aarch64", nil},
}

func newGoal(t testing.TB, o *goal.Options) *goal.Goal {
	if o == nil {
		o = &goal.Options{}
	}
	o.Arch = "x86_64"
	g := goal.New(o)
	if err := g.AddInstalled(installed(t, base)); err != nil {
		t.Fatal(err)
	}
	if err := g.AddRepo(t.Context(), source(t, "fedora", available, nil)); err != nil {
		t.Fatal(err)
	}
	return g
}

func names(packages []goal.Package) []string {
	var list []string
	for _, p := range packages {
		list = append(list, p.NEVRA.String()+"@"+p.Repo)
	}
	return list
}

func TestMatch(t *testing.T) {
	g := newGoal(t, nil)
	for _, c := range []struct {
		subject string
		want    []string
	}{
		{"bash", []string{"bash-5.2-1.x86_64@@System", "bash-5.2-1.x86_64@fedora"}},
		{"vim", []string{"vim-2:9.0-1.x86_64@fedora", "vim-2:9.1-1.x86_64@fedora"}},
		{"vim-9.0", []string{"vim-2:9.0-1.x86_64@fedora"}},
		{"vim-2:9.0-1.x86_64", []string{"vim-2:9.0-1.x86_64@fedora"}},
		{"vim-1:9.0-1", nil},
		{"vim-9.0-1.x86_64", []string{"vim-2:9.0-1.x86_64@fedora"}},
		{"vim.x86_64", []string{"vim-2:9.0-1.x86_64@fedora", "vim-2:9.1-1.x86_64@fedora"}},
		{"vim-d*", []string{"vim-data-9.0-1.noarch@fedora", "vim-doc-9.0-1.noarch@fedora"}},
		{"vim-[0-9]*", []string{"vim-2:9.0-1.x86_64@fedora", "vim-2:9.1-1.x86_64@fedora"}},
		{"glibc-2.37-1", []string{"glibc-2.37-1.x86_64@fedora"}},
		{"glibc.i686", []string{"glibc-2.36-1.i686@fedora"}},
		{"awk", []string{"gawk-5.2-1.x86_64@fedora", "mawk-1.3-1.x86_64@fedora"}},
		{"pkgconfig(awk) >= 2", []string{"gawk-5.2-1.x86_64@fedora"}},
		{"pkgconfig(a*)", []string{"gawk-5.2-1.x86_64@fedora", "mawk-1.3-1.x86_64@fedora"}},
		{"(vim-data or vim-doc)", []string{"vim-data-9.0-1.noarch@fedora", "vim-doc-9.0-1.noarch@fedora"}},
		{"/usr/bin/gawk", []string{"gawk-5.2-1.x86_64@fedora"}},
		{"/usr/share/vim/vimrc", []string{"vim-data-9.0-1.noarch@fedora"}},
		{"/usr/*/?awk", []string{"gawk-5.2-1.x86_64@fedora", "mawk-1.3-1.x86_64@fedora"}},
		{"*/vimrc", []string{"vim-data-9.0-1.noarch@fedora"}},
		{"tool", nil},
		{"nothing", nil},
		{"", nil},
		{"(", nil},
		{"a >=", nil},
	} {
		got, err := g.Match(t.Context(), c.subject)
		if err != nil {
			t.Errorf("%q: %v", c.subject, err)
		}
		if !slices.Equal(names(got), c.want) {
			t.Errorf("%q: got %v, expected %v", c.subject, names(got), c.want)
		}
	}
}

// text shows a result in lines.
func text(r *goal.Result) string {
	var lines []string
	for _, p := range r.Installs {
		lines = append(lines, "install "+names([]goal.Package{p})[0])
	}
	for _, x := range r.Replacements {
		lines = append(lines, fmt.Sprintf("%s %s %s", x.Kind, x.Old.NEVRA, names([]goal.Package{x.New})[0]))
	}
	for _, x := range r.Removals {
		l := "remove " + x.NEVRA.String()
		if x.By != nil {
			l += " by " + x.By.NEVRA.String()
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}

func resolve(t *testing.T, g *goal.Goal) string {
	t.Helper()
	r, err := g.Resolve(t.Context())
	if err != nil {
		return err.Error()
	}
	return text(r)
}

func TestRequests(t *testing.T) {
	ctx := t.Context()
	lock := func(g *goal.Goal) error { return g.LockInstalled() }
	for _, c := range []struct {
		name  string
		opts  goal.Options
		ask   func(g *goal.Goal) error
		lock  bool
		wants string
	}{
		{"layer", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "vim") }, true,
			"install vim-2:9.0-1.x86_64@fedora\ninstall vim-data-9.0-1.noarch@fedora\ninstall vim-doc-9.0-1.noarch@fedora"},
		{"without weak dependencies", goal.Options{NoRecommends: true}, func(g *goal.Goal) error { return g.Install(ctx, "vim") }, true,
			"install vim-2:9.0-1.x86_64@fedora\ninstall vim-data-9.0-1.noarch@fedora"},
		{"without a lock the newest is taken", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "vim") }, false,
			"install vim-2:9.1-1.x86_64@fedora\ninstall vim-data-9.0-1.noarch@fedora\nupgrade glibc-2.36-1.x86_64 glibc-2.37-1.x86_64@fedora"},
		{"the best, which the base forbids", goal.Options{Best: true}, func(g *goal.Goal) error { return g.Install(ctx, "vim") }, true,
			"Could not depsolve transaction; 1 problem detected:\n Problem: package vim-2:9.1-1.x86_64 from fedora requires glibc >= 2.37, but none of the providers can be installed\n" +
				"  - cannot install both glibc-2.37-1.x86_64 from fedora and glibc-2.36-1.x86_64 from @System\n" +
				"  - cannot install the best candidate for the job\n  - conflicting requests"},
		{"installed already", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "bash") }, true, ""},
		{"boolean dependencies", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "rich", "vim-data") }, true,
			"install gawk-5.2-1.x86_64@fedora\ninstall rich-1-1.noarch@fedora\ninstall vim-data-9.0-1.noarch@fedora\ninstall vim-doc-9.0-1.noarch@fedora"},
		{"a dependency on a file", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "needs-file") }, true,
			"install needs-file-1-1.noarch@fedora\ninstall vim-data-9.0-1.noarch@fedora"},
		{"other word size", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "glibc.i686") }, true, "install glibc-2.36-1.i686@fedora"},
		{"nothing provides it", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "needs-missing") }, true,
			"Could not depsolve transaction; 1 problem detected:\n Problem: conflicting requests\n  - nothing provides missing >= 3 needed by needs-missing-1-1.noarch from fedora"},
		{"two problems", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "needs-missing", "fights") }, true,
			"Could not depsolve transaction; 2 problems detected:\n Problem 1: conflicting requests\n  - nothing provides missing >= 3 needed by needs-missing-1-1.noarch from fedora\n" +
				" Problem 2: package fights-1-1.noarch from fedora conflicts with bash provided by bash-5.2-1.x86_64 from @System\n  - conflicting requests"},
		{"conflict goes away when removal is allowed", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "fights") }, false,
			"install fights-1-1.noarch@fedora\nremove bash-5.2-1.x86_64"},
		{"and not when it is forbidden", goal.Options{KeepInstalled: true}, func(g *goal.Goal) error { return g.Install(ctx, "fights") }, false,
			"Could not depsolve transaction; 1 problem detected:\n Problem: problem with installed package bash-5.2-1.x86_64\n" +
				"  - package fights-1-1.noarch from fedora conflicts with bash provided by bash-5.2-1.x86_64 from @System\n" +
				"  - package fights-1-1.noarch from fedora conflicts with bash provided by bash-5.2-1.x86_64 from fedora\n  - conflicting requests"},
		{"erase", goal.Options{}, func(g *goal.Goal) error { g.Erase("old"); return nil }, true, "remove old-1-1.noarch"},
		{"obsolete", goal.Options{}, func(g *goal.Goal) error { g.Erase("old"); return g.Install(ctx, "new") }, true,
			"install new-2-1.noarch@fedora\nremove old-1-1.noarch by new-2-1.noarch"},
		{"replace", goal.Options{}, func(g *goal.Goal) error { return g.Replace(ctx, "fedora", "glibc.x86_64") }, true,
			"upgrade glibc-2.36-1.x86_64 glibc-2.37-1.x86_64@fedora"},
		{"reinstall", goal.Options{}, func(g *goal.Goal) error { return g.Replace(ctx, "fedora", "bash") }, true, "change bash-5.2-1.x86_64 bash-5.2-1.x86_64@fedora"},
		{"update", goal.Options{}, func(g *goal.Goal) error { return g.Update(ctx) }, false,
			"install new-2-1.noarch@fedora\nupgrade glibc-2.36-1.x86_64 glibc-2.37-1.x86_64@fedora\nremove old-1-1.noarch by new-2-1.noarch"},
		{"update one", goal.Options{}, func(g *goal.Goal) error { return g.Update(ctx, "bash") }, false, ""},
		{"excluded", goal.Options{}, func(g *goal.Goal) error {
			return errors.Join(g.Exclude(ctx, "vim-data"), g.Install(ctx, "vim"))
		}, true, "Could not depsolve transaction; 1 problem detected:\n Problem: conflicting requests\n" +
			"  - package vim-2:9.0-1.x86_64 from fedora requires vim-data, but none of the providers can be installed\n" +
			"  - package vim-2:9.1-1.x86_64 from fedora requires vim-data, but none of the providers can be installed\n" +
			"  - package vim-data-9.0-1.noarch from fedora is filtered out by exclude filtering"},
		{"excluded by modules", goal.Options{}, func(g *goal.Goal) error {
			list, err := g.Match(ctx, "vim-data")
			g.ExcludeModular(list[0].ID)
			return errors.Join(err, g.Install(ctx, "vim-9.0"))
		}, true, "Could not depsolve transaction; 1 problem detected:\n Problem: package vim-2:9.0-1.x86_64 from fedora requires vim-data, but none of the providers can be installed\n" +
			"  - conflicting requests\n  - package vim-data-9.0-1.noarch from fedora is filtered out by modular filtering"},
		{"other architecture", goal.Options{}, func(g *goal.Goal) error { return g.Install(ctx, "arm") }, true,
			"Could not depsolve transaction; 1 problem detected:\n Problem: conflicting requests\n" +
				"  - package arm-1-1.aarch64 from fedora does not have a compatible architecture"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGoal(t, &c.opts)
			if err := c.ask(g); err != nil {
				t.Fatal(err)
			}
			if c.lock {
				if err := lock(g); err != nil {
					t.Fatal(err)
				}
			}
			if got := resolve(t, g); got != c.wants {
				t.Errorf("got\n%s\nexpected\n%s", got, c.wants)
			}
			g.ClearRequests()
			if got := resolve(t, g); got != "" {
				t.Errorf("without requests: %s", got)
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	g := newGoal(t, nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{g.Install(t.Context(), "vim", "none", "nothing >= 1"), "Packages not found: none, nothing >= 1"},
		{g.InstallFrom(t.Context(), "fedora", "none"), "No matches for 'none' in repo 'fedora'"},
		{g.Replace(t.Context(), "updates", "bash"), "Unknown rpm-md repository: updates"},
		{g.Update(t.Context(), "none"), "Packages not found: none"},
	} {
		if !errors.Is(c.err, goal.ErrNotFound) || c.err.Error() != c.want {
			t.Errorf("got %v, expected %s", c.err, c.want)
		}
	}
	if g.Erase("vim") {
		t.Error("vim is not installed")
	}
	if err := goal.New(nil).LockInstalled(); err == nil {
		t.Error("nothing is installed, but locked")
	}
}

func TestLocalPackages(t *testing.T) {
	g := newGoal(t, nil)
	add := func(p pkg) goal.Package {
		local, err := g.AddLocal(&rpm.Package{Header: header(t, p)})
		if err != nil {
			t.Fatal(err)
		}
		return local
	}
	layer := add(pkg{"mine-1-1.x86_64", []string{"requires awk"}})
	newer := add(pkg{"bash-6-1.x86_64", nil})
	if layer.Repo != goal.LocalRepo || layer.Header == nil || layer.NEVRA.String() != "mine-1-1.x86_64" {
		t.Errorf("%+v", layer)
	}
	if err := g.AddRepo(t.Context(), source(t, "late", nil, nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := g.AddLocal(&rpm.Package{Header: header(t, pkg{"late-1-1.noarch", nil})}); err == nil {
		t.Error("local packages are added in two places")
	}
	g.InstallPackage(layer)
	g.ReplacePackage(newer)
	if err := g.LockInstalled(); err != nil {
		t.Fatal(err)
	}
	const want = "install gawk-5.2-1.x86_64@fedora\ninstall mine-1-1.x86_64@@commandline\nupgrade bash-5.2-1.x86_64 bash-6-1.x86_64@@commandline"
	if got := resolve(t, g); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestMatchIn(t *testing.T) {
	g := newGoal(t, nil)
	for _, c := range []struct{ repo, subject, want string }{
		{goal.SystemRepo, "vim", "[]"},
		{goal.SystemRepo, "vim-*", "[vim-minimal-9.0-1.x86_64@@System]"},
		{goal.SystemRepo, "/usr/bin/bash", "[]"},
		{"fedora", "/usr/bin/bash", "[bash-5.2-1.x86_64@fedora]"},
	} {
		list, err := g.MatchIn(t.Context(), c.repo, c.subject)
		if err != nil || fmt.Sprint(names(list)) != c.want {
			t.Errorf("%s in %s: %v %v", c.subject, c.repo, names(list), err)
		}
	}
	if _, err := g.MatchIn(t.Context(), "none", "x"); !errors.Is(err, goal.ErrNotFound) {
		t.Error(err)
	}
}

func TestHeadersAsRepository(t *testing.T) {
	g := goal.New(&goal.Options{Arch: "x86_64"})
	err := g.AddHeaders(&goal.Repo{ID: "cache"}, func(yield func(*rpm.Header, error) bool) {
		for _, p := range []pkg{{"a-1-1.noarch", []string{"requires b"}}, {"b-1-1.noarch", nil}} {
			if !yield(header(t, p), nil) {
				return
			}
		}
	})
	if err == nil {
		err = g.Install(t.Context(), "a")
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := resolve(t, g); got != "install a-1-1.noarch@cache\ninstall b-1-1.noarch@cache" {
		t.Errorf("got\n%s", got)
	}
}

func TestRepositories(t *testing.T) {
	ctx := t.Context()
	g := goal.New(&goal.Options{Arch: "x86_64"})
	for _, r := range []*goal.Repo{
		{ID: "far", Priority: 99, Cost: 2000},
		{ID: "near", Priority: 99, Cost: 1000},
		{ID: "last", Priority: 100, Cost: 1},
		{ID: "filtered", Priority: 1, Cost: 1, Exclude: []string{"a", "c-1*"}, Include: []string{"a", "b", "c"}},
	} {
		s := source(t, r.ID, []pkg{{"a-1-1.noarch", nil}, {"b-1-1.noarch", nil}, {"c-1-1.noarch", nil}, {"d-1-1.noarch", nil}}, nil)
		r.Primary = s.Primary
		if err := g.AddRepo(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Install(ctx, "a", "b", "c", "d"); err != nil {
		t.Fatal(err)
	}
	const want = "install a-1-1.noarch@near\ninstall b-1-1.noarch@filtered\ninstall c-1-1.noarch@near\ninstall d-1-1.noarch@near"
	if got := resolve(t, g); got != want {
		t.Errorf("got\n%s", got)
	}
	g.ClearRequests()
	if err := g.InstallFrom(ctx, "last", "a"); err != nil {
		t.Fatal(err)
	}
	if got := resolve(t, g); got != "install a-1-1.noarch@last" {
		t.Errorf("got\n%s", got)
	}
	g.ClearRequests()
	g.ExcludeUnless(func(p goal.Package) bool { return p.Repo == "far" })
	if err := g.Install(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if got := resolve(t, g); got != "install a-1-1.noarch@far" {
		t.Errorf("got\n%s", got)
	}
}

func TestFilelistsAreReadWhenNeeded(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name    string
		opts    goal.Options
		install string
		reads   int
		want    string
	}{
		{"for a dependency", goal.Options{}, "needs-file", 1, "install needs-file-1-1.noarch@r\ninstall vim-data-9.0-1.noarch@r"},
		{"for a request", goal.Options{NoFilelists: true}, "/usr/share/vim/vimrc", 1, "install vim-data-9.0-1.noarch@r"},
		{"not at all", goal.Options{NoFilelists: true}, "needs-file", 0,
			"Could not depsolve transaction; 1 problem detected:\n Problem: conflicting requests\n  - nothing provides /usr/share/vim/vimrc needed by needs-file-1-1.noarch from r"},
		{"not for what primary lists", goal.Options{NoFilelists: true}, "/usr/bin/gawk", 0, "install gawk-5.2-1.x86_64@r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reads := 0
			c.opts.Arch = "x86_64"
			g := goal.New(&c.opts)
			if err := g.AddRepo(ctx, source(t, "r", available, &reads)); err != nil {
				t.Fatal(err)
			}
			if err := g.Install(ctx, c.install); err != nil {
				t.Fatal(err)
			}
			if got := resolve(t, g); got != c.want {
				t.Errorf("got\n%s", got)
			}
			if resolve(t, g); reads != c.reads {
				t.Errorf("the file lists were read %d times", reads)
			}
		})
	}
}

func TestPackageFacts(t *testing.T) {
	g := newGoal(t, nil)
	list, err := g.Match(t.Context(), "vim-data")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	p := list[0]
	if p.Href != "Packages/vim-data-9.0-1.noarch.rpm" || p.Checksum.String() != "sha256:"+fmt.Sprintf("%064x", 5) || p.Size != 10 || p.InstalledSize != 20 || p.BuildTime != 1000 {
		t.Errorf("%+v", p)
	}
}

func TestBrokenInput(t *testing.T) {
	failing := errors.New("no network")
	r := source(t, "r", available, nil)
	r.Primary = func(context.Context) (io.ReadCloser, error) { return nil, failing }
	if err := goal.New(nil).AddRepo(t.Context(), r); !errors.Is(err, failing) || !strings.Contains(err.Error(), "repository r") {
		t.Error(err)
	}
	r.Primary = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("<metadata><package")), nil
	}
	if err := goal.New(nil).AddRepo(t.Context(), r); err == nil {
		t.Error("half a document is accepted")
	}
	r = source(t, "r", available, nil)
	r.Filelists = func(context.Context) (io.ReadCloser, error) { return nil, failing }
	g := goal.New(nil)
	if err := g.AddRepo(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := g.Install(t.Context(), "/usr/share/x"); !errors.Is(err, failing) {
		t.Error(err)
	}
	if err := g.AddInstalled(installed(t, base)); err == nil {
		t.Error("installed packages are added behind a repository")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newGoal(t, nil).Resolve(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestTestcase writes a goal down and solves it again from the text.
func TestTestcase(t *testing.T) {
	g := newGoal(t, nil)
	if err := errors.Join(g.Exclude(t.Context(), "vim-2:9.1*"), g.Install(t.Context(), "vim", "rich", "needs-file"), g.LockInstalled()); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := g.WriteTestcase(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	block, err := testcase.NewReader(strings.NewReader(b.String()), nil).Next()
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	got := block.Solve()
	if len(got) < 5 || !slices.Equal(got, block.Expected) {
		t.Errorf("got %q, expected %q", got, block.Expected)
	}
	lines, err := g.TestcaseResult(t.Context(), testcase.Transaction|testcase.Problems)
	if err != nil || !slices.Equal(lines, got) {
		t.Errorf("got %q: %v", lines, err)
	}
}
