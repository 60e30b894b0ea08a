package admintest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scenarioLine is a command of a scenario.
type scenarioLine struct {
	command string
	differs bool // what is printed is not compared
}

// readScenario reads a file: a command a line, "#" begins a comment, "!" marks a command whose output differs
// between the programs for the reason that is said above it. The line ". NAME" includes another scenario.
func readScenario(t testing.TB, name string) []scenarioLine {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/scenarios", name+".sh"))
	require.NoError(t, err)
	var lines []scenarioLine
	for l := range strings.Lines(string(data)) {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		if other, ok := strings.CutPrefix(l, ". "); ok {
			lines = append(lines, readScenario(t, other)...)
			continue
		}
		command, differs := strings.CutPrefix(l, "!")
		lines = append(lines, scenarioLine{command, differs})
	}
	return lines
}

// compare runs lines on all sides and compares them with the first after each.
func compare(t testing.TB, lines []scenarioLine, want *side, others ...*side) {
	t.Helper()
	for i, l := range lines {
		expected := want.run(l.command)
		if testing.Verbose() && os.Getenv("NESTOS_SHOW") != "" {
			t.Logf("$ %s\n%s%s[%d]", l.command, expected.Stdout, expected.Errors, expected.Exit)
		}
		tree := want.snapshot()
		for _, s := range others {
			got := s.run(l.command)
			if !l.differs && got != expected {
				t.Errorf("%s, line %d: $ %s\nexpected %d\n%s%s\ngot %d\n%s%s", s.name, i+1, l.command, expected.Exit, expected.Stdout, expected.Errors, got.Exit, got.Stdout, got.Errors)
			}
			if diff := s.snapshot().diff(tree); len(diff) > 0 {
				t.Fatalf("%s, line %d: $ %s\ntrees differ at %d paths:\n%s", s.name, i+1, l.command, len(diff), strings.Join(diff[:min(len(diff), 25)], "\n"))
			}
		}
	}
}

// TestSameAsReference runs each scenario with the reference program, with ours, and with both in turns.
func TestSameAsReference(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.sh")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 15)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sh")
		if strings.HasPrefix(name, "_") {
			continue // only included
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := ours(t), theirs(t)
			turns := func(first, second program) func(int) program {
				return func(line int) program { return []program{first, second}[line%2] }
			}
			compare(t, readScenario(t, name), newSide(t, "theirs", always(b)), newSide(t, "ours", always(a)),
				newSide(t, "ours and theirs in turns", turns(a, b)), newSide(t, "theirs and ours in turns", turns(b, a)))
		})
	}
}
