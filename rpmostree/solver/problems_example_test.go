package solver_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// When there is no solution the problems say why, and what to give up.
func ExampleSolver_Problems() {
	p := solver.NewPool(nil)
	base := p.AddRepo("base", 0, 0)
	web := p.InternString("web")
	add(base, p, "web", "3-1", solver.SolvableData{})
	add(base, p, "rival", "1-1", solver.SolvableData{Conflicts: []solver.ID{web}})

	s := solver.New(p)
	s.Solve([]solver.Job{
		{How: solver.VerbInstall | solver.SelName, What: web},
		{How: solver.VerbInstall | solver.SelName, What: p.InternString("rival")},
	})
	for _, problem := range s.Problems() {
		fmt.Println(s.ProblemText(s.RuleInfo(problem.Rule())))
		for _, solution := range problem.Solutions() {
			for _, e := range solution.Elements {
				fmt.Println("- do not", p.JobText(s.Jobs()[e.Job]))
			}
		}
	}
	// Output:
	// package rival-1-1.noarch conflicts with web provided by web-3-1.noarch
	// - do not install rival
	// - do not install web
}

// Rich dependencies are written as rpm does.
func ExamplePool_RichDep() {
	p := solver.NewPool(nil)
	dep, err := p.RichDep("(langpack if (desktop or laptop) else minimal >= 2)")
	if err != nil {
		panic(err)
	}
	fmt.Println(p.DepString(dep))
	// Output:
	// (langpack if (desktop or laptop) else minimal >= 2)
}
