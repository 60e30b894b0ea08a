package goal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// UnsolvableError tells why requests cannot be fulfilled, in libdnf's words.
type UnsolvableError struct {
	// Problems are independent of each other. Each is a list of sentences that together explain it.
	Problems [][]string
	count    int // with those that are explained in the same words
}

func (g *Goal) newUnsolvableError(s *solver.Solver) *UnsolvableError {
	e := &UnsolvableError{}
	for _, p := range s.Problems() {
		var text []string
		for _, rule := range p.Rules() {
			for _, info := range s.AllRuleInfos(rule) {
				if line := g.problemText(s, info); !slices.Contains(text, line) {
					text = append(text, line)
				}
			}
		}
		e.count++
		if !slices.ContainsFunc(e.Problems, func(other []string) bool { return slices.Equal(other, text) }) {
			e.Problems = append(e.Problems, text)
		}
	}
	return e
}

// Error returns all problems in several lines, beginning with "Could not depsolve transaction; 1 problem detected:".
func (e *UnsolvableError) Error() string {
	var b strings.Builder
	if e.count == 1 {
		b.WriteString("Could not depsolve transaction; 1 problem detected:\n")
	} else {
		fmt.Fprintf(&b, "Could not depsolve transaction; %d problems detected:\n", e.count)
	}
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(" Problem")
		if len(e.Problems) > 1 {
			fmt.Fprintf(&b, " %d", i+1)
		}
		b.WriteString(": " + strings.Join(p, "\n  - "))
	}
	return b.String()
}

func (g *Goal) problemText(s *solver.Solver, info solver.RuleInfo) string {
	if info.Kind == solver.RuleNotInstallable && g.modular[info.Source] {
		return fmt.Sprintf("package %s from %s is filtered out by modular filtering", g.pool.SolvableString(info.Source), g.pool.RepoOf(info.Source).Name)
	}
	return s.QualifiedProblemText(info)
}
