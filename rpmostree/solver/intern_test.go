package solver_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// TestInternDeps compares with one lookup after the other, while the tables grow.
func TestInternDeps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() []byte {
		switch rng.IntN(20) {
		case 0:
			return nil
		case 1:
			return []byte("/bin/sh")
		}
		return fmt.Appendf(nil, "word-%d", rng.IntN(1<<rng.IntN(16)))
	}
	ops := []solver.Op{0, 0, solver.OpEQ, solver.OpGT | solver.OpEQ, solver.OpWith}
	together, single := solver.NewPool(nil), solver.NewPool(nil)
	for total := 0; total < 30_000; {
		deps := make([]solver.DepText, rng.IntN(300))
		for i := range deps {
			deps[i] = solver.DepText{Name: word(), Op: ops[rng.IntN(len(ops))]}
			if deps[i].Op != 0 {
				deps[i].Version = word()
			}
		}
		total += len(deps)
		const before = 7
		ids := together.InternDeps([]solver.ID{before}, deps)
		if len(ids) != len(deps)+1 || ids[0] != before {
			t.Fatalf("%d ids behind %d for %d dependencies", len(ids), ids[0], len(deps))
		}
		for i, d := range deps {
			want := single.Intern(d.Name)
			if d.Op != 0 {
				want = single.Rel(want, d.Op, single.Intern(d.Version))
			}
			if ids[i+1] != want {
				t.Fatalf("%s %d %s is %#x, expected %#x", d.Name, d.Op, d.Version, ids[i+1], want)
			}
		}
	}
	if a, b := together.NumStrings(), single.NumStrings(); a != b || a < 5000 {
		t.Errorf("%d strings, expected %d", a, b)
	}
}
