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

	s := solver.New(p)
	s.Solve([]solver.Job{{How: solver.VerbUpdate | solver.SelAll}})
	for _, c := range s.Transaction().Changes() {
		fmt.Println(c.Type, p.SolvableString(c.Package))
	}
	// Output:
	// upgrade app-1-1.noarch
	// install libx-2-1.noarch
}
