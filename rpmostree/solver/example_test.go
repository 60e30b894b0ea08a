package solver_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// add adds a package "name-evr.noarch" that provides itself.
func add(r *solver.Repo, p *solver.Pool, name, evr string, d solver.SolvableData) solver.SolvableID {
	d.Name, d.EVR, d.Arch = p.InternString(name), p.InternString(evr), solver.ArchNoarch
	d.Provides = append(d.Provides, p.Rel(d.Name, solver.OpEQ, d.EVR))
	return r.Add(&d)
}

// An update of one package brings a new requirement with it.
func Example() {
	p := solver.NewPool(nil)
	p.SetArch("x86_64")
	installed := p.AddRepo("@System", 0, 0)
	add(installed, p, "app", "1-1", solver.SolvableData{})
	p.SetInstalled(installed)
	fedora := p.AddRepo("fedora", 0, 0)
	libx := p.Rel(p.InternString("libx"), solver.OpGT|solver.OpEQ, p.InternString("2"))
	add(fedora, p, "app", "2-1", solver.SolvableData{Requires: []solver.ID{libx}})
	add(fedora, p, "libx", "1-1", solver.SolvableData{})
	add(fedora, p, "libx", "2-1", solver.SolvableData{})

	s := solver.NewSolver(p)
	s.Solve([]solver.Job{{How: solver.VerbUpdate | solver.SelAll}})
	for _, c := range s.Transaction().Changes() {
		fmt.Println(c.Type, p.SolvableString(c.Package))
	}
	// Output:
	// upgrade app-1-1.noarch
	// install libx-2-1.noarch
}

// When there is no solution the problems say why, and what to give up.
func ExampleSolver_Problems() {
	p := solver.NewPool(nil)
	base := p.AddRepo("base", 0, 0)
	web := p.InternString("web")
	add(base, p, "web", "3-1", solver.SolvableData{})
	add(base, p, "rival", "1-1", solver.SolvableData{Conflicts: []solver.ID{web}})

	s := solver.NewSolver(p)
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
