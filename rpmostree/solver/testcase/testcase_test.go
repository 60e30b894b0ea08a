package testcase_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/nestos-dev/nestos/rpmostree/solver"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

func TestDepSpelling(t *testing.T) {
	p := solver.NewPool(nil)
	for _, c := range []struct{ in, out string }{
		{"foo", "foo"},
		{"foo >= 1:2-3", "foo >= 1:2-3"},
		{"foo>=1", "foo>=1"},
		{"  a  &  b", "a & b"},
		{"a & b | c", "a & (b | c)"},
		{"(a & b) | c", "(a & b) | c"},
		{"a | b | c", "a | b | c"},
		{"(a | b) | c", "(a | b) | c"},
		{"a <IF> (b <ELSE> c)", "a <IF> (b <ELSE> c)"},
		{"a = 1 & b < 2", "a = 1 & b < 2"},
		{"foo = 2-1 compat >= 1-1", "foo = 2-1 compat >= 1-1"},
		{"foo:any", "foo:any"},
		{`foo\3aany`, `foo\3aany`},
		{"pkgconfig(zlib)", "pkgconfig(zlib)"},
		{"a(b)(c)", "a(b)(c)"},
		{`a\28b`, `a\28b`},
		{"a(b(c))", `a\28b\28c\29\29`},
		{"namespace:language(de)", "namespace:language(de)"},
		{"namespace:foo((a | b) & c)", "namespace:foo((a | b) & c)"},
		{"a <77> b", "a <77> b"},
		{"<NULL>", "<NULL>"},
		{`\00`, `\00`},
		{`\20x\5c`, `\20x\5c`},
	} {
		id, err := testcase.ParseDep(p, c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		out := testcase.FormatDep(p, id)
		if out != c.out {
			t.Errorf("%q is written %q, expected %q", c.in, out, c.out)
		}
		if again, err := testcase.ParseDep(p, out); err != nil || again != id {
			t.Errorf("%q is not read back: %v", out, err)
		}
	}
	for _, bad := range []string{"a b", "(a", "a)", "a &", "a ? b", strings.Repeat("(", 5000) + "a"} {
		if _, err := testcase.ParseDep(p, bad); err == nil && bad != "a &" {
			t.Errorf("%.20q is accepted", bad)
		}
	}
}

const tags = `=Ver: 3.0
=Pkg: bash 5.2 1 x86_64
+Req:
libc.so.6
/bin/sh
-Req:
+Prq:
filesystem >= 3
-Prq:
+Prv:
bash = 5.2-1
config(bash) = 5.2-1
-Prv:
+Obs:
bash2 < 3
-Obs:
+Con:
a & (b | c)
-Con:
+Rec:
doc
-Rec:
+Sup:
x <IF> y
-Sup:
+Sug:
s
-Sug:
+Enh:
e
-Enh:
+Ipr:
filesystem >= 3
-Ipr:
+Owr:
later
-Owr:
+Fls:
/bin/sh
-Fls:
=Vnd: Some Vendor
=Flv: f1
=Tim: 17
=Iti: 18
=Pkg: plain 1:1 - -
+Req:
bash
-Req:
`

func TestTagsAreWrittenAsRead(t *testing.T) {
	p := solver.NewPool(nil)
	r := p.AddRepo("r", 0, 0)
	if err := testcase.ReadTestTags(p, r, strings.NewReader(tags)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := testcase.WriteTestTags(&b, p, r); err != nil {
		t.Fatal(err)
	}
	if b.String() != tags {
		t.Errorf("got\n%s", b.String())
	}
	start, _ := r.Range()
	if got := testcase.PackageName(p, start); got != "bash-5.2-1-f1.x86_64@r" {
		t.Error(got)
	}
	for _, id := range []solver.SolvableID{start, start + 1} {
		if found, err := testcase.FindPackage(p, testcase.PackageName(p, id)); err != nil || found != id {
			t.Errorf("package %d is not found: %v", id, err)
		}
	}
}

// TestTagsInPieces reads a repository of several windows at once and byte by byte. The numbers of strings must be the
// same, too: problems are sorted by them.
func TestTagsInPieces(t *testing.T) {
	var in strings.Builder
	for version := 3; version > 0; version-- {
		fmt.Fprintf(&in, "=Ver: %d\n", version)
		for i := range 1500 {
			fmt.Fprintf(&in, "=Pkg: a%d %d %d noarch\n=Vnd: v%d\n+Prv:\na%d = %d-%d\n/p%d\nlocale(a%d:de)\n-Prv:\n+Req:\nb%d\nc%d >= %d\nd%d & (e%d | x)\nf%d:any\n/g%d\n-Req:\n"+
				"=Con: otherproviders(z%d)\n=Fls: /g%d\n=Fls: /h%d\n=Tim: %d\n", i, i, version, i%5, i, i, version, i, i, i+1, i%7, i, i, i%9, i, i/2, i, i, i, i)
			if i%500 == 499 {
				fmt.Fprintf(&in, "=Req: long%s\n", strings.Repeat("x", 300<<10))
			}
		}
	}
	read := func(r io.Reader) (*solver.Pool, string) {
		p := solver.NewPool(nil)
		repo := p.AddRepo("r", 0, 0)
		if err := testcase.ReadTestTags(p, repo, r); err != nil {
			t.Fatal(err)
		}
		if repo.Len() != 4500 {
			t.Errorf("%d packages", repo.Len())
		}
		var b bytes.Buffer
		if err := testcase.WriteTestTags(&b, p, repo); err != nil {
			t.Fatal(err)
		}
		return p, b.String()
	}
	p, text := read(strings.NewReader(in.String()))
	q, pieces := read(iotest.OneByteReader(strings.NewReader(in.String())))
	if text != pieces {
		t.Error("the packages are not the same")
	}
	if p.NumStrings() != q.NumStrings() {
		t.Fatalf("%d strings, byte by byte %d", p.NumStrings(), q.NumStrings())
	}
	for id := solver.ID(1); int(id) < p.NumStrings(); id++ {
		if p.Str(id) != q.Str(id) {
			t.Fatalf("string %d is %.50q, byte by byte %.50q", id, p.Str(id), q.Str(id))
		}
	}
	for _, line := range []string{"a1 = 1-3\n", "c3 >= 10\n", "d8 & (e8 | x)\n", "f4:any\n", "/g4\n", "a4 & namespace:language(de)\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing", line)
		}
	}

	broken := errors.New("broken")
	for want, r := range map[error]io.Reader{broken: io.MultiReader(strings.NewReader("=Pkg: a 1"), iotest.ErrReader(broken)), io.ErrNoProgress: noProgress{}} {
		if err := testcase.ReadTestTags(p, p.AddRepo("s", 0, 0), r); !errors.Is(err, want) {
			t.Errorf("error %v, expected %v", err, want)
		}
	}
	endless := io.MultiReader(strings.NewReader("=Pkg: "), io.LimitReader(zeros{}, 1<<30))
	if err := testcase.ReadTestTags(p, p.AddRepo("s", 0, 0), endless); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("error of an endless line: %v", err)
	}
}

