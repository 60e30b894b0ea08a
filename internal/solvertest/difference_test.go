package solvertest_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/solvertest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

var (
	reference = flag.String("testsolv", "", "the `program` to compare with; default: testsolv of PATH")
	cases     = flag.Int("cases", 150, "random cases per profile")
	only      = flag.String("features", "", "compare with these features only, for example arches,weak")
	failures  = flag.String("failures", "", "`folder` for shrunken cases that differ")
	classes   = flag.String("classes", solvertest.Classes, "result `classes` to compare")
	maxFail   = flag.Int("maxfail", 5, "stop a profile after so many differences")
)

// profiles are compared each on its own, then together with others.
var profiles = []solvertest.Profile{
	0,
	solvertest.Epochs,
	solvertest.Arches,
	solvertest.Obsoletes | solvertest.Conflicts,
	solvertest.Rich,
	solvertest.Rich | solvertest.Conflicts | solvertest.Weak,
	solvertest.Weak,
	solvertest.Files,
	solvertest.Locks | solvertest.Best,
	solvertest.Best | solvertest.Priorities,
	solvertest.Dup | solvertest.Obsoletes,
	solvertest.Uninstall | solvertest.Conflicts,
	solvertest.MultiVersion | solvertest.Obsoletes,
	solvertest.Favor | solvertest.Weak,
	solvertest.CleanDeps | solvertest.Weak,
	solvertest.Vendors | solvertest.Obsoletes,
	solvertest.YumObsoletes | solvertest.Obsoletes,
	solvertest.Disabled,
	solvertest.Blacklist,
	solvertest.Strong | solvertest.Weak,
	solvertest.Focus,
	solvertest.Policy | solvertest.Obsoletes | solvertest.Arches,
	solvertest.PoolFlags | solvertest.Obsoletes | solvertest.Arches,
	solvertest.Targets,
	solvertest.NoInstalled | solvertest.Rich | solvertest.Weak | solvertest.Arches,
	solvertest.LibDNF | solvertest.Weak | solvertest.Obsoletes | solvertest.Arches,
	solvertest.LibDNF | solvertest.Rich | solvertest.Conflicts | solvertest.Epochs | solvertest.Disabled,
	solvertest.All &^ solvertest.NoInstalled,
	mixed,
}

// mixed stands for other features in each case.
const mixed = ^solvertest.Profile(0)

func nameOf(p solvertest.Profile) string {
	switch p {
	case 0:
		return "plain"
	case solvertest.All, solvertest.All &^ solvertest.NoInstalled:
		return "all"
	case mixed:
		return "mixed"
	}
	return p.String()
}

// referee runs the reference.
type referee struct {
	path, dir string
}

// newReferee finds a testsolv that knows rpm's semantics and boolean dependencies, in the version whose results are the
// model: others differ in small ways.
func newReferee(t *testing.T) *referee {
	o := &referee{path: *reference, dir: t.TempDir()}
	if o.path != "" {
		return o
	}
	o.path = testutil.Tool(t, "testsolv")
	out, err := o.run("repo @System 0 empty\nrepo r 0 testtags <inline>\n#>=Pkg: A 1 1 noarch\n#>=Req: X\n#>=Pkg: B 1 1 noarch\n#>=Prv: X\n" +
		"#>=Pkg: C 1 1 noarch\n#>=Prv: X\nfeature complex_deps\nsystem x86_64 rpm @System\njob install name A\nresult alternatives\n")
	if err != nil || !strings.Contains(out, "X, required by A") {
		t.Skipf("%s lacks rpm's semantics or is older than what this solver is modelled after: %v", o.path, err)
	}
	return o
}

var errRejected = errors.New("rejected by the reference")

// run solves a testcase. Whatever the reference complains about makes the case useless.
func (o *referee) run(text string) (string, error) {
	file := filepath.Join(o.dir, "case.t")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.path, "-r", file)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %w", errRejected, err)
	}
	if stderr.Len() > 0 {
		return "", fmt.Errorf("%w: %s", errRejected, stderr.String())
	}
	for line := range strings.Lines(stdout.String()) {
		if line[0] >= '0' && line[0] <= '9' || len(line) > 32 && !strings.Contains(line[:20], " ") {
			return "", fmt.Errorf("%w, which overwrites text of its own: %q", errRejected, line)
		}
	}
	return stdout.String(), nil
}

func ours(text string) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var b strings.Builder
	err = testcase.Run(&b, testcase.NewReader(strings.NewReader(text), nil))
	return b.String(), err
}

// compare returns what differs: lines with "-" are the reference's, with "+" ours.
func (o *referee) compare(c *solvertest.Case) (diff string, ok bool) {
	text := c.String()
	if len(c.Jobs) == 0 && strings.Contains(text, "\ndisable ") {
		return "", true // the reference looks at the provides from before the disable lines unless a job follows
	}
	want, err := o.run(text)
	if err != nil {
		return err.Error(), true
	}
	got, err := ours(text)
	if err != nil {
		return "+" + err.Error() + "\n", false
	}
	if got == want {
		return "", true
	}
	return diffLines(want, got), false
}

// diffLines compares sorted lines.
func diffLines(want, got string) string {
	count := map[string]int{}
	for l := range strings.Lines(want) {
		count[l]--
	}
	for l := range strings.Lines(got) {
		count[l]++
	}
	var b strings.Builder
	for l := range strings.Lines(want) {
		for ; count[l] < 0; count[l]++ {
			b.WriteString("-" + l)
		}
	}
	for l := range strings.Lines(got) {
		for ; count[l] > 0; count[l]-- {
			b.WriteString("+" + l)
		}
	}
	return b.String()
}

// TestDifference solves random cases and compares every result class with the reference's.
func TestDifference(t *testing.T) {
	o := newReferee(t)
	list := profiles
	if *only == "mixed" {
		list = []solvertest.Profile{mixed}
	} else if *only != "" {
		p, err := solvertest.ParseProfile(*only)
		if err != nil {
			t.Fatal(err)
		}
		list = []solvertest.Profile{p}
	}
	seed := testutil.Seed(t)
	for i, p := range list {
		t.Run(nameOf(p), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			differ, rejected := 0, 0
			for n := range *cases {
				features := p
				if p == mixed {
					features = solvertest.Profile(rng.Uint32()&rng.Uint32()) & solvertest.All
				}
				c := solvertest.Generate(rng, features)
				c.Result = *classes
				diff, ok := o.compare(c)
				if ok {
					if diff != "" {
						rejected++
					}
					continue
				}
				small := solvertest.Shrink(c, func(c *solvertest.Case) bool {
					_, ok := o.compare(c)
					return !ok
				})
				diff, _ = o.compare(small)
				t.Errorf("case %d:\n%s\n%s", n, small, diff)
				save(t, fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(nameOf(p), ",", "_"), seed, n), small, diff)
				if differ++; differ >= *maxFail {
					break
				}
			}
			if rejected > *cases/10 {
				t.Errorf("the reference rejected %d cases", rejected)
			}
		})
	}
}

func save(t *testing.T, name string, c *solvertest.Case, diff string) {
	if *failures == "" {
		return
	}
	if len(name) > 100 {
		name = name[len(name)-100:]
	}
	var b strings.Builder
	for l := range strings.Lines(diff) {
		b.WriteString("# " + l)
	}
	b.WriteString(c.String())
	if err := os.WriteFile(filepath.Join(*failures, name+".t"), []byte(b.String()), 0o644); err != nil {
		t.Error(err)
	}
}
