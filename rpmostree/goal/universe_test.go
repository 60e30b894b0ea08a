package goal

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/solvertest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

var (
	universe  = flag.String("universe", "", "`folder` with the repositories base and updates")
	reference = flag.String("testsolv", "", "testsolv `program` to compare with")
	jobCount  = flag.Int("jobs", 20, "random jobs of each kind")
)

// world holds the repositories of the universe as facts and as testtags for the reference.
type world struct {
	dir   string
	facts map[string]*solvertest.Facts // by name-evr.arch
	names []string                     // of the base repository
	base  []rpmdb.Record               // an installed system
}

func loadWorld(t *testing.T) *world {
	if *universe == "" {
		t.Skip("needs -universe")
	}
	w := &world{dir: t.TempDir(), facts: map[string]*solvertest.Facts{}}
	w.load(t, "base")
	w.load(t, "updates")
	w.install(t)
	return w
}

func (w *world) repo(t *testing.T, name string) *Repo {
	r, err := RepoDir(t.Context(), name, os.DirFS(filepath.Join(*universe, name)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) load(t *testing.T, name string) {
	src, err := w.repo(t, name).Primary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	err = rpmmd.ParsePrimary(t.Context(), src, func(p *rpmmd.PackageData) error {
		f := factsOf(p)
		w.facts[f.String()] = f
		if name == "base" {
			w.names = append(w.names, f.Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func factsOf(p *rpmmd.PackageData) *solvertest.Facts {
	f := &solvertest.Facts{Name: string(p.Name), Arch: string(p.Arch), EVR: evrText(p.Epoch, p.Version, p.Release)}
	f.Provides, f.Requires = depsOf(p.Provides), depsOf(p.Requires)
	f.Conflicts, f.Obsoletes = depsOf(p.Conflicts), depsOf(p.Obsoletes)
	for _, x := range p.Files {
		f.Files = append(f.Files, string(x.Path))
	}
	return f
}

func evrText(epoch, version, release []byte) string {
	s := string(version)
	if len(epoch) > 0 && string(epoch) != "0" {
		s = string(epoch) + ":" + s
	}
	if len(release) > 0 {
		s += "-" + string(release)
	}
	return s
}

func depsOf(entries []rpmmd.Entry) []evr.Dep {
	var list []evr.Dep
	for _, e := range entries {
		d := evr.Dep{Name: string(e.Name)}
		for bit, flag := range map[rpmmd.Op]evr.Flags{rpmmd.OpGT: evr.Greater, rpmmd.OpEQ: evr.Equal, rpmmd.OpLT: evr.Less} {
			if e.Op&bit != 0 {
				d.Flags |= flag
			}
		}
		if e.Op != 0 {
			d.Version = evrText(e.Epoch, e.Version, e.Release)
		}
		if e.Pre {
			d.Flags |= evr.PreReq
		}
		list = append(list, d)
	}
	return list
}

// header makes the header of a package as it would be installed.
func header(t *testing.T, f *solvertest.Facts) *rpm.Header {
	var b rpm.HeaderBuilder
	e := evr.Parse(f.EVR)
	b.SetString(rpm.TagName, f.Name)
	b.SetString(rpm.TagVersion, e.Version)
	b.SetString(rpm.TagRelease, e.Release)
	b.SetString(rpm.TagArch, f.Arch)
	b.SetString(rpm.TagOS, "linux")
	b.SetString(rpm.TagVendor, "Debian")
	b.SetUint32s(rpm.TagBuildTime, 1700000000)
	if e.Epoch != "" {
		var n uint32
		fmt.Sscan(e.Epoch, &n)
		b.SetUint32s(rpm.TagEpoch, n)
	}
	set := func(deps []evr.Dep, name, version, flags rpm.Tag) {
		var names, versions []string
		var bits []uint32
		for _, d := range deps {
			names, versions, bits = append(names, d.Name), append(versions, d.Version), append(bits, uint32(d.Flags))
		}
		b.SetStrings(name, names...)
		b.SetStrings(version, versions...)
		b.SetUint32s(flags, bits...)
	}
	set(f.Provides, rpm.TagProvideName, rpm.TagProvideVersion, rpm.TagProvideFlags)
	set(f.Requires, rpm.TagRequireName, rpm.TagRequireVersion, rpm.TagRequireFlags)
	set(f.Conflicts, rpm.TagConflictName, rpm.TagConflictVersion, rpm.TagConflictFlags)
	set(f.Obsoletes, rpm.TagObsoleteName, rpm.TagObsoleteVersion, rpm.TagObsoleteFlags)
	h, err := rpm.ParseBlob(b.Blob(rpm.TagHeaderImmutable))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// install makes the installed system: what a few packages need.
func (w *world) install(t *testing.T) {
	g := w.goal(t, nil, "base")
	if err := g.Install(t.Context(), "bash", "coreutils", "systemd", "openssh-server", "apt", "network-manager", "python3", "sudo", "vim", "curl", "podman"); err != nil {
		t.Fatal(err)
	}
	r, err := g.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Installs {
		w.base = append(w.base, rpmdb.Record{Num: uint32(i + 1), Header: header(t, w.fact(t, p))})
	}
	t.Logf("%d packages installed", len(w.base))
}

func (w *world) fact(t *testing.T, p Package) *solvertest.Facts {
	f := w.facts[factName(p)]
	if f == nil {
		t.Fatalf("no facts of %s", factName(p))
	}
	return f
}

func factName(p Package) string {
	return (&solvertest.Facts{Name: p.NEVRA.Name, Arch: p.NEVRA.Arch,
		EVR: evrText([]byte(p.NEVRA.Epoch), []byte(p.NEVRA.Version), []byte(p.NEVRA.Release))}).String()
}

func (w *world) goal(t *testing.T, installed []rpmdb.Record, repos ...string) *Goal {
	g := New(&Options{Arch: "x86_64"})
	if installed != nil {
		if err := g.AddInstalled(records(installed)); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range repos {
		if err := g.AddRepo(t.Context(), w.repo(t, r)); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func records(list []rpmdb.Record) iter.Seq2[rpmdb.Record, error] {
	return func(yield func(rpmdb.Record, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// TestUniverse resolves random requests upon the repositories of -universe: packages on an empty root, packages on a
// locked base, updates. Each result is checked by facts, and compared with -testsolv.
func TestUniverse(t *testing.T) {
	w := loadWorld(t)
	seed := testutil.Seed(t)
	for _, k := range []struct {
		name      string
		installed bool
		repos     []string
		ask       func(*testing.T, *Goal, *rand.Rand)
	}{
		{"empty root", false, []string{"base"}, w.askInstall},
		{"layer", true, []string{"base", "updates"}, w.askLayer},
		{"layer on base only", true, []string{"base"}, w.askLayer},
		{"update", true, []string{"base", "updates"}, w.askUpdate},
	} {
		t.Run(k.name, func(t *testing.T) {
			var base []rpmdb.Record
			if k.installed {
				base = w.base
			}
			w.run(t, w.goal(t, base, k.repos...), rand.New(rand.NewPCG(seed, 1)), k.ask)
		})
	}
}

func (w *world) some(rng *rand.Rand) []string {
	var list []string
	for range 1 + rng.IntN(3) {
		list = append(list, w.names[rng.IntN(len(w.names))])
	}
	return list
}

func (w *world) askInstall(t *testing.T, g *Goal, rng *rand.Rand) {
	if err := g.Install(t.Context(), w.some(rng)...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) askLayer(t *testing.T, g *Goal, rng *rand.Rand) {
	w.askInstall(t, g, rng)
	if err := g.LockInstalled(); err != nil {
		t.Fatal(err)
	}
}

func (w *world) askUpdate(t *testing.T, g *Goal, rng *rand.Rand) {
	var names []string
	if rng.IntN(4) > 0 {
		for range 1 + rng.IntN(5) {
			names = append(names, w.base[rng.IntN(len(w.base))].Header.String(rpm.TagName))
		}
	}
	if err := g.Update(t.Context(), names...); err != nil {
		t.Fatal(err)
	}
}

// run resolves requests on one goal; what a request left is taken back before the next.
func (w *world) run(t *testing.T, g *Goal, rng *rand.Rand, ask func(*testing.T, *Goal, *rand.Rand)) {
	o := w.newReferee(t, g)
	same, solvable, invalid, compared := 0, 0, 0, 0
	var ours, theirs time.Duration
	for range *jobCount {
		g.ClearRequests()
		ask(t, g, rng)
		start := time.Now()
		r, err := g.Resolve(t.Context())
		ours += time.Since(start)
		var unsolvable *UnsolvableError
		if err != nil && !errors.As(err, &unsolvable) {
			t.Fatal(err)
		}
		if err == nil {
			solvable++
			if wrong := w.check(t, g, r); len(wrong) > 0 {
				invalid++
				t.Errorf("%v: %s", g.jobTexts(), strings.Join(wrong, "\n"))
			}
		}
		if o == nil {
			continue
		}
		compared++
		start = time.Now()
		want := o.solve(t, g)
		theirs += time.Since(start)
		got, err := g.TestcaseResult(t.Context(), testcase.Transaction|testcase.Problems)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(want, got) {
			same++
			continue
		}
		t.Logf("differs: %v", g.jobTexts())
		for _, l := range want {
			if !slices.Contains(got, l) {
				t.Logf("-%s", l)
			}
		}
		for _, l := range got {
			if !slices.Contains(want, l) {
				t.Logf("+%s", l)
			}
		}
		if isProblem(want) != isProblem(got) {
			t.Errorf("solvability differs")
		}
	}
	t.Logf("%d jobs, %d solvable, %d invalid, %d of %d identical; %v, reference with loading %v", *jobCount, solvable, invalid, same, compared, ours, theirs)
	if same*10 < compared*9 {
		t.Errorf("only %d of %d results are identical", same, compared)
	}
}

func isProblem(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "problem ") })
}

func (g *Goal) jobTexts() []string {
	var list []string
	for _, j := range g.jobs {
		list = append(list, testcase.FormatJob(g.pool, j))
	}
	return list
}

// check judges the result by the facts.
func (w *world) check(t *testing.T, g *Goal, r *Result) []string {
	set := map[string]*solvertest.Facts{}
	if g.system != nil {
		for _, rec := range w.base {
			n := rec.Header.NEVRA()
			f := w.fact(t, Package{NEVRA: n})
			set[f.String()] = f
		}
	}
	drop := func(p Package) {
		if _, ok := set[factName(p)]; !ok {
			t.Errorf("%s is not installed", factName(p))
		}
		delete(set, factName(p))
	}
	for _, x := range r.Removals {
		drop(x.Package)
	}
	for _, x := range r.Replacements {
		drop(x.Old)
	}
	var wrong []string
	if g.lock && len(r.Removals)+len(r.Replacements) > 0 {
		wrong = append(wrong, "locked packages are touched")
	}
	fresh := map[*solvertest.Facts]bool{}
	for _, p := range r.Added() {
		f := w.fact(t, p)
		set[f.String()], fresh[f] = f, true
	}
	list := slices.Collect(maps.Values(set))
	return append(wrong, solvertest.Check(list, fresh)...)
}

// referee has the goal's packages as testtags, and solves its jobs with the reference.
type referee struct {
	dir    string
	prefix string
}

func (w *world) newReferee(t *testing.T, g *Goal) *referee {
	if *reference == "" {
		return nil
	}
	o := &referee{dir: t.TempDir()}
	var b strings.Builder
	system := ""
	for i, r := range g.pool.Repos() {
		file := fmt.Sprintf("%d.repo", i)
		f, err := os.Create(filepath.Join(o.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(testcase.WriteTestTags(f, g.pool, r), f.Close()); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "repo %s %d.%d testtags %s\n", testcase.RepoName(r), r.Priority, r.SubPriority, file)
		if r == g.system {
			system = SystemRepo
		}
	}
	fmt.Fprintf(&b, "system x86_64 rpm %s\npoolflags implicitobsoleteusescolors whatprovideswithdisabled\n", system)
	o.prefix = b.String()
	return o
}

func (o *referee) solve(t *testing.T, g *Goal) []string {
	s, jobs, err := g.prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := o.prefix + "solverflags allowvendorchange keepexplicitobsoletes bestobeypolicy keeporphans yumobsoletes urpmreorder"
	if s.Flags.AllowDowngrade {
		text += " allowdowngrade"
	}
	text += "\n"
	for _, j := range jobs {
		text += "job " + testcase.FormatJob(g.pool, j) + "\n"
	}
	text += "result transaction,problems\n"
	file := filepath.Join(o.dir, "case.t")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), *reference, "-r", file)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return slices.Collect(func(yield func(string) bool) {
		for l := range strings.Lines(string(out)) {
			if !yield(strings.TrimSuffix(l, "\n")) {
				return
			}
		}
	})
}
