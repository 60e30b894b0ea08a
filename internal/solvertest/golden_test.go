package solvertest_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/solvertest"
	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

var (
	update = flag.Bool("update", false, "with -testsolv: record its results in testdata")
	record = flag.Int("record", 0, "with -testsolv: add `N` random cases of each profile to testdata")
)

// TestRecorded solves the testcases in testdata, which hold the results that libsolv 0.7.39 gave.
func TestRecorded(t *testing.T) {
	if *record > 0 {
		recordCases(t)
	}
	files, err := filepath.Glob("testdata/*.t")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testcases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".t"), func(t *testing.T) {
			if *update {
				rerecord(t, file)
			}
			solveRecorded(t, file)
		})
	}
}

func solveRecorded(t *testing.T, file string) {
	r, f, err := testcase.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n, last := 1, false; !last; n++ {
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		last = b.Last
		if !b.HasExpected {
			t.Errorf("block %d records no result", n)
		}
		got := b.Solve()
		slices.Sort(b.Expected)
		if !slices.Equal(got, b.Expected) {
			t.Errorf("block %d:\n%s", n, diffLines(join(b.Expected), join(got)))
		}
	}
}

func join(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// rerecord replaces the results in a testcase by what the reference says now.
func rerecord(t *testing.T, file string) {
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var plain strings.Builder
	inResult := false
	for l := range strings.Lines(string(old)) {
		switch {
		case strings.HasPrefix(l, "result "):
			inResult = true
			l = strings.Join(strings.Fields(l)[:2], " ") + "\n"
		case !strings.HasPrefix(l, "#>"):
			inResult = false
		case inResult:
			continue
		}
		plain.WriteString(l)
	}
	text, err := withResults(newReferee(t), plain.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// withResults solves a testcase with the reference and puts the results behind the result lines of its blocks.
func withResults(o *referee, text string) (string, error) {
	out, err := o.run(text)
	if err != nil {
		return "", err
	}
	var blocks []string
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l, "test ") && strings.HasSuffix(l, ":\n") {
			blocks = append(blocks, "")
			continue
		}
		if blocks == nil {
			blocks = []string{""}
		}
		blocks[len(blocks)-1] += "#>" + l
	}
	var b strings.Builder
	n := 0
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "result ") {
			l = strings.TrimSuffix(l, "\n") + " <inline>\n"
			if n < len(blocks) {
				l += blocks[n]
			}
			n++
		}
		b.WriteString(l)
	}
	return b.String(), nil
}

// recordCases adds random cases in which something happens.
func recordCases(t *testing.T) {
	o := newReferee(t)
	for i, p := range profiles {
		if p == mixed {
			continue
		}
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		for n, tries := 0, 0; n < *record && tries < 1000; tries++ {
			c := solvertest.Generate(rng, p)
			text, err := withResults(o, c.String())
			if err != nil || strings.Count(text, "\n#>rule ") < 12 || (n%2 == 0) != strings.Contains(text, "\n#>problem ") {
				continue
			}
			name := strings.ReplaceAll(nameOf(p), ",", "-")
			file := filepath.Join("testdata", fmt.Sprintf("random-%s-%d.t", name, n+1))
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
}