type noProgress struct{}

func (noProgress) Read([]byte) (int, error) { return 0, nil }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestTagVariants reads the forms that are not written.
func TestTagVariants(t *testing.T) {
	for name, c := range map[string]struct{ in, out string }{
		"single lines and self-provides": {
			"=Pkg: a 0:1 1 noarch\n=Req: b\n=Req: b\n=Prv: c\n=Xyz: unknown\n=Pkg: s 1 1 src\n",
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n+Req:\nb\n-Req:\n+Prv:\nc\na = 1-1\n-Prv:\n=Pkg: s 1 1 src\n",
		},
		"unknown blocks": {
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n+Xyz:\n=Req: b\n-Req:\n-Xyz:\n=Req: c\n",
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n+Req:\nc\n-Req:\n",
		},
		"both kinds of requirement": {
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n=Req: b\n=Prq: b\n=Req: c\n=Req: b\n",
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n+Req:\nc\n-Req:\n+Prq:\nb\n-Prq:\n",
		},
		"a malformed package": {
			"=Ver: 3.0\n=Req: x\n=Pkg: a 1 1\n=Req: b\n=Pkg: c 1 1 noarch",
			"=Ver: 3.0\n=Pkg: c 1 1 noarch\n",
		},
		"version 2": {
			"=Ver: 2\n=Pkg: a 1 1 noarch\n=Prv: /bin/x\n=Prv: locale(b:de;en)\n=Prv: /bin/y\n=Con: otherproviders(z)\n=Req: /bin/y\n",
			"=Ver: 3.0\n=Pkg: a 1 1 noarch\n+Req:\n/bin/y\n-Req:\n+Prv:\n/bin/x\nlocale(b:de;en)\na = 1-1\n-Prv:\n" +
				"+Con:\nnamespace:otherproviders(z)\n-Con:\n+Sup:\nb & (namespace:language(de) | namespace:language(en))\n-Sup:\n+Fls:\n/bin/y\n-Fls:\n",
		},
		"self-provides on request": {
			"=Ver: 3.0 addselfprovides\n=Pkg: a 1 - noarch\n",
			"=Ver: 3.0\n=Pkg: a 1 - noarch\n+Prv:\na = 1\n-Prv:\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := solver.NewPool(nil)
			r := p.AddRepo("r", 0, 0)
			if err := testcase.ReadTestTags(p, r, strings.NewReader(c.in)); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := testcase.WriteTestTags(&b, p, r); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.out {
				t.Errorf("got\n%sexpected\n%s", b.String(), c.out)
			}
		})
	}
	p := solver.NewPool(nil)
	if err := testcase.ReadTestTags(p, p.AddRepo("r", 0, 0), strings.NewReader("=Pkg: a 1 1 noarch\n=Req: (a\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
}

func read(t *testing.T, text string) (*testcase.Block, error) {
	t.Helper()
	return testcase.NewReader(strings.NewReader(text), nil).Next()
}

func TestUnsupported(t *testing.T) {
	for _, text := range []string{
		"system x86_64 deb\n",
		"system unset deb,arch\n",
		"feature testcase_helixrepo\n",
		"feature complex_deps linked_packages\n",
		"repo r 0 helix <inline>\n",
		"repo r 0 solv x.solv\n",
	} {
		if _, err := read(t, text); !errors.Is(err, testcase.ErrNotSupported) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"system x86_64 *\n", "system x86_64 deb,rpm\n", "feature complex_deps\n"} {
		if _, err := read(t, text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for _, text := range []string{
		"job install\n",
		"job install name\n",
		"job frobnicate name x\n",
		"job install name x [frob]\n",
		"job install pkg a-1-1.noarch@r\n",
		"job install selection x\n",
		"job install selection x frob\n",
		"job install selection_matchdeps solvable:name\n",
		"job install repo r\n",
		"repo r x empty\n",
		"repo r 0 testtags\n",
		"repo r 0 testtags none\n",
		"poolflags frob\n",
		"solverflags frob\n",
		"result frob\n",
		"result problems none\n",
		"namespace foo x\n",
		"genid op &\n",
		"genid frob\n",
		"system x86_64 rpm none\n",
		"frobnicate\n",
	} {
		if _, err := read(t, "# comment\n\n"+text); err == nil || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	r := testcase.NewReader(strings.NewReader("system x86_64 rpm\njob install pkg none\njob frob\njob noop name a\nresult jobs\n"), nil)
	var warnings []error
	r.Warn = func(err error) { warnings = append(warnings, err) }
	b, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 2 || len(b.Jobs) != 1 {
		t.Errorf("%d jobs, warnings %v", len(b.Jobs), warnings)
	}
}

func TestFilesBesideTheTestcase(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "=Pkg: a 1 1 noarch\n")
	z.Close()
	files := fstest.MapFS{
		"a.repo.gz":     {Data: zipped.Bytes()},
		"sub/b.repo":    {Data: []byte("=Pkg: b 1 1 noarch\n")},
		"solver.result": {Data: []byte("install a-1-1.noarch@a\n")},
	}
	r := testcase.NewReader(strings.NewReader("repo a 5.7 testtags a.repo.gz\nrepo b -1 testtags sub/b.repo\nrepo none 0 empty\n"+
		"system x86_64 rpm\njob install name a\nresult transaction solver.result\n"), files)
	b, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	repos := b.Pool.Repos()
	if len(repos) != 3 || repos[0].Len() != 1 || repos[0].Priority != 5 || repos[0].SubPriority != 7 || repos[1].Len() != 1 || repos[1].Priority != -1 {
		t.Errorf("repositories %+v", repos)
	}
	if got := b.Solve(); !b.HasExpected || !slices.Equal(got, b.Expected) {
		t.Errorf("got %q, expected %q", got, b.Expected)
	}
}

func TestBlocks(t *testing.T) {
	const text = "repo r 0 testtags <inline>\n#>=Pkg: a 1 1 noarch\nsystem x86_64 rpm\njob install name a\n" +
		"nextjob\nsolverflags allowuninstall\njob noop name a\nresult jobs\nnextjob reusesolver\nresult jobs\n"
	var b strings.Builder
	if err := testcase.Run(&b, testcase.NewReader(strings.NewReader(text), nil)); err != nil {
		t.Fatal(err)
	}
	const want = "test 1:\ninstall a-1-1.noarch@r\ntest 2:\njob noop name a\ntest 3:\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	b.Reset()
	if err := testcase.Run(&b, testcase.NewReader(strings.NewReader(strings.Split(text, "nextjob")[0]), nil)); err != nil {
		t.Fatal(err)
	}
	if b.String() != "install a-1-1.noarch@r\n" {
		t.Errorf("got\n%s", b.String())
	}
}

// TestWrite writes testcases down and solves them again.
func TestWrite(t *testing.T) {
	for _, text := range []string{
		"repo @System 0 testtags <inline>\n#>=Pkg: a 1 1 x86_64\n#>=Vnd: V 1\nrepo some\trepo 5.3 testtags <inline>\n#>=Pkg: a 2 1 i686\n#>=Pkg: a 3 1 x86_64\n#>=Vnd: V 2\n" +
			"#>=Pkg: f 1 1 noarch\n#>=Fls: /x\n#>=Pkg: g 1 1 noarch\n#>=Req: /x\nrepo none 0 empty\nsystem x86_64 rpm @System\npoolflags implicitobsoleteusescolors\n" +
			"solverflags allowuninstall !allownamechange\nvendorclass V\\201 V\\202\ndisable pkg f-1-1.noarch@some\n" +
			"job update all packages [forcebest]\njob install oneof a-2-1.i686@some a-3-1.x86_64@some [setevr,noautoset]\njob install name g\nresult transaction,problems,jobs\n",
		"repo r 0 testtags <inline>\n#>=Pkg: a 2 1 noarch\nsystem :z>y:x rpm\njob install name a\njob lock repo r\njob favor provides a\nresult transaction,problems,jobs\n",
		"repo r 0 testtags <inline>\n#>=Pkg: a 2 1 any\nsystem unset rpm\njob install name a\njob erase oneof nothing\nresult transaction,problems,jobs\n",
	} {
		text = strings.Replace(text, "some\trepo", "some", 1)
		b, err := read(t, text)
		if err != nil {
			t.Fatal(err)
		}
		want := b.Solve()
		var out bytes.Buffer
		if err := testcase.Write(&out, b.Solver, b.Jobs, b.Classes); err != nil {
			t.Fatal(err)
		}
		again, err := read(t, out.String())
		if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
		if got := again.Solve(); !slices.Equal(got, want) || !slices.Equal(again.Expected, want) {
			t.Errorf("got %q, expected %q, from\n%s", got, want, out.String())
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add("repo r 0 testtags <inline>\n#>=Pkg: a 1 1 noarch\n#>=Fls: /x\nsystem x86_64 rpm\njob install name a\nresult transaction,problems,rules\n")
	f.Add("repo @System 0 testtags <inline>\n#>=Ver: 2\n#>" + strings.ReplaceAll(tags, "\n", "\n#>") + "\nsystem :a>b rpm @System\njob update all packages [forcebest]\n")
	f.Add("genid dep a & (b <IF> c)\ngenid lit x\ngenid op |\nevrcmp 1 2\nresult genid\nnextjob reusesolver\n")
	f.Add("repo r 0 testtags <inline>\n#>=Pkg: a 1 1 noarch\nsystem unset *\ndisable name a\njob noop selection a*=1 name,provides,canon,filelist,glob,rel,dotarch,flat,nocase\n" +
		"job noop selection_matchdeps solvable:provides a rel,add\nnamespace namespace:x(y) @SYSTEM\nautoinst name a\nvendorclass a !b\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 || strings.Contains(text, "\x00") {
			return // no line of text holds a zero byte, of which the spelling is that of an empty string
		}
		r := testcase.NewReader(strings.NewReader(text), nil)
		r.Warn = func(error) {}
		for {
			b, err := r.Next()
			if err != nil {
				return
			}
			for _, j := range b.Jobs {
				text := testcase.FormatJob(b.Pool, j)
				again, err := testcase.ParseJob(b.Pool, text)
				if strings.Contains(text, "unknown") || strings.Contains(text, "<NULL>") || strings.HasPrefix(text, "noop pkg") {
					continue
				}
				if err == nil && testcase.FormatJob(b.Pool, again) != text {
					t.Errorf("%q is read as %q", text, testcase.FormatJob(b.Pool, again))
				}
			}
		}
	})
}

func FuzzDep(f *testing.F) {
	for _, s := range []string{"foo >= 1-1", "a & (b | c)", "namespace:x(y & z)", "a:any", `\20\5c`, "a <IF> (b <ELSE> c)", "foo = 1 compat >= 2", "a(b)c <7> d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := solver.NewPool(nil)
		id, err := testcase.ParseDep(p, s)
		if err != nil || len(s) > 1000 || strings.Contains(s, "\x00") || strings.Contains(s, `\00`) {
			return
		}
		text := testcase.FormatDep(p, id)
		again, err := testcase.ParseDep(p, text)
		if err != nil {
			t.Fatalf("%q is written %q: %v", s, text, err)
		}
		if out := testcase.FormatDep(p, again); out != text {
			t.Errorf("%q is written %q, and that %q", s, text, out)
		}
	})
}
